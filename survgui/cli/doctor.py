"""`survgui doctor`: what this machine offers."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survgui.cli import arguments as common
from survgui.cli.demo import demo
from survgui.errors import SurvguiError


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "doctor",
        "what this machine offers: devices, memory, slide formats, fonts, Qt, disk, bundles",
        "survgui doctor --self-test",
        run,
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--self-test", action="store_true", help="and run the demo case from end to end")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 where there is a problem."""
    from survgui.engine.doctor import examine

    findings = examine()
    if arguments.self_test:
        problem = self_test()
        findings["self_test"] = problem or "passed"
        if problem:
            findings["problems"].append(f"self-test: {problem}")
            findings["ok"] = False
    print(json.dumps(findings, indent=1, ensure_ascii=False) if arguments.json else as_text(findings))
    return 0 if findings["ok"] else 1


def self_test() -> str | None:
    """Run the demo into a folder that goes away, and give the sentence of its failure."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            demo(Path(folder), "cpu")
        except SurvguiError as error:
            return str(error)
    return None


def as_text(findings: Mapping[str, Any]) -> str:
    """The findings as lines, problems last."""
    lines = []
    for name, value in findings.items():
        if name not in ("ok", "problems"):
            lines += _lines(name.replace("_", " "), value)
    lines += [f"PROBLEM  {problem}" for problem in findings["problems"]]
    return "\n".join([*lines, "all is well" if findings["ok"] else "see the problems above"])


def _lines(name: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, inner in value.items() for line in _lines(f"{name} {key}".replace("_", " "), inner)]
    if name == "bundles":
        return [f"{'bundle ' + row['name']:<24} {'damaged' if row['error'] else 'verified'}" for row in value]
    if isinstance(value, list):
        value = ", ".join(value)
    return [f"{name:<24} {value}"]

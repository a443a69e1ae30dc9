"""`survgui doctor`: what this machine offers."""

from __future__ import annotations

import argparse
import difflib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survgui.cases.codes import CODES
from survgui.cli import arguments as common
from survgui.cli.demo import demo
from survgui.errors import SurvguiError, UsageError


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
    parser.add_argument("--code", metavar="CODE", help="what the code at the end of a message means, such as SLD-07")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings, or what a code means; 1 where there is a problem."""
    if arguments.code:
        print(meaning(arguments.code))
        return 0
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


def meaning(name: str) -> str:
    """A code's meaning and what to do, in one line.

    Raises:
        UsageError: There is no such code.
    """
    name = name.strip("[] ").upper()
    if name not in CODES:
        near = ", ".join(difflib.get_close_matches(name, CODES, 4, 0.5)) or "such as SLD-07"
        raise UsageError(f"there is no code {name}; near it are {near}")
    return f"{name}: {CODES[name].title}; {CODES[name].advice}"


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

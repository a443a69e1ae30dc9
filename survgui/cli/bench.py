"""`survgui bench`: what this machine needs for the work of a day."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.step import Step, Task
from survgui.cli import arguments as common
from survgui.cli.progress import follow

WINDOW = "survgui.ui.measure"
"""What measures the window. By name and in a process of its own, for the command line depends on nothing of it."""
STEPS = 20
"""that it takes, for the bar"""


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands, "bench", "the benchmark table of this machine", "survgui bench --quick --json bench.json", run
    )
    parser.add_argument("--quick", action="store_true", help="smaller inputs and fewer runs, about two minutes")
    parser.add_argument("--json", metavar="F", type=Path, required=True, help="write the table there")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write the table and print its path."""
    from survgui.engine.bench import bench

    table = follow(bench(quick=arguments.quick))
    table["rows"] = [*table["rows"], *follow(window(arguments.quick))]
    storage.write_json(arguments.json, table)
    common.show_paths([arguments.json])
    return 0


def window(quick: bool) -> Task[list[dict[str, Any]]]:
    """The window's rows; one without a value that says why, where they could not be measured."""
    with tempfile.TemporaryDirectory(prefix="survgui-bench-") as folder:
        target = Path(folder) / "rows.json"
        command = [sys.executable, "-m", WINDOW, "--json", str(target), *(["--quick"] if quick else [])]
        errors = (Path(folder) / "errors.txt").open("w+b")
        with errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
            try:
                for number, line in enumerate(process.stdout or ()):
                    yield Step("window", min(number, STEPS - 1), STEPS, str(json.loads(line)["stage"]))
            except GeneratorExit:
                process.kill()
                raise
            failed = process.wait()
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip().splitlines()
        yield Step("window", STEPS, STEPS)
        if failed or not target.is_file():
            return [_missing(f"its process ended with {failed}: {said[-1] if said else 'nothing was said'}")]
        rows: list[dict[str, Any]] = json.loads(target.read_text("utf-8"))["rows"]
        return rows


def _missing(why: str) -> dict[str, Any]:
    return {
        "name": "window", "value": None, "unit": "", "better": "lower", "target": None, "met": None, "runs": 0,
        "note": f"not measured: {why}",
    }  # fmt: skip

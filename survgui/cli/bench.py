"""`survgui bench`: what this machine needs for the work of a day."""

from __future__ import annotations

import argparse
from pathlib import Path

from survgui import storage
from survgui.cli import arguments as common
from survgui.cli.progress import follow


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands, "bench", "the benchmark table of this machine", "survgui bench --quick --json bench.json", run
    )
    parser.add_argument("--quick", action="store_true", help="smaller inputs, under a minute")
    parser.add_argument("--json", metavar="F", type=Path, required=True, help="write the table there")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write the table and print its path."""
    from survgui.engine.bench import bench

    storage.write_json(arguments.json, follow(bench(quick=arguments.quick)))
    common.show_paths([arguments.json])
    return 0

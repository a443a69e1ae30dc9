"""`survgui storage`: what is kept on this machine, by kind, and clearing what can be made again."""

from __future__ import annotations

import argparse

from survgui.cli import arguments as common


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands, "storage", "what survgui keeps on this machine", "survgui storage --clear features", run
    )
    parser.add_argument(
        "--clear",
        metavar="KIND",
        choices=("features", "encoders", "runs"),
        help="remove what can be made again: features, encoders or runs; what a running job uses stays",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each kind: name, MB, files, what it is."""
    from survgui.engine.upkeep import disk_use

    if arguments.clear:
        print(f"{disk_use.clear(arguments.clear) / 1e6:.1f} MB freed")
    for use in disk_use.usage():
        print(f"{use.kind}\t{use.bytes / 1e6:.1f} MB\t{use.items} files\t{use.title}")
    return 0

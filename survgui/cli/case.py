"""`survgui case list | export | import | relink | delete`: the window's cases without a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import UsageError

if TYPE_CHECKING:
    from survgui.workspace import Workspace

EVERYTHING = "all"


def add(commands: common.Commands) -> None:
    """Add the command group."""
    group = common.add_command(
        commands, "case", "the window's cases: list, export, import, relink, delete", "survgui case list", show
    )
    actions = group.add_subparsers(metavar="ACTION", required=True)
    common.add_command(
        actions, "list", "every case: key, id, group, what is missing or out of date", "survgui case list", show
    )
    out = common.add_command(
        actions,
        "export",
        "write a case as one file, with its result and encoded features; it holds the patient's id",
        "survgui case export C-0039 --with-files --out c-0039.survcase",
        export,
    )
    _add_case(out)
    out.add_argument("--out", metavar="F.survcase", type=Path, required=True, help="the file to write")
    out.add_argument(
        "--with-files", action="store_true", help="embed the user's files; tables as a whole, also other patients' rows"
    )
    taken = common.add_command(
        actions, "import", "take in a .survcase; everything in it is checked", "survgui case import c.survcase", take_in
    )
    taken.add_argument("file", metavar="F.survcase", type=Path, help="what `case export` or the window has written")
    again = common.add_command(
        actions,
        "relink",
        "find files that were moved: by content, else by name",
        "survgui case relink all --in /mnt/new/slides",
        relink,
    )
    _add_case(again, f"; or `{EVERYTHING}`")
    again.add_argument("--in", dest="folder", metavar="DIR", type=Path, required=True, help="where they are now")
    again.add_argument("--only-certain", action="store_true", help="only files of the same content")
    gone = common.add_command(
        actions,
        "delete",
        "delete a case with everything that survgui keeps of it; your own files stay",
        "survgui case delete C-0039 --yes",
        delete,
    )
    _add_case(gone)
    gone.add_argument("--yes", action="store_true", help="without this, it is only said what would be deleted")


def show(arguments: argparse.Namespace) -> int:
    """`case list`."""
    with _opened() as workspace:
        records = workspace.records()
        if not records:
            text = "there are no cases yet; open one in the window, or take one in: survgui case import FILE.survcase"
            print(f"survgui: {text}", file=sys.stderr)
        for record in records:
            said = [record.risk_group or "not predicted", record.bundle, record.missing]
            said += [f"out of date: {record.stale}"] if record.stale else []
            print("\t".join([record.key, record.id, *(text for text in said if text)]))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """`case export`."""
    from survgui.engine.upkeep import transfer

    with _opened() as workspace:
        (key,) = _keys(workspace, arguments.case, ())
        print(follow(transfer.export(workspace, key, arguments.out, embed=arguments.with_files)).absolute())
    return 0


def take_in(arguments: argparse.Namespace) -> int:
    """`case import`."""
    from survgui.engine.upkeep import transfer

    with _opened() as workspace:
        record = follow(transfer.take_in(workspace, arguments.file))
    print(f"{record.key}\t{record.id}" + (f"\t{record.missing}" if record.missing else ""))
    return 0


def relink(arguments: argparse.Namespace) -> int:
    """`case relink`: 1 where a file was not found."""
    from survgui.engine.upkeep import relink as files

    with _opened() as workspace:
        everybody = tuple(record.key for record in workspace.records())
        keys = _keys(workspace, arguments.case, everybody)
        found = follow(files.find(workspace, keys, arguments.folder))
        wanted = [one for one in found if one.certain or not arguments.only_certain]
        done = files.apply(workspace, wanted)
    for one in found:
        taken = one.new is not None and one in wanted
        how = ("same content" if one.certain else "same name, content not known") if taken else "not found"
        print(f"{one.key}\t{one.old.name}\t{how}" + (f"\t{one.new}" if taken else ""))
    return 0 if done == len(found) else 1


def delete(arguments: argparse.Namespace) -> int:
    """`case delete`."""
    from survgui.batch import queue
    from survgui.encoders import cache

    with _opened() as workspace:
        (key,) = _keys(workspace, arguments.case, ())
        features = len(workspace.features(key))
        what = f"the case, its history and result, survgui's copies of files, {features} encoded slides or volumes"
        if not arguments.yes:
            print(f"would delete {what}; your own files stay; run it again with --yes")
            return 0
        own = workspace.delete([key])
    queue.forget([key])
    cache.remove([entry for entry in cache.entries() if entry.name in own])
    print(f"deleted {what}; your own files are where they were")
    return 0


@contextmanager
def _opened() -> Iterator[Workspace]:
    """The user's cases; what had to be put right is said, for nobody is told again."""
    from survgui.workspace import Workspace

    with Workspace.default() as workspace:
        if workspace.notice:
            print(f"survgui: {workspace.notice}", file=sys.stderr)
        yield workspace


def _add_case(parser: common.Parser, more: str = "") -> None:
    parser.add_argument("case", metavar="CASE", help=f"a key of `survgui case list`, or the patient's id{more}")


def _keys(workspace: Workspace, name: str, everybody: Collection[str]) -> tuple[str, ...]:
    """The one case of this key or id, or all of them."""
    if everybody and name == EVERYTHING:
        return tuple(everybody)
    found = [record.key for record in workspace.records() if name in (record.key, record.id)]
    if len(found) != 1:
        said = "no case has" if not found else f"{len(found)} cases have"
        raise UsageError(f"{said} the key or id {name!r}; see survgui case list")
    return tuple(found)

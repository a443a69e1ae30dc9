"""Everything that survgui writes goes through `survgui/storage.py`, or is listed here with its reason."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STORAGE = "survgui/storage.py"

ANYWHERE = frozenset(
    """
    write_text write_bytes to_csv to_parquet to_excel to_pickle to_hdf to_feather to_filename savefig savez
    savez_compressed savetxt tofile mkstemp mkdtemp NamedTemporaryFile TemporaryFile TemporaryDirectory copyfile
    copyfileobj copy2 copytree extractall extract imwrite imsave save_file touch truncate QPdfWriter QFile QSaveFile
    QSettings QTemporaryFile RotatingFileHandler TimedRotatingFileHandler FileHandler
    """.split()  # noqa: SIM905  # a list of strings would be a page
)
"""Functions and methods that write, whoever they belong to."""
DOTTED = frozenset(
    """
    sqlite3.connect os.open os.write os.replace os.rename shutil.copy shutil.move nib.save np.save torch.save json.dump
    """.split()  # noqa: SIM905
)
"""The same of one module, where others have methods of that name."""
MEMORY = "made in memory; what becomes of the bytes is storage's"
PART = "into a `.part` file or folder of storage's, which syncs and renames it"
PASSING = "a temporary folder: nothing in it is kept, or told to be"
DRAFT = "into a draft or an import's folder, which nobody reads before it is whole, and which is swept"
LISTED = {
    ("cases/installed.py", "write_bytes"): PASSING,
    ("cases/installed.py", "rename"): "a bundle that is removed goes out of sight as a whole before it is deleted",
    ("cases/installed.py", "copyfile"): PART,
    ("cases/installed.py", "TemporaryDirectory"): PASSING,
    ("cli/bench.py", "open"): PASSING,
    ("cli/bench.py", "TemporaryDirectory"): PASSING,
    ("cli/doctor.py", "TemporaryDirectory"): PASSING,
    ("cli/evaluate.py", "to_csv"): "our own, of text; storage writes it",
    ("cli/external.py", "to_csv"): "our own, of text; storage writes it",
    ("cli/importing.py", "TemporaryDirectory"): PASSING,
    ("cli/main.py", "write_text"): "storage's, under another name",
    ("cli/main.py", "os.open"): "the null device, so that a closed pipe says nothing at the end",
    ("cli/study.py", "to_csv"): "our own, of text; storage writes it",
    ("encoders/cache.py", "save"): MEMORY,
    ("encoders/cache.py", "savez"): MEMORY,
    ("encoders/cache.py", "open"): "what a running job uses, line by line; half a line names no entry, and it is swept",
    ("engine/bench.py", "TemporaryDirectory"): PASSING,
    ("engine/evaluation/record.py", "copyfile"): PART,
    ("engine/simulation/slides.py", "save"): MEMORY,
    ("engine/simulation/write.py", "savez"): MEMORY,
    ("engine/upkeep/transfer.py", "copyfile"): PART,
    ("figures/canvas.py", "save"): MEMORY,
    ("figures/export.py", "QPdfWriter"): MEMORY,
    ("importing/collecting.py", "open"): DRAFT,
    ("importing/collecting.py", "copyfileobj"): DRAFT,
    ("importing/collecting.py", "extractall"): DRAFT,
    ("importing/follow_up.py", "to_csv"): PART,
    ("importing/gathering.py", "to_parquet"): PART,
    ("importing/gdc.py", "to_parquet"): PART,
    ("importing/mutations.py", "to_parquet"): PART,
    ("importing/renaming.py", "to_parquet"): PART,
    ("importing/writing.py", "write_text"): PART,
    ("importing/writing.py", "write_bytes"): PART,
    ("importing/writing.py", "copyfile"): PART,
    ("readers/bag.py", "File"): MEMORY,
    ("ui/case_bench.py", "write_text"): PASSING,
    ("ui/case_bench.py", "sqlite3.connect"): PASSING,
    ("ui/case_bench.py", "TemporaryDirectory"): PASSING,
    ("ui/logbook.py", "RotatingFileHandler"): "a log: a disk that is full costs its lines, and nothing else",
    ("ui/measure.py", "TemporaryDirectory"): PASSING,
    ("ui/measure.py", "TemporaryFile"): PASSING,
    ("ui/window.py", "QSettings"): "where the window was; Qt writes it whole, and one that is lost is no harm",
    ("worker/imports.py", "mkdtemp"): DRAFT,
    ("workspace/archive.py", "open"): DRAFT,
    ("workspace/archive.py", "ZipFile"): PART,
    ("workspace/audit.py", "truncate"): "takes half a line back",
    ("workspace/audit.py", "open"): "lines are added, synced, and taken back where they do not fit; the head may lag",
    ("workspace/cases.py", "write_text"): PART,
    ("workspace/cases.py", "rename"): PART,
    ("workspace/database.py", "rename"): "a damaged list moves aside as it is",
    ("workspace/database.py", "copyfile"): PART,
    ("workspace/database.py", "sqlite3.connect"): "SQLite has its own journal, synced at every commit",
    ("workspace/presence.py", "sqlite3.connect"): "a lock; the file has no content",
}
"""Module and call: why it may."""


def writes(call: ast.Call) -> str:
    """Name of what a call writes with, or nothing."""
    name = ast.unparse(call.func)
    last = name.rsplit(".", 1)[-1]
    said = [
        a for a in (*call.args, *(k.value for k in call.keywords if k.arg == "mode")) if isinstance(a, ast.Constant)
    ]
    modes = [a.value for a in said if isinstance(a.value, str) and a.value and set(a.value) <= set("rwaxbt+")]
    if last in {"open", "ZipFile", "fdopen"} and name != "os.open":
        return last if any(set(mode) & set("wax+") for mode in modes) else ""
    if last == "File":
        return last if modes != ["r"] else ""
    if last in {"rename", "replace"} and len(call.args) == 1 and not call.keywords and "." in name:
        return name if name in DOTTED else last
    if name in DOTTED:
        return name
    if last == "save" and "." in name and call.args:
        return last
    return last if last in ANYWHERE else ""


@cache
def found() -> set[tuple[str, str]]:
    calls = set()
    for module in (ROOT / "survgui").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and (how := writes(node))
                and not ast.unparse(node.func).startswith("storage.")
            ):
                calls.add((module.relative_to(ROOT / "survgui").as_posix(), how))
    ours = {("ui/wiring.py", "save"), ("ui/window.py", "save"), ("ui/cohort/wizard/page.py", "rename")}
    return {call for call in calls if call[0] != "storage.py"} - ours  # records and names that are no files


def test_every_writer_is_known() -> None:
    new = sorted(found() - LISTED.keys())
    assert not new, f"write these with {STORAGE}, or give their reason here: {new}"


def test_no_reason_outlives_its_writer() -> None:
    assert not sorted(LISTED.keys() - found())


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("open(p, 'w')", "open"),
        ("p.open('ab')", "open"),
        ("p.open(mode='r+b')", "open"),
        ("open(p)", ""),
        ("open(p, 'rb')", ""),
        ("p.write_text('x')", "write_text"),
        ("frame.to_csv(p)", "to_csv"),
        ("zipfile.ZipFile(p, 'w')", "ZipFile"),
        ("zipfile.ZipFile(p)", ""),
        ("h5py.File(p, 'r')", ""),
        ("h5py.File(p, 'a')", "File"),
        ("part.replace(p)", "replace"),
        ("text.replace('a', 'b')", ""),
        ("os.replace(a, b)", "os.replace"),
        ("painter.save()", ""),
        ("image.save(p)", "save"),
        ("QSaveFile(p)", "QSaveFile"),
        ("sqlite3.connect(p)", "sqlite3.connect"),
    ],
)
def test_writers_are_recognised(code: str, how: str) -> None:
    assert writes(ast.parse(code, mode="eval").body) == how

"""From what a user names to the cases of a batch, and every file that one of them is made of."""

from __future__ import annotations

import json
import stat
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from survgui import storage
from survgui.cases.batch import Item, Order
from survgui.cases.case import patient_key
from survgui.errors import SurvguiError, UsageError
from survgui.readers.case_sources import parts
from survgui.readers.files import files_by_patient
from survgui.readers.outcome import read_outcome
from survgui.readers.recognise import files_of
from survgui.readers.spec import BlockSpec, CaseSpec, OutcomeSpec, read_case_spec, read_cohort_spec
from survgui.readers.table import Tables

CASE, COHORT = "case.toml", "cohort.toml"


def items_of_cohort(path: Path) -> list[Item]:
    """The patients of a cohort; nothing but its outcome is read.

    Args:
        path: The cohort file, or its folder.

    Raises:
        CohortError, ReadError: The cohort or its outcome cannot be read.
    """
    file = path / COHORT if path.is_dir() else path
    ids = read_outcome(read_cohort_spec(file).outcome, Tables()).ids
    return [Item(patient, (file,), patient) for patient in ids]


def case_folders(paths: Sequence[Path]) -> list[Path]:
    """The cases that the paths are, where they are several: case files, or folders of which one holds a case file.

    One folder stands for those in it, if at least one of them holds a `case.toml` and it has none itself; the
    others then are the folders of cases that nobody described. Empty where the paths are one case.
    """
    given = list(paths)
    if len(given) == 1 and given[0].is_dir() and not (given[0] / CASE).is_file():
        given = sorted(p for p in given[0].iterdir() if p.is_dir() and not p.name.startswith("."))
        return given if any((folder / CASE).is_file() for folder in given) else []
    described = [path for path in given if path.suffix.lower() == ".toml" or (path / CASE).is_file()]
    return given if len(given) > 1 and len(described) == len(given) else []


def items_of_cases(paths: Sequence[Path]) -> list[Item]:
    """One item a case, called as its `case.toml` says, else by its folder.

    Raises:
        UsageError: Two cases have one id: their rows and reports could not be told apart.
    """
    items = [Item(_name(path), (path,)) for path in paths]
    seen: dict[str, Path] = {}
    for item in items:
        if item.name in seen:
            raise UsageError(
                f"{item.paths[0].name} and {seen[item.name].name} are both the case {item.name}; give one of them "
                "another id"
            )
        seen[item.name] = item.paths[0]
    return items


def _name(path: Path) -> str:
    """The id of a case, as far as it can be told; what is wrong with the case is said when it is its turn."""
    file = path / CASE if path.is_dir() else path
    try:
        return patient_key(str(tomllib.loads(file.read_text("utf-8"))["id"]))
    except (OSError, ValueError, KeyError):
        return patient_key(path.name if path.is_dir() else path.parent.name if path.name == CASE else path.stem)


def check_reports(items: Sequence[Item], order: Order) -> None:
    """Refuse reports of several cases that would be one file, on some systems: the last would take the others' place.

    Raises:
        UsageError: Ids differ only in the case of letters, or in how these are composed.
    """
    seen: dict[str, str] = {}
    for item in items if order.reports is not None else ():
        other = seen.setdefault(normalize("NFC", item.name).casefold(), item.name)
        if other != item.name:
            raise UsageError(
                f"the reports of {other} and {item.name} would be one file, for their ids differ only in small and "
                "capital letters or accents; give one of them another id, or leave the reports out"
            )


def content_key(item: Item, order: Order, program: str, bundle: str) -> str:
    """SHA-256 of everything that a row depends on: the program, the order, the model, and every file's content.

    Args:
        program: Digest of the program.
        bundle: Of the model, or empty.
    """
    settings = (order.action, order.encoder, order.hide, order.draws, order.seed, order.generator, order.steps)
    rest = (order.mpp, order.partial, order.pseudonyms, order.deidentify, str(order.reports or ""))
    files = [(file.name, content(file)) for file in sources_of(item)]
    return storage.sha256_of([json.dumps([program, bundle, settings, rest, item.patient, files]).encode()])


def content(file: Path) -> str:
    """SHA-256 of a file's content; of what is no file or cannot be read, a word that says so."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            return "no file"
        return _content(file, status.st_mtime_ns, status.st_size)
    except OSError:
        return "gone"


@lru_cache(maxsize=4096)
def _content(file: Path, modified: int, size: int) -> str:
    return storage.sha256(file)


def sources_of(item: Item) -> list[Path]:
    """Every file that a case is made of, also those of a series or beside a slide, and those that are not there.

    A description that cannot be read is itself the only source.
    """
    ids = (item.patient,) if item.patient else ()
    found: list[Path] = []
    for path in item.paths:
        described = path / CASE if path.is_dir() and (path / CASE).is_file() else path
        found += _named(described, ids) if described.suffix.lower() == ".toml" else _loose(path)
    return list(dict.fromkeys(part for path in found for part in _parts(path)))


def _parts(path: Path) -> Iterable[Path]:
    try:
        return parts(path)
    except (SurvguiError, OSError):
        return (path,)


def _loose(path: Path) -> list[Path]:
    try:
        return files_of([path])
    except (UsageError, OSError):
        return [path]


def _named(file: Path, ids: tuple[str, ...]) -> list[Path]:
    """What a description names, of these patients of a cohort, or of the one of a case."""
    try:
        spec = read_cohort_spec(file) if ids else read_case_spec(file)
        ids = (spec.id,) if isinstance(spec, CaseSpec) else ids
        outcome = [spec.outcome.table.path] if isinstance(spec.outcome, OutcomeSpec) else []
        return [file, *outcome, *(path for block in spec.blocks.values() for path in _of_block(block, ids))]
    except (SurvguiError, OSError):
        return [file]


def _of_block(block: BlockSpec, ids: tuple[str, ...]) -> Iterable[Path]:
    if block.table is not None:
        yield block.table.path
    if block.groups is not None:
        yield block.groups
    if block.list is not None:
        yield block.list
    for sources in files_by_patient(block, ids).values():
        yield from (source.path for source in sources)

"""A proposal as a cohort folder: `cohort.toml`, and tables only where a format needed conversion."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, Split
from survgui.cases.proposal import Conversion, Endpoint, Proposal, ProposedSource, SplitPlan, TablePlan, Use
from survgui.cases.step import Step, Task
from survgui.errors import CohortError, UsageError
from survgui.importing import images, splitting
from survgui.importing.endpoints import outcome_spec
from survgui.importing.sources import table_spec
from survgui.readers.case_file import dumps
from survgui.readers.cohort import read_cohort
from survgui.readers.spec import BlockSpec, CohortSpec, SplitsSpec, read_cohort_spec

NAME = "cohort.toml"
_TABLES = "tables"


def load(proposal: Proposal) -> Task[Cohort]:
    """The cohort as it would be read once it is written; its notes are the report's.

    Raises:
        CohortError: Nothing that a cohort needs was chosen.
        ReadError: The outcome cannot be read.
    """
    yield Step("check", 0, 1, "reading the tables")
    cohort = read_cohort(_spec(proposal))
    plan = proposal.splits
    if plan is not None and not plan.key:
        cohort = replace(cohort, splits=splitting.drawn(cohort, plan))
    return cohort


def write(proposal: Proposal, folder: Path, overwrite: bool = False) -> Task[Path]:
    """Write the cohort; every file is complete before the first takes its name, and `cohort.toml` takes its own last.

    Args:
        folder: Made where it is not there; other files in it are left alone.
        overwrite: Whether a cohort that is there may be replaced.

    Returns:
        The `cohort.toml`.

    Raises:
        UsageError: A cohort is there and may not be replaced.
        CohortError: Nothing that a cohort needs was chosen.
        StorageError: It cannot be written; a cohort that was there is unchanged.
    """
    target = folder / NAME
    if target.exists() and not overwrite:
        raise UsageError(f"{folder.name} already holds a {NAME}; choose another folder, or say that it may be replaced")
    needed(proposal)
    made = _made(proposal)
    lists = {s.made for s in proposal.sources if s.conversion is Conversion.LISTED}
    with ExitStack() as files:  # what was entered last takes its name first
        whole = files.enter_context(storage.replacing(target))
        for number, (source, place) in enumerate(made.items()):
            yield Step("write", number, len(made) + 1, f"writing {place.name}")
            part = files.enter_context(storage.replacing(folder / place))
            if source in lists:
                part.write_text(images.list_for(source, folder), "utf-8", newline="\n")
            else:
                shutil.copyfile(source, part)
        yield Step("write", len(made), len(made) + 1, f"writing {NAME}")
        splits = None
        if proposal.splits and not proposal.splits.key:
            splits = Path(_TABLES) / "splits.csv"
            files.enter_context(storage.replacing(folder / splits)).write_bytes(_drawn(proposal).encode())
        whole.write_bytes(dumps(content_of(proposal, folder, made, splits)).encode())
    read_cohort_spec(target)
    return target


def needed(proposal: Proposal) -> tuple[Endpoint, Mapping[Modality, ProposedSource]]:
    """The endpoint and the chosen sources.

    Raises:
        CohortError: One of them is not there.
    """
    if proposal.outcome is None or not proposal.outcome.named:
        raise CohortError("no outcome was chosen: say which table and which columns hold time and event [IMP-01]")
    if not proposal.modalities:
        raise CohortError("no file was taken for a modality: say what at least one of them is [IMP-03]")
    return proposal.outcome, proposal.modalities


def content_of(
    proposal: Proposal, folder: Path, made: Mapping[Path, Path], splits: Path | None = None
) -> dict[str, Any]:
    """What the `cohort.toml` says.

    Args:
        made: Where each converted table lies in the folder.
        splits: Where drawn folds were written.
    """
    endpoint, modalities = needed(proposal)

    def place(path: Path) -> str:
        return made[path].as_posix() if path in made else _relative(path, folder)

    entry = {"table": place(endpoint.path), **_table_keys(endpoint.plan)}
    entry |= {"time": endpoint.time, "unit": endpoint.unit, "event": endpoint.event}
    entry["event_value"] = _plain(endpoint.event_value)
    content: dict[str, Any] = {"name": proposal.name, "outcome": entry}
    if proposal.splits is not None:
        content["splits"] = _splits_entry(proposal, place, splits)
    groups = next((s for s in proposal.sources if s.use is Use.GROUPS and s.chosen), None)
    blocks = {}
    for modality, source in modalities.items():
        blocks[str(modality)] = _block(source, place, folder)
        if modality is Modality.RNA and groups is not None:
            blocks[str(modality)]["groups"] = place(groups.paths[0])
    content["modality"] = blocks
    return content


def _block(source: ProposedSource, place: Any, folder: Path) -> dict[str, Any]:
    plan, table = source.plan, source.table
    named = {"encoder": source.encoder} if source.encoder else {}
    if source.conversion is Conversion.LISTED and table is not None:
        return {"list": place(table)} | named
    if plan is None or table is None:
        return {"files": [_relative_pattern(pattern, folder) for pattern in source.files]} | named
    entry = {"table": place(table), **_table_keys(plan)}
    if plan.orientation != "cases-in-rows":
        entry["orientation"] = plan.orientation
    if plan.columns is not None:
        entry["columns"] = plan.columns if isinstance(plan.columns, str) else list(plan.columns)
    entry |= {"rows": plan.rows} if plan.rows != "first" else {}
    entry |= {"transform": plan.transform} if plan.transform != "none" else {}
    return entry | ({"ordered": {name: list(words) for name, words in plan.ordered.items()}} if plan.ordered else {})


def _table_keys(plan: TablePlan) -> dict[str, Any]:
    given = {"sheet": plan.sheet, "array": plan.array, "case": plan.case}
    keys: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if plan.filter:
        keys["filter"] = {column: list(values) for column, values in plan.filter.items()}
    return keys


def _splits_entry(proposal: Proposal, place: Any, written: Path | None) -> dict[str, Any]:
    plan = proposal.splits or SplitPlan()
    if written is not None:
        words = {"case": "case", "fold": "fold", "part": "part", "train": "train", "test": "test"}
        return {"table": written.as_posix(), **words}
    source = proposal.source(plan.key)
    entry = {"table": place(source.paths[0]), **_table_keys(source.plan or TablePlan())}
    return entry | {"fold": plan.fold, "part": plan.part, "train": plan.train, "test": plan.test}


def _drawn(proposal: Proposal) -> str:
    """The drawn folds as a table."""
    plan = proposal.splits or SplitPlan()
    return _splits_csv(splitting.drawn(read_cohort(replace(_spec(proposal), splits=None)), plan))


def _splits_csv(splits: Sequence[Split]) -> str:
    lines = ["case,fold,part"]
    for split in splits:
        lines += [f"{_quoted(patient)},{split.fold},train" for patient in split.train]
        lines += [f"{_quoted(patient)},{split.fold},test" for patient in split.test]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


def _made(proposal: Proposal) -> dict[Path, Path]:
    """Tables in the workspace that are used, and where each will lie in the folder, names told apart."""
    endpoint, modalities = needed(proposal)
    used = [endpoint.path, *(s.table for s in modalities.values() if s.table is not None)]
    used += [s.paths[0] for s in proposal.sources if s.chosen and s.use in (Use.GROUPS, Use.SPLITS)]
    places: dict[Path, Path] = {}
    for path in dict.fromkeys(used):
        if proposal.workspace is not None and path.is_relative_to(proposal.workspace):
            name, number = path.name, 2
            while Path(_TABLES) / name in places.values():
                name, number = f"{number}-{path.name}", number + 1
            places[path] = Path(_TABLES) / name
    return places


def _spec(proposal: Proposal) -> CohortSpec:
    """The proposal as the cohort's reader takes it, where everything lies now."""
    endpoint, modalities = needed(proposal)
    groups = next((s.paths[0] for s in proposal.sources if s.use is Use.GROUPS and s.chosen), None)
    blocks = {m: _block_spec(m, s, groups if m is Modality.RNA else None) for m, s in modalities.items()}
    splits = proposal.splits
    fixed = None
    if splits is not None and splits.key:
        table = table_spec(proposal.source(splits.key))
        fixed = SplitsSpec(table, splits.fold, splits.part, splits.train, splits.test)
    return CohortSpec(proposal.name, Path(NAME), outcome_spec(endpoint), blocks, fixed)


def _block_spec(modality: Modality, source: ProposedSource, groups: Path | None) -> BlockSpec:
    plan = source.plan
    if plan is None:
        return BlockSpec(modality, Path("/"), files=source.files, list=source.made, encoder=source.encoder)
    return BlockSpec(
        modality,
        source.paths[0].parent,
        table=table_spec(source),
        columns=plan.columns,
        rows=plan.rows,
        transform=plan.transform,
        ordered=dict(plan.ordered),
        groups=groups,
    )


def _plain(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _relative(path: Path, folder: Path) -> str:
    """A path as seen from the folder; absolute where the two are on different drives."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def _relative_pattern(pattern: str, folder: Path) -> str:
    """A pattern of absolute paths as seen from the folder."""
    return _relative(Path(pattern), folder)

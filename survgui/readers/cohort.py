"""Cohorts and cases from disk: what `cohort.toml` and `case.toml` name, read, matched and checked.

What is wrong with a cohort but leaves it worth showing is a note of level `error`; nobody trains on such a
cohort. What leaves nothing to show is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from survgui.cases.case import Kind, Modality, Outcome, Source, patient_key
from survgui.cases.cohort import Block, Cohort, Note, Split
from survgui.errors import CohortError, ReadError, UsageError
from survgui.readers import recognise, sniff
from survgui.readers.blocks import Reading, read_file_block, read_table_block
from survgui.readers.files import files_by_patient
from survgui.readers.outcome import read_outcome
from survgui.readers.rows import kept_rows, same
from survgui.readers.spec import (
    BlockSpec,
    CaseSpec,
    CohortSpec,
    OutcomeSpec,
    SplitsSpec,
    read_case_spec,
    read_cohort_spec,
)
from survgui.readers.table import Tables, listed


def load_cohort(path: Path) -> Cohort:
    """Read a cohort.

    Args:
        path: A `cohort.toml` of any name, or the folder that holds one.

    Returns:
        The patients of the outcome's table who have an outcome, in its order; a block per modality, also where
        it could not be read (empty, with a note of level `error`).

    Raises:
        CohortError: The cohort file is not there or not valid.
        ReadError: The outcome cannot be read: no file, no such column, a time that is no number.
    """
    return read_cohort(read_cohort_spec(Path(path)))


def read_cohort(spec: CohortSpec) -> Cohort:
    """Read what a specification names; as `load_cohort`.

    Raises:
        ReadError: The outcome cannot be read: no file, no such column, a time that is no number.
    """
    tables = Tables()
    outcomes = read_outcome(spec.outcome, tables)
    barred = {sniff.real_path(spec.outcome.table.path): frozenset({spec.outcome.time, spec.outcome.event})}
    reading = Reading(outcomes.ids, tables, barred)
    blocks = {modality: _block(block, reading, None) for modality, block in spec.blocks.items()}
    splits = _splits(spec.splits, reading) if spec.splits else ()
    notes = (*tables.notes, *outcomes.notes, *reading.notes, *_nothing_measured(outcomes.ids, blocks))
    return Cohort(
        name=spec.name,
        ids=outcomes.ids,
        months=outcomes.months,
        events=outcomes.events,
        blocks=blocks,
        splits=splits,
        notes=notes,
        origin=_origin(spec.outcome, spec.blocks, None),
    )


class CohortFile:
    """A cohort whose tables are read once, and whose patients' files are read one patient at a time.

    Attributes:
        ids: The patients who have an outcome.
    """

    def __init__(self, path: Path) -> None:
        """Read the tables.

        Raises:
            CohortError, ReadError: As in `load_cohort`.
        """
        spec = read_cohort_spec(Path(path))
        tables = Tables()
        outcomes = read_outcome(spec.outcome, tables)
        barred = {sniff.real_path(spec.outcome.table.path): frozenset({spec.outcome.time, spec.outcome.event})}
        reading = Reading(outcomes.ids, tables, barred)
        self.ids = outcomes.ids
        self._files = {m: block for m, block in spec.blocks.items() if block.table is None}
        self._tables, self._origin = tables, _origin(spec.outcome, spec.blocks, None)
        blocks = {m: _block(block, reading, None) for m, block in spec.blocks.items() if block.table is not None}
        self._whole = Cohort(spec.name, outcomes.ids, outcomes.months, outcomes.events, blocks)
        self._errors = tuple(note for note in reading.notes if note.level == "error")
        self._order = tuple(spec.blocks)

    def case(self, patient: str, mpp: float | None = None) -> tuple[Cohort, frozenset[Modality]]:
        """One patient as a cohort of one, and what there should be of him: files that are there, tables that are not.

        Args:
            mpp: Pixel size in µm/px for slides that hold none.
        """
        one = self._whole.keep([patient])
        reading = Reading((patient,), self._tables, notes=list(self._errors), others=self.ids)
        blocks = {**one.blocks, **{m: _block(spec, reading, mpp) for m, spec in self._files.items()}}
        named = {m for m, spec in self._files.items() if files_by_patient(spec, (patient,), others=self.ids)}
        named |= {m for m, block in self._whole.blocks.items() if not block.names}
        ordered = {m: blocks[m] for m in self._order}
        return replace(one, blocks=ordered, notes=tuple(reading.notes), origin=self._origin), frozenset(named)


def load_case(paths: Sequence[Path], mpp: float | None = None, *, patient: str | None = None) -> Cohort:
    """Read one patient, as a cohort of one.

    Args:
        paths: One `case.toml`, or a folder that holds one, or any files and folders of the patient, which are
            then recognised.
        mpp: Pixel size in µm/px for slides that hold none.
        patient: Id to look for in tables of many patients; left out: from the names (see `recognise.case_id`).

    Raises:
        UsageError: No path, several patients, or a table of many in which the patient is not.
        CohortError: The case file is not valid, or nothing of the loose files could be read.
        ReadError: A single file was given and cannot be read.
    """
    paths = [Path(path) for path in paths]
    if not paths:
        raise UsageError("no file was given; give a case.toml, a folder or the files of one patient")
    if len(paths) == 1 and (written := _case_file(paths[0])):
        return _written_case(read_case_spec(written), mpp)
    return _loose_case(paths, mpp, patient)


def describe(cohort: Cohort) -> dict[str, Any]:
    """What `survgui cohort check` says of a cohort as it was read, as JSON."""
    patterns: dict[str, int] = {}
    for patient in cohort.ids:
        name = "+".join(sorted(cohort.pattern(patient))) or "none"
        patterns[name] = patterns.get(name, 0) + 1
    return {
        "name": cohort.name,
        "ok": not any(note.level == "error" for note in cohort.notes),
        "patients": len(cohort),
        "events": int(cohort.events.sum()),
        "median_follow_up_months": _follow_up(cohort),
        "folds": len(cohort.splits),
        "blocks": {str(m): _described(cohort, block) for m, block in cohort.blocks.items()},
        "patterns": dict(sorted(patterns.items(), key=lambda entry: -entry[1])),
        "notes": [{"level": note.level, "code": note.code, "text": note.text} for note in cohort.notes],
    }


def _block(spec: BlockSpec, reading: Reading, mpp: float | None) -> Block:
    """One modality; what cannot be read is a note and an empty block."""
    try:
        if spec.table is not None:
            return read_table_block(spec, reading)
        return read_file_block(spec, files_by_patient(spec, reading.ids, mpp, reading.others), reading)
    except (ReadError, CohortError) as error:
        reading.note("error", getattr(error, "code", "") or "BLK-00", f"{spec.modality}: {error}")
        kind = Kind.FIELDS if spec.modality is Modality.CLINICAL else Kind.VECTOR
        return Block(spec.modality, kind, (), {})


def _splits(spec: SplitsSpec, reading: Reading) -> tuple[Split, ...]:
    """The fixed folds, restricted to the cohort's patients; faults are notes."""
    try:
        table = reading.tables.read(spec.table.path, sheet=spec.table.sheet, array=spec.table.array)
        ids, folds, parts = (table.text(c) for c in (spec.table.case or table.names[0], spec.fold, spec.part))
        rows = kept_rows(table, spec.table.filter)
    except ReadError as error:
        reading.note("error", error.code, f"splits: {error}")
        return ()
    known = {patient_key(patient): patient for patient in reading.ids}
    splits = []
    for number, fold in enumerate(dict.fromkeys(folds[row] for row in rows)):
        mine = [
            (known[patient_key(ids[r])], parts[r]) for r in rows if folds[r] == fold and patient_key(ids[r]) in known
        ]
        train = tuple(dict.fromkeys(patient for patient, part in mine if same(part, spec.train)))
        test = tuple(dict.fromkeys(patient for patient, part in mine if same(part, spec.test)))
        splits.append(Split(int(fold) if fold.isdigit() else number, train, test))
    _note_splits(splits, spec, reading)
    return tuple(splits)


def _note_splits(splits: Sequence[Split], spec: SplitsSpec, reading: Reading) -> None:
    if not splits or not all(split.train and split.test for split in splits):
        text = (
            f"splits: a fold has nobody to train on or to test on; check fold, part, {spec.train!r} and {spec.test!r}"
        )
        reading.note("error", "COH-10", text)
    both = sorted({patient for split in splits for patient in set(split.train) & set(split.test)})
    if both:
        text = f"splits: {len(both)} patients both train and test in one fold ({listed(both, 5)}); correct the table"
        reading.note("error", "COH-11", text)


def _nothing_measured(ids: Sequence[str], blocks: Mapping[Modality, Block]) -> list[Note]:
    measured = {patient for block in blocks.values() for patient in block.patients}
    without = [patient for patient in ids if patient not in measured]
    if not without:
        return []
    return [Note("warning", "COH-13", f"{len(without)} patients have no modality at all ({listed(without, 5)})")]


def _origin(outcome: OutcomeSpec | None, specs: Mapping[Modality, BlockSpec], row: str | None) -> dict[str, Source]:
    """Where each block came from; files keep their own paths in the block."""
    origin = {str(m): Source(m, spec.table.path, row) for m, spec in specs.items() if spec.table is not None}
    if outcome is not None:
        origin["outcome"] = Source(Modality.CLINICAL, outcome.table.path, row)
    return origin


def _case_file(path: Path) -> Path | None:
    inside = path / "case.toml"
    if path.is_dir():
        return inside if inside.is_file() else None
    return path if path.suffix.lower() == ".toml" else None


def _written_case(spec: CaseSpec, mpp: float | None) -> Cohort:
    tables = Tables()
    key = patient_key(spec.id)
    outcome = spec.outcome if isinstance(spec.outcome, Outcome) else None
    notes: list[Note] = []
    barred: dict[Path, frozenset[str]] = {}
    table_outcome = spec.outcome if isinstance(spec.outcome, OutcomeSpec) else None
    if table_outcome is not None:
        barred = {sniff.real_path(table_outcome.table.path): frozenset({table_outcome.time, table_outcome.event})}
        outcome = _found_outcome(table_outcome, tables, key, notes)
    reading = Reading((key,), tables, barred, lone=True, notes=notes)
    blocks = {modality: _block(block, reading, mpp) for modality, block in spec.blocks.items()}
    return _one(key, blocks, outcome, (*tables.notes, *reading.notes), _origin(table_outcome, spec.blocks, key))


def _found_outcome(spec: OutcomeSpec, tables: Tables, key: str, notes: list[Note]) -> Outcome | None:
    """A patient's outcome in a table; where it cannot be read the patient is predicted all the same."""
    try:
        outcomes = read_outcome(spec, tables)
    except ReadError as error:
        notes.append(Note("warning", error.code, f"outcome: {error}"))
        return None
    if key not in outcomes.ids:
        notes.append(Note("warning", "OUT-02", f"{key} has no outcome in the table"))
        return None
    row = outcomes.ids.index(key)
    return Outcome(float(outcomes.months[row]), bool(outcomes.events[row]))


def _loose_case(paths: Sequence[Path], mpp: float | None, patient: str | None) -> Cohort:
    """A case from files that nobody described."""
    tables = Tables()
    findings = recognise.recognise(paths, tables)
    key = patient_key(patient) if patient else recognise.case_id(paths, findings)
    reading = Reading((key,), tables, lone=True)
    blocks: dict[Modality, Block] = {}
    for finding in findings:
        if finding.modality is None:
            level = "warning" if finding.error is None else "error"
            why = "; ".join(filter(None, (finding.evidence, finding.advice)))
            reading.note(level, "REC-01", f"{finding.path.name} was not used: {why}")
    origin: dict[str, Source] = {}
    for spec, sources in recognise.grouped(findings, key, mpp):
        if spec.modality in blocks:
            name = spec.table.path.name if spec.table else "its files"
            reading.note("warning", "REC-02", f"{spec.modality} was given twice; {name} was not used")
        elif spec.table is not None:
            blocks[spec.modality] = _block(spec, reading, mpp)
            origin[str(spec.modality)] = Source(spec.modality, spec.table.path, key)
        else:
            blocks[spec.modality] = read_file_block(spec, {key: sources}, reading)
    if not any(block.patients for block in blocks.values()):
        raise _nothing(key, findings, reading.notes)
    return _one(key, blocks, None, (*tables.notes, *reading.notes), origin)


def _nothing(key: str, findings: Sequence[recognise.Finding], notes: Sequence[Note]) -> ReadError | CohortError:
    """The error for files of which none could be used: the file's own where there is one file."""
    if len(findings) == 1 and findings[0].error is not None:
        return findings[0].error
    reasons = "; ".join(note.text for note in notes if note.level != "info") or "no file of a known kind was given"
    return CohortError(f"nothing of {key} could be read: {reasons} [COH-14]")


def _one(
    key: str,
    blocks: Mapping[Modality, Block],
    outcome: Outcome | None,
    notes: tuple[Note, ...],
    origin: Mapping[str, Source],
) -> Cohort:
    """A cohort of one; without an outcome its time is NaN."""
    return Cohort(
        name=key,
        ids=(key,),
        months=np.array([outcome.months if outcome else np.nan]),
        events=np.array([bool(outcome and outcome.event)]),
        blocks=dict(blocks),
        notes=notes,
        origin=dict(origin),
    )


def _described(cohort: Cohort, block: Block) -> dict[str, Any]:
    mine = block.patients
    deaths = sum(bool(died) for patient, died in zip(cohort.ids, cohort.events, strict=True) if patient in mine)
    return {
        "patients": len(mine),
        "deaths": deaths,
        "features": block.width,
        "kind": str(block.kind),
        "unit": block.unit,
        "transform": block.transform,
        "encoder": block.encoder,
        "to_encode": sum(len(files) for files in block.files.values()),
        "groups": len(block.groups or ()),
    }


def _follow_up(cohort: Cohort) -> float | None:
    """Median follow-up in months, of those whose outcome is known; None where it is not reached."""
    from survgui.survival.curves import median_follow_up

    known = cohort.known
    median = median_follow_up(cohort.months[known], cohort.events[known]) if known.any() else None
    return None if median is None else round(median, 2)

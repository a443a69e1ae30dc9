"""A proposal after an edit: what was changed is read again, and everybody counted anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from survgui.cases.case import Modality, patient_key
from survgui.cases.cohort import Note
from survgui.cases.proposal import Conversion, Endpoint, Proposal, ProposedSource, TablePlan, Use
from survgui.cases.step import Step, Task
from survgui.errors import UsageError
from survgui.importing import choosing, endpoints, gathering, gdc, sources
from survgui.readers.layout import layouts
from survgui.readers.spec import BlockSpec
from survgui.readers.table import Tables

_JUDGED = ("IMP-01", "IMP-02", "IMP-03", "IMP-05", "IMP-12")


def revise(proposal: Proposal, changed: ProposedSource) -> Task[Proposal]:
    """Put a source in place as the user has corrected it.

    Of another modality, a table is looked at again, for the same columns are read otherwise; with another plan it is
    read by that plan; with another value the files of the GDC are joined again. Chosen, it takes the place of the
    others of its modality.

    Raises:
        UsageError: The table holds nothing that could be of this modality.
        ReadError: It cannot be read that way; the proposal stays as it was.
    """
    yield Step("revise", 0, 2, f"reading {changed.paths[0].name if changed.paths else changed.key}")
    tables = Tables()
    before = proposal.source(changed.key)
    if changed.conversion in (Conversion.GDC, Conversion.JOINED) and changed.plan != before.plan:
        changed = yield from _joined(proposal, changed)
    if changed.use is Use.MODALITY and changed.modality is not None and not (changed.members or changed.files):
        changed = _read_again(before, changed, tables)
    elif changed.use is Use.SPLITS and changed.plan is not None:
        changed, plan = choosing.split_source(changed, choosing.outcome_ids(proposal, tables), tables)
        proposal = replace(proposal, splits=plan if changed.chosen and plan is not None else proposal.splits)
    yield Step("revise", 1, 2, "counting patients")
    known = choosing.outcome_ids(proposal, tables)
    mine = _patients(changed, tables)
    return _judged(proposal.with_source(replace(changed, matched=len(mine & known))), tables)


def recount(proposal: Proposal) -> Task[Proposal]:
    """The proposal with everybody counted anew, as after another endpoint was chosen or mapped otherwise."""
    tables = Tables()
    endpoint = proposal.outcome
    if endpoint is not None:
        yield Step("revise", 0, 2, f"reading {endpoint.path.name}")
        counted = endpoints.counted(endpoint, tables) or endpoints.uncounted(endpoint, tables)
        proposal = _without_outcome(proposal.with_endpoint(counted), counted)
    yield Step("revise", 1, 2, "counting patients")
    known = choosing.outcome_ids(proposal, tables)
    patients = {s.key: _patients(s, tables) for s in proposal.sources}
    found = tuple(replace(s, matched=len(patients[s.key] & known)) for s in proposal.sources)
    proposal = replace(proposal, sources=found)
    if endpoint is not None:
        proposal = proposal.with_endpoint(_with_matched(proposal, patients, known))
    return _judged(proposal, tables)


def _without_outcome(proposal: Proposal, endpoint: Endpoint) -> Proposal:
    """Times and events that the user has just named are no measurements, whatever they were taken for before."""
    table = (endpoint.of or endpoint.path, endpoint.sheet)
    for source in proposal.sources:
        plan = source.plan
        if plan is None or not isinstance(plan.columns, tuple) or (source.paths[0], plan.sheet) != table:
            continue
        left = tuple(name for name in plan.columns if name not in (endpoint.time, endpoint.event))
        if left and left != plan.columns:
            proposal = proposal.with_source(replace(source, plan=replace(plan, columns=left), features=len(left)))
    return proposal


def _with_matched(proposal: Proposal, patients: dict[str, frozenset[str]], known: frozenset[str]) -> Endpoint:
    measured = {i for m, s in proposal.modalities.items() if m is not Modality.CLINICAL for i in patients[s.key]}
    endpoint = proposal.outcome
    if endpoint is None:
        raise ValueError("there is no endpoint")
    return replace(endpoint, matched=len(known & measured))


def _patients(source: ProposedSource, tables: Tables) -> frozenset[str]:
    return frozenset(map(patient_key, sources.patients_of(source, tables)))


def _judged(proposal: Proposal, tables: Tables) -> Proposal:
    patients = {s.key: _patients(s, tables) for s in proposal.modalities.values()}
    kept: Sequence[Note] = [note for note in proposal.notes if note.code not in _JUDGED]
    return replace(proposal, notes=(*kept, *choosing.judged(proposal, patients, tables)))


def _joined(proposal: Proposal, source: ProposedSource) -> Task[ProposedSource]:
    """The files of a patient each with another of their values."""
    value = source.plan.value if source.plan else ""
    tables = (proposal.workspace or Path()) / "tables"
    if source.conversion is Conversion.JOINED:
        target = tables / f"{source.modality}-{re.sub(r'[^A-Za-z0-9]+', '-', f'{source.key}-{value}')}.parquet"
        yield from gathering.join(source.members, value, target)
        return replace(source, made=target, evidence=(*source.evidence[:1], f"{value} is taken of each file"))
    if value not in gdc.VALUES:
        raise UsageError(f"{value!r} is no column of the GDC's gene counts; there are: {', '.join(gdc.VALUES)}")
    target = tables / f"gdc-{value}.parquet"
    yield from gdc.join(source.members, value, target)
    return replace(source, made=target, evidence=(*source.evidence[:1], f"{value} is taken of each file"))


def _read_again(before: ProposedSource, changed: ProposedSource, tables: Tables) -> ProposedSource:
    found = before.plan or TablePlan(sheet=before.sheet)  # a table that was taken for nothing has none yet
    before, changed = replace(before, plan=found), replace(changed, plan=changed.plan or found)
    chosen = before.modality is None and found.columns is not None  # by the user, before he said what they are
    plan = changed.plan or TablePlan()
    other = changed.modality is not before.modality or plan.sheet != found.sheet
    anew = other and replace(plan, sheet=found.sheet) == found and not chosen
    if anew:
        changed = _as(changed, tables)
        plan = changed.plan or plan
    first = changed.evidence[
        : 2 if changed.conversion in (Conversion.GDC, Conversion.JOINED) else 1
    ]  # the others are told anew
    known = sources.measured(replace(changed, evidence=first, plan=plan, notes=()), tables)
    if changed.modality is Modality.CLINICAL and (anew or changed.plan == before.plan):
        return sources.measured(known, tables, frozenset(sources.patients_of(known, tables)))
    if before.plan is not None and plan.transform != before.plan.transform:
        known = replace(known, plan=replace(known.plan or plan, transform=plan.transform))
    return known


def _as(source: ProposedSource, tables: Tables) -> ProposedSource:
    """A table as another modality than it was taken for: its columns chosen again."""
    table = sources.read(source, tables)
    found = next((layout for layout in layouts(table, source.modality) if layout.modality is source.modality), None)
    if found is None and source.plan is not None and source.plan.columns is not None:
        return replace(source, evidence=("you said so",))
    if found is None or source.modality is None:
        title = source.modality.title if source.modality else "that"
        raise UsageError(f"{source.name} has no columns that could be {title}; choose the columns, or leave it out")
    spec = BlockSpec(found.modality, table.path.parent, table=found.table, columns=found.columns)
    return replace(source, plan=sources.plan_of(spec), evidence=("you said so", found.evidence), format=found.make)

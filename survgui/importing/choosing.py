"""Which of the sources become the cohort: the endpoint, one source a modality, and the folds that fit the patients."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from survgui.cases.case import patient_key
from survgui.cases.cohort import Note
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, SplitPlan, TablePlan, Use, Value
from survgui.importing import endpoints, sources
from survgui.readers.delimited import MISSING
from survgui.readers.formats import make_of
from survgui.readers.rows import nearly, patient_rows
from survgui.readers.spec import TableSpec
from survgui.readers.table import Table, Tables, listed

ORDER = ("OS", "PFS", "PFI", "DSS", "DFS", "DFI", "RFS")
_STUDY = re.compile(
    r"(.*[_. ])?(type|cohort|project|study|disease|cancer|acronym|dataset|entity|oncotree_code)([_. ](id|name|code))?",
    re.IGNORECASE,
)
_NO_STUDY = re.compile(r"histolog|sample|tissue|specimen|event|vital", re.IGNORECASE)
_TRAIN, _TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation", "dev")
_ENOUGH = 0.9

Patients = Mapping[str, frozenset[str]]


def chosen(proposal: Proposal, patients: Patients, tables: Tables) -> Proposal:
    """The proposal with endpoint, sources and folds chosen, counted and judged.

    Args:
        patients: Who is in each source, by its key.
    """
    measured = frozenset().union(*(patients.get(s.key, frozenset()) for s in proposal.sources if _measures(s)))
    measured = measured or frozenset().union(*patients.values())
    found = tuple(_narrowed(e, measured, tables) for e in proposal.endpoints)
    found = tuple(e for e in found if e.patients)
    endpoint = _best_endpoint(found)
    proposal = replace(proposal, endpoints=found, endpoint=endpoint.key if endpoint else "")
    proposal = _one_a_modality(with_matches(proposal, patients, tables))
    proposal = _with_splits(proposal, tables)
    proposal = _with_groups(proposal)
    return replace(proposal, notes=(*proposal.notes, *judged(proposal, patients, tables)))


def with_matches(proposal: Proposal, patients: Patients, tables: Tables) -> Proposal:
    """The proposal with everybody counted who has an outcome of the chosen endpoint."""
    known = outcome_ids(proposal, tables)
    counted = tuple(
        replace(s, matched=len(patients[s.key] & known)) if s.key in patients else s for s in proposal.sources
    )
    return replace(proposal, sources=counted)


def outcome_ids(proposal: Proposal, tables: Tables) -> frozenset[str]:
    """Patients who have the chosen endpoint."""
    outcomes = endpoints.outcomes_of(proposal.outcome, tables) if proposal.outcome else None
    return frozenset(map(patient_key, outcomes.ids)) if outcomes else frozenset()


def judged(proposal: Proposal, patients: Patients, tables: Tables) -> list[Note]:
    """What is wrong with the proposal as a whole, each with what to do."""
    if proposal.outcome is None:
        text = "no table holds a time and an event for each patient; add the table of the outcome, or name its columns"
        return [Note("error", "IMP-01", text)]
    notes = []
    known = outcome_ids(proposal, tables)
    for modality, source in proposal.modalities.items():
        mine = patients.get(source.key, frozenset())
        if near := nearly(mine, known):
            one, other = near[0]
            text = (
                f"{modality.title}: {len(near)} of {len(mine)} patients of {source.name} would have an outcome but for "
                f"how their ids are written, as {one} and {other}: capitals, leading zeros or signs differ; if they "
                "are the same patients, write them alike in both files"
            )
            notes.append(Note("warning", "IMP-12", text))
        elif mine and not source.matched:
            text = (
                f"{modality.title}: nobody in {source.name} has an outcome: its ids look like "
                f"{listed(sorted(mine), 2)}, the outcome's like {listed(sorted(known), 2)}; choose another column of "
                "ids, or add a table that says which sample is whose"
            )
            notes.append(Note("warning", "IMP-02", text))
    splits = next((s for s in proposal.sources if s.use is Use.SPLITS and s.chosen), None)
    if splits is not None and splits.matched < len(known):
        text = (
            f"{len(known) - splits.matched} of {len(known)} patients are in no fold of {splits.name} and never tested"
        )
        notes.append(Note("warning", "IMP-05", f"{text}; draw folds instead if they should be"))
    if not proposal.modalities:
        text = "no file was taken for a modality; change what at least one of them is"
        notes.append(Note("error", "IMP-03", text))
    return notes


def narrowing(table: Table, plan: TablePlan, wanted: Collection[str]) -> dict[str, tuple[Value, ...]]:
    """A filter that leaves of a table of many studies those of these patients; empty where none is needed."""
    rows = patient_rows(table, sources_spec(table, plan))
    inside = [patient for patient in rows if patient in wanted]
    if not inside or len(inside) >= _ENOUGH * len(rows):
        return {}
    best: tuple[int, dict[str, tuple[Value, ...]]] = (len(rows), {})
    for column in table.names:
        if not _STUDY.fullmatch(column) or _NO_STUDY.search(column):
            continue
        cells = table.text(column)
        values = dict.fromkeys(cells[rows[patient][0]] for patient in inside)
        kept = _studies(values, rows, cells, wanted)
        left = [patient for patient, mine in rows.items() if cells[mine[0]] in kept]
        covered = sum(patient in wanted for patient in left)
        if kept and covered >= 0.95 * len(inside) and len(left) < min(best[0], _ENOUGH * len(rows)):
            best = len(left), {column: tuple(kept)}
    return best[1]


def sources_spec(table: Table, plan: TablePlan) -> TableSpec:
    """The rows of a table as a plan reads them."""
    return TableSpec(table.path, plan.sheet, plan.array, plan.case, dict(plan.filter))


def _studies(
    values: Iterable[str], rows: Mapping[str, Sequence[int]], cells: Sequence[str], wanted: Collection[str]
) -> list[str]:
    """Values of which a third or more of the patients are wanted."""
    kept = []
    for value in values:
        mine = [patient for patient, of_patient in rows.items() if cells[of_patient[0]] == value]
        if value not in MISSING and sum(patient in wanted for patient in mine) * 3 >= len(mine):
            kept.append(value)
    return sorted(kept)


def _measures(source: ProposedSource) -> bool:
    """Whether a source's patients are those that the cohort is about: clinical tables may be of many studies."""
    return source.use is Use.MODALITY and source.modality is not None and str(source.modality) != "clinical"


def _narrowed(endpoint: Endpoint, measured: frozenset[str], tables: Tables) -> Endpoint:
    table = tables.read(endpoint.path, sheet=endpoint.plan.sheet, array=endpoint.plan.array)
    if not endpoint.plan.filter and measured:
        kept = narrowing(table, endpoint.plan, measured)
        if kept:
            said = "; ".join(f"{column} = {listed([str(v) for v in values], 5)}" for column, values in kept.items())
            endpoint = replace(
                endpoint,
                plan=replace(endpoint.plan, filter=kept),
                evidence=(*endpoint.evidence, f"of its patients those of {said}, whose measurements were given"),
            )
    counted = endpoints.counted(endpoint, tables)
    if counted is None:
        return replace(endpoint, patients=0)
    outcomes = endpoints.outcomes_of(counted, tables)
    return replace(counted, matched=sum(patient_key(i) in measured for i in outcomes.ids) if outcomes else 0)


def _best_endpoint(found: Sequence[Endpoint]) -> Endpoint | None:
    """The best-known endpoint of those that most measured patients have; then the one with the fewest others.

    One without an event is better than none: its note says which values its column of events has.
    """
    found = [e for e in found if e.events] or found
    most = max((e.matched for e in found), default=0)
    close = [e for e in found if e.matched >= _ENOUGH * most]
    return min(close, key=lambda e: (_rank(e.name), -e.matched, e.patients), default=None)


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _one_a_modality(proposal: Proposal) -> Proposal:
    """Of the sources of a modality the one that most patients with an outcome are in; of equals the first given."""
    best: dict[object, ProposedSource] = {}
    for source in proposal.sources:
        rival = best.get(source.modality)
        if (
            source.use is Use.MODALITY
            and source.modality is not None
            and (rival is None or source.matched > 1.05 * rival.matched)
        ):
            best[source.modality] = source
    keys = {source.key for source in best.values()}
    return replace(proposal, sources=tuple(replace(s, chosen=s.key in keys) for s in proposal.sources))


def _with_splits(proposal: Proposal, tables: Tables) -> Proposal:
    """Fixed folds where a file gives them for nearly all patients, else folds that are drawn where they suffice."""
    known = outcome_ids(proposal, tables)
    plan = SplitPlan()
    if len(known) < plan.folds:
        return replace(proposal, splits=None)
    kept = []
    for source in proposal.sources:
        if source.use is Use.SPLITS and source.plan is not None:
            source, found = split_source(source, known, tables)
            if found is not None and not plan.key and source.matched >= _ENOUGH * len(known):
                plan, source = found, replace(source, chosen=True)
        kept.append(source)
    return replace(proposal, sources=tuple(kept), splits=plan)


def split_source(
    source: ProposedSource, known: Collection[str], tables: Tables
) -> tuple[ProposedSource, SplitPlan | None]:
    """A table of folds, narrowed to these patients, and how it is read; None where a part has no known name."""
    table = sources.read(source, tables)
    case, fold, part = _split_columns(table)
    plan = replace(source.plan or TablePlan(), case=case)
    plan = replace(plan, filter=dict(plan.filter) or narrowing(table, plan, known))
    rows = patient_rows(table, sources_spec(table, plan))
    words = {table.text(part)[row] for mine in rows.values() for row in mine}
    train = next((w for name in _TRAIN for w in words if w.casefold() == name), None)
    test = next((w for name in _TEST for w in words if w.casefold() == name), None)
    matched = sum(patient in known for patient in rows)
    source = replace(source, plan=plan, patients=len(rows), matched=matched, ids=sources.id_words(list(rows)))
    if train is None or test is None:
        return source, None
    return source, SplitPlan(source.key, fold, part, train, test)


def _split_columns(table: Table) -> tuple[str, str, str]:
    make = make_of(table)
    return (make.columns[0], make.columns[1], make.columns[2]) if make else (table.names[0], "fold", "part")


def _with_groups(proposal: Proposal) -> Proposal:
    """Gene groups belong to RNA: the first file of them is taken."""
    taken = any(str(m) == "rna" for m in proposal.modalities)
    first = next((s.key for s in proposal.sources if s.use is Use.GROUPS), None)
    changed = (replace(s, chosen=taken and s.key == first) if s.use is Use.GROUPS else s for s in proposal.sources)
    return replace(proposal, sources=tuple(changed))

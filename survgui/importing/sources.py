"""What each recognised file would give a cohort: how it is read, its unit, its genes, how its patients are named."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality, is_tcga
from survgui.cases.cohort import Note
from survgui.cases.proposal import GeneIds, ProposedSource, TablePlan, Use
from survgui.errors import ReadError
from survgui.importing import dates
from survgui.readers import columns as chosen_columns
from survgui.readers import formats, genes
from survgui.readers.delimited import MISSING
from survgui.readers.layout import after_baseline
from survgui.readers.recognise import Finding
from survgui.readers.rows import patient_rows, rows_by_patient
from survgui.readers.spec import BlockSpec, TableSpec
from survgui.readers.table import Table, Tables, listed, transposed
from survgui.readers.units import guess_unit

OF_GENES = (Modality.RNA, Modality.CNV, Modality.MUTATION)
_SAMPLE = 400
"""Patients whose values are looked at to tell the unit"""
_WIDE = 50.0
"""Largest value of a log or a z-score that no transform is proposed for (our choice)"""
_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".dcm")
_USES = {
    formats.Role.SPLITS: Use.SPLITS,
    formats.Role.GROUPS: Use.GROUPS,
    formats.Role.IDS: Use.IDS,
    formats.Role.MUTATIONS: Use.MODALITY,
}
_YEAR = re.compile(r"(.*[_. ])?(dx_year|year_of_\w+|year)", re.IGNORECASE)
_ORDERS = (
    ("Stage I", "Stage II", "Stage III", "Stage IV"),
    ("G1", "G2", "G3", "G4"),
    ("STAGE I", "STAGE II", "STAGE III", "STAGE IV"),
    ("stage i", "stage ii", "stage iii", "stage iv"),
)


def of_finding(finding: Finding, tables: Tables) -> ProposedSource:
    """The source that a finding gives; what cannot be used says why."""
    key = "#".join(filter(None, (finding.path.name, finding.sheet, finding.modality or finding.role or "file")))
    source = ProposedSource(
        key=key,
        paths=(finding.path,),
        use=Use.NONE,
        format=finding.make or ("cannot be read" if finding.error else "not recognised"),
        evidence=(in_import(finding),),
        modality=finding.modality,
        sheet=finding.sheet,
    )
    if finding.error is not None:
        return replace(source, notes=(Note("warning", finding.error.code, str(finding.error)),))
    if finding.spec is not None and finding.spec.table is not None:
        return measured(replace(source, use=Use.MODALITY, plan=plan_of(finding.spec)), tables)
    role = next((role for role in formats.Role if role == finding.role), None)
    if role in _USES:
        modality = Modality.MUTATION if role is formats.Role.MUTATIONS else None
        return replace(source, use=_USES[role], modality=modality, plan=TablePlan(sheet=finding.sheet))
    return replace(source, use=Use.MODALITY) if finding.modality is not None else source


def in_import(finding: Finding) -> str:
    """The evidence, and what to do with a table that says nothing of itself."""
    unknown = finding.role == "table" and finding.modality is None
    return f"{finding.evidence}; say which modality it is, if it is one" if unknown else finding.evidence


def plan_of(spec: BlockSpec) -> TablePlan:
    """A specification as the proposal shows it."""
    table = spec.table or TableSpec(Path())
    columns = spec.columns if spec.modality is Modality.CLINICAL else compact(spec.columns)
    return TablePlan(table.sheet, table.array, table.case, dict(table.filter), table.orientation, columns)


def compact(names: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    """Many names that are one and a number (`features_0`, `features_1`, ...) as a glob."""
    if not isinstance(names, tuple) or len(names) < 20:
        return names
    stems = {re.sub(r"\d+$", "", name) for name in names}
    stem = stems.pop()
    return f"{stem}*" if not stems and stem[-1:] in ("_", ".", "-") else names


def table_spec(source: ProposedSource) -> TableSpec:
    """Where a source's rows are, as the readers take it."""
    plan = source.plan or TablePlan()
    path = source.table or source.paths[0]
    return TableSpec(path, plan.sheet, plan.array, plan.case, dict(plan.filter), plan.orientation)


def read(source: ProposedSource, tables: Tables) -> Table:
    """The table of a source."""
    spec = table_spec(source)
    return tables.read(spec.path, sheet=spec.sheet, array=spec.array)


def measured(source: ProposedSource, tables: Tables, patients: Collection[str] = ()) -> ProposedSource:
    """A source of measurements in a table, with counts, unit, transform, rows and genes as its plan reads it.

    Args:
        patients: Whose clinical fields must be worth taking; empty: all fields are kept.

    Raises:
        ReadError: The table cannot be read, or has no such column.
    """
    table = read(source, tables)
    if source.modality is Modality.CLINICAL:
        return _fields(source, table, patients)
    rows, names, values = matrix(source, table)
    sample = values[:: max(1, len(values) // _SAMPLE)]
    unit = guess_unit(sample, source.modality)
    plan, why = _planned(source, rows, sample, unit)
    named, notes = _genes(source, table, names)
    evidence = [*source.evidence, *why, _unit_words(sample, unit, source.modality)]
    if source.modality is Modality.DNAM and _probes(names):
        evidence.append(formats.array_words(names))
    return replace(
        source,
        plan=plan,
        evidence=tuple(dict.fromkeys(evidence)),
        ids=id_words(list(rows)),
        values=unit,
        patients=len(rows),
        features=len(names),
        genes=named,
        notes=(*notes, *_of_images(source, list(rows))),
    )


def matrix(source: ProposedSource, table: Table) -> tuple[dict[str, list[int]], list[str], NDArray[np.float64]]:
    """Rows per patient, names of the features, and values (rows, features) of all rows.

    Raises:
        ReadError: No such column, a cell is no number.
    """
    plan, spec = source.plan or TablePlan(), table_spec(source)
    if plan.orientation == "cases-in-columns":
        ids, features, values = transposed(table, plan.case)
        return rows_by_patient(ids, range(len(ids))), list(dict.fromkeys(features)), values
    case = table.names[0] if plan.case is None else plan.case
    numeric = table.numeric() if plan.columns is None else ()
    names = chosen_columns.chosen(table.names, plan.columns, numeric, {case, *plan.filter})
    if not names:
        raise chosen_columns.missing(table.path, plan.columns, table.names)
    short = chosen_columns.feature_names(names, plan.columns)
    return patient_rows(table, spec), list(short), table.numbers(names)


def patients_of(source: ProposedSource, tables: Tables) -> tuple[str, ...]:
    """Who is in a source; empty where it cannot be read."""
    if source.plan is None:
        return tuple(patient for patient, _ in source.members)
    try:
        table = read(source, tables)
        if source.plan.orientation == "cases-in-columns":
            ids = transposed(table, source.plan.case)[0]
            return tuple(rows_by_patient(ids, range(len(ids))))
        return tuple(patient_rows(table, table_spec(source)))
    except ReadError:
        return ()


def id_words(ids: Sequence[str]) -> str:
    """How patients are named, in words."""
    if not ids:
        return "no ids"
    barcodes = sum(is_tcga(name) for name in ids)
    if barcodes == len(ids):
        return "TCGA barcodes, compared by their first 12 characters"
    if barcodes:
        return f"TCGA barcodes and {len(ids) - barcodes} other ids"
    return f"ids such as {listed(ids, 2)}, compared as written"


def _of_images(source: ProposedSource, ids: Sequence[str]) -> tuple[Note, ...]:
    """A note where rows are called after pictures: each would count as a patient."""
    pictures = sum(name.casefold().endswith(_PICTURES) for name in ids)
    if 2 * pictures < len(ids) or not pictures:
        return ()
    text = (
        f"{source.name}: its {len(ids):,} ids are names of pictures, and each counts as a patient; add a table with "
        "the columns patient_id and sample_id that says whose each picture is, or choose another column of ids"
    )
    return (Note("warning", "IMP-13", text),)


def _planned(
    source: ProposedSource, rows: dict[str, list[int]], sample: NDArray[np.float64], unit: str
) -> tuple[TablePlan, list[str]]:
    """The plan with what several rows of a patient are, and the transform, where nobody chose yet."""
    plan, why = source.plan or TablePlan(), []
    most = max((len(mine) for mine in rows.values()), default=1)
    share = sum(map(len, rows.values())) / max(1, len(rows))
    if most > 1 and plan.rows == "first" and source.modality in (Modality.PATHOLOGY, Modality.MRI):
        how = "bag" if source.modality is Modality.PATHOLOGY and share > 3 else "mean"
        plan = replace(plan, rows=how)
        what = "a bag of patches" if how == "bag" else "averaged"
        why.append(f"up to {most} rows of a patient ({share:.1f} on average), taken as {what}")
    elif most > 1:
        why.append(f"up to {most} rows of a patient; the first counts, of TCGA samples the primary tumour's")
    if plan.transform == "none":
        plan = replace(plan, transform=proposed_transform(sample, unit, source.modality))
    return plan, why


def proposed_transform(values: NDArray[np.float64], unit: str, modality: Modality | None) -> str:
    """The transform that brings values to a scale that a model can take."""
    known = values[np.isfinite(values)]
    if len(known) == 0 or unit in ("beta", "binary", "cnv", "m-value"):
        return "none"
    low, high = float(known.min()), float(known.max())
    if unit == "counts" or (low >= 0 and high > _WIDE and modality in (Modality.RNA, Modality.MIRNA)):
        return "log2p1"
    return "signed-log1p" if max(-low, high) > _WIDE else "none"


def _unit_words(values: NDArray[np.float64], unit: str, modality: Modality | None) -> str:
    """The unit with what it was told from."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return "no value is there"
    if unit == "binary":
        return f"only 0 and 1 ({100 * float(known.mean()):.1f} % are 1)"
    low, first, third, high = np.percentile(known, [0, 25, 75, 100])
    span = f"from {low:,.4g} to {high:,.4g}, half of them between {first:,.4g} and {third:,.4g}"
    words = {
        "counts": "whole numbers: counts",
        "log": "small numbers without the spread of counts: logarithms",
        "z-score": "around zero on either side: z-scores",
        "beta": "all between 0 and 1: beta values",
        "m-value": "around zero on either side, of methylation: M values",
        "cnv": "whole numbers from -2 to 2: copy number calls",
        "mixed": "columns of several units",
    }
    if unit == "mixed" and modality in (Modality.RNA, Modality.MIRNA) and known.min() >= 0:
        return f"amounts that are neither counts nor logarithms, such as TPM or FPKM ({span})"
    return f"{words[unit]} ({span})"


def _genes(source: ProposedSource, table: Table, names: Sequence[str]) -> tuple[GeneIds | None, tuple[Note, ...]]:
    if source.modality not in OF_GENES:
        return None, ()
    found = genes.named(tuple(names))
    rows = _lines_of(source, table, found.repaired)
    ids = GeneIds(found.kind, len(names), found.known, found.renamed, rows, found.spoilt)
    notes = []
    if found.known < 0.5 * len(names):
        text = (
            f"{table.path.name}: {found.known:,} of {len(names):,} features are genes of the gene table; "
            "are they genes, and of a human? Choose another modality if not"
        )
        notes.append(Note("warning", "GEN-01", text))
    if found.spoilt:
        text = (
            f"{table.path.name}: {listed(found.spoilt, 3)} may be one of two genes each, for a spreadsheet made dates "
            "of them; export the table again with that column as text, or leave them as they are"
        )
        notes.append(Note("warning", "GEN-02", text))
    if rows:
        text = f"{table.path.name}: dates that a spreadsheet made of genes were repaired: {listed(rows, 5)}; check them"
        notes.append(Note("warning", "GEN-03", text))
    return ids, tuple(notes)


def _lines_of(source: ProposedSource, table: Table, repaired: Sequence[str]) -> tuple[str, ...]:
    """Repaired names with where they stand: the line, or the column."""
    if not repaired or source.plan is None or source.plan.orientation != "cases-in-columns":
        return tuple(repaired)
    line = {name: table.line(row) for row, name in reversed(list(enumerate(table.text(table.names[0]))))}
    return tuple(f"{said} (line {line.get(said.split(' = ')[0], 1)})" for said in repaired)


def _probes(names: Sequence[str]) -> bool:
    return sum(name.startswith(("cg", "ch.", "rs")) for name in names[:200]) > 0.8 * min(200, len(names))


def _fields(source: ProposedSource, table: Table, patients: Collection[str]) -> ProposedSource:
    """Clinical fields: those that a model can use, with the orders of stages and grades."""
    plan = source.plan or TablePlan()
    rows = patient_rows(table, table_spec(source))
    names = list(plan.columns) if isinstance(plan.columns, tuple) else list(table.names)
    counted = replace(source, ids=id_words(list(rows)), values="mixed", patients=len(rows), features=len(names))
    if not patients:
        return counted
    used = [row for patient, mine in rows.items() if patient in patients for row in mine]
    usable, why = _usable(table, names, used)
    ordered = dict(plan.ordered) or _orders(table, usable, used)
    treated = [name for name in usable if after_baseline(name)]
    kept = tuple(name for name in usable if name not in treated and not _YEAR.fullmatch(name))
    evidence = [*source.evidence, *why]
    if treated:
        evidence.append(f"left out as received after the baseline: {listed(treated, 3)}")
    ordered = {name: order for name, order in ordered.items() if name in kept}
    plan = replace(plan, columns=kept or tuple(names), ordered=ordered)
    return replace(counted, plan=plan, evidence=tuple(dict.fromkeys(evidence)), features=len(plan.columns or ()))


def _usable(table: Table, names: Sequence[str], rows: Sequence[int]) -> tuple[list[str], list[str]]:
    """Fields that hold numbers, or few enough words to be categories; and why others are left out."""
    numeric = set(table.numeric())
    kept, words, empty, dated = [], [], [], []
    for name in names:
        written = table.text(name)
        cells = [written[row] for row in rows if written[row] not in MISSING]
        if len(cells) < 0.05 * len(rows) or len(set(cells)) < 2:
            empty.append(name)
        elif dates.are_dates(cells):
            dated.append(name)
        elif name in numeric or len(set(cells)) <= min(40, max(12, 0.05 * len(cells))):
            kept.append(name)
        else:
            words.append(name)
    why = [f"left out, nearly empty or the same for all: {listed(empty, 3)}"] if empty else []
    why += [f"left out, dates: {listed(dated, 3)}"] if dated else []
    return kept, why + ([f"left out, too many different words: {listed(words, 3)}"] if words else [])


def _orders(table: Table, names: Sequence[str], rows: Sequence[int]) -> dict[str, tuple[str, ...]]:
    """Fields whose words are stages or grades, lowest first."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        written = table.text(name)
        words = {written[row] for row in rows} - set(MISSING)
        for order in _ORDERS:
            if sum(word.startswith(order) for word in words) >= max(2, 0.5 * len(words)):
                found[name] = order
    return found

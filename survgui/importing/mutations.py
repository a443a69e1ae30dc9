"""A list of mutations as a table of genes: 1 where a patient's tumour has a mutation that changes the protein."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from survgui import storage
from survgui.cases.cohort import Note
from survgui.readers.mutations import lines
from survgui.readers.rows import rows_by_patient
from survgui.readers.table import Table

LEAST = 0.01
"""Share of the patients who must have a gene mutated for it to become a feature (our choice), and two at least."""


def table_of(
    lists: Sequence[tuple[Table, tuple[str, ...]]],
    patient_of: Mapping[str, str],
    target: Path,
    sequenced: Sequence[str] = (),
) -> tuple[int, int, tuple[Note, ...]]:
    """Write the table of genes, a patient a row, 0 and 1, as parquet.

    A patient without a line is in the table only where another list says that he was sequenced.

    Args:
        lists: Tables and their columns of gene, sample and kind of mutation (`formats.Make`); of one make together.
        patient_of: Patients of samples that are no TCGA barcodes.
        sequenced: Samples that were sequenced, with a line or without.

    Returns:
        Patients, genes, and notes on what was left out.
    """
    gene: list[str] = []
    sample: list[str] = []
    changing: list[bool] = []
    for table, columns in lists:
        names, samples, counts = lines(table, columns)
        gene, sample, changing = gene + names, sample + samples, changing + counts
    counted = [k for k, counts in enumerate(changing) if counts]
    who = [patient_of.get(s, s) for s in sample]
    rows = rows_by_patient(who, range(len(who)))
    looked_at = rows_by_patient([patient_of.get(s, s) for s in sequenced], range(len(sequenced)))
    everybody = list(dict.fromkeys([*rows, *looked_at]))
    place = {patient: row for row, patient in enumerate(everybody)}
    of_row = {row: patient for patient, mine in rows.items() for row in mine}
    pairs = {(of_row[k], gene[k]) for k in counted if k in of_row}
    least = max(2, round(LEAST * len(everybody)))
    often = _often(pairs, least)
    values = np.zeros((len(everybody), len(often)), dtype=np.uint8)
    at = {name: column for column, name in enumerate(often)}
    for patient, name in pairs:
        if name in at:
            values[place[patient], at[name]] = 1
    frame = pd.concat([pd.Series(everybody, name="case"), pd.DataFrame(values, columns=list(often))], axis=1)
    with storage.replacing(target) as part:
        frame.to_parquet(part, index=False)
    left = len(gene) - len(counted)
    text = (
        f"{lists[0][0].path.name}: {len(everybody)} patients, {len(often)} genes that at least {least} of them have "
        f"mutated; {left:,} silent or unnamed lines were left out. "
    )
    if looked_at:
        text += f"{len(everybody) - len(rows)} patients were sequenced and have no mutation, as the study's list says"
    else:
        text += (
            "Patients who were sequenced and have no mutation are not in such a list, and count as not measured; give "
            "the study's list of them (cases_sequenced.txt) if there is one"
        )
    return len(everybody), len(often), (Note("info" if looked_at else "warning", "MUT-01", text),)


def _often(pairs: Collection[tuple[str, str]], least: int) -> list[str]:
    count = Counter(name for _, name in pairs)
    return sorted(name for name, times in count.items() if times >= least)

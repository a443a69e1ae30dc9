"""A matrix whose columns or rows are samples, as one of patients: for samples whose names do not hold the patient's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from survgui import storage
from survgui.cases.case import Modality
from survgui.cases.proposal import Conversion, ProposedSource, TablePlan
from survgui.importing import sources
from survgui.readers.table import Tables, transposed


def renamed(source: ProposedSource, patient_of: Mapping[str, str], tables: Tables, target: Path) -> ProposedSource:
    """The source as a table of patients, a patient a row, as parquet; of several samples the first counts.

    Raises:
        ReadError: The table cannot be read.
    """
    plan = source.plan or TablePlan()
    table = sources.read(source, tables)
    if plan.orientation == "cases-in-columns":
        ids, features, values = transposed(table, plan.case)
        body = pd.DataFrame(values, columns=features).loc[:, lambda frame: ~frame.columns.duplicated()]
    else:
        ids = table.text(plan.case or table.names[0])
        if source.modality is Modality.CLINICAL:
            names = list(plan.columns) if isinstance(plan.columns, tuple) else list(table.names)
            body = pd.DataFrame({name: table.text(name) for name in names})
        else:
            _, names, values = sources.matrix(source, table)
            body = pd.DataFrame(values, columns=names)
    frame = pd.concat([pd.Series([patient_of.get(i, i) for i in ids], name="case"), body], axis=1)
    with storage.replacing(target) as part:
        frame.to_parquet(part, index=False)
    said = f"ids of samples were replaced by patients', {len(set(frame['case']))} of {len(ids)} samples"
    kept = plan.columns if source.modality is Modality.CLINICAL else None
    made = replace(
        source,
        made=target,
        conversion=Conversion.RENAMED,
        plan=replace(plan, case="case", columns=kept, orientation="cases-in-rows"),
        evidence=(*source.evidence, said),
    )
    return sources.measured(made, tables)

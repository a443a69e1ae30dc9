"""The tables of a simulated cohort and the cohort file that names them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from survgui import storage
from survgui.cases.case import Modality
from survgui.engine.simulation import clinical, omics, volumes
from survgui.engine.simulation.latent import Array, Patients

COHORT, CASE, OUTCOME, GROUPS = "cohort.toml", "case.toml", "outcome.csv", "gene_sets.gmt"
MRI_FILES = (*volumes.SEQUENCES, volumes.SEGMENTATION)
PICTURES = (Modality.PATHOLOGY, Modality.MRI)
"""Modalities that are files of their own at level `raw`."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text cells, one row a patient.

    Attributes:
        names: Columns, without that of the patients.
        rows: Per patient the cells.
    """

    names: Sequence[str]
    rows: Sequence[Sequence[str]]


def feature_table(m: Modality, features: Array) -> Table:
    """The features of a modality at level `features`, (n, d)."""
    names = [f"{m}_{column:02d}" for column in range(features.shape[1])]
    return Table(names, [[f"{value:.6g}" for value in row] for row in features.tolist()])


def raw_table(m: Modality, traits: Array, rng: np.random.Generator) -> Table:
    """What is measured of a modality at level `raw`: clinical fields, counts, betas.

    Args:
        traits: (n, d) standard scores of the modality's traits.
    """
    if m is Modality.CLINICAL:
        return Table(list(clinical.TRAITS), clinical.fields(traits))
    values = omics.measure(m, traits, rng)
    return Table(omics.panel(m).names, [[f"{value:g}" for value in row] for row in values.tolist()])


def outcome_table(patients: Patients) -> Table:
    """Follow-up in months and whether it ended with death."""
    months = np.maximum(patients.months, 0.02)  # half a day: nobody is followed for no time at all
    rows = [(f"{time:.3f}", str(int(died))) for time, died in zip(months, patients.events, strict=True)]
    return Table(("months", "died"), rows)


def write_table(path: Path, ids: Iterable[str], table: Table) -> None:
    """Write a table as csv, compressed where the name ends in `.gz`.

    Raises:
        StorageError: The file could not be written.
    """
    lines = [",".join(("case_id", *table.names))]
    lines += [",".join((name, *row)) for name, row in zip(ids, table.rows, strict=True)]
    content = ("\n".join(lines) + "\n").encode()
    storage.write_bytes(path, gzip.compress(content, 6, mtime=0) if path.suffix == ".gz" else content)


def table_name(m: Modality, level: str) -> str:
    """File of a modality's table in a cohort folder; the wide ones are compressed."""
    return f"{m}.csv" if level == "features" or m is Modality.CLINICAL else f"{m}.csv.gz"


def cohort_text(name: str, modalities: Sequence[Modality], level: str) -> str:
    """The content of `cohort.toml` (contracts.md, "Cohort folder")."""
    parts = [
        f"# A simulated cohort: no patient of it exists. What is true of it is in truth.json.\nname = {_toml(name)}",
        _section("outcome", table=OUTCOME, case="case_id", time="months", unit="months", event="died", event_value=1),
    ]
    for m in modalities:
        if level == "raw":
            slide, mri = "slides/{case}.svs", "mri/{case}/{case}_{sequence}.nii.gz"
            parts.append(_raw_section(m, table_name(m, level), slide, mri, groups=True))
        else:
            parts.append(_section(f"modality.{m}", table=table_name(m, level), case="case_id", columns=f"{m}_*"))
    return "\n\n".join(parts) + "\n"


def case_text(identifier: str, modalities: Sequence[Modality]) -> str:
    """The content of `case.toml` of a patient whose files lie beside it."""
    parts = [f"# A simulated patient, who does not exist.\nid = {_toml(identifier)}"]
    parts += [_raw_section(m, f"{m}.csv", "slide.svs", "mri/{sequence}.nii.gz") for m in modalities]
    return "\n\n".join(parts) + "\n"


def _raw_section(m: Modality, table: str, slide: str, mri: str, groups: bool = False) -> str:
    section = f"modality.{m}"
    if m is Modality.PATHOLOGY:
        return _section(section, files=slide)
    if m is Modality.MRI:
        return _section(section, files=mri, sequences=list(MRI_FILES))
    if m is Modality.CLINICAL:
        fields = _section(section, table=table, case="case_id", columns=list(clinical.TRAITS))
        return f"{fields}\n{_section(f'{section}.ordered', grade=list(clinical.GRADES))}"
    if m is Modality.RNA:
        named = {"groups": GROUPS} if groups else {}
        return _section(section, table=table, case="case_id", transform="log1p", **named)
    transform = {"transform": "beta-to-m"} if m is Modality.DNAM else {}
    return _section(section, table=table, case="case_id", **transform)


def _section(name: str, **entries: str | int | list[str]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in entries.items())])


def _toml(value: str | int | list[str]) -> str:
    """Strings, numbers and lists are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)

"""The unit of a block is the same for one patient as for the cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.readers.table import read_table, transposed
from survgui.readers.units import guess_unit

RNG = np.random.default_rng(0)
LOG = np.log2(RNG.lognormal(3, 2, (20, 1500)) + 0.001)


@pytest.mark.parametrize(
    ("values", "modality", "unit"),
    [
        (RNG.poisson(80, (20, 1500)), Modality.RNA, "counts"),
        (RNG.poisson(80, (20, 1500)), None, "counts"),
        (np.log1p(RNG.poisson(80, (20, 1500))), None, "log"),
        (LOG, Modality.RNA, "log"),
        ((LOG - LOG.mean(0)) / LOG.std(0), Modality.RNA, "z-score"),
        (RNG.beta(0.5, 0.5, (20, 1500)), Modality.DNAM, "beta"),
        (RNG.normal(-1, 3, (20, 1500)), Modality.DNAM, "m-value"),
        (RNG.normal(0, 2.5, (20, 1500)), None, "m-value"),
        (RNG.integers(0, 2, (20, 1500)), Modality.MUTATION, "binary"),
        (RNG.integers(-2, 3, (20, 1500)), None, "cnv"),
        (RNG.integers(0, 2, (20, 1500)), Modality.CNV, "cnv"),
        (np.zeros((1, 30)), Modality.MUTATION, "binary"),
        (np.zeros((1, 30)), Modality.CNV, "cnv"),
        (np.full((2, 3), np.nan), Modality.RNA, "mixed"),
        (RNG.lognormal(3, 2, (20, 1500)), Modality.RNA, "mixed"),  # TPM, not logged
        (RNG.normal(size=(20, 1500)), Modality.MRI, "mixed"),
    ],
)
def test_unit(values: np.ndarray, modality: Modality | None, unit: str) -> None:
    assert guess_unit(values.astype(float), modality) == unit
    assert {guess_unit(row.astype(float), modality) for row in values} == {unit}


def test_gaps_do_not_change_the_unit() -> None:
    values = RNG.poisson(80, (20, 1500)).astype(float)
    values[RNG.random(values.shape) < 0.5] = np.nan
    assert guess_unit(values, Modality.RNA) == "counts"


@pytest.mark.parametrize("cohort", ["blca", "gbmlgg", "luad"])
def test_real_rows_agree_with_their_cohort(shared_data: Path, cohort: str) -> None:
    table = read_table(shared_data / "tcga_omics" / f"porpoise_tcga_{cohort}_all_clean.csv.zip")
    marks = {"_rnaseq": (Modality.RNA, "z-score"), "_cnv": (Modality.CNV, "cnv"), "_mut": (Modality.MUTATION, "binary")}
    for mark, (modality, unit) in marks.items():
        values = table.numbers([name for name in table.names if name.endswith(mark)])
        assert guess_unit(values, modality) == unit
        assert {guess_unit(row, modality) for row in values} == {unit}


@pytest.mark.parametrize(
    ("name", "modality", "unit"),
    [
        ("glioma_methylation/tcga_glioma_dnam_idh.csv.gz", Modality.DNAM, "beta"),
        ("tcga_omics/survpath_xena_blca_rna_clean.csv.gz", Modality.RNA, "log"),
        ("tcga_omics/subtypegan_LUAD.miRNA.fea.gz", Modality.MIRNA, "z-score"),
    ],
)
def test_other_real_tables(shared_data: Path, name: str, modality: Modality, unit: str) -> None:
    table = read_table(shared_data / name)
    values = transposed(table)[2] if "miRNA" in name else table.numbers(table.numeric())
    assert guess_unit(values, modality) == unit
    assert {guess_unit(row, modality) for row in values} == {unit}

import json

import numpy as np
import pytest

from survgui import paths
from survgui.cases.bundle import read_manifest
from survgui.ui import results

ROWS = [
    {"method": "must", "pattern": ["natural"], "c_index": 0.869, "c_index_sd": 0.017, "cs": 0.892, "ibs": 0.085},
    {"method": "must", "pattern": ["clinical"], "c_index": 0.8, "c_index_sd": None, "cs": 0.8, "ibs": 0.1},
    {"method": "must", "pattern": ["clinical", "cnv"], "c_index": None, "c_index_sd": None, "cs": None, "ibs": None},
    {"method": "must", "pattern": ["clinical", "cnv", "rna"], "c_index": 0.85, "c_index_sd": 0.1, "cs": 0.8},
    {"method": "cox-clinical", "pattern": ["natural"], "c_index": 0.842, "c_index_sd": 0.014, "cs": 0.869},
    {"method": "cox-all", "pattern": ["natural"], "c_index": 0.874, "c_index_sd": 0.015, "cs": 0.894},
    {"method": "mask-only", "pattern": ["natural"], "c_index": 0.9, "c_index_sd": 0.0, "cs": 0.7},
]


def texts(column):
    return [column.text(row) for row in range(len(column.values))]


@pytest.mark.parametrize(
    ("method", "said"),
    [("must", "MUST"), ("cox-specialist", "Cox, one for every pattern"), ("published:mcat", "MCAT, as published")],
)
def test_methods_have_names(method, said):
    assert results.method_title(method) == said
    assert results.method_title("something-new") == "something-new"


def test_the_best_cox_row_is_a_cox_row():
    assert results.best_cox(ROWS) == 0.874  # the mask-only row is higher, and no Cox row
    assert np.isnan(results.best_cox(ROWS[:1]))


def test_the_cox_rows_stand_beside_the_model_even_before_there_are_any():
    names, c, *_ = results.beside_columns(())
    assert list(names.values) == ["MUST", "Cox, clinical", "Cox, RNA + clinical", "Cox, all blocks", "mask only"]
    assert texts(c) == ["–"] * 5


def test_the_change_to_the_best_cox_row_has_its_sign():
    *_, change = results.beside_columns(ROWS)
    assert texts(change) == ["−0.005", "−0.032", "–", "0.000", "+0.026"]


def test_a_figure_without_a_deviation_or_without_a_value():
    assert results.with_deviation(0.8, float("nan")) == "0.800"
    assert results.with_deviation(float("nan"), 0.1) == "–"


@pytest.mark.parametrize("name", ["tcga-glioma", "demo-simulated"])
def test_a_shipped_bundles_figures_are_those_of_its_manifest(name):
    folder = paths.bundle_folders()[1] / name
    stored = json.loads((folder / "manifest.json").read_text("utf-8"))["metrics"]
    first = next(row for row in stored if row["method"] == "must" and row["pattern"] == ["natural"])
    _, c, *_ = results.beside_columns(read_manifest(folder).metrics)
    assert texts(c)[0] == f"{first['c_index']:.3f} ± {first['c_index_sd']:.3f}"
    assert "–" not in texts(c)[1]  # the Cox row is there

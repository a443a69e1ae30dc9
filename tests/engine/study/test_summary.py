"""Hand-counted folds."""

import pytest

from survgui.engine.study.summary import reference, relative, ridge, rows_of, summarise

NATURAL = ("natural",)


def row(value, fold, c, seed=0, n=10, **more):
    plain = {"cs": 0.7, "cs_binned": None, "ibs": 0.2, "uno_c": None, "d_calibration_p": None, "reconstruction": {}}
    own = {"value": value, "method": "m", "pattern": ["natural"], "fold": fold, "seed": seed, "n": n, "c_index": c}
    return {**own, **plain, **more}


ROWS = [
    row(1, 0, 0.6, reconstruction={"rna": 0.8}), row(1, 0, 0.8, seed=1, reconstruction={"rna": 1.0}),
    row(1, 1, 0.9, reconstruction={"rna": 0.6, "mri": 0.5}),
    row(2, 0, 0.6), row(2, 1, 0.7), row(2, 2, None),
    row(3, 0, 0.5, n=9), row(3, 1, 0.8),
]  # fmt: skip


def summary(default=2):
    told = summarise(ROWS, {("4", "m", "natural"): "no such width", ("2", "m", "natural"): "few"}, [1, 2, 3, 4],
                     ["m"], [NATURAL], default)  # fmt: skip
    return {line["value"]: line for line in told}


def test_seeds_are_averaged_within_a_fold():
    found = summary()[1]
    assert found["c_index"] == pytest.approx(0.8) and found["c_index_sd"] == pytest.approx(0.02**0.5)
    assert found["n_folds"] == 2 and found["n"] == 20 and found["cs"] == pytest.approx(0.7)
    assert found["cs_binned"] is None and found["reconstruction"] == {"rna": pytest.approx(0.8), "mri": 0.5}


def test_differences_are_of_folds_with_as_many_patients():
    found = summary()
    assert found[1]["difference"] == {"c_index": pytest.approx(0.15), "standard_error": pytest.approx(0.05),
                                      "n_folds": 2}  # fmt: skip
    assert found[3]["difference"] == {"c_index": pytest.approx(0.1), "standard_error": None, "n_folds": 1}
    assert found[2]["difference"] is None and summary(default=9)[1]["difference"] is None


def test_reasons_stand_where_there_is_no_figure_and_where_a_fold_has_none():
    found = summary()
    assert found[4]["c_index"] is None and found[4]["reason"] == "no such width" and found[4]["difference"] is None
    assert found[2]["reason"] == "a fold has no figure: few" and found[1]["reason"] is None


def test_errors_are_over_those_of_the_mean():
    errors = {"rna": {"mse": 0.5, "mean_mse": 2.0, "ridge_mse": None}, "mri": {"mse": 1.0, "mean_mse": 0.0}}
    assert relative(errors, "mse") == {"rna": 0.25} and relative(errors, "ridge_mse") == {}
    cell = {"rows": [{"fold": 0}, {"fold": 0}], "also": errors}
    assert rows_of(0.5, [cell, {"rows": [{"fold": 1}]}]) == [
        {"value": 0.5, "fold": 0, "reconstruction": {"rna": 0.25}},
        {"value": 0.5, "fold": 0, "reconstruction": {"rna": 0.25}},
        {"value": 0.5, "fold": 1, "reconstruction": {}},
    ]
    told = {"also": {"rna": {"mse": 1.0, "mean_mse": 2.0, "ridge_mse": 3.0}}}
    assert ridge([cell, told, {}]) == {"rna": 1.5}


def test_references_are_means_over_folds():
    rows = [row(0, 0, 0.6), row(0, 0, 0.8, seed=1), row(0, 1, 0.9), row(0, 2, None)]
    assert reference(rows, ["m", "other"], NATURAL) == {"m": pytest.approx(0.8), "other": None}
    assert reference(rows, ["m"], ("rna",)) == {"m": None}

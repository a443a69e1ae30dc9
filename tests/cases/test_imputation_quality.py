from __future__ import annotations

import json
from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.imputation_quality import (
    HALF,
    OTHERS,
    Feature,
    FeatureTable,
    QualityRow,
    collapsed,
    feature_tables,
    main_rows,
    quality_rows,
)

RNA = Modality.RNA
ROW = QualityRow(RNA, OTHERS, 103, 0.8, 1.0, 0.85, correlation=0.4, spread_ratio=0.45, coverage=0.3)
TABLE = FeatureTable(
    RNA, 103, 3, tuple(k / 10 for k in range(11)), (Feature("TP53", 0.9, 0.2),), (Feature("XIST", -0.1, 1.1),)
)


def test_a_manifest_keeps_what_was_said():
    stored = json.loads(
        json.dumps({"reconstruction": [ROW.stored()], "reconstruction_features": {"rna": TABLE.stored()}})
    )
    assert quality_rows(stored) == (ROW,)
    assert feature_tables(stored) == {RNA: TABLE}


def test_gains_are_against_the_mean():
    assert ROW.gain == pytest.approx(0.2) and ROW.ridge_gain == pytest.approx(0.15)
    assert QualityRow(RNA, HALF, 5, 2.0, 1.0).gain == -1.0
    assert QualityRow(RNA, HALF, 5, 0.0, 0.0).gain == 0.0 and QualityRow(RNA, HALF, 5, 1.0, 1.0).ridge_gain is None


def test_a_hundredth_of_the_mean_s_error_is_level():
    """Errors of 0.8 and 0.85, 0.8 and 0.809, 0.8 and 0.75 of the mean's, which is 2."""
    sides = [QualityRow(RNA, OTHERS, 9, 1.6, 2.0, ridge).beside_ridge for ridge in (1.7, 1.618, 1.5, None)]
    assert sides == ["better", "level", "worse", None]
    assert ROW.beats_mean and not replace(ROW, collapsed=True).beats_mean
    assert not QualityRow(RNA, OTHERS, 9, 0.995, 1.0).beats_mean  # level with it, whatever is stored


@pytest.mark.parametrize(
    ("mse", "spread", "flat"),
    [
        (0.8, 0.45, False),
        (0.985, 0.12, False),
        (0.8, 0.09, True),
        (0.99, 0.5, True),
        (1.2, None, True),
        (0.9, None, False),
    ],
)
def test_a_hundredth_of_the_variance_is_the_least(mse, spread, flat):
    assert collapsed(mse, 1.0, spread) is flat


@pytest.mark.parametrize(
    "odd",
    [
        {}, {"reconstruction": "many"}, {"reconstruction": [3, {"modality": "rna"}]},
        {"reconstruction": [{**ROW.stored(), "modality": "aura"}]},
        {"reconstruction": [{**ROW.stored(), "mse": None}]},
        {"reconstruction": [{**ROW.stored(), "pattern": []}]},
        {"reconstruction_features": [1]}, {"reconstruction_features": {"rna": {"n": 3}}},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_out(odd):
    assert quality_rows(odd) == () and feature_tables(odd) == {}


def test_rows_of_one_pattern():
    half = QualityRow(RNA, HALF, 9, 0.5, 1.0)
    assert main_rows([half, ROW]) == {RNA: ROW} and main_rows([half, ROW], HALF) == {RNA: half}

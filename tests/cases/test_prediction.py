from __future__ import annotations

import json

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName, Contribution, Information, Prediction, as_json, error_json

BUNDLE = BundleName("demo", "1.0", "abc")


@pytest.fixture
def prediction() -> Prediction:
    draws = np.array([[1.0, 0.5 + 0.02 * n, 0.2] for n in range(21)])
    return Prediction(
        case="C-1",
        bundle=BUNDLE,
        states={Modality.PATHOLOGY: State.MEASURED, Modality.RNA: State.IMPUTED, Modality.MRI: State.UNUSED},
        reasons={Modality.MRI: "this bundle takes no MRI"},
        details={Modality.PATHOLOGY: "3 patches"},
        digests={Modality.PATHOLOGY: "00ff"},
        horizon_months=24.0,
        edges_months=np.array([0.0, 12.0, 24.0]),
        survival=np.array([1.0, 0.7, 0.2]),
        draws=draws,
        risk=0.31,
        risk_percentile=87.0,
        risk_group="high",
        median_months=None,
        base=0.2,
        contributions=(
            Contribution("shared", 0.1, State.MEASURED),
            Contribution("rna", 0.01, State.IMPUTED, (-0.1, 0.2)),
        ),
        fidelity={Modality.PATHOLOGY: 0.8312345678},
        information=(Information(Modality.RNA, 0.3, 0.06),),
        seed=0,
        generator="flow",
        steps=4,
        device="cpu",
        seconds=0.081234,
    )


def test_the_spread_is_the_5th_to_95th_percentile(prediction):
    low, high = prediction.spread
    assert low == pytest.approx([1.0, 0.52, 0.2]) and high == pytest.approx([1.0, 0.88, 0.2])


def test_what_was_imputed(prediction):
    assert prediction.imputed == {Modality.RNA}


def test_the_json_has_the_contracts_keys(prediction):
    written = json.loads(json.dumps(as_json(prediction), allow_nan=False))
    promised = """case bundle modalities reasons horizon_months edges_months survival spread risk risk_percentile
        risk_group median_months base contributions output fidelity information seed generator steps device seconds
        warnings error"""
    assert set(promised.split()) <= set(written)
    assert written["modalities"] == {"pathology": "measured", "rna": "imputed", "mri": "unused"}
    assert written["reasons"] == {"mri": "this bundle takes no MRI"}
    assert written["spread"]["draws"] == 21
    assert written["output"] == written["risk"]
    assert written["base"] + sum(c["value"] for c in written["contributions"]) == pytest.approx(written["output"])
    assert written["information"] == [{"modality": "rna", "group_change": 0.3, "expected_change": 0.06}]
    assert written["error"] is None and written["median_months"] is None


def test_a_failure_is_a_row_with_its_reason():
    row = error_json("C-2", BUNDLE, "slide.svs: the file is empty")
    assert row["error"] == "slide.svs: the file is empty" and row["risk"] is None
    assert row["bundle"] == {"name": "demo", "version": "1.0", "sha256": "abc"}


def test_a_failure_has_the_keys_of_a_prediction(prediction):
    assert set(error_json("C-2", BUNDLE, "no")) == set(as_json(prediction))

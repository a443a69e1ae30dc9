import json
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.report import RESEARCH_USE, InputRow, as_json
from survgui.engine.report import report_content
from tests.report import sample


@pytest.fixture(scope="module")
def content():
    reference = sample.reference(60)
    return report_content(sample.prediction(), sample.manifest(reference), reference, pictures=sample.pictures())


def test_json_knows_no_numpy_and_no_infinity(content):
    assert json.loads(json.dumps(as_json(content), allow_nan=False))["schema"] == 1


def test_json_carries_the_prediction_unchanged(content):
    assert as_json(content)["prediction"] == dict(content.prediction)
    assert as_json(content)["prediction"]["risk"] == content.risk


def test_json_holds_every_imputed_number_and_no_pixel(content):
    shown = (sample.reconstruction(), sample.reconstruction(Modality.MRI))
    pictures = replace(content.pictures, imputed=sample.imputations(), compared=shown)
    made = json.loads(json.dumps(as_json(replace(content, pictures=pictures)), allow_nan=False))
    rna, mri = made["imputed"]
    assert (rna["modality"], len(rna["features"]), rna["of"], rna["draws"]) == ("rna", 12, 40, 20)
    assert mri["held_out"]["collapsed"] is True and "images" not in mri
    table, planes = made["compared"]
    assert table["features"]["real"] == pytest.approx(shown[0].features.real.tolist())
    assert set(planes["images"][0]) == {"group", "title", "ssim", "error", "unit"} and planes["features"] is None


def test_json_states_each_input(content):
    states = {row["modality"]: row["state"] for row in as_json(content)["inputs"]}
    assert states == {str(m): str(s) for m, s in sample.STATES.items()}


def test_what_is_imputed_is_listed_in_the_order_of_the_inputs(content):
    assert content.imputed == (Modality.RNA, Modality.CNV)
    assert all(isinstance(row, InputRow) for row in content.inputs)
    assert State.IMPUTED in {row.state for row in content.inputs}


def test_what_could_not_be_used_and_was_drawn_counts_as_imputed():
    states = {Modality.CLINICAL: State.MEASURED, Modality.RNA: State.UNUSABLE, Modality.CNV: State.UNUSABLE}
    made = sample.content(sample.prediction(states=states, spoiled=[Modality.RNA]), sample.reference(60))
    assert made.run.draws == 20 and made.at_horizon.low < made.at_horizon.high
    assert made.imputed == (Modality.RNA,)


def test_a_value_that_is_not_finite_becomes_null(content):
    groups = as_json(content)["development_groups"]
    assert all(value is None or np.isfinite(value) for group in groups for value in group["high"])


def test_the_notice_is_the_regulations_wording():
    assert RESEARCH_USE == "For Research Use Only. Not for use in diagnostic procedures."

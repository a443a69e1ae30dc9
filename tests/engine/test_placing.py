import numpy as np
import pytest
import torch

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.embedding import embed, show
from survgui.engine.model import open_model
from survgui.engine.placing import joined, place, projected
from survgui.engine.predict import Choices, imputing, measured_alone


@pytest.fixture(scope="module")
def opened(bundle):
    return open_model(bundle, torch.device("cpu"))


def placed(opened, cohort, patient, hide=(), **choices):
    shown = show(opened, embed(opened, cohort, patient), hide)
    return place(opened, run_to_end(imputing(opened, shown, Choices(steps=5, **choices))))


def test_the_development_mean_lies_at_the_origin(opened):
    must = opened.fitted.net
    at = projected(opened.development, joined(must.mean_shared, must.mean_specific))
    width = opened.development.reference.map_.std(axis=0)
    assert np.abs(at / width).max() < 0.02  # weights are stored in 16 bits


def test_development_patients_lie_where_the_map_has_them(opened, cohort):
    complete = [i for k, i in enumerate(cohort.ids) if k % 3][5:12]
    reference = opened.development.reference
    for patient in complete:
        row = int(np.argmin(np.abs(reference.months - cohort.months[cohort.ids.index(patient)])))  # times are unique
        found = placed(opened, cohort, patient)
        assert found.case == pytest.approx(reference.map_[row], abs=0.02 * reference.map_.std())
        assert len(found.cloud) == 1 and np.array_equal(found.cloud[0], found.case)


def test_every_draw_is_a_point_and_the_case_their_mean(opened, newcomer):
    found = placed(opened, newcomer, "P-001", {Modality.RNA}, draws=8)
    assert found.cloud.shape == (8, 2) and found.cloud.std(axis=0).min() > 0
    assert found.case == pytest.approx(found.cloud.mean(axis=0))
    assert len(found.cohort) == len(found.groups) == len(found.events) == 118
    assert found.explained == opened.development.explained


def test_before_the_draws_the_missing_part_is_at_its_mean(opened, newcomer):
    shown = show(opened, embed(opened, newcomer, "P-001"), {Modality.RNA})
    found = place(opened, measured_alone(shown))
    by_hand = joined(shown.parts.shared[0], shown.parts.specific[0])
    away = (by_hand - opened.development.centre) @ opened.development.axes.T
    assert found.case == pytest.approx(away, abs=1e-5) and len(found.cloud) == 1

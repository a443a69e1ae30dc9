import numpy as np
import pytest
import torch
from scipy.stats import kstest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.compare import _likeness, check_comparable, likeness
from survgui.engine.embedding import embed, show
from survgui.engine.inference import Drawn
from survgui.engine.model import open_model
from survgui.engine.predict import Choices, imputing
from survgui.errors import UsageError

RNA, SLIDE, CLINICAL, MRI = Modality.RNA, Modality.PATHOLOGY, Modality.CLINICAL, Modality.MRI


@pytest.fixture(scope="module")
def opened(bundle):
    return open_model(bundle, torch.device("cpu"))


def shown(opened, cohort, hide=(), patient="P-001"):
    return show(opened, embed(opened, cohort, patient), hide)


def test_draws_that_are_the_real_part_are_like_it(opened, newcomer):
    real = shown(opened, newcomer)
    same = Drawn(real.parts.shared, real.parts.specific.unsqueeze(1).repeat(1, 6, 1, 1), real.parts.present)
    found = likeness(opened, real, same, RNA)
    assert found.cosine == pytest.approx(np.ones(6)) and found.inside == 1.0
    assert found.ranks == pytest.approx(np.full(16, 0.5))
    assert found.drawn_part == pytest.approx(np.tile(found.real_part, (6, 1)))


def test_parts_are_in_development_deviations_and_only_the_asked_modality_counts(opened, newcomer):
    real, must = shown(opened, newcomer), opened.fitted.net
    drawn = run_to_end(imputing(opened, shown(opened, newcomer, {RNA}), Choices(draws=6, steps=5)))
    found = likeness(opened, real, drawn, RNA)
    raw = torch.from_numpy(found.real_part) * must.specific_deviation[2] + must.mean_specific[2]
    assert raw.numpy() == pytest.approx(real.parts.specific[0, 2].numpy(), abs=1e-5)
    assert found.drawn_part.shape == (6, 16) and np.ptp(found.cosine) > 0
    untouched = likeness(opened, real, drawn, SLIDE)
    assert untouched.cosine == pytest.approx(np.ones(6))


def test_the_cosine_is_about_the_development_mean():
    centre, deviation = np.array([10.0, 10.0]), np.array([1.0, 2.0])
    drawn = np.array([[12.0, 10.0], [10.0, 9.0], [9.0, 10.0], [10.0, 10.0]])
    found = _likeness(np.array([11.0, 10.0]), drawn, centre, deviation)
    assert found.cosine == pytest.approx([1.0, 0.0, -1.0, 0.0])  # a draw at the mean points nowhere
    assert found.real_part == pytest.approx([1.0, 0.0])
    assert found.drawn_part[:2] == pytest.approx(np.array([[2.0, 0.0], [0.0, -0.5]]))
    assert found.ranks == pytest.approx([0.75, 0.25 + 0.375])  # three ties of four count half


def test_ranks_are_even_and_nine_of_ten_inside_where_the_spread_is_right():
    random = np.random.default_rng(0)
    width = 4000
    real, drawn = random.standard_normal(width), random.standard_normal((200, width))
    found = _likeness(real, drawn, np.zeros(width), np.ones(width))
    assert kstest(found.ranks, "uniform").pvalue > 0.01
    assert found.inside == pytest.approx(0.9, abs=0.02)
    narrow = _likeness(real, 0.2 * drawn, np.zeros(width), np.ones(width))
    assert narrow.inside < 0.4 and kstest(narrow.ranks, "uniform").pvalue < 1e-6


def test_what_cannot_be_compared_says_why(opened, newcomer, cohort):
    takes = opened.inputs.specs
    with pytest.raises(UsageError, match="MRI cannot be compared: the bundle does not take it"):
        check_comparable(shown(opened, newcomer), MRI, takes)
    with pytest.raises(UsageError, match="the case does not have it"):
        check_comparable(shown(opened, cohort, patient="P-000"), RNA, takes)
    with pytest.raises(UsageError, match="all that was measured"):
        check_comparable(shown(opened, newcomer, {CLINICAL, SLIDE}), RNA, takes)
    check_comparable(shown(opened, newcomer), RNA, takes)

from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality, State
from survgui.cases.prediction import as_json
from survgui.cases.step import run_to_end
from survgui.engine.embedding import embed, show
from survgui.engine.model import open_model
from survgui.engine.predict import Choices, estimate, imputing, predict_one
from survgui.errors import SurvguiError

RNA, SLIDE, CLINICAL = Modality.RNA, Modality.PATHOLOGY, Modality.CLINICAL


@pytest.fixture(scope="module")
def opened(bundle):
    return open_model(bundle, torch.device("cpu"))


@pytest.mark.parametrize("kind", ["bundle", "masked"])
@pytest.mark.parametrize("hide", [(), (RNA,), (SLIDE, RNA), (CLINICAL, SLIDE)])
def test_hiding_after_the_network_is_hiding_before_it(kind, newcomer, hide, request):
    opened = open_model(request.getfixturevalue(kind), torch.device("cpu"))
    choices = Choices(hide=frozenset(hide), draws=4, steps=5)
    before = predict_one(opened, newcomer.hide(hide), "P-001", choices)
    shown = show(opened, embed(opened, newcomer, "P-001"), choices.hide)
    after = estimate(opened, shown, run_to_end(imputing(opened, shown, choices)), choices, 0.0)
    one, other = as_json(before), as_json(after)
    assert {**one, "seconds": 0} == {**other, "seconds": 0}
    assert set(before.attention) == set(after.attention)


def test_what_is_missing_stands_at_the_development_mean(opened, newcomer):
    shown = show(opened, embed(opened, newcomer, "P-001"), {RNA})
    assert not shown.complete and shown.states[RNA] is State.IMPUTED
    assert torch.equal(shown.parts.specific[0, 2], opened.fitted.net.mean_specific[2])
    assert np.isnan(shown.fidelity[2]) and np.isfinite(shown.fidelity[:2]).all()
    assert show(opened, embed(opened, newcomer, "P-001")).complete


def test_nothing_left_is_said_with_what_the_bundle_takes(opened, newcomer):
    unread = replace(newcomer.blocks[RNA], unit="counts")
    embedded = embed(opened, replace(newcomer, blocks={**newcomer.blocks, RNA: unread}), "P-001")
    with pytest.raises(SurvguiError, match=r"takes Clinical, Slide, RNA-seq \(RNA-seq: its values look like counts"):
        show(opened, embedded, {CLINICAL, SLIDE})

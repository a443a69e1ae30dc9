import itertools
import math

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality
from survgui.engine import inference
from survgui.engine.inputs import prepare
from survgui.engine.model import open_model
from survgui.survival.curves import survival_at


@pytest.fixture(scope="module")
def opened(bundle):
    return open_model(bundle, torch.device("cpu"))


def parts_of(opened, cohort, ids, hide=()):
    prepared = prepare(cohort.hide(hide), ids, opened.inputs)
    with torch.inference_mode():
        return opened.fitted.net.embed(prepared.batch(range(len(ids))))


def drawn_of(opened, parts, **options):
    options = {"draws": 6, "seed": 0, "steps": 5, **options}
    *_, drawn = inference.impute(opened.fitted, parts, **options)
    return drawn


def test_a_complete_case_needs_no_draws(opened, cohort):
    parts = parts_of(opened, cohort, ["P-001"])
    drawn = drawn_of(opened, parts)
    assert drawn.specific.shape[1] == 1 and torch.equal(drawn.specific[:, 0], parts.specific)


def test_measured_parts_stay_and_drawn_parts_stay_out_of_the_shared_subspace(opened, cohort):
    parts = parts_of(opened, cohort, ["P-001"], hide=[Modality.RNA])
    drawn = drawn_of(opened, parts)
    assert torch.equal(drawn.specific[0, :, :2], parts.specific[0, :2].expand(6, -1, -1))
    rna = drawn.specific[0, :, 2]
    assert rna.std(dim=0).max() > 0
    assert torch.allclose(opened.fitted.net.subspace.shared(rna), torch.zeros_like(rna), atol=1e-4)


def test_draws_depend_on_the_seed_and_not_on_company(opened, cohort):
    ids = ["P-001", "P-004", "P-007"]
    hide = [Modality.RNA]
    together = drawn_of(opened, parts_of(opened, cohort, ids, hide))
    alone = drawn_of(opened, parts_of(opened, cohort, ids[1:2], hide))
    other = drawn_of(opened, parts_of(opened, cohort, ids[1:2], hide), seed=1)
    assert torch.allclose(together.specific[1], alone.specific[0], atol=1e-4)
    assert not torch.allclose(other.specific, alone.specific)


def test_curves_start_at_one_and_never_rise(opened, cohort):
    ids = list(cohort.ids[:20])
    survival = inference.draw_curves(opened.fitted, drawn_of(opened, parts_of(opened, cohort, ids)))
    assert np.all(survival[..., 0] == 1) and np.all(np.diff(survival, axis=-1) <= 0)


def test_survival_at_the_horizon_is_that_of_the_curve(opened, cohort):
    ids = list(cohort.ids[:5])
    survival = inference.draw_curves(opened.fitted, drawn_of(opened, parts_of(opened, cohort, ids))).mean(axis=1)
    at = inference.survival_at_horizon(opened.fitted, survival)
    expected = survival_at(opened.fitted.edges, survival, opened.fitted.horizon)[:, 0]
    assert at == pytest.approx(expected)
    assert inference.risk(opened.fitted, survival) == pytest.approx(np.log(-np.log(expected)))


@pytest.mark.parametrize(
    ("hide", "draws"), [((), 6), ((Modality.RNA,), 6), ((Modality.RNA, Modality.CLINICAL), 6), ((Modality.RNA,), 600)]
)
def test_shapley_values_sum_to_the_output(opened, cohort, hide, draws):
    parts = parts_of(opened, cohort, ["P-001"], hide)
    drawn = drawn_of(opened, parts, draws=draws)
    found = inference.shapley(opened.fitted, drawn)
    output = inference.risk(opened.fitted, inference.draw_curves(opened.fitted, drawn)[0].mean(axis=0))
    assert found.base + found.values.sum() == pytest.approx(float(output), abs=1e-6)


def test_shapley_values_are_the_mean_over_all_orders(opened, cohort):
    parts = parts_of(opened, cohort, ["P-001"], [Modality.RNA])
    drawn = drawn_of(opened, parts)
    must = opened.fitted.net

    def output(inside):
        shared = drawn.shared[0] if 0 in inside else must.mean_shared
        kept = torch.tensor([k + 1 in inside for k in range(3)])[None, :, None]
        specific = torch.where(kept, drawn.specific[0], must.mean_specific)
        survival = inference.curves(opened.fitted, shared.expand(len(specific), -1), specific)
        return float(inference.risk(opened.fitted, survival.mean(axis=0)))

    by_orders = np.zeros(4)
    for order in itertools.permutations(range(4)):
        for place, player in enumerate(order):
            by_orders[player] += output(set(order[: place + 1])) - output(set(order[:place]))
    assert inference.shapley(opened.fitted, drawn).values == pytest.approx(by_orders / math.factorial(4), abs=1e-5)


def test_without_a_shared_component_shapley_values_are_the_mean_over_all_orders(masked, cohort):
    opened = open_model(masked, torch.device("cpu"))
    drawn = drawn_of(opened, parts_of(opened, cohort, ["P-001"], [Modality.RNA]))
    mean = opened.fitted.net.mean_specific

    def output(inside):
        kept = torch.tensor([k in inside for k in range(3)])[None, :, None]
        specific = torch.where(kept, drawn.specific[0], mean)
        survival = inference.curves(opened.fitted, drawn.shared.expand(len(specific), -1), specific)
        return float(inference.risk(opened.fitted, survival.mean(axis=0)))

    by_orders = np.zeros(3)
    for order in itertools.permutations(range(3)):
        for place, player in enumerate(order):
            by_orders[player] += output(set(order[: place + 1])) - output(set(order[:place]))
    found = inference.shapley(opened.fitted, drawn)
    assert drawn.shared.shape == (1, 0) and found.components == ("clinical", "pathology", "rna")
    assert found.values == pytest.approx(by_orders / math.factorial(3), abs=1e-5)
    assert found.base == pytest.approx(output(set()), abs=1e-6)


def test_components_are_named_the_shared_one_first(opened, cohort):
    found = inference.shapley(opened.fitted, drawn_of(opened, parts_of(opened, cohort, ["P-001"])))
    assert found.components == ("shared", "clinical", "pathology", "rna") and found.values.shape == (4,)

import math

import pytest
import torch
from torch import nn

from survgui.cases.case import Modality
from survgui.engine.inputs import fit_inputs
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.peers.drim import ADVERSARY, Reversed, contrast, dependence, two_or_more
from survgui.engine.methods.peers.training import only
from tests.engine.methods.peers.conftest import OPTIONS, make_net


def test_contrast_counted_by_hand():
    # two patients whose shared parts are equal across modalities and orthogonal to each other's: scores 1/T and 0
    shared = torch.eye(2)[:, None].repeat(1, 2, 1)
    whole = torch.ones(2, 2, dtype=torch.bool)
    assert float(contrast(shared, whole, 0.5)) == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-5)
    # a patient without a partner among the batch says nothing
    alone = torch.tensor([[True, True], [True, False]])
    assert float(contrast(shared, alone, 0.5)) == 0.0


def test_an_adversary_that_knows_nothing_loses_log_two():
    blind = nn.Sequential(nn.Linear(4, 1))
    nn.init.zeros_(blind[0].weight)
    nn.init.zeros_(blind[0].bias)
    lost = dependence(blind, torch.randn(5, 2), torch.randn(5, 2)).detach()
    assert float(lost) == pytest.approx(math.log(2), rel=1e-6)


def test_the_gradient_is_reversed_for_the_encoders_alone():
    torch.manual_seed(0)
    adversary = nn.Linear(2, 1)
    x = torch.randn(6, 1, requires_grad=True)
    own, strange = torch.cat([x, x], dim=1), torch.cat([x, x.roll(1, dims=0)], dim=1)
    plain = (nn.functional.softplus(-adversary(own)) + nn.functional.softplus(adversary(strange))).mean() / 2
    straight, expected = torch.autograd.grad(plain, [x, adversary.weight])
    reversed_, found = torch.autograd.grad(dependence(adversary, x, x), [x, adversary.weight])
    assert torch.allclose(reversed_, -ADVERSARY * straight, atol=1e-7) and torch.allclose(found, expected, atol=1e-7)
    assert torch.equal(Reversed.apply(x, 2.0), x)


def test_absent_parts_are_left_out_of_the_fusion():
    net = make_net("drim").eval()
    shared, unique = torch.randn(2, 1, 3, 16)
    present = torch.tensor([[True, False, True]])
    strange = shared.clone(), unique.clone()
    for part in strange:
        part[:, 1] = 9.0
    with torch.no_grad():
        here = net.log_hazards(shared, unique, present)
        assert torch.allclose(here, net.log_hazards(*strange, present), atol=1e-6)
        everything = torch.ones_like(present)
        assert not torch.allclose(net.log_hazards(shared, unique, everything), net.log_hazards(*strange, everything))


def test_one_modality_shares_with_none(cohort):
    inputs = fit_inputs(cohort, cohort.ids, OPTIONS.config)
    assert len(two_or_more(inputs)) == 3
    with pytest.raises(CannotRun, match="there is rna"):
        two_or_more(only(inputs, {Modality.RNA}))

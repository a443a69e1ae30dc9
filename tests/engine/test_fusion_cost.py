import numpy as np
import pytest
import torch
from torch import nn

from survgui.engine import fusion_cost
from survgui.engine.fusion_cost import Fusion, costs, growth, kept_bytes, straight_line
from survgui.nets.must import CrossAttention
from survgui.nets.must_paper import CrossReading


def calls(module, kind, work):
    """How often modules of a kind are run inside `work`."""
    seen = []
    hooks = [m.register_forward_hook(lambda *_: seen.append(1)) for m in module.modules() if isinstance(m, kind)]
    work()
    for hook in hooks:
        hook.remove()
    return len(seen)


@pytest.mark.parametrize("n", [2, 5, 8])
def test_the_hub_takes_two_attentions_for_each_modality_and_pairs_take_one_for_each_pair(n):
    network = Fusion(n)
    assert calls(network.must, CrossAttention, network.hub) == 2 * n
    assert calls(network.pairwise, CrossReading, network.pairs) == n * (n - 1)
    assert network.hub().shape == network.pairs().shape == (16, n, 64)


def test_in_pairs_a_modality_answers_every_other_one():
    pairwise = fusion_cost.Pairwise(3, 8)
    assert pairwise.pairs == [(1, 0), (2, 0), (0, 1), (2, 1), (0, 2), (1, 2)]
    tokens = list(torch.randn(3, 2, 4, 8))
    by_hand = [pairwise.readings[k](tokens[q], None, tokens[a], None) for k, (q, a) in enumerate(pairwise.pairs)]
    assert torch.allclose(pairwise(tokens)[:, 1], (by_hand[2] + by_hand[3]) / 2, atol=1e-6)


def test_memory_grows_by_the_same_with_each_modality_through_a_hub_and_by_ever_more_in_pairs(monkeypatch):
    monkeypatch.setattr(fusion_cost, "COUNTS", range(2, 6))
    found = costs(lambda works: [1.0] * len(works))
    more = {name: [b - a for a, b in zip(cost.kept, cost.kept[1:], strict=False)] for name, cost in found.items()}
    for name in ("whole", "hub"):
        assert max(more[name]) < 1.02 * min(more[name])
    # N (N - 1) attentions: 4, 6 and 8 further ones
    assert np.array(more["pairs"]) / more["pairs"][0] == pytest.approx([1.0, 1.5, 2.0], rel=0.02)


def test_activations_are_counted_once_and_weights_not_at_all():
    linear = nn.Linear(10, 6, bias=False)
    x = torch.randn(4, 10)
    assert kept_bytes(lambda: linear(x), [linear]) == 4 * 10 * 4
    # the product keeps its one operand once; the square keeps the product
    assert kept_bytes(lambda: (linear(x) * linear(x)).sum(), [linear]) == 4 * (40 + 24 + 24)


def test_a_line_and_a_power_are_recovered():
    counts = [2, 3, 5, 8]
    assert straight_line(counts, [7 + 3 * n for n in counts]) == pytest.approx((3.0, 1.0))
    assert growth(counts, [0.5 * n**2 for n in counts]) == pytest.approx(2.0)
    assert straight_line(counts, [n**2 for n in counts])[1] < 0.98

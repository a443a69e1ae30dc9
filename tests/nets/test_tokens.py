import pytest
import torch

from survgui.cases.case import Kind
from survgui.nets.tokens import TokenConfig, sine_positions, token_encoder


def encoder(kind, shape, **more):
    torch.manual_seed(0)
    return token_encoder(TokenConfig(kind, shape, width=16, queries=4, **more)).eval()


def test_groups_become_split_tokens_each():
    tokens, weights = encoder(Kind.VECTOR, (3, 5), split=2)(torch.randn(7, 3, 5))
    assert tokens.shape == (7, 6, 16) and weights is None


def test_a_group_does_not_see_another():
    encode = encoder(Kind.VECTOR, (3, 5))
    x = torch.randn(1, 3, 5)
    changed = x.clone()
    changed[0, 2] += 1
    before, after = encode(x)[0], encode(changed)[0]
    assert torch.equal(before[:, :2], after[:, :2]) and not torch.equal(before[:, 2], after[:, 2])


def test_a_bag_has_no_order_and_its_padding_is_not_read():
    encode = encoder(Kind.BAG, (6,))
    bag = torch.randn(1, 9, 6)
    tokens, weights = encode(bag, torch.ones(1, 9, dtype=torch.bool))
    turned, _ = encode(bag.flip(1), torch.ones(1, 9, dtype=torch.bool))
    assert torch.allclose(tokens, turned, atol=1e-6)
    padded = torch.cat([bag, 1e3 * torch.ones(1, 4, 6)], dim=1)
    rows = torch.tensor([[True] * 9 + [False] * 4])
    same, seen = encode(padded, rows)
    assert torch.allclose(tokens, same, atol=1e-6)
    assert torch.allclose(seen[0, :9], weights[0], atol=1e-6) and seen[0, 9:].sum() == 0
    assert weights.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_an_absent_bag_is_finite():
    tokens, _ = encoder(Kind.BAG, (6,))(torch.zeros(1, 3, 6), torch.zeros(1, 3, dtype=torch.bool))
    assert torch.isfinite(tokens).all()


def test_a_volume_becomes_one_token_per_patch():
    tokens, _ = encoder(Kind.VOLUME, (2, 32, 32, 16))(torch.randn(3, 2, 32, 32, 16))
    assert tokens.shape == (3, 4, 16)


def test_positions_tell_every_cell_apart():
    codes = sine_positions((4, 4, 4), 64)
    distances = torch.cdist(codes, codes) + 10 * torch.eye(64)
    assert codes.shape == (64, 64) and distances.min() > 0.1

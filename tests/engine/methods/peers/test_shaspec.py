import pytest
import torch

from survgui.engine.methods.peers.shaspec import alignment, dropped
from tests.engine.methods.peers.conftest import make_net


def test_a_missing_modality_is_the_mean_of_the_shared_features_that_are_there():
    net = make_net("shaspec").eval()
    seen = []
    net.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].view(1, 3, 16)))
    shared, specific = torch.randn(1, 3, 16), torch.randn(1, 3, 16)
    net.log_hazards(shared, specific, torch.tensor([[True, False, True]]))
    assert torch.allclose(seen[0][:, 1], (shared[:, 0] + shared[:, 2]) / 2)
    whole = shared[:, 0] + net.project(torch.cat([shared[:, 0], specific[:, 0]], dim=-1))
    assert torch.allclose(seen[0][:, 0], whole, atol=1e-6)


def test_alignment_counted_by_hand():
    shared = torch.tensor([[[0.0, 0.0], [1.0, 3.0], [9.0, 9.0]], [[0.0, 0.0], [4.0, 4.0], [4.0, 0.0]]])
    present = torch.tensor([[True, True, False], [True, True, True]])
    # |1|,|3| -> 2 for the first patient's only pair; 4, 2 and 2 for the second's three
    assert float(alignment(shared, present)) == pytest.approx((2 + 4 + 2 + 2) / 4)
    assert float(alignment(shared, torch.eye(2, 3).bool())) == 0.0


def test_dropping_takes_its_share_and_never_the_last():
    torch.manual_seed(0)
    present = torch.tensor([[True, True, True, False]] * 4000 + [[False, True, False, False]] * 10)
    kept = dropped(present, 0.3)
    assert not (kept & ~present).any() and kept.any(dim=1).all()
    # a modality stays with chance 0.7, or as the best of three that are all below
    assert float(kept[:4000, :3].float().mean()) == pytest.approx(0.7 + 0.3**3 / 3, abs=0.015)

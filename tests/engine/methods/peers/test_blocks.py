import pytest
import torch

from survgui.engine.methods.peers.blocks import HazardHead, Tower, ViewTokens, given
from tests.engine.methods.peers.conftest import CNV, PATHOLOGY, RNA, SHAPES, SMALL, make_batch


def test_who_has_something_of_a_view():
    batch = make_batch([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert given(batch, (RNA, CNV)).tolist() == [False, True, True]
    assert given(batch, (PATHOLOGY,)).tolist() == [True, False, False]


def test_tables_give_tokens_per_group_and_bags_per_query():
    tokens = ViewTokens((PATHOLOGY, RNA, CNV), SHAPES, SMALL)(make_batch([[1, 1, 1]] * 2))
    assert tokens.shape == (2, 4 + 2 * 3 + 2 * 1, 16)


def test_what_stands_in_the_place_of_an_absent_modality_is_not_read():
    read = ViewTokens((PATHOLOGY, RNA, CNV), SHAPES, SMALL).eval()
    absent = [[0, 0, 1], [1, 0, 0]]
    assert torch.equal(read(make_batch(absent)), read(make_batch(absent, fill=float("nan"))))
    assert not torch.allclose(read(make_batch(absent)), read(make_batch([[1, 1, 1]] * 2)))


def test_a_hidden_token_changes_nothing():
    torch.manual_seed(0)
    tower = Tower(SMALL).eval()
    tokens = torch.randn(2, 5, 16)
    hidden = torch.tensor([[False, False, True, False, True]] * 2)
    cls, _ = tower(tokens, hidden)
    shorter, _ = tower(tokens[:, [0, 1, 3]])
    assert cls.detach().numpy() == pytest.approx(shorter.detach().numpy(), abs=1e-5)


def test_a_head_that_has_seen_nothing_says_its_baseline():
    head = HazardHead(16, 3, SMALL)
    torch.nn.init.zeros_(head.layers[-1].weight)
    torch.nn.init.zeros_(head.layers[-1].bias)
    head.baseline.data = torch.tensor([1.0, 2.0, 3.0])
    assert head(torch.randn(2, 16)).tolist() == [[1.0, 2.0, 3.0]] * 2

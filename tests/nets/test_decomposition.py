import pytest
import torch

from survgui.nets.decomposition import SharedSubspace, pooled_shared


@pytest.fixture
def subspace():
    torch.manual_seed(0)
    space = SharedSubspace(32, 8).double()
    with torch.no_grad():
        space.raw += 0.3 * torch.randn(32, 8, dtype=torch.float64)  # as after some training
    return space


def test_the_basis_stays_orthonormal_whatever_is_learned(subspace):
    basis = subspace.basis
    assert torch.allclose(basis.T @ basis, torch.eye(8, dtype=torch.float64), atol=1e-12)


def test_projector_is_idempotent_and_symmetric(subspace):
    P = subspace.shared(torch.eye(32, dtype=torch.float64))
    assert torch.allclose(P @ P, P, atol=1e-12)
    assert torch.allclose(P, P.T, atol=1e-12)


def test_recompose_inverts_the_decomposition(subspace):
    g = torch.randn(5, 32, dtype=torch.float64)
    assert torch.allclose(subspace.recompose(g, g), g, atol=1e-12)
    assert torch.allclose(subspace.specific(g) + subspace.shared(g), g, atol=1e-12)


def test_identity_a_the_shared_part_is_recovered_from_g_alone(subspace):
    u, c = torch.randn(2, 5, 32, dtype=torch.float64)
    g = subspace.recompose(u, c)
    recovered = g - subspace.specific(u)
    assert torch.allclose(subspace.shared(recovered), subspace.shared(g), atol=1e-12)
    assert torch.allclose(subspace.shared(g), subspace.shared(c), atol=1e-12)


def test_identity_b_projected_parts_are_orthogonal(subspace):
    u, c = torch.randn(2, 7, 32, dtype=torch.float64)
    inner = (subspace.specific(u) * subspace.shared(c)).sum(dim=-1)
    assert torch.allclose(inner, torch.zeros(7, dtype=torch.float64), atol=1e-12)


def test_modalities_that_agree_give_the_same_shared_part_for_any_subset(subspace):
    c = torch.randn(1, 32, dtype=torch.float64)
    u = torch.randn(1, 3, 32, dtype=torch.float64)
    whole = subspace.recompose(u, c[:, None].expand(-1, 3, -1))
    precision = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    for pattern in ([1, 0, 0], [0, 1, 1], [1, 1, 1]):
        present = torch.tensor([pattern], dtype=torch.bool)
        found = pooled_shared(subspace, whole * present.unsqueeze(-1), present, precision)
        assert torch.allclose(found, subspace.shared(c), atol=1e-12)


def test_precision_weights_the_mean(subspace):
    whole = torch.randn(1, 2, 32, dtype=torch.float64)
    found = pooled_shared(
        subspace, whole, torch.ones(1, 2, dtype=torch.bool), torch.tensor([0.0, 3.0]).double().log1p()
    )
    by_hand = subspace.shared((whole[:, 0] + 4 * whole[:, 1]) / 5)
    assert torch.allclose(found, by_hand, atol=1e-12)


@pytest.mark.parametrize("rank", [0, 32])
def test_a_rank_without_complement_is_refused(rank):
    with pytest.raises(ValueError, match="rank"):
        SharedSubspace(32, rank)

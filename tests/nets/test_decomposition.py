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


@pytest.mark.parametrize("pattern", [[1, 0, 0], [0, 1, 1], [1, 1, 1]])
def test_the_pooled_shared_part_is_the_gaussian_posterior(subspace, pattern):
    """Experts read z ~ N(0, 1) with noise of variance 1 / p each; what one expects alone is its P g."""
    draw = torch.Generator().manual_seed(1)
    readings = torch.randn(3, 8, generator=draw, dtype=torch.float64)
    precision = torch.rand(3, 8, generator=draw, dtype=torch.float64) * 3
    alone = precision * readings / (1 + precision)
    whole = (alone @ subspace.basis.T)[None] + subspace.specific(torch.randn(1, 3, 32, dtype=torch.float64))
    present = torch.tensor([pattern], dtype=torch.bool)
    found = pooled_shared(subspace, whole * present.unsqueeze(-1), present, precision)
    given = present[0].double()[:, None]
    posterior = (given * precision * readings).sum(dim=0) / (1 + (given * precision).sum(dim=0))
    assert torch.allclose(found @ subspace.basis, posterior[None], atol=1e-12)


def test_who_has_nothing_is_at_the_priors_mean(subspace):
    nothing = torch.zeros(1, 2, dtype=torch.bool)
    assert not pooled_shared(subspace, torch.randn(1, 2, 32).double(), nothing, torch.ones(2, 8).double()).any()


def test_a_subspace_that_is_not_learned_is_spanned_by_the_first_axes():
    space = SharedSubspace(6, 2, learned=False)
    x = torch.randn(3, 6)
    assert torch.allclose(space.shared(x)[:, :2], x[:, :2]) and not space.shared(x)[:, 2:].any()
    assert not space.raw.requires_grad


@pytest.mark.parametrize("rank", [0, 32])
def test_a_rank_without_complement_is_refused(rank):
    with pytest.raises(ValueError, match="rank"):
        SharedSubspace(32, rank)

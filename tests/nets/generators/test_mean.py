import pytest
import torch

from survgui.nets.generators.gaussian import Gaussian, fit_gaussian
from survgui.nets.generators.mean import Mean
from tests.nets.generators.conftest import D, M, pool


@pytest.fixture(scope="module")
def fitted(world):
    found = Gaussian(world.frame())
    fit_gaussian(found, pool, world.whole, world.slots, world.present, seed=0)
    mean = Mean(world.frame())
    mean.load_state_dict(found.state_dict())
    return mean, found


def test_the_mean_is_that_of_the_conditional_gaussian_and_knows_no_chance(fitted, others):
    mean, gaussian = fitted
    shown = tuple(x[:20] for x in others.shown(torch.tensor([True, False, False])))
    noise = torch.randn(20, M, D, generator=torch.Generator().manual_seed(0))
    (found,) = mean.estimates(*shown, noise, 1)
    (again,) = mean.estimates(*shown, -noise, 1)
    (expected,) = gaussian.estimates(*shown, torch.zeros_like(noise), 1)
    assert torch.equal(found, again) and torch.allclose(found, expected, atol=1e-6)
    assert not Mean.stochastic


@pytest.mark.parametrize("shown", [[True, True, False], [False, True, True], [True, False, False]])
def test_the_guess_is_better_than_the_development_mean(fitted, others, shown):
    pattern = torch.tensor(shown)
    (found,) = fitted[0].estimates(*others.shown(pattern), torch.zeros(len(others.slots), M, D), 1)
    error = ((found - others.slots)[:, ~pattern] ** 2).sum() / (others.slots[:, ~pattern] ** 2).sum()
    assert error < 0.9

import itertools

import pytest
import torch

from survgui.nets.generators.frame import fit_frame
from survgui.nets.generators.gaussian import Gaussian, _over_counts, fit_gaussian
from tests.nets.generators.conftest import D, M, make_world, pool

PATTERNS = [torch.tensor(p) for p in itertools.product([False, True], repeat=M) if not all(p)]


@pytest.fixture(scope="module")
def fitted(world):
    generator = Gaussian(world.frame())
    fit_gaussian(generator, pool, world.whole, world.slots, world.present, seed=0)
    return generator


def draw(generator, shown, draws=1, seed=0):
    noise = torch.randn(len(shown[0]) * draws, M, D, generator=torch.Generator().manual_seed(seed))
    (found,) = generator.estimates(*(x.repeat_interleave(draws, 0) for x in shown), noise, 1)
    return found.view(len(shown[0]), draws, M, D)


def exact(generator, shown, pattern, others):
    """Conditional mean of all x given the pooled words and the present coordinates, by a plain inverse."""
    mean, cov = generator.mean.double(), generator.covariance.double()
    weights = torch.tensor([1.0, 2.0, 0.5]) * pattern
    share = (weights / (1 + weights.sum())).double()
    s = generator.frame.shared_axes.shape[1]
    view = torch.zeros(s + 6 * M, len(mean), dtype=torch.float64)
    for m in range(M):
        view[:s, m * s : (m + 1) * s] = share[m] * torch.eye(s)
        if pattern[m]:
            view[s + 6 * m + torch.arange(6), s * M + 6 * m + torch.arange(6)] = 1.0
    seen_cov = view @ cov @ view.T + 1e-9 * torch.eye(len(view))
    words = generator.frame.into_shared(others.whole).flatten(1).double()
    coords = generator.frame.into(others.slots).flatten(1).double()
    x = torch.cat([words, coords], dim=1)
    gain = cov @ view.T @ torch.linalg.pinv(seen_cov, rtol=1e-7)
    return mean + (x - mean) @ view.T @ gain.T


@pytest.mark.parametrize("pattern", PATTERNS[1:])
def test_the_mean_of_the_draws_is_the_closed_form_conditional(fitted, others, pattern):
    shown = tuple(x[:40] for x in others.shown(pattern))
    few = type(others)(others.whole[:40], others.slots[:40], others.present[:40])
    zero = torch.zeros(40, M, D)
    (found,) = fitted.estimates(*shown, zero, 1)
    expected = exact(fitted, shown, pattern, few)[:, -6 * M :].view(-1, M, 6)
    assert torch.allclose(fitted.frame.into(found)[:, ~pattern], expected[:, ~pattern].float(), atol=2e-3)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_draws_cover_the_truth_as_often_as_they_say(fitted, others, pattern):
    found = draw(fitted, tuple(x[:400] for x in others.shown(pattern)), draws=60)
    low, high = torch.quantile(found, torch.tensor([0.05, 0.95]), dim=1)
    wanted = (~pattern)[:, None] & fitted.frame.back(torch.ones(M, 6)).abs().gt(1e-6)
    truth = others.slots[:400]
    inside = ((truth >= low) & (truth <= high))[:, wanted].float().mean()
    # the 5th and 95th percentile of 60 draws hold a further one with chance 0.9 * 59 / 61
    assert inside == pytest.approx(0.87, abs=0.03)


def test_nothing_shown_gives_the_marginal(fitted, world):
    nobody = torch.zeros(3000, M, dtype=torch.bool)
    slots = torch.full((3000, M, D), 9.0)
    found = draw(fitted, (slots, nobody, torch.zeros(3000, D)), seed=3)[:, 0]
    coordinates = fitted.frame.into(found)
    assert torch.allclose(coordinates.mean(dim=0), fitted.mean[-6 * M :].view(M, 6), atol=0.08)
    own = fitted.covariance[-6 * M :, -6 * M :]
    assert torch.allclose(torch.cov(coordinates.flatten(1).T), own, atol=0.12)


def test_what_stands_in_missing_slots_is_not_looked_at_and_present_ones_stay(fitted, others):
    pattern = torch.tensor([True, False, True])
    slots, present, shared = (x[:5] for x in others.shown(pattern))
    changed = slots.clone()
    changed[:, 1] = -3.0
    one, two = (draw(fitted, (s, present, shared)) for s in (slots, changed))
    assert torch.equal(one, two)
    assert torch.equal(one[:, 0, pattern], slots[:, pattern])


def test_the_same_noise_gives_the_same_draw_in_any_company(fitted, others):
    mixed = torch.cat([others.shown(PATTERNS[1])[0][:3], others.shown(PATTERNS[4])[0][:3]])
    present = torch.cat([PATTERNS[1].expand(3, -1), PATTERNS[4].expand(3, -1)])
    shared = torch.cat([others.shown(p)[2][:3] for p in (PATTERNS[1], PATTERNS[4])])
    noise = torch.randn(6, M, D, generator=torch.Generator().manual_seed(5))
    (together,) = fitted.estimates(mixed, present, shared, noise, 1)
    (alone,) = fitted.estimates(mixed[4:5], present[4:5], shared[4:5], noise[4:5], 1)
    assert torch.allclose(together[4], alone[0], atol=1e-6)


def test_few_patients_are_shrunk_more_than_many():
    def correlation(n):
        some = make_world(n, seed=2)
        generator = Gaussian(some.frame())
        fit_gaussian(generator, pool, some.whole, some.slots, some.present, seed=0)
        raw = Gaussian(some.frame())
        words = raw.frame.into_shared(some.whole).flatten(1)
        rows = torch.cat([words, raw.frame.into(some.slots).flatten(1)], dim=1)[some.present.all(dim=1)]
        mask = torch.ones(len(generator.mean), len(generator.mean), dtype=torch.bool).fill_diagonal_(False)
        return float(generator.covariance[mask].abs().sum() / torch.cov(rows.T)[mask].abs().sum())

    assert correlation(60) < 0.9 * correlation(600)


def test_draws_of_heavy_tailed_components_are_no_wider_than_nine_in_ten_need():
    """Values of a Laplace-like law lie closer in than a Gaussian of their variance says."""

    def heavy(seed, missing):
        some = make_world(500, seed, missing)
        scale = torch.distributions.Exponential(1.0).sample((500, M, 1)).sqrt()
        return type(some)(some.whole, some.slots * scale, some.present)

    torch.manual_seed(0)
    known, new = heavy(1, 0.2), heavy(2, 0.0)
    generator = Gaussian(known.frame())
    fit_gaussian(generator, pool, known.whole, known.slots, known.present, seed=0)
    pattern = torch.tensor([True, False, False])
    found = draw(generator, new.shown(pattern), draws=60)
    low, high = torch.quantile(found, torch.tensor([0.05, 0.95]), dim=1)
    inside = ((new.slots >= low) & (new.slots <= high))[:, 1, 2:].float().mean()
    assert inside == pytest.approx(0.87, abs=0.03) and generator.width[1, 1] < 0.97


def test_widths_between_numbers_of_modalities_lie_on_straight_lines():
    one, two = (deviation * torch.linspace(-1.6449 / 0.9, 1.6449 / 0.9, 1001) for deviation in (1.0, 1.5))
    assert _over_counts([[one], [], [two], []]).tolist() == pytest.approx([1.0, 1.25, 1.5, 1.5], abs=0.01)
    assert _over_counts([[], [one[:100]]]).tolist() == [1.0, 1.0]


def test_without_a_shared_component_it_is_the_regression_on_what_is_present(world, others):
    nothing = torch.zeros(len(world.slots), 0)
    frame = fit_frame(world.slots, world.present, nothing, explained=1 - 1e-9)
    generator = Gaussian(frame)
    words = torch.zeros(len(world.slots), M, 0)
    assert fit_gaussian(generator, lambda whole, present: whole[:, 0], words, world.slots, world.present, 0) < 0.9
    pattern = torch.tensor([True, False, True])
    slots = torch.where(pattern[:, None], others.slots, torch.full_like(others.slots, 77.0))
    noise = torch.zeros(len(slots), M, D)
    (found,) = generator.estimates(slots, pattern.expand(len(slots), -1), torch.zeros(len(slots), 0), noise, 1)
    x = frame.into(others.slots).flatten(1).double()
    here, gone = generator.places(pattern), generator.places(~pattern)
    cov, mean = generator.covariance.double(), generator.mean.double()
    gain = cov[gone][:, here] @ torch.linalg.inv(cov[here][:, here])
    expected = mean[gone] + (x[:, here] - mean[here]) @ gain.T
    assert torch.allclose(frame.into(found).flatten(1)[:, gone].double(), expected, atol=1e-4)

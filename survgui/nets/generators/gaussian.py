"""The conditional Gaussian: missing specific components given the shared part and the present specific ones.

All components of a patient are taken for one Gaussian vector. Its mean and covariance come from patients of
whom parts are missing (`em`), and for every availability pattern the distribution of what is missing given
what is there is in closed form, so that a draw is a mean plus a factor times noise (methods.md 4.2).

What is shared is pooled over what is present, so the fewer speak, the less it says. The Gaussian therefore
holds each modality's own word on it, and how a pattern's words are pooled is a linear map that is asked of the
network once: conditioning is exact for every pattern, also for those that no patient of the cohort has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from survgui.nets.generators.base import Generator
from survgui.nets.generators.em import Conditional, Moments, conditional, fit_moments, safe_cholesky
from survgui.nets.generators.frame import Frame

SHARES = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)
"""Shrinkages of the covariance between components that are tried."""
FOLDS = 4
WORKING = 0.3
"""Shrinkage while the moments are found, before the final one is chosen."""

Pool = Callable[[Tensor, Tensor], Tensor]
"""(B, M, D) global vectors and (B, M) which of them are there, to (B, D) the shared component; affine in the former."""


class Gaussian(Generator):
    """Draws from the conditional Gaussian, on the CPU in double precision: every device gets the same numbers.

    Its vector x is [each modality's word on what is shared, (M s); each one's specific coordinates, (M k)].
    """

    name = "gaussian"
    mean: Tensor
    covariance: Tensor
    pooling: Tensor
    offset: Tensor

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame
        m, k = frame.scale.shape
        s = frame.shared_axes.shape[1]
        self.register_buffer("mean", torch.zeros(m * (s + k)))
        self.register_buffer("covariance", torch.eye(m * (s + k)))
        self.register_buffer("pooling", torch.zeros(2**m, s, m * s))
        self.register_buffer("offset", torch.zeros(2**m, s))

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `Generator`; one step."""
        m, k = self.frame.scale.shape
        coordinates = self.frame.into(slots).cpu().double().flatten(1)
        words = self.frame.into_shared(shared).cpu().double()
        luck = noise[..., :k].cpu().double().flatten(1)
        there = present.cpu()
        for pattern in torch.unique(there, dim=0):
            at = torch.nonzero((there == pattern).all(dim=1)).flatten()
            here, gone = self.places(pattern), self.places(~pattern)
            rule = self.rule(pattern, gone)
            seen = torch.cat([words[at], coordinates[at[:, None], here]], dim=1)[:, : len(rule.seen)]
            mean = rule.mean + (seen - rule.seen) @ rule.given.gain.T
            coordinates[at[:, None], gone] = self._drawn(mean, rule, luck[at[:, None], gone])
        filled = self.frame.back(coordinates.view(-1, m, k).to(slots))
        yield torch.where(present.unsqueeze(-1), slots, filled)

    def _drawn(self, mean: Tensor, rule: Rule, luck: Tensor) -> Tensor:
        """Mean and factor times noise."""
        drawn: Tensor = mean + luck @ safe_cholesky(rule.given.covariance).T
        return drawn

    def rule(self, pattern: Tensor, wanted: Tensor) -> Rule:
        """How some specific coordinates follow from what is seen under an availability pattern.

        Args:
            pattern: (M,) True where present.
            wanted: Places among the M k specific coordinates.
        """
        covariance, mean = self.covariance.cpu().double(), self.mean.cpu().double()
        view, offset = self.view(pattern)
        wanted = wanted + self.pooling.shape[2]
        across = view @ covariance
        given = conditional(across[:, wanted].T, across @ view.T, covariance[wanted[:, None], wanted])
        return Rule(given, mean[wanted], view @ mean + offset)

    def view(self, pattern: Tensor) -> tuple[Tensor, Tensor]:
        """What is seen of x under a pattern, as (seen, M (s + k)) and (seen,): the pooled words, then the specific."""
        here = self.places(pattern)
        number = int((pattern.long() << torch.arange(len(pattern))).sum())
        s, words = self.pooling.shape[1:] if len(here) else (0, self.pooling.shape[2])
        view = torch.zeros(s + len(here), len(self.mean), dtype=torch.float64)
        view[:s, :words] = self.pooling[number, :s].cpu().double()
        view[s + torch.arange(len(here)), words + here] = 1.0
        offset = torch.cat([self.offset[number, :s].cpu().double(), torch.zeros(len(here), dtype=torch.float64)])
        return view, offset

    def places(self, modalities: Tensor) -> Tensor:
        """Places among the M k specific coordinates of those that some modalities have."""
        return torch.nonzero((self.frame.used.cpu() & modalities[:, None]).flatten()).flatten()


class Rule:
    """A conditional distribution with the means that it is about.

    Attributes:
        mean: (wanted,) unconditional mean of what is wanted.
        seen: (seen,) mean of what is seen.
    """

    def __init__(self, given: Conditional, mean: Tensor, seen: Tensor) -> None:
        self.given, self.mean, self.seen = given, mean, seen

    def log_density(self, wanted: Tensor, seen: Tensor) -> Tensor:
        """(B,) log density of (B, wanted) given (B, seen)."""
        residual = wanted - self.mean - (seen - self.seen) @ self.given.gain.T
        factor = safe_cholesky(self.given.covariance)
        standard = torch.linalg.solve_triangular(factor, residual.T, upper=False)
        volume = torch.log(torch.diagonal(factor)).sum()
        density: Tensor = -0.5 * (standard**2).sum(dim=0) - volume - 0.5 * len(factor) * math.log(2 * math.pi)
        return density


def fit_gaussian(generator: Gaussian, pool: Pool, whole: Tensor, slots: Tensor, present: Tensor, seed: int) -> float:
    """Fit on the component vectors of the development cohort.

    The shrinkage is that under which specific components hidden from held-out patients are most likely.

    Args:
        whole: (n, M, D) global vectors.
        slots: (n, M, D) standardised specific components.
        present: (n, M) True where measured.

    Returns:
        Log density per coordinate of the hidden specific components of held-out patients, at the shrinkage chosen.
    """
    _ask_pool(generator, pool)
    frame = generator.frame
    words = frame.into_shared(whole).flatten(1)
    rows = torch.cat([words, frame.into(slots).flatten(1)], dim=1).cpu().double()
    s, k = frame.shared_axes.shape[1], frame.scale.shape[1]
    seen = torch.cat([present.repeat_interleave(s, 1), present.repeat_interleave(k, 1)], dim=1).cpu()
    fit = _Fit(generator, rows, seen, present.cpu())
    member = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed)) % FOLDS
    scores = torch.stack([fit.scores(member == fold) for fold in range(FOLDS)]).mean(dim=0)
    best = int(scores.argmax())
    everybody = torch.ones(len(rows), dtype=torch.bool)
    fit.take(fit.moments(everybody, iterations=20).shrunken(SHARES[best], fit.kept))
    return float(scores[best])


class _Fit:
    """Moments of some patients, and how likely they make others."""

    def __init__(self, generator: Gaussian, rows: Tensor, seen: Tensor, present: Tensor) -> None:
        self.generator, self.rows, self.seen, self.present = generator, rows, seen, present
        words = generator.pooling.shape[2]
        specific = generator.frame.used.cpu().flatten()
        self.real = torch.cat([torch.ones(words, dtype=torch.bool), specific])  # axes that some modality lacks are not
        kept = torch.eye(int(self.real.sum()), dtype=torch.bool)
        kept[:words, :words] = True
        self.kept = kept

    def moments(self, at: Tensor, iterations: int) -> Moments:
        """Of some rows."""
        rows, seen = self.rows[at][:, self.real], self.seen[at][:, self.real]
        return fit_moments(rows, seen, share=WORKING, kept=self.kept, iterations=iterations)

    def take(self, moments: Moments) -> None:
        """Give the generator its moments; axes that a modality lacks stay at zero."""
        places = torch.nonzero(self.real).flatten()
        self.generator.mean.zero_()[places] = moments.mean.to(self.generator.mean)
        self.generator.covariance.zero_()[places[:, None], places] = moments.covariance.to(self.generator.mean)

    def scores(self, out: Tensor) -> Tensor:
        """(shrinkages,) mean log density per hidden coordinate of the rows that are left out."""
        moments = self.moments(~out, iterations=6)
        found = []
        for share in SHARES:
            self.take(moments.shrunken(share, self.kept))
            found.append(self._score(out))
        return torch.tensor(found, dtype=torch.float64)

    def _score(self, out: Tensor) -> float:
        """Each modality hidden in turn, and each shown alone."""
        total, count = 0.0, 0
        m = self.present.shape[1]
        for place in range(m):
            own = torch.zeros(m, dtype=torch.bool)
            own[place] = True
            for shown, hidden in ((self.present & ~own, self.present & own), (self.present & own, self.present & ~own)):
                density, coordinates = self._densities(out & shown.any(dim=1) & hidden.any(dim=1), shown, hidden)
                total, count = total + density, count + coordinates
        return total / max(count, 1)

    def _densities(self, at: Tensor, shown: Tensor, hidden: Tensor) -> tuple[float, int]:
        """Log density of what is hidden given what is shown, summed over some rows; how many coordinates that is."""
        g, total, count = self.generator, 0.0, 0
        both = torch.cat([shown, hidden], dim=1)
        for pattern in torch.unique(both[at], dim=0):
            rows = self.rows[at & (both == pattern).all(dim=1)]
            here, gone = pattern.chunk(2)
            wanted = g.places(gone)
            view, offset = g.view(here)
            density = g.rule(here, wanted).log_density(rows[:, g.pooling.shape[2] + wanted], rows @ view.T + offset)
            total, count = total + float(density.sum()), count + density.numel() * len(wanted)
        return total, count


@torch.no_grad()
def _ask_pool(generator: Gaussian, pool: Pool) -> None:
    """Find for every pattern how words on what is shared are pooled, by asking for one unit of each word at a time."""
    frame = generator.frame
    m, (d, s) = len(frame.scale), frame.shared_axes.shape
    unit = (frame.shared_axes / (frame.shared_axes**2).sum(dim=0)).T  # (s, D): one unit of each shared coordinate
    asked = torch.zeros(1 + m * s, m, d, device=unit.device)
    for place in range(m):
        asked[1 + place * s : 1 + (place + 1) * s, place] = unit
    silence = frame.into_shared(torch.zeros(d, device=unit.device)).repeat(m)  # the words of vectors that are zero
    for number in range(1, 2**m):
        pattern = torch.tensor([bool(number >> place & 1) for place in range(m)], device=unit.device)
        answers = frame.into_shared(pool(asked, pattern.expand(len(asked), -1)))
        generator.pooling[number] = (answers[1:] - answers[0]).T
        generator.offset[number] = answers[0] - generator.pooling[number] @ silence

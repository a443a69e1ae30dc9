"""The conditional Gaussian: missing specific components given the shared part and the present specific ones.

All components of a patient are taken for one Gaussian vector. Its mean and covariance come from patients of
whom parts are missing (`em`), and for every availability pattern the distribution of what is missing given
what is there is in closed form, so that a draw is a mean plus a factor times noise (methods.md 4.2). Components are
no exact Gaussians: how wide each modality's draws are is set by patients that were left out of its moments. The
network, its anchor and the frame of coordinates have seen those patients, so the widths may still be too narrow.

What is shared is pooled over what is present, so the fewer speak, the less it says. The Gaussian therefore
holds each modality's own word on it, and how a pattern's words are pooled is a linear map that is asked of the
network once: conditioning is exact for every pattern, also for those that no patient of the cohort has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from survgui.nets.generators.base import SlotGenerator
from survgui.nets.generators.em import Conditional, Moments, conditional, fit_moments, safe_cholesky
from survgui.nets.generators.frame import Frame

SHARES = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9)
"""Shrinkages of the covariance between components that are tried."""
FOLDS = 4
INSIDE, HALF_WIDTH = 0.9, 1.6449
"""Share of a normal variable within so many deviations of its mean."""
ENOUGH = 500
"""Values from which a width is found."""
WORKING = 0.3
"""Shrinkage while the moments are found, before the final one is chosen."""

Pool = Callable[[Tensor, Tensor], Tensor]
"""(B, M, D_s) global vectors and (B, M) which are there, to (B, D_s) the shared component; affine in the former."""


class Gaussian(SlotGenerator):
    """Draws from the conditional Gaussian, on the CPU in double precision: every device gets the same numbers.

    Its vector x is [each modality's word on what is shared, (M s); each one's specific coordinates, (M k)].
    """

    name = "gaussian"
    mean: Tensor
    covariance: Tensor
    pooling: Tensor
    offset: Tensor
    width: Tensor

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame
        m, k = frame.scale.shape
        s = frame.shared_axes.shape[1]
        self.register_buffer("mean", torch.zeros(m * (s + k)))
        self.register_buffer("covariance", torch.eye(m * (s + k)))
        self.register_buffer("pooling", torch.zeros(2**m, s, m * s))
        self.register_buffer("offset", torch.zeros(2**m, s))
        self.register_buffer("width", torch.ones(m, m))  # of modalities shown, and of the one that is drawn

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `SlotGenerator`; one step."""
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
            width = self.width[min(int(pattern.sum()), m - 1)].cpu().double().repeat_interleave(k)[gone]
            coordinates[at[:, None], gone] = self._drawn(mean, rule, luck[at[:, None], gone], width)
        filled = self.frame.back(coordinates.view(-1, m, k).to(slots))
        yield torch.where(present.unsqueeze(-1), slots, filled)

    def _drawn(self, mean: Tensor, rule: Rule, luck: Tensor, width: Tensor) -> Tensor:
        """Mean and factor times noise."""
        drawn: Tensor = mean + width * (luck @ safe_cholesky(rule.given.covariance).T)
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

    def residual(self, wanted: Tensor, seen: Tensor) -> Tensor:
        """(B, wanted) how far what is wanted lies from its conditional mean."""
        residual: Tensor = wanted - self.mean - (seen - self.seen) @ self.given.gain.T
        return residual


def fit_gaussian(generator: Gaussian, pool: Pool, whole: Tensor, slots: Tensor, present: Tensor, seed: int) -> float:
    """Fit on the component vectors of the development cohort.

    The shrinkage is that under which specific components hidden from held-out patients are guessed best, the width
    that with which nine in ten of their values lie inside the 5th to 95th percentile. By likelihood, which outliers
    rule, one would shrink until little is guessed at all. Those patients are held out of the mean and covariance alone:
    the network, the anchor and the frame come from the whole development cohort, them included.

    Args:
        whole: (n, M, D_s) global vectors; of width 0 where modalities share no component.
        slots: (n, M, D) standardised specific components.
        present: (n, M) True where measured.

    Returns:
        Squared error of what was hidden from patients held out of the moments, at the shrinkage chosen; 1 is the
        development mean's.
    """
    _ask_pool(generator, pool)
    frame = generator.frame
    words = frame.into_shared(whole).flatten(1)
    rows = torch.cat([words, frame.into(slots).flatten(1)], dim=1).cpu().double()
    s, k = frame.shared_axes.shape[1], frame.scale.shape[1]
    seen = torch.cat([present.repeat_interleave(s, 1), present.repeat_interleave(k, 1)], dim=1).cpu()
    fit = _Fit(generator, rows, seen, present.cpu())
    member = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed)) % FOLDS
    errors = torch.stack([fit.errors(member == fold) for fold in range(FOLDS)]).mean(dim=0)
    best = int(errors.argmin())
    everybody = torch.ones(len(rows), dtype=torch.bool)
    generator.width.copy_(fit.widths(SHARES[best]))
    fit.take(fit.moments(everybody, iterations=20).shrunken(SHARES[best]))
    return float(errors[best])


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Patients of one pattern who were left out of the moments.

    Attributes:
        shown: How many modalities are.
        gone: (M,) True where hidden.
        places: (wanted,) among the M k specific coordinates.
        wanted: (B, wanted) what is hidden, seen: (B, seen) what is not.
    """

    rule: Rule
    shown: int
    gone: Tensor
    places: Tensor
    wanted: Tensor
    seen: Tensor


class _Fit:
    """Moments of some patients, and how well they tell of others."""

    def __init__(self, generator: Gaussian, rows: Tensor, seen: Tensor, present: Tensor) -> None:
        self.generator, self.rows, self.seen, self.present = generator, rows, seen, present
        words = generator.pooling.shape[2]
        specific = generator.frame.used.cpu().flatten()
        self.real = torch.cat([torch.ones(words, dtype=torch.bool), specific])  # axes that some modality lacks are not
        self.folds: list[tuple[Tensor, Moments]] = []

    def moments(self, at: Tensor, iterations: int) -> Moments:
        """Of some rows."""
        rows, seen = self.rows[at][:, self.real], self.seen[at][:, self.real]
        return fit_moments(rows, seen, share=WORKING, iterations=iterations)

    def take(self, moments: Moments) -> None:
        """Give the generator its moments; axes that a modality lacks stay at zero."""
        places = torch.nonzero(self.real).flatten()
        self.generator.mean.zero_()[places] = moments.mean.to(self.generator.mean)
        self.generator.covariance.zero_()[places[:, None], places] = moments.covariance.to(self.generator.mean)

    def errors(self, out: Tensor) -> Tensor:
        """(shrinkages,) relative squared error of what is hidden of the rows that the moments leave out."""
        self.folds.append((out, self.moments(~out, iterations=6)))
        scale = self.generator.frame.scale.cpu().double().flatten()
        found = []
        for share in SHARES:
            self.take(self.folds[-1][1].shrunken(share))
            missed, whole = 0.0, 0.0
            for case in self._cases(out):
                weight = scale[case.places]
                missed += float(((case.rule.residual(case.wanted, case.seen) * weight) ** 2).sum())
                whole += float(((case.wanted * weight) ** 2).sum())
            found.append(missed / whole if whole > 0.0 else 1.0)
        return torch.tensor(found, dtype=torch.float64)

    def widths(self, share: float) -> Tensor:
        """(M, M) how much wider than stated values scatter in the folds whose errors were taken.

        By how many modalities are shown, 0 to M - 1, and by the one that is hidden: shrunken, the Gaussian makes
        too little of much that is seen. Numbers of modalities that hardly anybody can be shown get their neighbours'.
        """
        m = self.present.shape[1]
        found: list[list[list[Tensor]]] = [[[] for _ in range(m)] for _ in range(m)]
        for out, moments in self.folds:
            self.take(moments.shrunken(share))
            for case in (*self._cases(out), *self._unseen(out)):
                for hidden in torch.nonzero(case.gone).flatten().tolist():
                    found[case.shown][hidden].append(self._deviations(case, hidden).flatten())
        return torch.stack([_over_counts([row[hidden] for row in found]) for hidden in range(m)], dim=1)

    def _deviations(self, case: Case, m: int) -> Tensor:
        """(B, D) residuals of one modality's standardised component, in stated deviations."""
        frame = self.generator.frame
        k = frame.scale.shape[1]
        own = case.places // k == m
        axes = (frame.axes[m] * frame.scale[m]).cpu().double()[:, case.places[own] % k]  # (D, its axes)
        stated = ((axes @ case.rule.given.covariance[own][:, own]) * axes).sum(dim=1).sqrt()
        real = stated > 1e-3  # no patient moves in the others
        return ((case.rule.residual(case.wanted, case.seen)[:, own] @ axes.T) / stated)[:, real]

    def _cases(self, out: Tensor) -> Iterator[Case]:
        """Each modality hidden in turn, and each shown alone, of the rows that are left out."""
        m = self.present.shape[1]
        for place in range(m):
            own = torch.zeros(m, dtype=torch.bool)
            own[place] = True
            for shown, hidden in ((self.present & ~own, self.present & own), (self.present & own, self.present & ~own)):
                yield from self._patterns(out & shown.any(dim=1) & hidden.any(dim=1), shown, hidden)

    def _unseen(self, out: Tensor) -> Iterator[Case]:
        """Everything hidden of the rows that are left out."""
        yield from self._patterns(out, torch.zeros_like(self.present), self.present)

    def _patterns(self, at: Tensor, shown: Tensor, hidden: Tensor) -> Iterator[Case]:
        """Some rows by what is shown and what is hidden of them."""
        g, both = self.generator, torch.cat([shown, hidden], dim=1)
        for pattern in torch.unique(both[at], dim=0):
            rows = self.rows[at & (both == pattern).all(dim=1)]
            here, gone = pattern.chunk(2)
            places, (view, offset) = g.places(gone), g.view(here)
            wanted = rows[:, g.pooling.shape[2] + places]
            yield Case(g.rule(here, places), int(here.sum()), gone, places, wanted, rows @ view.T + offset)


def _over_counts(deviations: Sequence[Sequence[Tensor]]) -> Tensor:
    """(M,) width per number of modalities shown from the deviations found there; between them, straight lines."""
    joined = [torch.cat(list(found)) if found else torch.zeros(0, dtype=torch.float64) for found in deviations]
    known = [count for count, values in enumerate(joined) if len(values) >= ENOUGH]
    if not known:
        return torch.ones(len(joined))
    widths = [float(joined[count].abs().quantile(INSIDE)) / HALF_WIDTH for count in known]
    return torch.from_numpy(np.interp(np.arange(len(joined)), known, widths)).float()


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

"""The closed-form part of the autoencoder: factor analysis over all modalities, exact for whatever is visible.

Every feature f of modality m of a patient is taken for

    x_f = mean_f + <A_f, z_shared> + <B_f, z_m> + e_f,      z ~ N(0, I),      e_f ~ N(0, psi_f) independent,

so that given any set of visible features all z together are Gaussian, with precision I + sum L_f L_f^T / psi_f for
the joined loadings L, and what is masked, one patch or a whole modality, has a mean in closed form. With a few hundred
patients this is as good as a tuned ridge regression for every pattern at once, and a masked autoencoder that is
trained for minutes is not; so the network starts from it and learns what it misses. Not in the paper; group factor
analysis with fixed zeros (Klami et al. 2015), EM and the choice of the number of shared factors are ours.

Features of a table are its own; of a picture they are the means of its patches, and the picture follows from z by a
regression of its pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from survgui.cases.case import Kind, Modality
from survgui.nets.masked.patches import Patches

ITERATIONS = 40
SHARED = (4, 8, 16, 32)
"""numbers of shared factors that are tried, as far as there is room for them"""
HELD_OUT = 4
"""one patient in so many is left out to choose among them"""
TRUST = 0.1
"""weight of what a picture's features say of z: neighbouring patches say the same, and none is independent of the
others as the model has it (chosen among 1, .3, .1 and .03 on held-out patients of a simulated training part)"""
SHRINKAGE = 5.0
"""patients' worth of loadings that are zero"""
LEAST_NOISE = 0.02
"""of a feature of unit variance, so that none speaks for all"""


class Factors(nn.Module):
    """Loadings of every modality; zero until they are fitted.

    Args:
        shared: Most factors that modalities share; 0 has no factors at all.
        own: Factors of each modality by itself.
    """

    def __init__(self, patches: Mapping[Modality, Patches], shared: int, own: int) -> None:
        super().__init__()
        self.patches = dict(patches)
        self.shared, self.own = shared, own
        self.rank = factors_in_all(shared, own, len(patches))
        self.halved = tuple(f"{m}_detail" for m in patches)  # a number per pixel and factor; nothing is solved with it
        for k, (m, cut) in enumerate(self.patches.items()):
            q = features_of(cut)
            own_places = shared + k * own + torch.arange(own if self.rank else 0)
            self.register_buffer(f"{m}_places", torch.cat([torch.arange(shared), own_places]), persistent=False)
            self.register_buffer(f"{m}_kept", torch.ones(()))
            self.register_buffer(f"{m}_centre", torch.zeros(cut.count, q))
            self.register_buffer(f"{m}_reading", torch.zeros(cut.count, q, self.rank))  # L / psi
            self.register_buffer(f"{m}_gram", torch.zeros(cut.count, self.rank, self.rank))  # a patch's L L^T / psi
            self.register_buffer(f"{m}_mean", torch.zeros(cut.count, cut.size))
            self.register_buffer(f"{m}_detail", torch.zeros(cut.count, cut.size, len(self.part(m, "places"))))
            self.register_buffer(f"{m}_noise", torch.ones(cut.count, cut.size))

    def part(self, modality: Modality, name: str) -> Tensor:
        """A buffer of one modality."""
        found: Tensor = self.get_buffer(f"{modality}_{name}")
        return found

    def evidence(self, modality: Modality, patches: Tensor) -> Tensor:
        """(..., T, r) what each patch of (..., T, P) says of z: A^T (x - mean) / psi."""
        coarse = coarsened(self.patches[modality], patches)
        return torch.einsum("...tq,tqr->...tr", coarse - self.part(modality, "centre"), self.part(modality, "reading"))

    def posterior(
        self, evidence: Mapping[Modality, Tensor], visible: Mapping[Modality, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """(B, r) mean of z and (B, r, r) its precision, given the visible patches.

        Args:
            evidence: (B, T, r) of each modality.
            visible: (B, T) of each modality.
        """
        first = next(iter(visible.values()))
        eye = torch.eye(self.rank, device=first.device)
        precision, natural = eye.expand(len(first), -1, -1), eye.new_zeros(len(first), self.rank)
        for m, seen in visible.items():
            weight = seen.to(eye)
            precision = precision + (weight @ self.part(m, "gram").flatten(1)).view(len(first), self.rank, self.rank)
            natural = natural + torch.einsum("bt,btr->br", weight, evidence[m])
        return torch.linalg.solve(precision, natural), precision

    def word(self, modality: Modality, evidence: Tensor) -> Tensor:
        """(B, r) the mean of z given all patches of one modality, from their (B, T, r) evidence."""
        found: Tensor = torch.linalg.solve(self._alone(modality), evidence.sum(dim=-2), left=False)
        return found

    def expected_word(self, modality: Modality, z: Tensor) -> Tensor:
        """(B, r) the mean of `word` of a modality that is not seen, given (B, r) z."""
        gram = self.part(modality, "gram").sum(dim=0)
        found: Tensor = torch.linalg.solve(self._alone(modality), z @ gram, left=False)
        return found

    def base(self, modality: Modality, z: Tensor, unseen: Tensor) -> Tensor:
        """(B, T, P) mean of every patch given (B, r) z.

        Args:
            unseen: (B,) True where nothing of the modality is visible: then its deviation from the mean is kept as far
                as held-out patients bear it out (`choose_shared`).
        """
        mine = z[:, self.part(modality, "places")]
        deviation = torch.einsum("br,tpr->btp", mine, self.part(modality, "detail"))
        share = torch.where(unseen, self.part(modality, "kept"), 1.0)
        return self.part(modality, "mean") + share[:, None, None] * deviation

    def _alone(self, modality: Modality) -> Tensor:
        gram = self.part(modality, "gram").sum(dim=0)
        return gram + torch.eye(self.rank, device=gram.device)

    @torch.no_grad()
    def fit(self, patched: Mapping[Modality, Tensor], present: Tensor, seed: int = 0) -> int:
        """Fit by EM on patients whatever they have; then the pictures by least squares on z.

        Args:
            patched: (n, T, P) of each modality; of several tiles their mean.
            present: (n, M) True where measured.
            seed: Of who is left out to choose the number of shared factors.

        Returns:
            The number of shared factors.
        """
        coarse = {m: coarsened(cut, patched[m]).flatten(1).double() for m, cut in self.patches.items()}
        centre = {m: x[present[:, k]].mean(dim=0) for k, (m, x) in enumerate(coarse.items())}
        rows = [(x - centre[m]) * present[:, k, None] for k, (m, x) in enumerate(coarse.items())]
        scale = [x[present[:, k]].std(dim=0).clamp_min(1e-3) for k, x in enumerate(rows)]
        rows = [x / s for x, s in zip(rows, scale, strict=True)]
        trust = [TRUST if is_picture(cut) else 1.0 for cut in self.patches.values()]
        chosen, kept = choose_shared(rows, present, self.shared, self.own, trust, seed)
        found = fit_factors(rows, present, chosen, self.own)
        for k, (m, cut) in enumerate(self.patches.items()):
            a = self._widened(found.loading[k], chosen) * scale[k][:, None]
            psi = found.noise[k] * scale[k] ** 2
            reading = trust[k] * (a / psi[:, None]).view(cut.count, -1, self.rank)
            self.part(m, "kept").fill_(kept[k])
            self.part(m, "centre").copy_(centre[m].view(cut.count, -1))
            self.part(m, "reading").copy_(reading)
            self.part(m, "gram").copy_(torch.einsum("tqr,tqs->trs", a.view_as(reading), reading))
            if is_picture(cut):
                continue
            self.part(m, "mean").copy_(centre[m].view(cut.count, -1))
            self.part(m, "detail").copy_(a.view_as(reading)[..., self.part(m, "places")])
            self.part(m, "noise").copy_(psi.view(cut.count, -1))
        self._fit_pictures(patched, present)
        return chosen

    def _widened(self, loading: Tensor, shared: int) -> Tensor:
        """(F, r) loadings with zeros for the shared factors that were not taken."""
        missing = loading.new_zeros(len(loading), self.shared - shared)
        return torch.cat([loading[:, :shared], missing, loading[:, shared:]], dim=1)

    def _fit_pictures(self, patched: Mapping[Modality, Tensor], present: Tensor) -> None:
        """Pixels on z: each patient's z is that of everything he has, the picture included."""
        visible = {m: present[:, k, None].expand(-1, cut.count) for k, (m, cut) in enumerate(self.patches.items())}
        z, _ = self.posterior({m: self.evidence(m, x) for m, x in patched.items()}, visible)
        for k, (m, cut) in enumerate(self.patches.items()):
            if not is_picture(cut):
                continue
            places = self.part(m, "places")
            own, x = z[present[:, k]][:, places].double(), patched[m][present[:, k]].flatten(1).double()
            mean = x.mean(dim=0)
            eye = torch.eye(len(places), dtype=torch.float64, device=own.device)
            slope = torch.linalg.solve(own.T @ own + SHRINKAGE * eye, own.T @ (x - mean))  # (r, T P)
            self.part(m, "mean").copy_(mean.view(cut.count, -1))
            self.part(m, "detail").copy_(slope.T.reshape(cut.count, cut.size, len(places)))
            self.part(m, "noise").copy_((x - mean - own @ slope).var(dim=0).view(cut.count, -1))


def is_picture(cut: Patches) -> bool:
    """Whether the patches are of tiles or volumes."""
    return cut.kind in (Kind.TILES, Kind.VOLUME)


def features_of(cut: Patches) -> int:
    """q, features of one patch: the values of a table's, the channels' means of a picture's."""
    if cut.kind is Kind.TILES:
        return cut.shape[1]
    return cut.shape[0] if cut.kind is Kind.VOLUME else cut.size


def coarsened(cut: Patches, patches: Tensor) -> Tensor:
    """(..., T, q) features of (..., T, P) patches."""
    if not is_picture(cut):
        return patches
    return patches.view(*patches.shape[:-1], features_of(cut), -1).mean(dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Loadings:
    """A fitted factor analysis: per modality (F, r) loadings and (F,) noise variances."""

    loading: list[Tensor]
    noise: list[Tensor]

    def trusted(self, trust: Sequence[float]) -> Loadings:
        """The same with the evidence of every modality weighted."""
        return Loadings(self.loading, [psi / weight for psi, weight in zip(self.noise, trust, strict=True)])

    def impute(self, rows: Sequence[Tensor], present: Tensor, hidden: int) -> Tensor:
        """(n, F) mean of one modality given the others of (n, F) rows."""
        shown = present.clone()
        shown[:, hidden] = False
        patterns, member = torch.unique(shown, dim=0, return_inverse=True)
        z, _ = _expect([x * shown[:, k, None] for k, x in enumerate(rows)], self, patterns, member)
        return z @ self.loading[hidden].T


def factors_in_all(shared: int, own: int, modalities: int) -> int:
    """r: the shared factors and every modality's own; none without shared ones."""
    return shared + modalities * own if shared else 0


def choose_shared(
    rows: Sequence[Tensor], present: Tensor, most: int, own: int, trust: Sequence[float], seed: int
) -> tuple[int, list[float]]:
    """How many shared factors impute best, each modality from the others, in patients who are left out.

    Judged by the squared error relative to the mean's, averaged over the modalities (our choice).

    Returns:
        The number, and for every modality how much of its deviation from the mean to keep: what fits those patients
        best, 0 to 1. Where hardly anything can be told of a modality, too much would be told of it.
    """
    offered = [count for count in SHARED if count <= most] or [most]
    left_out = torch.randperm(len(present), generator=torch.Generator().manual_seed(seed)) % HELD_OUT == 0
    left_out = left_out.to(present.device)
    train = [x[~left_out] for x in rows]
    best: tuple[float, int, list[float]] = (float("inf"), offered[0], [1.0] * len(rows))
    for count in offered:
        found = fit_factors(train, present[~left_out], count, own).trusted(trust)
        told = [_told(found, rows, present, left_out, k) for k in range(len(rows))]
        error = sum(e for e, _ in told) / len(told)
        if error < best[0]:
            best = error, count, [kept for _, kept in told]
    return best[1], best[2]


def _told(found: Loadings, rows: Sequence[Tensor], present: Tensor, at: Tensor, hidden: int) -> tuple[float, float]:
    """Relative error of one modality in some patients, once shrunk as fits them best, and the factor of that."""
    some, here = [x[at] for x in rows], present[at]
    known = here[:, hidden] & (here.sum(dim=1) > 1)
    if not bool(known.any()):
        return 1.0, 1.0
    guess, real = found.impute(some, here, hidden)[known], some[hidden][known]
    kept = float(((guess * real).sum() / (guess**2).sum().clamp_min(1e-12)).clamp(0.0, 1.0))
    return float(((kept * guess - real) ** 2).sum() / (real**2).sum().clamp_min(1e-12)), kept


def fit_factors(rows: Sequence[Tensor], present: Tensor, shared: int, own: int) -> Loadings:
    """EM (Dempster et al. 1977) on (n, F) centred rows of unit variance per modality, zero where absent."""
    rank = shared + len(rows) * own
    common = torch.arange(shared, device=present.device)
    places = [
        torch.cat([common, shared + k * own + torch.arange(own, device=present.device)]) for k in range(len(rows))
    ]
    found = _start(rows, present, shared, own)
    patterns, member = torch.unique(present, dim=0, return_inverse=True)
    for _ in range(ITERATIONS):
        z, spread = _expect(rows, found, patterns, member)
        for k, x in enumerate(rows):
            here, mine = present[:, k], places[k]
            count = torch.bincount(member[here], minlength=len(patterns)).to(x)
            second = (z[here].T @ z[here] + torch.einsum("p,prs->rs", count, spread))[mine][:, mine]
            across = x[here].T @ z[here][:, mine]  # (F, shared + own)
            shrunken = second + SHRINKAGE * torch.eye(len(mine), dtype=x.dtype, device=x.device)
            found.loading[k] = x.new_zeros(x.shape[1], rank)
            found.loading[k][:, mine] = torch.linalg.solve(shrunken, across.T).T
            left = (x[here] ** 2).sum(dim=0) - (found.loading[k][:, mine] * across).sum(dim=1)
            found.noise[k] = (left / here.sum().clamp_min(1)).clamp_min(LEAST_NOISE)
    return found


def _start(rows: Sequence[Tensor], present: Tensor, shared: int, own: int) -> Loadings:
    """Principal components of all modalities, each of equal weight, and of what they leave of each."""
    rank, loading = shared + len(rows) * own, []
    everybody = torch.cat([x / x.norm().clamp_min(1e-12) for x in rows], dim=1)
    z = torch.linalg.svd(everybody, full_matrices=False)[0][:, :shared] * len(present) ** 0.5
    for k, x in enumerate(rows):
        here = present[:, k]
        own_z, some = z[here], x[here]
        eye = torch.eye(own_z.shape[1], dtype=x.dtype, device=x.device)
        slope = torch.linalg.solve(own_z.T @ own_z + SHRINKAGE * eye, own_z.T @ some)  # (shared, F)
        _, spread, axes = torch.linalg.svd(some - own_z @ slope, full_matrices=False)
        found = x.new_zeros(x.shape[1], rank)
        found[:, : len(slope)] = slope.T
        kept = min(own, len(spread))
        deviation = 0.9 * spread[:kept] / len(some) ** 0.5
        found[:, shared + k * own : shared + k * own + kept] = axes[:kept].T * deviation
        loading.append(found)
    return Loadings(loading, [torch.full_like(a[:, 0], 0.5) for a in loading])


def _expect(rows: Sequence[Tensor], found: Loadings, patterns: Tensor, member: Tensor) -> tuple[Tensor, Tensor]:
    """(n, r) means of z and (patterns, r, r) its covariances under every availability pattern."""
    reading = [a / psi[:, None] for a, psi in zip(found.loading, found.noise, strict=True)]
    grams = torch.stack([a.T @ r for a, r in zip(found.loading, reading, strict=True)])
    natural = torch.stack([x @ r for x, r in zip(rows, reading, strict=True)]).sum(dim=0)  # absent: zero
    eye = torch.eye(grams.shape[-1], dtype=grams.dtype, device=grams.device)
    spread = torch.linalg.inv(eye + torch.einsum("pm,mrs->prs", patterns.to(grams), grams))
    return torch.einsum("nr,nrs->ns", natural, spread[member]), spread

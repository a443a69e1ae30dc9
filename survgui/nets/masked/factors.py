"""The closed-form part of the autoencoder: factor analysis over all modalities, exact for whatever is visible.

Every feature f of a patient is taken for

    x_f = mean_f + <A_f, z> + e_f,      z ~ N(0, I_r),      e_f ~ N(0, psi_f) independent,

so that given any set of visible features z is Gaussian with precision I + sum A_f A_f^T / psi_f, and what is masked,
one patch or a whole modality, has the mean  mean + A E[z | visible].  With a few hundred patients this is as good as
a tuned ridge regression for every pattern at once, and a masked autoencoder that is trained for minutes is not; so the
network starts from it and learns what it misses (our choice, not in the paper; Bach and Jordan 2005 for two views).

Features of a table are its own; of a picture they are the means of its patches, and the picture follows from z by a
regression of its pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from survgui.cases.case import Kind, Modality
from survgui.nets.masked.patches import Patches

ITERATIONS = 40
SHRINKAGE = 5.0
"""patients' worth of loadings that are zero"""
LEAST_NOISE = 0.02
"""of a feature of unit variance, so that none speaks for all"""


class Factors(nn.Module):
    """Loadings of every modality; zero until they are fitted.

    Args:
        rank: r.
    """

    def __init__(self, patches: Mapping[Modality, Patches], rank: int) -> None:
        super().__init__()
        self.rank = rank
        self.patches = dict(patches)
        for m, cut in self.patches.items():
            q = features_of(cut)
            self.register_buffer(f"{m}_centre", torch.zeros(cut.count, q))
            self.register_buffer(f"{m}_reading", torch.zeros(cut.count, q, rank))  # A / psi
            self.register_buffer(f"{m}_gram", torch.zeros(cut.count, rank, rank))  # sum over a patch of A A^T / psi
            self.register_buffer(f"{m}_mean", torch.zeros(cut.count, cut.size))
            self.register_buffer(f"{m}_detail", torch.zeros(cut.count, cut.size, rank))
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
            precision = precision + (weight @ self.part(m, "gram").flatten(1)).view(-1, self.rank, self.rank)
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

    def base(self, modality: Modality, z: Tensor) -> Tensor:
        """(B, T, P) mean of every patch given (B, r) z."""
        return self.part(modality, "mean") + torch.einsum("br,tpr->btp", z, self.part(modality, "detail"))

    def _alone(self, modality: Modality) -> Tensor:
        gram = self.part(modality, "gram").sum(dim=0)
        return gram + torch.eye(self.rank, device=gram.device)

    @torch.no_grad()
    def fit(self, patched: Mapping[Modality, Tensor], present: Tensor) -> None:
        """Fit by EM on patients whatever they have; then the pictures by least squares on z.

        Args:
            patched: (n, T, P) of each modality; of several tiles their mean.
            present: (n, M) True where measured.
        """
        coarse = {m: coarsened(cut, patched[m]).flatten(1).double() for m, cut in self.patches.items()}
        centre = {m: x[present[:, k]].mean(dim=0) for k, (m, x) in enumerate(coarse.items())}
        rows = {m: (x - centre[m]) * present[:, k, None] for k, (m, x) in enumerate(coarse.items())}
        scale = {m: rows[m][present[:, k]].std(dim=0).clamp_min(1e-3) for k, m in enumerate(rows)}
        loading, noise = _expectation_maximisation({m: x / scale[m] for m, x in rows.items()}, present, self.rank)
        for m, cut in self.patches.items():
            a, psi = loading[m] * scale[m][:, None], noise[m] * scale[m] ** 2
            reading = (a / psi[:, None]).view(cut.count, -1, self.rank)
            self.part(m, "centre").copy_(centre[m].view(cut.count, -1))
            self.part(m, "reading").copy_(reading)
            self.part(m, "gram").copy_(torch.einsum("tqr,tqs->trs", a.view_as(reading), reading))
            if cut.kind in (Kind.TILES, Kind.VOLUME):
                continue
            self.part(m, "mean").copy_(centre[m].view(cut.count, -1))
            self.part(m, "detail").copy_(a.view_as(reading))
            self.part(m, "noise").copy_(psi.view(cut.count, -1))
        self._fit_pictures(patched, present)

    def _fit_pictures(self, patched: Mapping[Modality, Tensor], present: Tensor) -> None:
        """Pixels on z: each patient's z is that of everything he has, the picture included."""
        visible = {m: present[:, k, None].expand(-1, cut.count) for k, (m, cut) in enumerate(self.patches.items())}
        z, _ = self.posterior({m: self.evidence(m, x) for m, x in patched.items()}, visible)
        for k, (m, cut) in enumerate(self.patches.items()):
            if cut.kind not in (Kind.TILES, Kind.VOLUME):
                continue
            own, x = z[present[:, k]].double(), patched[m][present[:, k]].flatten(1).double()
            mean = x.mean(dim=0)
            eye = torch.eye(self.rank, dtype=torch.float64, device=own.device)
            slope = torch.linalg.solve(own.T @ own + SHRINKAGE * eye, own.T @ (x - mean))  # (r, T P)
            self.part(m, "mean").copy_(mean.view(cut.count, -1))
            self.part(m, "detail").copy_(slope.T.reshape(cut.count, cut.size, self.rank))
            self.part(m, "noise").copy_((x - mean - own @ slope).var(dim=0).view(cut.count, -1))


def features_of(cut: Patches) -> int:
    """q, features of one patch: the values of a table's, the channels' means of a picture's."""
    if cut.kind is Kind.TILES:
        return cut.shape[1]
    return cut.shape[0] if cut.kind is Kind.VOLUME else cut.size


def coarsened(cut: Patches, patches: Tensor) -> Tensor:
    """(..., T, q) features of (..., T, P) patches."""
    if cut.kind not in (Kind.TILES, Kind.VOLUME):
        return patches
    return patches.view(*patches.shape[:-1], features_of(cut), -1).mean(dim=-1)


def _expectation_maximisation(
    rows: Mapping[Modality, Tensor], present: Tensor, rank: int
) -> tuple[dict[Modality, Tensor], dict[Modality, Tensor]]:
    """(F, r) loadings and (F,) noise of every modality from (n, F) centred rows of unit variance, zero where absent."""
    joined = torch.cat(list(rows.values()), dim=1)
    _, _, axes = torch.linalg.svd(joined, full_matrices=False)
    start = torch.zeros(joined.shape[1], rank, dtype=joined.dtype, device=joined.device)
    start[:, : len(axes[:rank])] = 0.5 * axes[:rank].T
    loading = dict(zip(rows, torch.split(start, [x.shape[1] for x in rows.values()]), strict=True))
    noise = {m: torch.ones_like(a[:, 0]) for m, a in loading.items()}
    patterns, member = torch.unique(present, dim=0, return_inverse=True)
    for _ in range(ITERATIONS):
        z, spread = _expect(rows, loading, noise, patterns, member)
        for k, (m, x) in enumerate(rows.items()):
            here = present[:, k]
            count = torch.bincount(member[here], minlength=len(patterns)).to(x)
            second = z[here].T @ z[here] + torch.einsum("p,prs->rs", count, spread)
            across = x[here].T @ z[here]  # (F, r)
            shrunken = second + SHRINKAGE * torch.eye(rank, dtype=x.dtype, device=x.device)
            loading[m] = torch.linalg.solve(shrunken, across.T).T
            left = (x[here] ** 2).sum(dim=0) - (loading[m] * across).sum(dim=1)
            noise[m] = (left / here.sum().clamp_min(1)).clamp_min(LEAST_NOISE)
    return loading, noise


def _expect(
    rows: Mapping[Modality, Tensor],
    loading: Mapping[Modality, Tensor],
    noise: Mapping[Modality, Tensor],
    patterns: Tensor,
    member: Tensor,
) -> tuple[Tensor, Tensor]:
    """(n, r) means of z and (patterns, r, r) its covariances under every availability pattern."""
    reading = [loading[m] / noise[m][:, None] for m in rows]
    grams = torch.stack([loading[m].T @ r for m, r in zip(rows, reading, strict=True)])
    natural = torch.stack([x @ r for x, r in zip(rows.values(), reading, strict=True)]).sum(dim=0)  # absent: zero
    eye = torch.eye(grams.shape[-1], dtype=grams.dtype, device=grams.device)
    spread = torch.linalg.inv(eye + torch.einsum("pm,mrs->prs", patterns.to(grams), grams))
    return torch.einsum("nr,nrs->ns", natural, spread[member]), spread

"""The coordinates in which generators work: principal axes of the specific components, each of unit variance.

A specific component lies in the complement of the shared subspace and, with a few hundred patients, in a few
dozen directions of it. A generator that works in all D standardised dimensions has to learn that nothing
happens in the others, and what it fails to learn is spread that nobody has. In these coordinates there is
nothing of that to learn: independent standard normal numbers are the development cohort's own marginal
distribution, up to its correlations and its form (our choice).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

EXPLAINED = 0.995
"""Share of a modality's variance that its axes hold; the rest is left at the development mean."""


class Frame(nn.Module):
    """Principal axes of every modality's standardised specific component, and of the shared component.

    Args:
        modalities: M.
        width: D.
        axes: k, of a specific component; modalities with fewer have zeros.
        shared_width: D_s, 0 where modalities share no component.
        shared: s, of the shared component.
    """

    axes: Tensor
    scale: Tensor
    shared_mean: Tensor
    shared_axes: Tensor

    def __init__(self, modalities: int, width: int, axes: int, shared_width: int, shared: int) -> None:
        super().__init__()
        self.register_buffer("axes", torch.zeros(modalities, width, axes))
        self.register_buffer("scale", torch.zeros(modalities, axes))
        self.register_buffer("shared_mean", torch.zeros(shared_width))
        self.register_buffer("shared_axes", torch.zeros(shared_width, shared))

    @property
    def used(self) -> Tensor:
        """(M, k) True for the axes that a modality has."""
        return self.scale > 0

    def into(self, slots: Tensor) -> Tensor:
        """(..., M, D) standardised components to (..., M, k) coordinates of unit variance."""
        inverse = torch.where(self.used, 1.0 / self.scale.clamp_min(1e-12), torch.zeros_like(self.scale))
        coordinates: Tensor = torch.einsum("...md,mdk->...mk", slots, self.axes) * inverse
        return coordinates

    def back(self, coordinates: Tensor) -> Tensor:
        """(..., M, k) coordinates to (..., M, D) standardised components."""
        slots: Tensor = torch.einsum("...mk,mdk->...md", coordinates * self.scale, self.axes)
        return slots

    def into_shared(self, shared: Tensor) -> Tensor:
        """(..., D_s) shared components to (..., s) coordinates of unit variance."""
        coordinates: Tensor = (shared - self.shared_mean) @ self.shared_axes
        return coordinates


def fit_frame(slots: Tensor, present: Tensor, shared: Tensor, explained: float = EXPLAINED) -> Frame:
    """Axes of the development cohort.

    Args:
        slots: (n, M, D) standardised components.
        present: (n, M) True where measured.
        shared: (n, D_s) shared components of all patients.
    """
    found = [_principal(slots[present[:, m], m], explained) for m in range(slots.shape[1])]
    centred = shared - shared.mean(dim=0)
    shared_axes, shared_scale = _principal(centred, 1.0 - 1e-6)
    most = max(len(scale) for _, scale in found)
    frame = Frame(slots.shape[1], slots.shape[2], most, shared.shape[1], len(shared_scale))
    for m, (axes, scale) in enumerate(found):
        frame.axes[m, :, : len(scale)] = axes
        frame.scale[m, : len(scale)] = scale
    frame.shared_mean.copy_(shared.mean(dim=0))
    frame.shared_axes.copy_(shared_axes / shared_scale)
    return frame.to(slots.device)


def _principal(rows: Tensor, explained: float) -> tuple[Tensor, Tensor]:
    """(D, k) axes and (k,) deviations of (n, D) centred rows, as many as explain that share of the variance."""
    _, singular, axes = torch.linalg.svd(rows.double().cpu(), full_matrices=False)
    variance = singular**2 / max(len(rows), 1)
    share = variance.cumsum(0) / variance.sum()
    kept = min(int((share < explained).sum()) + 1, len(variance))
    return axes[:kept].T.float(), variance[:kept].sqrt().float()

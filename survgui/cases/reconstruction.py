"""What a masked autoencoder makes of a modality it was not shown, beside what was measured.

Everything is on the scale of the network's input: features in deviations of the development cohort from its mean,
tiles from 0 (black) to 1 (white), volumes in z-scores inside the brain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality


@dataclass(frozen=True, slots=True, eq=False)
class FeatureReconstruction:
    """Features of one patient, imputed from the other modalities.

    Attributes:
        names: (F,) genes, probes or fields.
        real, imputed: (F,) in development standard deviations; `imputed` is the mean over the draws.
        low, high: (F,) 5th and 95th percentile of the draws; the spread of imputations, no confidence interval.
        correlation: Pearson, over the features; None where one of them does not vary.
        error, mean_error: Mean squared error of `imputed`, and of the development mean in its place.
    """

    names: tuple[str, ...]
    real: NDArray[np.float32]
    imputed: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    correlation: float | None
    error: float
    mean_error: float


@dataclass(frozen=True, slots=True, eq=False)
class ImageReconstruction:
    """One picture, hidden in part or wholly.

    Attributes:
        title: Such as `tile 1 of 8` or `t1c, axial`.
        hiding: In words, `half of its patches masked` or `wholly hidden: imputed from RNA-seq and Clinical`.
        original, masked, imputed: (h, w, 3) RGB or (h, w) grey, 0 to 255; masked patches are NaN-free mid-grey.
        difference: (h, w) imputed less original, signed, in the units of the input.
        limit: Largest absolute difference that a colour scale should show.
        ssim: Structural similarity, -1 to 1; 1 is the same picture.
        error, mean_error: Mean squared error of what was masked, and of the development mean in its place.
    """

    title: str
    hiding: str
    original: NDArray[np.uint8]
    masked: NDArray[np.uint8]
    imputed: NDArray[np.uint8]
    difference: NDArray[np.float32]
    limit: float
    ssim: float
    error: float
    mean_error: float


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """One modality of one patient, as measured and as imputed from the others.

    Attributes:
        features: Of a table; None of pictures.
        images: Of tiles and volumes; empty of a table.
        collapsed: Whether the bundle's reconstructions of this modality hardly differ between patients (measured on
            held-out patients), so that what is shown is little more than the development mean.
        draws: Imputations that were averaged.
    """

    modality: Modality
    features: FeatureReconstruction | None
    images: tuple[ImageReconstruction, ...]
    collapsed: bool
    draws: int

"""What a masked autoencoder makes of a modality it was not shown: beside what was measured, or in its place.

Features are in standard deviations of the development cohort from its mean. Tiles have a brightness from 0 (black) to
1 (white), volumes z-scores inside the brain. An imputation has a spread over draws, which is no confidence interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.imputation_quality import QualityRow

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureReconstruction:
    """Features of one patient that were measured, hidden, and imputed from the other modalities.

    Attributes:
        names: (F,) genes, probes or fields.
        real, imputed: (F,) in development standard deviations; `imputed` is the mean over the draws.
        low, high: (F,) 5th and 95th percentile of the draws.
    """

    names: tuple[str, ...]
    real: Array
    imputed: Array
    low: Array
    high: Array

    @property
    def correlation(self) -> float | None:
        """Pearson's, over the features; None where one side does not vary."""
        if len(self.real) < 2 or min(self.real.std(), self.imputed.std()) < 1e-6:
            return None
        return float(np.corrcoef(self.real.astype(np.float64), self.imputed.astype(np.float64))[0, 1])

    @property
    def error(self) -> float:
        """Mean squared error."""
        return float(np.mean((self.imputed.astype(np.float64) - self.real) ** 2))

    @property
    def mean_error(self) -> float:
        """Mean squared error of the development mean, which is zero, in place of the imputation."""
        return float(np.mean(self.real.astype(np.float64) ** 2))


@dataclass(frozen=True, slots=True, eq=False)
class ImageReconstruction:
    """One picture, hidden in part or wholly.

    Attributes:
        group: What pictures it is shown with, such as `t1c, half masked`.
        title: Which one of them, such as `tile 1 of 8` or `axial`.
        wholly: Nothing of it was shown, nor of its modality.
        original, imputed: (h, w, 3) RGB or (h, w) grey, 0 to 255; where nothing was masked both are the same.
        mask: (h, w) True where it was hidden.
        difference: (h, w) imputed less original, in `unit`; zero where nothing was masked.
        limit: Largest difference, either way, that a colour scale should show.
        ssim: Structural similarity of the whole picture, -1 to 1; 1 is the same picture.
        error: Root mean square of the difference where it was hidden, in `unit`.
        letters: What lies to the left, right, top and bottom of a plane: R, L, A, P, S or I; none of a tile.
    """

    group: str
    title: str
    wholly: bool
    original: Pixels
    imputed: Pixels
    mask: NDArray[np.bool_]
    difference: Array
    limit: float
    unit: str
    ssim: float
    error: float
    letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """One modality of one patient, as measured and as imputed.

    Attributes:
        shown: Modalities that it was imputed from.
        features: Of a table; None of pictures.
        images: Of tiles and volumes; empty of a table.
        held_out: How well this goes with patients that the network had not seen (`OTHERS`); None where it was not
            measured.
        draws: Imputations that were averaged.
    """

    modality: Modality
    shown: tuple[Modality, ...]
    features: FeatureReconstruction | None
    images: tuple[ImageReconstruction, ...]
    held_out: QualityRow | None
    draws: int


@dataclass(frozen=True, slots=True)
class ImputedFeature:
    """A feature that was not measured: its mean over the draws and their 5th and 95th percentile."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class ImputedImage:
    """A picture that nobody took; see `ImageReconstruction` for its parts."""

    title: str
    pixels: Pixels
    letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Imputation:
    """What stands in for a modality that an estimate does without.

    Attributes:
        shown: Modalities that it was imputed from.
        features: Those that lie farthest from the development mean, the farthest first.
        of: How many features there are.
        images: A tile, or planes of a volume.
        held_out: As of `Reconstruction`.
        draws: Imputations that were averaged.
        given: The patient has it: it was hidden from the estimate, or could not be used.
    """

    modality: Modality
    shown: tuple[Modality, ...]
    features: tuple[ImputedFeature, ...]
    of: int
    images: tuple[ImputedImage, ...]
    held_out: QualityRow | None
    draws: int
    given: bool = False

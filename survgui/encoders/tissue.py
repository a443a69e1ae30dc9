"""Where on a slide there is tissue: a mask at about 8 µm per pixel, from the overview picture.

Our choice: saturation of the colour with Otsu's threshold, kept within bounds so that a picture that is all
tissue is not divided and dust on an empty one is not found; pen strokes and dark borders are left out,
specks removed, small holes filled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from survgui.errors import ReadError
from survgui.readers.slide import Slide

MASK_MPP = 8.0
"""µm per pixel of the mask: a cell's size, so single stray cells do not count"""
SMALLEST, LARGEST = 512, 4096
"""sides between which the overview is kept, px"""
FAINTEST, STRONGEST = 0.05, 0.12
"""bounds of the threshold on saturation (0 to 1): glass is below the first, any stained tissue above the second"""
BLACK = 0.15
"""brightness below which there is no tissue: dark borders, black pen"""
PEN = 0.08
"""green above red by this much is ink: eosin and haematoxylin both have more red than green"""
SPECK = 100.0
"""µm; smaller pieces are dust, smaller holes are part of the tissue"""


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """Where tissue is.

    Attributes:
        mask: (h, w) True on tissue.
        scale: (2,) level-0 pixels per pixel of the mask, along x and y.
        coverage: Share of the slide's area that is tissue.
    """

    mask: NDArray[np.bool_]
    scale: tuple[float, float]
    coverage: float

    def share(self, coords: NDArray[np.int64], side: float) -> NDArray[np.float64]:
        """Share of tissue in squares.

        Args:
            coords: (N, 2) upper left corners, x and y in level-0 pixels.
            side: Of a square in level-0 pixels.

        Returns:
            (N,) between 0 and 1.
        """
        sums = np.pad(self.mask.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        x0, x1 = self._columns(coords[:, 0], side, axis=0)
        y0, y1 = self._columns(coords[:, 1], side, axis=1)
        inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
        return np.asarray(inside / ((y1 - y0) * (x1 - x0)), dtype=np.float64)

    def _columns(self, start: NDArray[np.int64], side: float, axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and past-the-last mask pixel of squares along an axis, at least one pixel apart."""
        length = self.mask.shape[1 - axis]
        first = np.clip(np.floor(start / self.scale[axis] + 0.5).astype(np.int64), 0, length - 1)
        last = np.clip(np.floor((start + side) / self.scale[axis] + 0.5).astype(np.int64), first + 1, length)
        return first, last


def find_tissue(slide: Slide) -> Tissue:
    """The tissue of a slide.

    Raises:
        PixelSizeMissing: The slide holds no pixel size and none was given.
        ReadError: There is no tissue on it, or damage in its place.
    """
    mpp = slide.require_mpp()
    longest = max(slide.width, slide.height)
    side = int(np.clip(longest * mpp / MASK_MPP, SMALLEST, LARGEST))
    picture = slide.thumbnail(min(side, longest))
    scale = (slide.width / picture.shape[1], slide.height / picture.shape[0])
    mask = tissue_mask(picture, mpp * (scale[0] + scale[1]) / 2)
    if not mask.any() and slide.damaged:
        raise ReadError(slide.path, "its overview is damaged and no tissue can be seen; copy the slide again", "SLD-23")
    if not mask.any():
        raise ReadError(
            slide.path,
            "no tissue was found on the slide: nothing on its overview is stained; check that it is an H&E slide in "
            "colour and not the label or an empty glass",
            "SLD-20",
        )
    return Tissue(mask, scale, float(mask.mean()))


def tissue_mask(picture: NDArray[np.uint8], mpp: float) -> NDArray[np.bool_]:
    """Tissue on an overview.

    Args:
        picture: (h, w, 3) RGB.
        mpp: µm per pixel of the picture.

    Returns:
        (h, w) True on tissue.
    """
    rgb = ndimage.gaussian_filter(picture.astype(np.float32) / 255, sigma=(1, 1, 0))
    brightest, darkest = rgb.max(axis=2), rgb.min(axis=2)
    saturation = (brightest - darkest) / np.maximum(brightest, 1e-6)
    threshold = float(np.clip(otsu(saturation), FAINTEST, STRONGEST))
    ink = rgb[..., 1] - rgb[..., 0] > PEN
    mask = (saturation > threshold) & (brightest > BLACK) & ~ink
    # on a picture smaller than a few specks, a speck is a hundredth of it
    area = min((SPECK / mpp) ** 2, mask.size / 100)
    mask = _without_small(mask, area)
    return ~_without_small(~mask & ~ink, area) & ~ink


def otsu(values: NDArray[np.float32]) -> float:
    """The threshold between 0 and 1 that parts the values into the two most different classes (Otsu, 1979)."""
    counts, edges = np.histogram(values, bins=256, range=(0.0, 1.0))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = sums / below - (sums[-1] - sums) / above
    between = np.nan_to_num(below * above * difference**2)
    # between two separate heaps every threshold is as good: the middle one is taken
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1 + (best[0] + best[-1]) // 2])


def _without_small(mask: NDArray[np.bool_], area: float) -> NDArray[np.bool_]:
    """The mask without connected pieces of fewer than `area` pixels."""
    labels, _ = ndimage.label(mask)
    keep = np.bincount(labels.ravel()) >= area
    keep[0] = False
    return np.asarray(keep[labels], dtype=np.bool_)

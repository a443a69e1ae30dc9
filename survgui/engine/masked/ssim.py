"""Structural similarity of two pictures: Wang, Bovik, Sheikh and Simoncelli 2004, IEEE Trans. Image Process. 13:600.

Means, variances and the covariance are taken in a Gaussian window around every pixel, s.d. 1.5 pixels, 11 x 11.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from survgui.cases.case import Kind

WINDOW, SIGMA = 11, 1.5
LUMINANCE, CONTRAST = 0.01, 0.03
"""K1 and K2 of the paper, which keep the ratio finite where a window is flat"""

BOUNDS = {Kind.TILES: (-1.0, 1.0), Kind.VOLUME: (-3.0, 3.0)}
"""Black and white of scaled inputs: of tiles all there is, of volumes the z-scores of nearly every voxel of a brain."""

Values = NDArray[np.generic]


def ssim(first: Values, second: Values, bounds: tuple[float, float]) -> float:
    """Mean structural similarity of pictures in the last two axes; 1 is the same picture, 0 nothing in common.

    Only windows that lie wholly inside count, as in the authors' program. A picture smaller than the window is seen
    through the largest odd window that fits (our choice).

    Args:
        first, second: (..., h, w); axes before the last two, such as colours or planes, are averaged over.
        bounds: Black and white, such as -1 and 1: the ratio is made for values from zero on, so black is taken off,
            and what lies beyond is clipped, as it is where it is shown.

    Raises:
        ValueError: The shapes differ, or there is no picture.
    """
    if first.shape != second.shape or first.ndim < 2 or not first.size:
        raise ValueError(f"two pictures of one size are compared, not {first.shape} and {second.shape}")
    return float(ssim_map(first, second, bounds).mean())


def ssim_map(first: Values, second: Values, bounds: tuple[float, float]) -> NDArray[np.float64]:
    """(..., h', w') the similarity in every window that lies wholly inside; see `ssim`."""
    black, white = bounds
    x, y = (np.clip(values.astype(np.float64), black, white) - black for values in (first, second))
    window = gaussian_window(min(WINDOW, *x.shape[-2:]))
    mean_x, mean_y = _blurred(x, window), _blurred(y, window)
    variance_x = _blurred(x * x, window) - mean_x**2
    variance_y = _blurred(y * y, window) - mean_y**2
    covariance = _blurred(x * y, window) - mean_x * mean_y
    c1, c2 = (LUMINANCE * (white - black)) ** 2, (CONTRAST * (white - black)) ** 2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return np.asarray(luminance * structure)


def gaussian_window(side: int) -> NDArray[np.float64]:
    """Weights along one axis of a window of at most `side` pixels, an odd number of them; they sum to 1."""
    reach = (side - 1) // 2
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SIGMA) ** 2)
    return np.asarray(weights / weights.sum())


def _blurred(values: NDArray[np.float64], window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted means in every window that lies wholly inside."""
    reach = len(window) // 2
    means = correlate1d(correlate1d(values, window, axis=-2), window, axis=-1)
    height, width = values.shape[-2:]
    return np.asarray(means[..., reach : height - reach, reach : width - reach])

"""SSIM against a naive double loop, closed forms of flat pictures, and what any similarity must fulfil."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.engine.masked.ssim import gaussian_window, ssim, ssim_map

BOUNDS = (-1.0, 1.0)


def naive(first, second, side=11):
    """The formula of the paper, window by window, with centred moments, of pictures from -1 to 1."""
    first, second, span = first + 1, second + 1, 2.0
    reach = side // 2
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-(steps[:, None] ** 2 + steps[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    found = []
    for row in range(reach, first.shape[0] - reach):
        for column in range(reach, first.shape[1] - reach):
            place = slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
            x, y = first[place], second[place]
            a, b = (weights * x).sum(), (weights * y).sum()
            var_a, var_b = (weights * (x - a) ** 2).sum(), (weights * (y - b) ** 2).sum()
            both = (weights * (x - a) * (y - b)).sum()
            found.append((2 * a * b + c1) * (2 * both + c2) / ((a * a + b * b + c1) * (var_a + var_b + c2)))
    return float(np.mean(found))


@pytest.fixture
def pictures():
    draw = np.random.default_rng(4)
    first = draw.uniform(-1, 1, (17, 14))
    return first, 0.7 * first + 0.3 * draw.uniform(-1, 1, (17, 14))


def test_equals_the_double_loop(pictures):
    assert ssim(*pictures, BOUNDS) == pytest.approx(naive(*pictures), abs=1e-12)


def test_a_small_picture_is_seen_through_the_largest_odd_window(pictures):
    first, second = (picture[:8, :9] for picture in pictures)
    assert len(gaussian_window(8)) == 7
    assert ssim(first, second, BOUNDS) == pytest.approx(naive(first, second, side=7), abs=1e-12)
    assert ssim_map(first, second, BOUNDS).shape == (2, 3)


def test_flat_pictures_differ_in_luminance_alone():
    """Without variance the structure is c2 / c2; 100 and 150 grey give (2ab + c1) / (a² + b² + c1)."""
    c1 = (0.01 * 255) ** 2
    flat = np.full((12, 12), 100, dtype=np.uint8), np.full((12, 12), 150, dtype=np.uint8)
    assert ssim(*flat, (0.0, 255.0)) == pytest.approx((2 * 100 * 150 + c1) / (100**2 + 150**2 + c1))


def test_one_for_the_same_negative_for_the_inverse(pictures):
    first = pictures[0]
    assert ssim(first, first, BOUNDS) == pytest.approx(1.0)
    assert ssim(first, -first, BOUNDS) < 0
    assert ssim(*pictures, BOUNDS) == pytest.approx(ssim(*pictures[::-1], BOUNDS))


def test_colours_and_planes_are_averaged(pictures):
    first, second = pictures
    both = ssim(np.stack([first, second]), np.stack([second, second]), BOUNDS)
    assert both == pytest.approx((ssim(first, second, BOUNDS) + 1.0) / 2)


def test_pictures_of_other_sizes_are_refused(pictures):
    with pytest.raises(ValueError, match="one size"):
        ssim(pictures[0], pictures[1][:-1], BOUNDS)


def test_what_is_beyond_black_and_white_is_clipped(pictures):
    first, second = pictures
    assert ssim(3 * first, 3 * second, BOUNDS) == pytest.approx(
        naive(np.clip(3 * first, -1, 1), np.clip(3 * second, -1, 1))
    )

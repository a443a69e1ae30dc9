"""A picture of a tumour section, drawn from eight traits that a pathologist could name.

The picture is made in the space of the two stains and then shone through: optical density is
haematoxylin times its colour vector plus eosin times its own (near Ruifrok and Johnston's), as in a real
slide. What is drawn where follows from smooth random fields on a coarse grid: the outline of the tissue,
stroma, necrosis with a palisade of nuclei around it, clusters of lymphocytes. Nuclei are stamped from shapes that
are drawn once per process. All of it is our choice: it shows the idea, no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.uint8]
Field = NDArray[np.float32]

SIDE = 2048
MPP = 0.5
TRAITS = {
    "cellularity": 1.0,
    "nuclear size": 1.0,
    "pleomorphism": 1.0,
    "hyperchromasia": 1.0,
    "eosinophilia": -1.0,
    "necrosis": 1.0,
    "lymphocytes": -1.0,
    "stroma": -1.0,
}
"""Traits in the order of the features that drive them, and whether more of one goes with a higher risk."""

_COARSE = 128
_SCALE = SIDE // _COARSE
_HAEMATOXYLIN = np.array([0.65, 0.70, 0.29], dtype=np.float32)
_EOSIN = np.array([0.08, 0.93, 0.36], dtype=np.float32)
_GLASS = 243.0
_BANK = 1024
_ANGLES, _SIZES = 12, 14
_SMALLEST, _LARGEST = 4.5, 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """What lies where, each (`_COARSE`, `_COARSE`) in 0..1: tissue against glass, then its parts."""

    tissue: Field
    stroma: Field
    necrosis: Field
    palisade: Field
    lymphoid: Field


def draw_section(traits: NDArray[np.float64], rng: np.random.Generator) -> Image:
    """Draw a section.

    Args:
        traits: (8,) standard scores in the order of `TRAITS`.
        rng: Decides everything that the traits leave open.

    Returns:
        (2048, 2048, 3) RGB at 0.5 µm per pixel: about one square millimetre.
    """
    score = dict(zip(TRAITS, np.clip(traits, -3.0, 3.0), strict=True))
    tissue = _lay_out(score, rng)
    covered = np.clip(3 * _enlarge(tissue.tissue) - 1, 0, 1)  # enlarged while soft, then sharpened: no steps
    eosin = _eosin(tissue, score, rng) * covered
    haematoxylin = np.zeros((SIDE, SIDE), dtype=np.float32)
    _stamp_tumour(haematoxylin, tissue, score, rng)
    _stamp_stroma(haematoxylin, tissue, rng)
    _stamp_lymphocytes(haematoxylin, tissue, rng)
    _stamp_debris(haematoxylin, tissue, rng)
    haematoxylin += np.float32(0.05) * covered  # cytoplasm is faintly blue
    eosin *= 1.0 - 0.45 * np.clip(haematoxylin, 0.0, 1.0)  # nuclei take little eosin
    return _shine_through(haematoxylin * rng.normal(1.0, 0.04), eosin * rng.normal(1.0, 0.04))


def _lay_out(score: dict[str, float], rng: np.random.Generator) -> Tissue:
    y, x = np.mgrid[-1 : 1 : _COARSE * 1j, -1 : 1 : _COARSE * 1j].astype(np.float32)
    turn = rng.uniform(0, np.pi)
    long, short = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    outline = 0.93 - np.hypot(long / rng.uniform(0.95, 1.08), short / rng.uniform(0.78, 0.98)) + 0.10 * _noise(rng, 9)
    gaps = np.clip((_noise(rng, 5) - 2.0) * 2.5, 0, 1)  # lumens and tears
    inside = np.clip(outline / 0.06 + 0.5, 0, 1) * (1 - gaps)
    depth = np.clip(outline / 0.3, 0, 1)
    necrotic = _noise(rng, 12) + 0.9 * depth
    necrosis = _highest(necrotic, inside, 0.38 / (1 + np.exp(-1.3 * (score["necrosis"] - 0.9))))
    palisade = ndimage.gaussian_filter(necrosis, 4.0) * (1 - necrosis) * 2
    stroma = _highest(
        _noise(rng, 7, stretch=2.2), inside * (1 - necrosis), 0.09 + 0.34 / (1 + np.exp(-score["stroma"]))
    )
    clusters = _highest(
        _noise(rng, 4) + 0.8 * stroma, inside * (1 - necrosis), 0.16 / (1 + np.exp(-1.4 * score["lymphocytes"]))
    )
    return Tissue(inside, stroma, necrosis, palisade, clusters)


def _eosin(tissue: Tissue, score: dict[str, float], rng: np.random.Generator) -> Field:
    """Cytoplasm, collagen fibres and the pale smear of necrosis, by region."""
    cloud, fibres = (_cut(bank, rng) for bank in _textures())
    strength = 0.40 * np.exp(0.22 * score["eosinophilia"])
    stroma, necrosis = _enlarge(tissue.stroma), _enlarge(tissue.necrosis)
    density = strength * (0.85 + 0.30 * cloud)
    density += stroma * (strength * (0.95 + 0.75 * fibres) - density)
    density += necrosis * (strength * (0.52 + 0.22 * cloud + 0.10 * fibres) - density)
    return np.asarray(np.clip(density, 0, None), dtype=np.float32)


def _stamp_tumour(canvas: Field, tissue: Tissue, score: dict[str, float], rng: np.random.Generator) -> None:
    spacing = 23.0 * np.exp(-0.17 * score["cellularity"])
    share = np.clip(3 * tissue.tissue - 1.5, 0, 1) * (1 - tissue.stroma) * (1 - tissue.necrosis)
    places = _places(rng, spacing, 0.62 * share + 0.38 * share * np.clip(tissue.palisade, 0, 1))
    spread = 0.13 * np.exp(0.38 * score["pleomorphism"])
    radius = 7.2 * np.exp(0.13 * score["nuclear size"]) * np.exp(rng.normal(0, spread, len(places)))
    darkness = 0.62 * np.exp(0.20 * score["hyperchromasia"]) * np.exp(rng.normal(0, 0.6 * spread, len(places)))
    irregular = rng.random(len(places)) < 0.15 + 0.7 / (1 + np.exp(-1.5 * score["pleomorphism"]))
    _stamp(canvas, places, radius, darkness, np.where(irregular, 1, 0), rng)


def _stamp_stroma(canvas: Field, tissue: Tissue, rng: np.random.Generator) -> None:
    places = _places(rng, 30.0, 0.5 * tissue.stroma * tissue.tissue)
    count = len(places)
    _stamp(canvas, places, rng.normal(7.5, 0.8, count), rng.normal(0.75, 0.08, count), np.full(count, 2), rng)


def _stamp_lymphocytes(canvas: Field, tissue: Tissue, rng: np.random.Generator) -> None:
    places = _places(rng, 13.0, 0.72 * tissue.lymphoid)
    count = len(places)
    _stamp(canvas, places, rng.normal(5.2, 0.3, count), rng.normal(1.25, 0.1, count), np.full(count, 3), rng)


def _stamp_debris(canvas: Field, tissue: Tissue, rng: np.random.Generator) -> None:
    """Nuclear dust: few small dark grains in necrosis."""
    places = _places(rng, 22.0, 0.16 * tissue.necrosis * tissue.tissue)
    count = len(places)
    _stamp(canvas, places, np.full(count, _SMALLEST), rng.uniform(0.2, 0.8, count), np.full(count, 1), rng)


def _stamp(
    canvas: Field,
    places: NDArray[np.int64],
    radius: NDArray[np.float64],
    darkness: NDArray[np.float64],
    shape: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Draw nuclei at (n, 2) row and column; where two overlap the darker shows."""
    bank = _nuclei()
    step = (_LARGEST - _SMALLEST) / (_SIZES - 1)
    size = np.clip(np.rint((radius - _SMALLEST) / step), 0, _SIZES - 1).astype(int)
    angle = rng.integers(0, _ANGLES, len(places))
    for (row, column), a, s, k, dark in zip(
        places.tolist(), angle, size, shape, darkness.astype(np.float32), strict=True
    ):
        stamp = bank[k][s][a]
        half = len(stamp) // 2
        if half <= row < SIDE - half and half <= column < SIDE - half:
            patch = canvas[row - half : row + half + 1, column - half : column + half + 1]
            np.maximum(patch, stamp * dark, out=patch)


def _places(rng: np.random.Generator, spacing: float, share: Field) -> NDArray[np.int64]:
    """Points of a shaken grid, kept with the probability `share` (coarse) at their place."""
    grid = np.arange(spacing / 2, SIDE, spacing)
    points = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    points[:, 1] += (points[:, 0] // spacing % 2) * spacing / 2
    points += rng.normal(0, 0.24 * spacing, points.shape)
    points = np.clip(points, 0, SIDE - 1).astype(np.int64)
    kept = rng.random(len(points)) < share[points[:, 0] // _SCALE, points[:, 1] // _SCALE]
    return np.asarray(points[kept])


def _shine_through(haematoxylin: Field, eosin: Field) -> Image:
    image = np.empty((SIDE, SIDE, 3), dtype=np.uint8)
    for channel in range(3):
        density = haematoxylin * (1.35 * _HAEMATOXYLIN[channel]) + eosin * _EOSIN[channel]
        image[..., channel] = _GLASS * np.exp(-density)
    return image


def _noise(rng: np.random.Generator, width: float, stretch: float = 1.0) -> Field:
    """Smooth coarse noise with unit variance; `width` and `stretch` in coarse pixels."""
    field = ndimage.gaussian_filter(rng.standard_normal((_COARSE, _COARSE)), (width / stretch, width), mode="wrap")
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


def _highest(field: Field, within: Field, share: float) -> Field:
    """Soft mask of the places inside `within` where the field is highest: that share of them."""
    inside = field[within > 0.5]
    if len(inside) == 0:
        return np.zeros_like(field)
    return np.asarray(np.clip((field - np.quantile(inside, 1 - share)) * 3 + 0.5, 0, 1) * within, dtype=np.float32)


def _enlarge(coarse: Field) -> Field:
    return np.asarray(ndimage.zoom(coarse, _SCALE, order=1, grid_mode=True, mode="nearest"), dtype=np.float32)


def _cut(bank: Field, rng: np.random.Generator) -> Field:
    """The bank's texture over the whole section, shifted and mirrored at random."""
    tile = np.roll(bank, tuple(rng.integers(0, _BANK, 2)), axis=(0, 1))
    tile = tile[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
    return np.tile(tile, (SIDE // _BANK, SIDE // _BANK))


@lru_cache(maxsize=1)
def _textures() -> tuple[Field, Field]:
    """Granular cytoplasm and wavy fibres, each (1024, 1024), seamless, about -1..1."""
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((_BANK, _BANK))
    cloud = np.add.reduce([ndimage.gaussian_filter(noise, s, mode="wrap") * s for s in (1.2, 4.0, 14.0)])
    streaks = ndimage.gaussian_filter(rng.standard_normal((_BANK, _BANK)), (1.6, 16.0), mode="wrap")
    bend = ndimage.gaussian_filter(rng.standard_normal((2, _BANK, _BANK)), (0, 40, 40), mode="wrap")
    rows, columns = np.mgrid[0:_BANK, 0:_BANK]
    bend *= 17.0 / bend.std()
    fibres = ndimage.map_coordinates(streaks, [rows + bend[0], columns + bend[1]], order=1, mode="grid-wrap")
    return _unit(cloud), _unit(fibres)


def _unit(texture: NDArray[np.float64]) -> Field:
    return np.asarray(np.clip((texture - texture.mean()) / (2 * texture.std()), -1.2, 1.2), dtype=np.float32)


@lru_cache(maxsize=1)
def _nuclei() -> tuple[tuple[tuple[Field, ...], ...], ...]:
    """Nuclei by shape (round, irregular, spindle, lymphocyte), size and angle, each square and in 0..1."""
    rng = np.random.default_rng(2)
    radii = np.linspace(_SMALLEST, _LARGEST, _SIZES)
    return tuple(tuple(tuple(_nucleus(shape, r, rng) for _ in range(_ANGLES)) for r in radii) for shape in range(4))


def _nucleus(shape: int, radius: float, rng: np.random.Generator) -> Field:
    """One nucleus: an ellipse with a wavy outline, clumped chromatin, a darker rim, and a nucleolus where large."""
    long = (1.18, 1.3, 1.9, 1.0)[shape]
    half = int(np.ceil(radius * long + 4))
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    turn = rng.normal(0, 0.25) if shape == 2 else rng.uniform(0, np.pi)  # spindle cells lie along the fibres
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    bearing = np.arctan2(v, u)
    wave = (0.03, 0.09, 0.03, 0.02)[shape]
    edge = 1 + wave * sum(np.cos(k * bearing + rng.uniform(0, 6.28)) for k in (2, 3, 5))
    reach = np.hypot(u / long, v * (long if shape == 2 else np.sqrt(long))) / (radius * edge)
    body = 1 / (1 + np.exp((reach - 1) * radius * 1.6))
    clumps = ndimage.gaussian_filter(rng.standard_normal(reach.shape), 1.3)
    chromatin = 0.78 + 0.15 * clumps / clumps.std() + 0.22 * np.exp(-(((reach - 0.85) / 0.16) ** 2))
    if shape < 2 and radius > 8:
        spot = rng.normal(0, 0.25 * radius, 2)
        chromatin += 0.5 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 4.0)
    return np.asarray(np.clip(body * (1.0 if shape == 3 else chromatin), 0, None), dtype=np.float32)

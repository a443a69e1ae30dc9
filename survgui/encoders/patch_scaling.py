"""From measurements to what a masked autoencoder cuts into patches: every feature as it is, standardised.

FIELDS   as for every network                                             (1, width)
VECTOR   every feature that varies, in an order in which neighbours go together   (1, F)
BAG      the mean row of a patient's bag, as a vector                     (1, F)
TILES    a fixed number of tiles, coarser where the network asks          (K, 3, S, S)
VOLUME   the sequences that the network takes, coarser where it asks      (C, S, S, S)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from survgui.cases.bundle import Input
from survgui.cases.case import Kind
from survgui.cases.cohort import Bag, Block, Item, Tiles
from survgui.encoders import scaling
from survgui.encoders.scaling import (
    COVERAGE,
    TRANSFORMS,
    Array,
    FieldsScaling,
    Scaling,
    Unusable,
    expect,
    plain_arrays,
    whole_numbers,
)
from survgui.errors import CohortError
from survgui.readers import genes

FORM = "patches"
"""What a manifest calls scalings of this module."""
_CLIP = 6.0
MOST_ORDERED = 6_000
"""features that are put into clustered order; more of them stay in the file's, because the distances between them take
memory and time with the square of their number (6,000: 0.3 GB each of correlations and distances; 20,000: 3.2 GB)"""


@dataclass(frozen=True, slots=True, eq=False)
class PlainScaling:
    """Standardised features, one after the other.

    Attributes:
        names: (F,) features of the development cohort that vary, in the order in which they are cut.
        mean, deviation: (F,) after the transform.
        bag: Whether a patient's features are the mean of a bag's rows.
    """

    names: tuple[str, ...]
    transform: str
    mean: Array
    deviation: Array
    bag: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """(1, F)."""
        return 1, len(self.mean)

    def standardise(self, item: Item, names: tuple[str, ...]) -> Array:
        """(F,) standardised values of one patient in the order of `self.names`, zero where missing.

        Raises:
            Unusable: Fewer than `COVERAGE` of the features are there, or rows of another width.
        """
        values = _mean_row(item) if isinstance(item, Bag) else np.asarray(item, dtype=np.float64)
        if isinstance(item, Bag) and len(values) != len(self.mean):
            raise Unusable(f"its rows have {len(values)} features, the bundle takes {len(self.mean)}")
        ordered = values if isinstance(item, Bag) else _in_order(values, names, self.names)
        found = int(np.isfinite(ordered).sum())
        if found < COVERAGE * len(ordered):
            raise Unusable(f"only {found} of the bundle's {len(ordered)} features are there; check the identifiers")
        scaled = (TRANSFORMS[self.transform](ordered) - self.mean) / self.deviation
        return np.clip(np.nan_to_num(scaled, nan=0.0), -_CLIP, _CLIP).astype(np.float32)

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """(1, F); see `standardise`."""
        return self.standardise(item, names)[None]

    def back(self, scaled: Array) -> NDArray[np.float64]:
        """(F,) values after the transform from (1, F) standardised ones."""
        return np.asarray(scaled[0].astype(np.float64) * self.deviation + self.mean)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Means and deviations."""
        return {"mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True, slots=True)
class TileScaling:
    """A fixed number of tiles, from -1 (black) to 1 (white)."""

    count: int
    pixels: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(K, 3, S, S)."""
        return self.count, 3, self.pixels, self.pixels

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """(K, 3, S, S); a patient with fewer tiles has some of them more than once.

        Raises:
            Unusable: No tile, or tiles of a size that cannot be made coarser to what is taken.
        """
        assert isinstance(item, Tiles)
        side = item.values.shape[1]
        if not len(item.values):
            raise Unusable("there is no tile with tissue")
        if side % self.pixels:
            raise Unusable(f"its tiles have {side} pixels, the bundle takes a divisor: {self.pixels}")
        chosen = item.values[np.arange(self.count) % len(item.values)].astype(np.float32)
        step = side // self.pixels
        coarse = chosen.reshape(self.count, self.pixels, step, self.pixels, step, 3).mean(axis=(2, 4))
        return np.ascontiguousarray(coarse.transpose(0, 3, 1, 2) / 127.5 - 1.0, dtype=np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class ChannelScaling:
    """Some channels of an encoded volume, made coarser by the mean of cubes.

    Attributes:
        whole: (C, X, Y, Z) of an encoded volume.
        channels: Of it that are taken.
        side: Voxels along each axis of what is taken.
    """

    whole: tuple[int, ...]
    channels: tuple[int, ...]
    side: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, S, S, S)."""
        return len(self.channels), self.side, self.side, self.side

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """The volume as it is taken.

        Raises:
            Unusable: Another grid, or none of the sequences.
        """
        volume = np.asarray(item, dtype=np.float32)
        if volume.shape != self.whole:
            raise Unusable(f"its grid is {volume.shape}, the bundle takes {self.whole}")
        taken = volume[list(self.channels)]
        if not taken.any():
            raise Unusable("none of the sequences that the bundle takes is there")
        c, s, step = len(taken), self.side, self.whole[1] // self.side
        return np.asarray(taken.reshape(c, s, step, s, step, s, step).mean(axis=(2, 4, 6)), dtype=np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class PatchConfig:
    """What the scalings need to know of a network."""

    cluster: bool = True
    tiles: int = 8
    pixels: int = 64
    channels: tuple[int, ...] = (0, 1, 2, 3)
    side: int = 32


def fit(block: Block, train: Iterable[str], config: PatchConfig) -> Scaling:
    """Fit the scaling of one modality on the training patients alone.

    Raises:
        ValueError: Nobody in `train` has the modality.
        CohortError: Volumes that do not hold what the network takes.
    """
    ids = [i for i in train if i in block.items]
    if not ids:
        raise ValueError(f"no training patient has {block.modality}")
    if block.kind is Kind.FIELDS:
        return scaling.fit(block, ids)
    if block.kind is Kind.TILES:
        return TileScaling(config.tiles, config.pixels)
    if block.kind is Kind.VOLUME:
        return _fit_channels(block, np.asarray(block.items[ids[0]]).shape, config)
    bag = block.kind is Kind.BAG
    items = [block.items[i] for i in ids]
    rows = np.stack([_mean_row(x) if isinstance(x, Bag) else np.asarray(x, dtype=np.float64) for x in items])
    return _fit_plain(block, rows, bag=bag, cluster=config.cluster)


def _fit_channels(block: Block, whole: tuple[int, ...], config: PatchConfig) -> ChannelScaling:
    if len(whole) != 4 or whole[0] <= max(config.channels) or any(side % config.side for side in whole[1:]):
        raise CohortError(
            f"{block.modality.title}: volumes of {whole} do not hold the sequences that are asked for, or cannot be "
            f"made coarser to a side of {config.side}; encode the files of the sequences with survgui"
        )
    return ChannelScaling(whole, config.channels, config.side)


def rebuild(wanted: Input, extra: Mapping[str, object], tensors: Mapping[str, NDArray[np.generic]]) -> Scaling:
    """The scaling of a bundle, from its manifest and `inputs.safetensors`; raises as `scaling.rebuild`."""
    if wanted.kind is Kind.FIELDS:
        return scaling.rebuild(wanted, extra, tensors)
    if wanted.kind is Kind.TILES:
        count, pixels = whole_numbers((extra["count"], extra["pixels"]))
        if not count or not pixels:
            raise ValueError("its tiles hold nothing")
        return TileScaling(count, pixels)
    if wanted.kind is Kind.VOLUME:
        whole, channels = whole_numbers(extra["whole"], 4), whole_numbers(extra["channels"])
        (side,) = whole_numbers((extra["side"],))
        if not side or whole[0] <= max(channels) or any(length % side for length in whole[1:]):
            raise ValueError(f"channels {channels} with a side of {side} cannot be taken of volumes of {whole}")
        return ChannelScaling(whole, channels, side)
    arrays = plain_arrays(wanted, tensors)
    expect(arrays, arrays["mean"].size if wanted.kind is Kind.BAG else len(wanted.names))
    return PlainScaling(wanted.names, wanted.transform, bag=wanted.kind is Kind.BAG, **arrays)


def describe(found: Scaling) -> dict[str, object]:
    """What a manifest keeps of a scaling beyond `Input` and the tensors."""
    if isinstance(found, FieldsScaling):
        return {"form": FORM, **scaling.describe(found)}
    if isinstance(found, TileScaling):
        return {"form": FORM, "count": found.count, "pixels": found.pixels}
    if isinstance(found, ChannelScaling):
        return {"form": FORM, "whole": list(found.whole), "channels": list(found.channels), "side": found.side}
    return {"form": FORM}


def feature_names(found: Scaling, block: Block) -> tuple[str, ...]:
    """Names of the features that a scaling takes; a bag keeps its own, by which its columns are checked."""
    if isinstance(found, PlainScaling):
        return block.names if found.bag else found.names
    return scaling.feature_names(found, block)


def _fit_plain(block: Block, values: NDArray[np.float64], *, bag: bool, cluster: bool) -> PlainScaling:
    changed = TRANSFORMS[block.transform](values)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(changed).sum(axis=0)
        mean = np.nansum(changed, axis=0) / np.maximum(known, 1)
        deviation = np.sqrt(np.nansum((changed - mean) ** 2, axis=0) / np.maximum(known, 1))
    if bag:  # its columns have no names to be chosen by
        deviation = np.where(deviation > 1e-6, deviation, 1.0)
        return PlainScaling((), block.transform, mean.astype(np.float32), deviation.astype(np.float32), bag=True)
    varies = np.flatnonzero((deviation > 1e-6) & (known > 0.5 * len(values)))
    if cluster and 2 < len(varies) <= MOST_ORDERED:
        scaled = np.nan_to_num((changed[:, varies] - mean[varies]) / deviation[varies])
        varies = varies[_clustered(np.clip(scaled, -_CLIP, _CLIP))]
    names = tuple(block.names[k] for k in varies)
    return PlainScaling(names, block.transform, mean[varies].astype(np.float32), deviation[varies].astype(np.float32))


def _clustered(rows: NDArray[np.float64]) -> NDArray[np.intp]:
    """(F,) an order of (n, F) features in which those that vary together are neighbours: average linkage of 1 - |r|."""
    distance = 1.0 - np.abs(np.nan_to_num(np.corrcoef(rows.T)))
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(np.maximum((distance + distance.T) / 2, 0.0), checks=False)
    tree = linkage(condensed, "average")
    return np.asarray(leaves_list(tree))


def _mean_row(bag: Item) -> NDArray[np.float64]:
    assert isinstance(bag, Bag)
    values = bag.values.astype(np.float64)
    known = np.isfinite(values).sum(axis=0)
    return np.where(known > 0, np.nansum(values, axis=0) / np.maximum(known, 1), np.nan)


def _in_order(values: NDArray[np.float64], names: tuple[str, ...], wanted: tuple[str, ...]) -> NDArray[np.float64]:
    column = np.array(genes.places(wanted, names))
    return np.where(column >= 0, values[np.clip(column, 0, None)], np.nan)

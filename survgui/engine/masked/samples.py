"""Pictures as an encoder is pre-trained on them alone: crops of slides, and volumes, scaled as for any network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Block, Cohort, Tiles
from survgui.cases.step import Step, Task
from survgui.encoders import patch_scaling, tile_choice, volumes
from survgui.encoders.patch_scaling import TileScaling
from survgui.encoders.scaling import Scaling, Unusable
from survgui.encoders.tiles import random_tiles, read_tiles
from survgui.engine.encode import encode
from survgui.engine.inputs import Prepared
from survgui.engine.masked.inputs import patch_config
from survgui.errors import CohortError, ReadError
from survgui.nets.masked.config import ImputmaeConfig
from survgui.readers.slide import open_slide

CROPS = 256
"""of a slide"""
MOST = 8192
"""crops in all; of many slides there are fewer each"""
READ_AT_ONCE = 32

Array = NDArray[np.float32]
"""of half precision, as `prepare` keeps pictures"""


def encoder_name(kind: Kind) -> str:
    """What makes pictures of this kind of files."""
    return tile_choice.NAME if kind is Kind.TILES else volumes.NAME


def samples(cohort: Cohort, modality: Modality, config: ImputmaeConfig, *, seed: int = 0) -> Task[Prepared]:
    """All pictures of one modality, one a row, whose `ids` say of which patient they are.

    Slides give random crops, turned and mirrored at random: there is no up and down on a slide.

    Raises:
        CohortError: There are none.
    """
    block = cohort.blocks.get(modality)
    if block is None or block.kind not in (Kind.BAG, Kind.TILES, Kind.VOLUME) or not block.files:
        raise CohortError(f"{cohort.name} has no slides or volumes as files under {modality}; name a cohort that has")
    kind = Kind.VOLUME if block.kind is Kind.VOLUME else Kind.TILES
    reading = _volumes(cohort, block, config) if kind is Kind.VOLUME else _crops(block, config, seed)
    found = yield from reading
    if not found:
        raise CohortError(f"{cohort.name}: no file of {modality} can be used; run survgui cohort check on it")
    ids, arrays = tuple(patient for patient, _ in found), tuple(array for _, array in found)
    return Prepared(ids, {modality: kind}, {modality: arrays}, {modality: arrays[0].shape})


def _volumes(cohort: Cohort, block: Block, config: ImputmaeConfig) -> Task[list[tuple[str, Array]]]:
    alone = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events, {block.modality: block})
    encoded = (yield from encode(alone)).blocks[block.modality]
    scaling = patch_scaling.fit(encoded, encoded.items, patch_config(config)) if encoded.items else None
    scaled = ((patient, _scaled(scaling, item)) for patient, item in encoded.items.items())
    return [(patient, array) for patient, array in scaled if array is not None]


def _scaled(scaling: Scaling | None, item: object) -> Array | None:
    assert scaling is not None and isinstance(item, np.ndarray)
    try:
        return _kept(scaling.apply(item, ()))
    except Unusable:  # a patient without the sequences that are taken
        return None


def _crops(block: Block, config: ImputmaeConfig, seed: int) -> Task[list[tuple[str, Array]]]:
    sources = [(patient, source) for patient, files in sorted(block.files.items()) for source in files]
    each, found = max(1, min(CROPS, MOST // len(sources))), list[tuple[str, Array]]()
    for number, (patient, source) in enumerate(sources, 1):
        text = f"slide {number} of {len(sources)}"
        try:
            tiles = crops_of(source, each, config.tile_pixels, np.random.default_rng([seed, number]))
            found += [(patient, tile) for tile in tiles]
        except ReadError:
            text += " cannot be read and is left out"
        yield Step("crops", number, len(sources), text)
    return found


def crops_of(source: Source, count: int, pixels: int, draw: np.random.Generator) -> Sequence[Array]:
    """Up to `count` (1, 3, pixels, pixels) crops of a slide, of the size and resolution of tiles.

    Raises:
        ReadError: The slide cannot be read, or holds no tissue.
    """
    with open_slide(source.path, source.mpp) as slide:
        grid = random_tiles(slide, tile_choice.PIXELS, tile_choice.MPP, count, draw)
        read = [tiles for tiles, _ in read_tiles(slide, grid, range(len(grid)), READ_AT_ONCE)]
    values = np.concatenate(read)
    if not len(values):
        return ()
    scaled = TileScaling(len(values), pixels).apply(Tiles(values, grid.coords[: len(values)], grid.side), ())
    turned = (turn(tile, int(draw.integers(8))) for tile in scaled)
    return [_kept(tile[None]) for tile in turned]


def _kept(array: Array) -> Array:
    return np.ascontiguousarray(array).astype(np.float16)


def turn(tile: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    """One of the eight symmetries of the square, 0 to 7, applied to (3, S, S)."""
    turned = np.rot90(tile, symmetry % 4, axes=(1, 2))
    return turned[:, :, ::-1] if symmetry >= 4 else turned

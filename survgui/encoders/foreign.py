"""Entries of the feature cache that come from another machine: taken only where they are as this one writes them.

Their hashes say that they came whole, not that they are features. What is not sound is left out and encoded again.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from survgui.encoders import efficientnet, tile_choice
from survgui.encoders.cache import Slot
from survgui.encoders.volumes import SEQUENCES, SIDE
from survgui.errors import ReadError
from survgui.readers import apart

LARGEST = 64 * 2**20
"""bytes of an unpacked .npz: a volume takes 2 MiB, the tiles of a slide less"""
WORDS = 10_000
"""letters that the notes of a volume may have"""


def is_sound(file: Path) -> bool:
    """Whether a file, by its suffix, is a bag, a volume or tiles: of our shapes, finite, and not made to fill a disk.

    HDF5 is opened in a process of its own.
    """
    try:
        return _is_bag(file) if file.suffix == ".h5" else _is_archive(file)
    except (ReadError, OSError, ValueError, KeyError, TypeError, IndexError, MemoryError, zipfile.BadZipFile):
        return False


def _is_bag(file: Path) -> bool:
    bag, said = apart.read_bag(file)
    width = efficientnet.DIM if said.get("encoder") == efficientnet.NAME else bag.values.shape[1]
    return bag.coords is not None and len(bag) > 0 and bag.values.shape[1] == width and np.isfinite(bag.patch).all()


def _is_archive(file: Path) -> bool:
    content = file.read_bytes() if file.stat().st_size <= LARGEST else b""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        if sum(member.file_size for member in zipped.infolist()) > LARGEST:
            return False
        slot, is_volume = Slot(file.stem, file.parent), "values.npy" in zipped.namelist()
    return _is_volume(slot) if is_volume else _are_tiles(slot)


def _is_volume(slot: Slot) -> bool:
    volume = slot.volume()
    if volume is None:
        return False
    words = sum(map(len, volume.notes))
    of_shape = (volume.values.shape, volume.affine.shape) == ((len(SEQUENCES), SIDE, SIDE, SIDE), (4, 4))
    finite = all(np.isfinite(numbers).all() for numbers in (volume.values, volume.affine, volume.moves))
    return of_shape and set(volume.missing) <= set(SEQUENCES) and words <= WORDS and finite


def _are_tiles(slot: Slot) -> bool:
    tiles = slot.tiles()
    if tiles is None:
        return False
    count, side = len(tiles), tile_choice.PIXELS
    of_shape = (tiles.values.shape, tiles.coords.shape) == ((count, side, side, 3), (count, 2))
    return of_shape and 0 < count <= tile_choice.COUNT and 0 < tiles.side < np.inf

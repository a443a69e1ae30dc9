"""Features from another machine: what this one writes is taken, and nothing that only looks like it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.cohort import Bag, Tiles
from survgui.encoders import efficientnet, foreign
from survgui.encoders.cache import Slot, key
from survgui.encoders.tile_choice import PIXELS
from survgui.encoders.volumes import Prepared

BAG = Bag(np.ones((5, efficientnet.DIM), np.float32), np.zeros((5, 2), np.int64), 224.0)
OURS = {"encoder": efficientnet.NAME}
VOLUME = Prepared(np.ones((4, 64, 64, 64), np.float32), np.eye(4), ("t2",), ("a note",))
TILES = Tiles(np.ones((2, PIXELS, PIXELS, 3), np.uint8), np.zeros((2, 2), np.int64), 256.0)


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    return Slot(key("foreign"), tmp_path)


def test_what_survgui_writes_is_taken(slot: Slot, tmp_path: Path) -> None:
    slot.keep_bag(BAG, OURS)
    slot.keep_volume(VOLUME)
    assert foreign.is_sound(tmp_path / f"{slot.name}.h5") and foreign.is_sound(tmp_path / f"{slot.name}.npz")
    slot.keep_tiles(TILES)
    assert foreign.is_sound(tmp_path / f"{slot.name}.npz")


@pytest.mark.parametrize("bag", [replace(BAG, values=np.ones((5, 3), np.float32)), replace(BAG, coords=None)])
def test_a_bag_that_no_encoder_made_is_not(bag: Bag, slot: Slot, tmp_path: Path) -> None:
    slot.keep_bag(bag, OURS)
    assert not foreign.is_sound(tmp_path / f"{slot.name}.h5")


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.ones((4, 9, 9, 9), np.float32)},
        {"values": np.full((4, 64, 64, 64), np.nan, np.float32)},
        {"affine": np.full((4, 4), np.inf)},
        {"affine": np.eye(3)},
        {"missing": ("a name",)},
        {"notes": ("x" * 99_999,)},
    ],
    ids=["shape", "nan", "infinite", "affine", "missing", "notes"],
)
def test_a_volume_that_nobody_prepared_is_not(change: dict[str, object], slot: Slot, tmp_path: Path) -> None:
    slot.keep_volume(replace(VOLUME, **change))
    assert not foreign.is_sound(tmp_path / f"{slot.name}.npz")


@pytest.mark.parametrize(
    "tiles", [replace(TILES, side=np.inf), Tiles(np.ones((2, 8, 8, 3), np.uint8), TILES.coords, 1)]
)
def test_tiles_of_another_kind_are_not(tiles: Tiles, slot: Slot, tmp_path: Path) -> None:
    slot.keep_tiles(tiles)
    assert not foreign.is_sound(tmp_path / f"{slot.name}.npz")


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
@pytest.mark.parametrize("content", [b"", b"features", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_such_file_is_not(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert not foreign.is_sound(tmp_path / name)


def test_what_unpacks_to_far_more_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("values.npy", bytes(foreign.LARGEST + 1))
    monkeypatch.setattr(Slot, "volume", lambda slot: pytest.fail("it was unpacked"))
    assert not foreign.is_sound(tmp_path / "a.npz")

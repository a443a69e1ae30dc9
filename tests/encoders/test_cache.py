import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from survgui import paths
from survgui.cases.case import Modality, Source
from survgui.cases.cohort import Bag, Tiles
from survgui.encoders import cache
from survgui.encoders.cache import Slot, content_of, key
from survgui.encoders.volumes import Prepared
from survgui.errors import ReadError, StorageError
from survgui.readers.bag import read_bag_attributes


@pytest.fixture
def bag():
    values = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float16).astype(np.float32)
    return Bag(values, np.arange(14).reshape(7, 2), 224.4)


@pytest.fixture
def slot(tmp_path):
    return Slot(key("a"), tmp_path / "cache")


def test_keys_differ_in_every_part():
    assert key("a", 1) == key("a", 1)
    assert len({key("a", 1), key("a", 2), key("a1"), key("a", "b", 1), key("ab", 1)}) == 5


def test_content_decides_not_the_name(tmp_path):
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    one.write_bytes(b"x")
    two.write_bytes(b"x")
    other.write_bytes(b"y")
    assert content_of([one]) == content_of([two]) != content_of([other])
    assert content_of([one, other]) != content_of([other, one])
    with pytest.raises(ReadError, match="ENC-04"):
        content_of([tmp_path / "gone"])


def test_tiles_come_back_pixel_by_pixel_and_are_smaller_on_disk(slot):
    assert slot.tiles() is None
    steps = np.random.default_rng(0).integers(0, 2, (3, 16, 16, 3), dtype=np.uint8)
    tiles = Tiles(steps.cumsum(axis=2, dtype=np.uint8), np.arange(6).reshape(3, 2), 256.5130260521042)
    slot.keep_tiles(tiles)
    back = slot.tiles()
    np.testing.assert_array_equal(back.values, tiles.values)
    np.testing.assert_array_equal(back.coords, tiles.coords)
    assert back.side == tiles.side
    (file,) = slot.folder.iterdir()
    assert not file.read_bytes().count(b"pickle")


def test_damaged_tiles_are_none(slot):
    slot.keep_tiles(Tiles(np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 2), np.int64), 1.0))
    (file,) = slot.folder.iterdir()
    content = dict(np.load(file))
    np.savez(file, **{**content, "png": content["png"][:20]})
    assert slot.tiles() is None
    file.write_bytes(b"cut")
    assert slot.tiles() is None


def test_a_bag_comes_back_as_it_was_and_says_what_made_it(slot, bag):
    assert slot.bag() is None
    slot.keep_bag(bag, {"encoder": "e", "mpp": 0.5})
    back = slot.bag()
    np.testing.assert_array_equal(back.values, bag.values)
    np.testing.assert_array_equal(back.coords, bag.coords)
    assert back.patch == pytest.approx(224.4)
    (file,) = slot.folder.glob("*.h5")
    assert read_bag_attributes(file)["encoder"] == "e"


def test_a_damaged_bag_counts_as_none(slot, bag):
    slot.keep_bag(bag, {})
    (file,) = slot.folder.glob("*.h5")
    file.write_bytes(file.read_bytes()[:300])
    assert slot.bag() is None
    assert not file.exists()


def test_chunks_come_back_until_the_bag_is_whole(slot, bag):
    slot.keep_chunk(3, (bag.values, np.arange(7)))
    features, rows = slot.chunk(3)
    np.testing.assert_array_equal(features, bag.values)
    assert rows.tolist() == list(range(7))
    assert slot.chunk(2) is None
    slot.keep_bag(bag, {})
    assert slot.chunk(3) is None
    assert [file.suffix for file in slot.folder.iterdir()] == [".h5"]


def test_a_half_written_chunk_counts_as_none(slot, bag):
    slot.keep_chunk(0, (bag.values, np.arange(7)))
    (file,) = slot.folder.rglob("*.npz")
    content = file.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert slot.chunk(0) is None
    file.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    assert slot.chunk(0) is None  # a flipped bit


def test_a_volume_comes_back_with_its_notes(slot):
    values = np.random.default_rng(0).normal(size=(4, 2, 2, 2)).astype(np.float16).astype(np.float32)
    slot.keep_volume(Prepared(values, np.eye(4), ("t1",), ("a note, with a comma", "µm")))
    back = slot.volume()
    np.testing.assert_array_equal(back.values, values)
    np.testing.assert_array_equal(back.affine, np.eye(4))
    assert (back.missing, back.notes) == (("t1",), ("a note, with a comma", "µm"))
    slot.keep_volume(Prepared(values, np.eye(4), (), ()))
    assert (slot.volume().missing, slot.volume().notes) == ((), ())


def test_a_nearly_full_disk_is_said_before_it_is_full(slot, bag, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=99 * 2**20))
    for keep in (lambda: slot.keep_chunk(0, (bag.values, np.arange(7))), lambda: slot.keep_bag(bag, {})):
        with pytest.raises(StorageError, match="99 MB free"):
            keep()
    assert not list(slot.folder.iterdir())


def test_a_cache_that_cannot_be_written_is_a_storage_error(tmp_path, bag):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Slot("x", tmp_path / "file").keep_bag(bag, {})


def test_the_users_cache_is_the_default(bag):
    Slot("x").keep_bag(bag, {})
    assert (paths.user_cache() / "features" / "x.h5").is_file()
    assert cache.CHUNK == 512


def test_the_place_of_an_mri_is_decided_by_content_and_sequence(tmp_path):
    def sources(**contents):
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        return [Source(Modality.MRI, tmp_path / name, role=name) for name in contents]

    one = cache.volume_slot(sources(t1=b"x", t2=b"y"), tmp_path)
    assert one.folder == tmp_path and one == cache.volume_slot(sources(t1=b"x", t2=b"y"), tmp_path)
    gone = Source(Modality.MRI, tmp_path / "gone", role="flair")
    assert cache.volume_slot([*sources(t1=b"x", t2=b"y"), gone], tmp_path) == one
    names = {
        one.name,
        cache.volume_slot(sources(t1=b"x", t2=b"z")).name,
        cache.volume_slot(sources(t1=b"x", t1c=b"y")).name,
    }
    assert len(names) == 3

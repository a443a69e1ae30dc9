import os
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from survgui import paths, storage
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


# Room


@pytest.fixture
def filled(tmp_path):
    """Five entries of 1000 bytes, made one after the other, the third of them a slide in work."""
    folder = tmp_path / "cache"
    (folder / "c.parts").mkdir(parents=True)
    for number, name in enumerate(("a.h5", "b.npz", "c.parts/00000.npz", "d.h5", "e.npz")):
        (folder / name).write_bytes(b"x" * 1000)
        os.utime(folder / name, (number + 1, number + 1))
    return folder


def names(folder):
    return [entry.name for entry in cache.entries(folder)]


def test_entries_are_listed_by_their_last_use(filled):
    assert [(e.name, e.bytes, e.used) for e in cache.entries(filled)] == [
        (name, 1000, number + 1.0) for number, name in enumerate("abcde")
    ]
    assert cache.entries(filled / "nowhere") == []


def test_what_was_not_used_for_longest_goes_first(filled):
    assert cache.trim(filled, 5000) == 0 and names(filled) == list("abcde")
    assert cache.trim(filled, 4999) == 1000 and names(filled) == list("bcde")
    assert cache.trim(filled, 2500) == 2000 and names(filled) == list("de")
    assert cache.trim(filled, 0) == 2000 and list(filled.iterdir()) == []


def test_a_use_makes_an_entry_the_last_to_go(filled, bag):
    Slot("a", filled).keep_bag(bag, {})
    os.utime(filled / "a.h5", (1, 1))
    assert names(filled)[0] == "a"
    assert Slot("a", filled).bag() is not None
    assert names(filled)[-1] == "a"


def test_a_new_entry_takes_the_room_of_an_old_one(filled, bag, monkeypatch):
    Slot("first", filled).keep_bag(bag, {})
    size = cache.entries(filled)[-1].bytes
    monkeypatch.setattr(cache.settings, "load", lambda: SimpleNamespace(cache_gigabytes=(2 * size + 1500) / 1e9))
    Slot("new", filled).keep_bag(bag, {})
    assert names(filled) == ["e", "first", "new"]


def test_what_a_running_job_has_used_stays(filled):
    with cache.in_use(filled):
        assert Slot("b", filled).volume() is None  # no volume of ours, but looked for
        assert cache.used_by_jobs(filled) == {"b"}
        assert cache.trim(filled, 0) == 4000 and names(filled) == ["b"]
        assert cache.trim(filled, 0) == 0
    assert cache.used_by_jobs(filled) == frozenset() and list(filled.glob(".in-use*")) == []
    assert cache.trim(filled, 0) == 1000


def test_another_process_keeps_what_it_uses_until_it_ends_or_is_killed(filled):
    code = "import sys; from pathlib import Path; from survgui.encoders import cache\n"
    code += "with cache.in_use(Path(sys.argv[1])): cache.Slot('a', Path(sys.argv[1])).tiles(); print(); input()"
    process = subprocess.Popen([sys.executable, "-c", code, str(filled)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    assert cache.used_by_jobs(filled) == {"a"}
    assert cache.trim(filled, 0) == 4000 and names(filled) == ["a"]
    process.kill()
    process.communicate()
    assert cache.used_by_jobs(filled) == frozenset() and list(filled.glob(".in-use*")) == []
    assert cache.trim(filled, 0) == 1000


def test_the_keys_of_a_block_are_noted(slot):
    with cache.noting() as outer:
        slot.volume()
        with cache.noting() as inner:
            Slot("other", slot.folder).tiles()
    slot.tiles()
    assert inner == {"other"} and outer == {slot.name, "other"}


def test_a_job_that_uses_nothing_leaves_nothing(tmp_path):
    with cache.in_use(tmp_path / "cache"):
        pass
    assert not (tmp_path / "cache").exists()


def test_what_a_kill_left_of_single_files_is_swept_by_a_later_job(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    parts, empty = tmp_path / f"{cache.key('a')}.parts", tmp_path / f"{cache.key('b')}.parts"
    left = [parts / f".00000.npz.{dead.pid}.part", tmp_path / f".x.h5.{dead.pid}.part"]
    kept = [parts / "00000.npz", tmp_path / f".y.h5.{os.getppid()}.part"]
    fresh = tmp_path / f".z.h5.{dead.pid}.part"
    for folder in (parts, empty):
        folder.mkdir()
    for file in (*left, *kept, fresh):
        file.write_bytes(b"half")
    long_ago = time.time() - storage.LEFT - 9
    for path in (*left, *kept, parts, empty):
        os.utime(path, (long_ago, long_ago))
    whole = tmp_path / f"{cache.key('c')}.parts"
    whole.mkdir()
    (whole / "00000.npz").write_bytes(b"of a slide that is finished")
    whole.with_suffix(".h5").write_bytes(b"the slide")
    with cache.in_use(tmp_path):
        pass
    assert not any(path.exists() for path in (*left, empty, whole))
    assert all(path.exists() for path in (*kept, fresh))

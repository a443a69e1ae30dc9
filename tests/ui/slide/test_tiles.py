"""The cache, the threads, and what they read."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread
from PySide6.QtGui import QImage

from survgui.readers import slide as reader
from survgui.readers.slide import open_slide
from survgui.ui.slide import tiles
from survgui.ui.slide.geometry import Pyramid, Tile
from survgui.ui.slide.tiles import READERS, Loader, Patch, TileCache, as_image, read_tile
from tests.readers.conftest import damage_tile, halved, noise, write_slide
from tests.ui.slide.conftest import facts_of


def pixels_of(image: QImage) -> np.ndarray:
    """(H, W, 3) RGB of an image."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def block(bytes_wanted: int) -> QImage:
    return QImage(bytes_wanted // 4, 1, QImage.Format.Format_RGB32)


def shown(loader: Loader, path: Path) -> Pyramid:
    facts = facts_of(path)
    pyramid = Pyramid.of(facts.levels, facts.downsamples)
    loader.show(path, None, pyramid)
    return pyramid


class TestCache:
    def test_lets_go_of_what_was_not_used_for_longest(self):
        cache = TileCache(1000)
        for column in range(3):
            cache.put(Tile(0, column, 0), block(400))
            cache.get(Tile(0, 0, 0))
        assert Tile(0, 0, 0) in cache
        assert Tile(0, 1, 0) not in cache
        assert Tile(0, 2, 0) in cache
        assert cache.bytes == 800

    def test_counts_a_tile_once(self):
        cache = TileCache(1000)
        for _ in range(5):
            cache.put(Tile(0, 0, 0), block(400))
        assert (cache.bytes, len(cache)) == (400, 1)
        cache.clear()
        assert (cache.bytes, len(cache)) == (0, 0)

    def test_what_is_larger_than_the_cache_is_kept_alone(self):
        cache = TileCache(100)
        cache.put(Tile(0, 0, 0), block(400))
        cache.put(Tile(0, 1, 0), block(400))
        assert len(cache) == 1

    def test_takes_a_quarter_of_the_memory_and_a_gigabyte_at_most(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(tiles, "_memory", lambda: 2 * 2**30)
        assert tiles.default_limit() == 2**29
        monkeypatch.setattr(tiles, "_memory", lambda: 64 * 2**30)
        assert tiles.default_limit() == 2**30

    def test_knows_this_machines_memory(self):
        assert tiles._memory() >= 2**28


class TestReadTile:
    def test_levels_of_the_slide_come_as_they_are(self, tmp_path: Path):
        stored = write_slide(tmp_path / "s.tif", noise(1400, grain=3))
        with open_slide(tmp_path / "s.tif") as slide:
            pyramid = Pyramid.of(slide.levels, slide.downsamples)
            got = read_tile(slide, pyramid, Tile(0, 1, 2), lambda: False)
            np.testing.assert_array_equal(got, stored[1024:1400, 512:1024])
            got = read_tile(slide, pyramid, Tile(1, 1, 0), lambda: False)
            np.testing.assert_array_equal(got, halved(stored)[:512, 512:700])

    def test_levels_between_are_averaged(self, tmp_path: Path):
        stored = write_slide(tmp_path / "s.tif", noise(1400, grain=3), levels=1)
        with open_slide(tmp_path / "s.tif") as slide:
            pyramid = Pyramid.of(slide.levels, slide.downsamples)
            got = read_tile(slide, pyramid, Tile(1, 0, 1), lambda: False)
        assert got.shape == (188, 512, 3)
        difference = got.astype(int) - halved(stored)[512:700, :512].astype(int)
        assert np.abs(difference).max() <= 1

    def test_in_pieces_as_in_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        write_slide(tmp_path / "s.tif", noise(1400, grain=3), levels=1)
        with open_slide(tmp_path / "s.tif") as slide:
            pyramid = Pyramid.of(slide.levels, slide.downsamples)
            whole = read_tile(slide, pyramid, pyramid.top, lambda: False)
            monkeypatch.setattr(tiles, "_AT_ONCE", 256)
            np.testing.assert_array_equal(read_tile(slide, pyramid, pyramid.top, lambda: False), whole)

    def test_is_given_up_between_pieces(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        write_slide(tmp_path / "s.tif", noise(1400, grain=3), levels=1)
        monkeypatch.setattr(tiles, "_AT_ONCE", 256)
        answers = [False, False, True]
        with open_slide(tmp_path / "s.tif") as slide:
            pyramid = Pyramid.of(slide.levels, slide.downsamples)
            assert read_tile(slide, pyramid, pyramid.top, lambda: answers.pop(0)) is None
        assert not answers

    @pytest.mark.parametrize("side", [1, 7, 64])
    def test_an_image_has_its_own_bytes(self, side: int):
        pixels = noise(side, grain=1)
        image = as_image(pixels)
        kept = pixels.copy()
        pixels[:] = 0
        np.testing.assert_array_equal(pixels_of(image), kept)
        assert image.format() is QImage.Format.Format_RGB32


class TestLoader:
    def test_reads_what_is_wanted(self, loader: Loader, tmp_path: Path, qtbot):
        stored = write_slide(tmp_path / "s.tif", noise(1400, grain=3))
        shown(loader, tmp_path / "s.tif")
        got: dict[Tile, QImage] = {}
        loader.tile_loaded.connect(got.__setitem__)
        loader.want([Tile(0, 0, 0), Tile(0, 1, 1), Tile(1, 0, 0)])
        qtbot.waitUntil(lambda: len(got) == 3)
        np.testing.assert_array_equal(pixels_of(got[Tile(0, 1, 1)]), stored[512:1024, 512:1024])

    def test_patches_come_too(self, loader: Loader, tmp_path: Path, qtbot):
        stored = write_slide(tmp_path / "s.tif", noise(700, grain=3))
        shown(loader, tmp_path / "s.tif")
        with qtbot.waitSignal(loader.patch_loaded) as caught:
            loader.want_patches([Patch(100.0, 60.0, 64.0, 64)])
        assert caught.args[0] == Patch(100.0, 60.0, 64.0, 64)
        np.testing.assert_array_equal(pixels_of(caught.args[1]), stored[60:124, 100:164])

    def test_no_file_is_read_on_the_windows_thread(
        self, loader: Loader, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
    ):
        write_slide(tmp_path / "s.tif")
        pyramid = shown(loader, tmp_path / "s.tif")
        loader.show(None)
        threads: set[int] = set()

        def told(original):
            def wrapped(*given, **named):
                threads.add(threading.get_ident())
                return original(*given, **named)

            return wrapped

        monkeypatch.setattr(tiles, "open_slide", told(tiles.open_slide))
        for name in ("read", "read_scaled", "thumbnail"):
            monkeypatch.setattr(reader.Slide, name, told(getattr(reader.Slide, name)))
        loader.show(tmp_path / "s.tif", None, pyramid)
        with qtbot.waitSignals([loader.tile_loaded, loader.patch_loaded]):
            loader.want([Tile(0, 0, 0)])
            loader.want_patches([Patch(0.0, 0.0, 64.0, 32)])
        assert threads
        assert threading.get_ident() not in threads

    def test_a_change_of_view_purges_what_was_wanted(
        self, loader: Loader, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
    ):
        write_slide(tmp_path / "s.tif", noise(2048, grain=64))
        gate, read = threading.Event(), []

        def slow(slide, pyramid, tile, stopped):
            gate.wait(10)
            read.append(tile)
            return read_tile(slide, pyramid, tile, stopped)

        monkeypatch.setattr(tiles, "read_tile", slow)
        shown(loader, tmp_path / "s.tif")
        got: list[Tile] = []
        loader.tile_loaded.connect(lambda tile, image: got.append(tile))
        loader.want([Tile(0, column, 0) for column in range(4)])
        qtbot.waitUntil(lambda: len(loader._queue._busy) == READERS)
        loader.want([Tile(0, 3, 3)])
        gate.set()
        qtbot.waitUntil(lambda: Tile(0, 3, 3) in got)
        assert len(read) <= READERS + 1

    def test_what_comes_for_an_earlier_slide_is_dropped(
        self, loader: Loader, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
    ):
        write_slide(tmp_path / "a.tif", noise(700, seed=1))
        stored = write_slide(tmp_path / "b.tif", noise(700, seed=2))
        gate, began = threading.Event(), threading.Event()

        def slow(slide, pyramid, tile, stopped):
            pixels = read_tile(slide, pyramid, tile, stopped)
            if slide.path.name == "a.tif":
                began.set()
                gate.wait(10)
            return pixels

        monkeypatch.setattr(tiles, "read_tile", slow)
        got: dict[Tile, QImage] = {}
        loader.tile_loaded.connect(got.__setitem__)
        shown(loader, tmp_path / "a.tif")
        loader.want([Tile(0, 0, 0)])
        qtbot.waitUntil(began.is_set)
        shown(loader, tmp_path / "b.tif")
        gate.set()
        loader.want([Tile(0, 0, 0), Tile(0, 1, 1)])
        qtbot.waitUntil(lambda: len(got) == 2)
        np.testing.assert_array_equal(pixels_of(got[Tile(0, 0, 0)]), stored[:512, :512])

    def test_a_damaged_tile_is_white_and_told(self, loader: Loader, tmp_path: Path, qtbot):
        stored = write_slide(tmp_path / "s.tif", noise(1024, grain=3), levels=1)
        damage_tile(tmp_path / "s.tif", 1)
        shown(loader, tmp_path / "s.tif")
        images, counts = [], []
        loader.tile_loaded.connect(lambda tile, image: images.append(image))
        loader.damaged.connect(counts.append)
        loader.want([Tile(0, 0, 0)])
        qtbot.waitUntil(lambda: bool(images and counts))
        got = pixels_of(images[0])
        assert counts == [1]
        assert (got[:256, 256:] == 255).all()
        np.testing.assert_array_equal(got[256:], stored[256:512, :512])

    def test_a_slide_that_went_away_is_told(self, loader: Loader, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif")
        facts = facts_of(tmp_path / "s.tif")
        (tmp_path / "s.tif").unlink()
        loader.show(tmp_path / "s.tif", None, Pyramid.of(facts.levels, facts.downsamples))
        with qtbot.waitSignal(loader.failed) as caught:
            loader.want([Tile(0, 0, 0)])
        assert caught.args[0] == Tile(0, 0, 0)
        assert caught.args[1]

    def test_a_bug_of_a_decoder_costs_the_tile_alone(
        self, loader: Loader, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch, caplog
    ):
        def broken(slide, pyramid, tile, stopped):
            if tile == Tile(0, 0, 0):
                raise ZeroDivisionError
            return read_tile(slide, pyramid, tile, stopped)

        monkeypatch.setattr(tiles, "read_tile", broken)
        write_slide(tmp_path / "s.tif")
        shown(loader, tmp_path / "s.tif")
        with qtbot.waitSignals([loader.failed, loader.tile_loaded]):
            loader.want([Tile(0, 0, 0), Tile(0, 1, 0)])
        assert "could not be read" in caplog.text

    def test_closing_joins_the_threads(self, loader: Loader, tmp_path: Path):
        write_slide(tmp_path / "s.tif", noise(2048, grain=64))
        shown(loader, tmp_path / "s.tif")
        readers = loader.findChildren(QThread)
        assert loader.running == READERS == len(readers)
        loader.want([Tile(0, column, row) for column in range(4) for row in range(4)])
        loader.close()
        assert all(reader.isFinished() for reader in readers)
        assert loader.running == 0
        loader.close()

    def test_starts_anew_after_closing(self, loader: Loader, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif")
        shown(loader, tmp_path / "s.tif")
        loader.close()
        shown(loader, tmp_path / "s.tif")
        with qtbot.waitSignal(loader.tile_loaded):
            loader.want([Tile(0, 0, 0)])

    def test_one_open_slide_for_both_threads(
        self, loader: Loader, tmp_path: Path, qtbot, monkeypatch: pytest.MonkeyPatch
    ):
        opened = []

        def counted(path, mpp):
            opened.append(path)
            return open_slide(path, mpp)

        monkeypatch.setattr(tiles, "open_slide", counted)
        write_slide(tmp_path / "s.tif", noise(2048))
        shown(loader, tmp_path / "s.tif")
        got = []
        loader.tile_loaded.connect(lambda tile, image: got.append(tile))
        loader.want([Tile(0, column, row) for column in range(4) for row in range(4)])
        qtbot.waitUntil(lambda: len(got) == 16)
        assert len(opened) == 1

"""Slides: pixels, scales, pixel size, damage, and what is no slide."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.errors import PixelSizeMissing, ReadError, UnsupportedFormat, UsageError
from survgui.readers import slide as module
from survgui.readers.slide import open_slide


@pytest.fixture
def path(files: SimpleNamespace, tmp_path: Path) -> Path:
    files.slide(tmp_path / "slide.tif")
    return tmp_path / "slide.tif"


def code_of(path: Path, **options: float) -> str:
    with pytest.raises(ReadError) as caught:
        open_slide(path, **options)
    return caught.value.code


class TestPixels:
    def test_are_those_that_were_stored(self, files: SimpleNamespace, tmp_path: Path) -> None:
        stored = files.slide(tmp_path / "s.tif", files.noise(700, grain=3))
        with open_slide(tmp_path / "s.tif") as slide:
            assert slide.levels == ((700, 700), (350, 350), (175, 175))
            assert slide.downsamples == (1, 2, 4)
            got = slide.read(0, 0, 0, 700, 700)
            np.testing.assert_array_equal(got, stored)
            assert got.dtype == np.uint8
            assert got.flags.c_contiguous
            np.testing.assert_array_equal(slide.read(100, 30, 0, 90, 50), stored[30:80, 100:190])
            np.testing.assert_array_equal(slide.read(200, 100, 1, 40, 30), files.halved(stored)[50:80, 100:140])

    def test_outside_is_white(self, path: Path, files: SimpleNamespace) -> None:
        stored = files.noise(1024)
        with open_slide(path) as slide:
            got = slide.read(-50, 1000, 0, 100, 100)
            assert (got[:, :50] == 255).all()
            assert (got[24:] == 255).all()
            np.testing.assert_array_equal(got[:24, 50:], stored[1000:, :50])
            assert (slide.read(10**7, -(10**7), 0, 9, 9) == 255).all()

    def test_transparent_lies_on_the_background_and_outside_stays_white(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # what premultiplied half-transparent red becomes on each ground, by hand
        with open_slide(path) as slide:
            rgb = np.zeros((2, 3, 3), np.uint8)
            rgb[..., 0] = 128
            clear = np.full((2, 3), 127, np.uint8)
            slide.background = (200, 100, 0)
            slide._lay_on_ground(rgb, clear, -1, 1023, 0)
        assert rgb[0].tolist() == [[255, 127, 127], [128 + 100, 50, 0], [128 + 100, 50, 0]]
        assert rgb[1].tolist() == [[255, 127, 127]] * 3

    @pytest.mark.parametrize("request_", [(0, 0, 3, 8, 8), (0, 0, -1, 8, 8), (0, 0, 0, 0, 8), (0, 0, 0, 9000, 9000)])
    def test_what_cannot_be_asked(self, path: Path, request_: tuple[int, ...]) -> None:
        with open_slide(path) as slide, pytest.raises(ValueError, match=r"level|region"):
            slide.read(*request_)

    def test_big_tiff_and_other_layouts(self, files: SimpleNamespace, tmp_path: Path) -> None:
        stored = files.noise(512)
        grey = stored[..., 0]
        files.slide(tmp_path / "planar.tif", stored, levels=1, planarconfig="separate")
        files.slide(tmp_path / "grey.tif", grey, levels=1, photometric="minisblack")
        with open_slide(tmp_path / "planar.tif") as slide:
            np.testing.assert_array_equal(slide.read(0, 0, 0, 512, 512), stored)
            assert slide.notes == ()
        with open_slide(tmp_path / "grey.tif") as slide:
            np.testing.assert_array_equal(slide.read(0, 0, 0, 512, 512), grey[..., None].repeat(3, 2))
            assert "grey" in slide.notes[0]


class TestScaling:
    def test_whole_levels_come_as_they_are(self, path: Path, files: SimpleNamespace) -> None:
        with open_slide(path) as slide:
            np.testing.assert_array_equal(slide.read_scaled(256, 512, 256, 256), slide.read(256, 512, 0, 256, 256))
            np.testing.assert_array_equal(slide.read_scaled(256, 512, 512, 256), slide.read(256, 512, 1, 256, 256))

    def test_shrinking_averages_over_area(self, files: SimpleNamespace, tmp_path: Path) -> None:
        stored = files.slide(tmp_path / "s.tif", files.noise(600, grain=1), levels=1)
        with open_slide(tmp_path / "s.tif") as slide:
            got = slide.read_scaled(30, 60, 300, 100)
        mean = stored[60:360, 30:330].reshape(100, 3, 100, 3, 3).mean(axis=(1, 3))
        assert np.abs(got - mean).max() <= 1

    def test_between_levels_starts_from_the_finer(self, path: Path) -> None:
        with open_slide(path) as slide:
            assert [slide._level_for(d) for d in (0.3, 1, 1.9, 2, 3.9, 3.98, 50)] == [0, 0, 0, 1, 1, 2, 2]

    def test_growing_keeps_flat_areas_flat(self, path: Path, files: SimpleNamespace) -> None:
        with open_slide(path) as slide:
            got = slide.read_scaled(2, 2, 12, 48)  # inside one square of 16
        assert (got == files.noise(1024)[2, 2]).all()

    def test_fractional_positions_fall_where_they_should(self, files: SimpleNamespace, tmp_path: Path) -> None:
        ramp = np.repeat(np.arange(250, dtype=np.uint8)[None, :, None], 250, 0).repeat(3, 2)
        files.slide(tmp_path / "s.tif", ramp, levels=1)
        with open_slide(tmp_path / "s.tif") as slide:
            got = slide.read_scaled(10.5, 0, 40, 20)  # pixels 10.5..12.5, 12.5..14.5, ...: mean 11, 13, ...
        np.testing.assert_allclose(got[0, :, 0], 11 + 2 * np.arange(20), atol=1)

    def test_thumbnail(self, files: SimpleNamespace, tmp_path: Path) -> None:
        wide = files.noise(800)[:300]
        files.slide(tmp_path / "s.tif", wide, levels=2)
        with open_slide(tmp_path / "s.tif") as slide:
            assert slide.thumbnail(200).shape == (75, 200, 3)
            assert slide.thumbnail(5000).shape == (300, 800, 3)
            assert abs(slide.thumbnail(100).mean() - wide.mean()) < 1

    def test_in_parts_as_in_one(self, files: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files.slide(tmp_path / "s.tif", files.noise(900, grain=7)[:600], levels=1)
        with open_slide(tmp_path / "s.tif") as slide:
            one = slide.thumbnail(331)
            monkeypatch.setattr(module, "_BLOCK", 128)
            parts = slide.thumbnail(331)
        assert np.abs(one.astype(int) - parts).max() <= 1


class TestPixelSize:
    def test_from_the_file(self, path: Path) -> None:
        with open_slide(path) as slide:
            assert slide.require_mpp() == pytest.approx(0.25, rel=1e-3)
            assert not slide.mpp_by_user

    def test_the_user_is_right(self, path: Path) -> None:
        with open_slide(path, mpp=0.5) as slide:
            assert (slide.mpp, slide.mpp_by_user) == (0.5, True)

    @pytest.mark.parametrize("mpp", [0, -1, 25, float("nan")])
    def test_but_not_with_any_number(self, path: Path, mpp: float) -> None:
        with pytest.raises(UsageError, match=r"between 0\.05 and 10"):
            open_slide(path, mpp=mpp)

    def test_missing(self, files: SimpleNamespace, tmp_path: Path) -> None:
        files.slide(tmp_path / "s.tif", mpp=None)
        with open_slide(tmp_path / "s.tif") as slide:
            assert slide.mpp is None
            with pytest.raises(PixelSizeMissing, match="SLD-05"):
                slide.require_mpp()

    @pytest.mark.parametrize(
        ("x", "y", "mpp"),
        [
            ("0.499", "0.499", 0.499),
            ("0,499", "0,499", 0.499),
            ("0.24", "0.26", 0.25),
            ("0", "0.25", 0.25),
            ("0", "0", None),
            ("-0.5", None, None),
            ("352.8", "352.8", None),
            ("0.01", None, None),
            ("1,234.5", None, None),
            ("nan", "inf", None),
            ("0.5 µm", None, None),
            ("", None, None),
        ],
    )
    def test_what_counts(self, x: str, y: str | None, mpp: float | None) -> None:
        given = {f"openslide.mpp-{axis}": value for axis, value in zip("xy", (x, y), strict=True) if value is not None}
        assert module._declared_mpp(given) == (None if mpp is None else pytest.approx(mpp))


class TestDamage:
    def test_costs_the_tile_alone(self, path: Path, files: SimpleNamespace) -> None:
        files.damage_tile(path, 5)  # second row and column of 4 x 4
        expected = files.noise(1024)
        expected[256:512, 256:512] = 255
        with open_slide(path) as slide:
            assert slide.damaged == []
            np.testing.assert_array_equal(slide.read(0, 0, 0, 1024, 1024), expected)
            assert slide.damaged == [(256, 256, 256, 256)]
            np.testing.assert_array_equal(slide.read(200, 200, 0, 100, 100), expected[200:300, 200:300])
            np.testing.assert_array_equal(slide.read(600, 600, 0, 100, 100), expected[600:700, 600:700])
            assert len(slide.damaged) == 1
            assert slide.properties["openslide.vendor"] == "generic-tiff"

    def test_of_a_smaller_level_is_told_in_level_0(self, path: Path, files: SimpleNamespace) -> None:
        files.damage_tile(path, 1, page=1)
        with open_slide(path) as slide:
            slide.thumbnail(500)
            assert slide.damaged == [(512, 0, 512, 512)]
            assert (slide.read(0, 0, 0, 1024, 1024) == files.noise(1024)).all()

    def test_does_not_spread_between_threads(self, path: Path, files: SimpleNamespace) -> None:
        files.damage_tile(path, 5)
        expected = files.noise(1024)
        expected[256:512, 256:512] = 255
        corners = [(x, y) for x in range(0, 1024, 128) for y in range(0, 1024, 128)] * 2
        with open_slide(path) as slide, ThreadPoolExecutor(4) as pool:
            tiles = list(pool.map(lambda at: slide.read(*at, 0, 128, 128), corners))
            assert slide.damaged == [(256, 256, 256, 256)]
        for (x, y), tile in zip(corners, tiles, strict=True):
            np.testing.assert_array_equal(tile, expected[y : y + 128, x : x + 128])

    def test_everywhere_is_an_error(self, path: Path, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_MAX_DAMAGED", 2)
        for tile in (1, 6, 11):
            files.damage_tile(path, tile)
        with open_slide(path) as slide, pytest.raises(ReadError, match=r"more than 2 tiles.*SLD-10"):
            slide.read(0, 0, 0, 1024, 1024)

    def test_a_file_that_went_away(self, path: Path) -> None:
        with open_slide(path) as slide:
            path.unlink()
            with pytest.raises(ReadError, match="can no longer be read") as caught:
                slide.read(512, 512, 0, 256, 256)
            assert caught.value.code == "SLD-11"


class TestRefusals:
    @pytest.mark.parametrize("suffix", [".svs", ".ndpi"])
    def test_a_picture_under_a_slides_name(self, files: SimpleNamespace, tmp_path: Path, suffix: str) -> None:
        from PIL import Image

        path = tmp_path / f"s{suffix}"
        Image.fromarray(files.noise(64)).save(path, format="PNG")
        with pytest.raises(UnsupportedFormat, match="this is a PNG image, not a slide"):
            open_slide(path)

    def test_a_tiff_without_tiles_under_a_slides_name(self, files: SimpleNamespace, tmp_path: Path) -> None:
        files.slide(tmp_path / "s.svs", levels=1, tile=0)
        with pytest.raises(UnsupportedFormat, match=r"no tiles, so it is no \.svs slide"):
            open_slide(tmp_path / "s.svs")

    def test_an_mri(self, files: SimpleNamespace, tmp_path: Path) -> None:
        files.volume(tmp_path / "v.nii.gz")
        assert code_of(tmp_path / "v.nii.gz") == "SLD-06"

    def test_a_folder_without_dicom(self, tmp_path: Path) -> None:
        (tmp_path / "note.dcm").write_text("not DICOM")
        assert code_of(tmp_path) == "SLD-02"


class TestRealSlides:
    def test_without_a_pixel_size(self, shared_data: Path) -> None:
        with open_slide(shared_data / "wsi" / "TCGA-CR-7395-01A-01-TS1.svs") as slide:
            assert slide.levels == ((4443, 3567), (2221, 1783))
            with pytest.raises(PixelSizeMissing):
                slide.require_mpp()

    def test_label_and_macro_are_there_only_by_name(self, shared_data: Path) -> None:
        with open_slide(shared_data / "wsi" / "CMU-1-Small-Region.svs") as slide:
            assert (slide.width, slide.height, slide.mpp, slide.objective_power) == (2220, 2967, 0.499, 20)
            assert slide.associated_images == ("label", "macro", "thumbnail")
            assert slide.read_associated("label").shape == (463, 387, 3)
            with pytest.raises(ValueError, match="no image named"):
                slide.read_associated("face")

    def test_names_and_dates_are_no_properties(self, shared_data: Path) -> None:
        for name in ("CMU-1-Small-Region.svs", "highdicom_sm_image.dcm"):
            with open_slide(shared_data / "wsi" / name) as slide:
                assert all(key.startswith("openslide.") for key in slide.properties)
                assert not {"openslide.comment", "openslide.barcode"} & set(slide.properties)

    def test_as_openslide_itself_reads_them(self, shared_data: Path) -> None:
        import openslide

        for path in sorted((shared_data / "wsi").iterdir()):
            with open_slide(path) as slide, openslide.OpenSlide(path) as theirs:
                level = len(slide.levels) - 1
                region = theirs.read_region((8, 8), level, (30, 20)).convert("RGBA")
                inside = np.array(region)[..., 3] == 255
                ours = slide.read(8, 8, level, 30, 20)
                np.testing.assert_array_equal(ours[inside], np.array(region)[..., :3][inside])
                assert slide.damaged == []

    def test_regions_of_interest(self, shared_data: Path) -> None:
        import csv

        with (shared_data / "wsi_rois" / "wsi_rois_index.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            with open_slide(shared_data / "wsi_rois" / Path(row["file"]).name) as slide:
                assert slide.require_mpp() == pytest.approx(float(row["mpp"]), rel=0.01)
                assert max(slide.thumbnail(64).shape) == 64

    def test_a_dicom_folder(self, shared_data: Path, tmp_path: Path) -> None:
        wsi, folder = shared_data / "wsi", tmp_path / "slide"
        folder.mkdir()
        shutil.copy(wsi / "openslide-python_boxes_0.dcm", folder)
        with open_slide(folder) as slide:
            assert (slide.vendor, slide.levels[0]) == ("dicom", (16, 16))
        shutil.copy(wsi / "highdicom_sm_image.dcm", folder)
        with pytest.raises(ReadError, match="holds 2 DICOM slides"):
            open_slide(folder)


def test_a_mirax_slide_without_its_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "slide.mrxs").write_bytes(b"\xff\xd8\xff" + bytes(200))
    with pytest.raises(ReadError, match=r"the folder slide, is not beside it or incomplete; copy both \[SLD-07\]"):
        open_slide(tmp_path / "slide.mrxs")

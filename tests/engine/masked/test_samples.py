import numpy as np
import pytest
from PIL import Image

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.step import run_to_end
from survgui.engine.masked import samples as module
from survgui.engine.masked.samples import crops_of, samples, turn
from survgui.errors import CohortError
from survgui.nets.masked.config import PRESETS
from tests.engine.test_encode import cohort_of, mri

CONFIG = PRESETS["small"]
PATHOLOGY = Modality.PATHOLOGY


def picture(path, left=(150, 60, 190), right=(150, 60, 190)):
    """300 x 200 pixels of 1 µm: a tile is 128 pixels wide."""
    values = np.empty((200, 300, 3), np.uint8)
    values[:, :150], values[:, 150:] = left, right
    Image.fromarray(values).save(path)
    return Source(PATHOLOGY, path, mpp=1.0)


def test_a_slide_gives_random_crops_on_the_scale_of_the_network(tmp_path):
    source = picture(tmp_path / "a.png", right=(250, 60, 190))
    crops = np.stack(crops_of(source, 12, 32, np.random.default_rng(0)))
    assert crops.shape == (12, 1, 3, 32, 32) and crops.dtype == np.float16
    red = (crops[:, 0, 0].astype(float) + 1) * 127.5
    assert (red >= 149).all() and (red <= 251).all()
    shares = (red > 200).mean(axis=(1, 2))
    assert len(np.unique(shares.round(2))) > 4, "places differ"
    assert np.abs(crops[:, 0, 1] - (60 / 127.5 - 1)).max() < 0.01


def test_rows_say_whose_they_are_and_a_slide_that_cannot_be_read_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CROPS", 6)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = {
        "A": [picture(tmp_path / "a.png"), picture(tmp_path / "b.png")],
        "B": [Source(PATHOLOGY, tmp_path / "broken.png", mpp=1.0)],
        "C": [picture(tmp_path / "c.png", (100, 60, 190), (100, 60, 190))],
    }
    said = []
    config = CONFIG.changed({"tile_pixels": 32})
    found = run_to_end(samples(cohort_of(files), PATHOLOGY, config, seed=1), said.append)
    assert found.kinds == {PATHOLOGY: Kind.TILES} and found.shapes == {PATHOLOGY: (1, 3, 32, 32)}
    assert set(found.ids) == {"A", "C"} and found.ids.count("A") == 2 * found.ids.count("C")
    assert [step.text for step in said][2] == "slide 3 of 4 cannot be read and is left out"
    reds = {
        i: float(array[0, 0].astype(float).mean()) for i, array in zip(found.ids, found.arrays[PATHOLOGY], strict=True)
    }
    assert reds == pytest.approx({"A": 150 / 127.5 - 1, "C": 100 / 127.5 - 1}, abs=0.01)


def test_volumes_are_scaled_as_for_a_network(tmp_path, monkeypatch):
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path / "home"))
    sources = mri(tmp_path, "A", ("t1c", "flair"))
    cohort = cohort_of({"A": sources}, Kind.VOLUME, Modality.MRI)
    found = run_to_end(
        samples(cohort, Modality.MRI, CONFIG.changed({"sequences": "t1c", "volume_side": 16, "volume_patch": 8}))
    )
    assert found.ids == ("A",) and found.shapes == {Modality.MRI: (1, 16, 16, 16)}
    with pytest.raises(CohortError, match="no file of mri can be used"):
        run_to_end(samples(cohort, Modality.MRI, CONFIG.changed({"sequences": "t2"})))


def test_a_cohort_without_such_files_is_told_so():
    with pytest.raises(CohortError, match="no slides or volumes as files under mri"):
        run_to_end(samples(cohort_of({"A": []}), Modality.MRI, CONFIG))


def test_turns_are_the_eight_symmetries_of_the_square():
    tile = np.arange(3 * 4).reshape(3, 2, 2).astype(np.float32)
    every = {turn(tile, k).tobytes() for k in range(8)}
    assert len(every) == 8 and np.array_equal(turn(tile, 0), tile)
    assert np.array_equal(turn(turn(tile, 1), 3), tile) and np.array_equal(turn(turn(tile, 4), 4), tile)

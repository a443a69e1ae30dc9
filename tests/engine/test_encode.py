"""Encoding is judged with an encoder whose answer is known: the mean colour of a tile."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Bag, Block, Cohort
from survgui.cases.step import run_to_end
from survgui.encoders.cache import Slot
from survgui.engine import encode as engine
from survgui.engine.encode import encode, pooled
from survgui.errors import DeviceError, StorageError, UsageError

PIXELS = 16


class Colour:
    """Features are a tile's mean red, green and blue."""

    name, modality, dim, mpp, pixels, backend, digest = "colour", Modality.PATHOLOGY, 3, 4.0, PIXELS, "numpy fp32", "0"

    def __init__(self):
        self.encoded = 0
        self.fails_after = 10**9

    def encode(self, tiles):
        if self.encoded + len(tiles) > self.fails_after:
            raise KeyboardInterrupt
        self.encoded += len(tiles)
        return tiles.mean((1, 2), dtype=np.float32)


@pytest.fixture
def colour(monkeypatch):
    encoder = Colour()
    monkeypatch.setattr(engine, "patch_encoder", lambda name, device: encoder)
    return encoder


def save_slide(path, columns=20, rows=8):
    """Squares of one tile each, of a colour each; at 4 µm per pixel."""
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    squares = np.stack([150 + 4 * x, 60 + 5 * y, np.full_like(x, 190)], axis=-1).astype(np.uint8)
    Image.fromarray(squares.repeat(PIXELS, 0).repeat(PIXELS, 1)).save(path)
    return path


def slide(path, mpp=4.0):
    return Source(Modality.PATHOLOGY, path, mpp=mpp)


def cohort_of(files, kind=Kind.BAG, modality=Modality.PATHOLOGY, **block):
    ids = tuple(files)
    filled = Block(modality, kind, (), block.pop("items", {}), {k: tuple(v) for k, v in files.items()}, **block)
    return Cohort("test", ids, np.full(len(ids), np.nan), np.zeros(len(ids), bool), {modality: filled})


def run(cohort, seen=None, **how):
    return run_to_end(encode(cohort, device="cpu", encoder="colour", **how), seen)


def test_a_slide_becomes_a_bag_whose_rows_know_their_place(colour, tmp_path):
    path = save_slide(tmp_path / "one.png")
    steps = []
    cohort = run(cohort_of({"A": [slide(path)]}), steps.append, batch=48)
    block = cohort.blocks[Modality.PATHOLOGY]
    bag = block.items["A"]
    assert (block.encoder, len(bag), bag.patch) == ("colour", 160, PIXELS)
    assert bag.slides == ("one.png",) * 160
    column, row = (bag.coords // PIXELS).T
    np.testing.assert_allclose(bag.values, np.stack([150 + 4 * column, 60 + 5 * row, 0 * row + 190], 1), atol=0.1)
    assert block.files["A"] == (slide(path),)
    assert cohort.notes == ()
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert (done[-1], len({step.total for step in steps})) == (steps[-1].total, 1)
    assert sum("patches" in step.text for step in steps) == 4  # a step for each batch, to stop between
    assert not any("A" in step.text or "one" in step.text for step in steps)  # nobody is named in a log


def test_several_slides_of_a_patient_are_one_bag(colour, tmp_path):
    first = save_slide(tmp_path / "one.png")
    second = save_slide(tmp_path / "two.png", 8, 8)
    bag = run(cohort_of({"A": [slide(first), slide(second)]})).blocks[Modality.PATHOLOGY].items["A"]
    assert bag.slides == ("one.png",) * 160 + ("two.png",) * 64
    assert bag.coords.shape == (224, 2)
    assert bag.patch == PIXELS


def test_slides_of_two_magnifications_have_no_common_patch_side():
    one = Bag(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.int64), 448.0, ("a",))
    other = Bag(np.ones((1, 2), np.float32), np.zeros((1, 2), np.int64), 224.0, ("b",))
    assert pooled([one, other]).patch == 0
    assert pooled([one, one]).patch == 448


def test_files_that_fail_are_notes_and_the_others_go_on(colour, tmp_path):
    good = save_slide(tmp_path / "good.png")
    (tmp_path / "text.svs").write_text("no slide")
    Image.new("RGB", (400, 400), (244, 244, 244)).save(tmp_path / "glass.png")
    cohort = run(
        cohort_of(
            {
                "A": [slide(tmp_path / "text.svs")],
                "B": [slide(tmp_path / "glass.png"), slide(good)],
                "C": [slide(good, mpp=None)],
                "D": [slide(tmp_path / "gone.png")],
                "E": [slide(good, mpp=99.0)],
            }
        )
    )
    block = cohort.blocks[Modality.PATHOLOGY]
    assert set(block.items) == {"B"}
    assert len(cohort.notes) == 5
    assert {note.level for note in cohort.notes} == {"warning"}
    assert not any(f"[{note.code}]" in note.text for note in cohort.notes)  # whoever shows it adds the code
    for name, code in {"glass.png": "SLD-20", "good.png": "SLD-05", "text.svs": "SLD", "gone.png": "SLD"}.items():
        assert any(name in note.text and note.code.startswith(code) for note in cohort.notes)


def test_what_a_slide_says_of_itself_is_passed_on(colour, tmp_path, monkeypatch):
    opened = engine.open_slide

    def with_note(path, mpp):
        slide = opened(path, mpp)
        slide.notes = ("cut to 8 bits",)
        return slide

    monkeypatch.setattr(engine, "open_slide", with_note)
    cohort = run(cohort_of({"A": [slide(save_slide(tmp_path / "one.png"))]}))
    assert [note.text for note in cohort.notes] == ["one.png: cut to 8 bits"]


def test_the_second_time_nothing_is_encoded_and_the_features_are_the_same(colour, tmp_path):
    path = save_slide(tmp_path / "one.png")
    first = run(cohort_of({"A": [slide(path)]}), cache=tmp_path / "cache")
    path.rename(tmp_path / "renamed.png")
    again = run(cohort_of({"B": [slide(tmp_path / "renamed.png")]}), cache=tmp_path / "cache")
    assert colour.encoded == 160
    one, two = first.blocks[Modality.PATHOLOGY].items["A"], again.blocks[Modality.PATHOLOGY].items["B"]
    np.testing.assert_array_equal(one.values, two.values)
    assert two.slides[0] == "renamed.png"
    run(cohort_of({"A": [slide(tmp_path / "renamed.png", mpp=2.0)]}), cache=tmp_path / "cache")
    assert colour.encoded > 160  # another pixel size is another entry


def test_what_is_encoded_already_stays(colour, tmp_path):
    there = Bag(np.zeros((2, 3), np.float32))
    path = save_slide(tmp_path / "one.png")
    cohort = cohort_of({"A": [slide(path)]}, items={"A": there}, encoder="colour")
    assert run(cohort).blocks[Modality.PATHOLOGY].items["A"] is there
    assert colour.encoded == 0


def test_features_of_two_encoders_are_not_mixed(colour, tmp_path):
    there = Bag(np.zeros((2, 1024), np.float32))
    cohort = cohort_of({"B": [slide(save_slide(tmp_path / "one.png"))]}, items={"A": there}, encoder="uni")
    result = run(cohort)
    assert set(result.blocks[Modality.PATHOLOGY].items) == {"A"}
    assert result.blocks[Modality.PATHOLOGY].encoder == "uni"
    assert [note.code for note in result.notes] == ["ENC-07"]


def test_a_run_ended_in_the_middle_goes_on_after_its_last_whole_chunk(colour, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "CHUNK", 32)
    path = save_slide(tmp_path / "one.png")
    whole = run(cohort_of({"A": [slide(path)]}), cache=tmp_path / "other").blocks[Modality.PATHOLOGY].items["A"]
    colour.encoded, colour.fails_after = 0, 80
    with pytest.raises(KeyboardInterrupt):
        run(cohort_of({"A": [slide(path)]}), cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 2
    assert not list((tmp_path / "cache").rglob("*.h5"))
    colour.encoded, colour.fails_after = 0, 10**9
    resumed = run(cohort_of({"A": [slide(path)]}), cache=tmp_path / "cache").blocks[Modality.PATHOLOGY].items["A"]
    assert colour.encoded == 160 - 64
    np.testing.assert_array_equal(resumed.values, whole.values)
    np.testing.assert_array_equal(resumed.coords, whole.coords)
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".h5"]


def test_a_killed_process_leaves_only_whole_chunks(colour, tmp_path, monkeypatch):
    path = save_slide(tmp_path / "one.png")
    program = f"""
        import os, pathlib, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_encode as t
        encoder = t.Colour()
        def encode(tiles):
            if encoder.encoded >= 80:
                os.kill(os.getpid(), signal.SIGKILL)
            encoder.encoded += len(tiles)
            return tiles.mean((1, 2), dtype="float32")
        encoder.encode = encode
        t.engine.patch_encoder = lambda name, device: encoder
        t.engine.CHUNK = 32
        cohort = t.cohort_of({{"A": [t.slide(pathlib.Path({str(path)!r}))]}})
        t.run(cohort, cache=pathlib.Path({str(tmp_path / "cache")!r}))
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    assert killed.returncode == -signal.SIGKILL
    monkeypatch.setattr(engine, "CHUNK", 32)
    bag = run(cohort_of({"A": [slide(path)]}), cache=tmp_path / "cache").blocks[Modality.PATHOLOGY].items["A"]
    assert len(bag) == 160
    assert colour.encoded == 160 - 64


def test_stopping_between_two_batches_leaves_no_thread_and_no_half_file(colour, tmp_path):
    task = encode(
        cohort_of({"A": [slide(save_slide(tmp_path / "one.png"))]}), encoder="colour", cache=tmp_path / "cache"
    )
    while "patches" not in next(task).text:
        pass
    task.close()
    assert not list((tmp_path / "cache").rglob("*")) or not list((tmp_path / "cache").rglob("*.part"))
    assert colour.encoded <= 32


def test_a_full_disk_costs_the_cache_not_the_result(colour, tmp_path, monkeypatch):
    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(Slot, "_check_room", full)
    cohort = run(cohort_of({"A": [slide(save_slide(tmp_path / "one.png"))]}), cache=tmp_path / "cache")
    assert len(cohort.blocks[Modality.PATHOLOGY].items["A"]) == 160
    assert [note.code for note in cohort.notes] == ["ENC-08"]


@pytest.mark.parametrize(("lost", "kept"), [(4, 156), (40, None)])
def test_damaged_tiles_are_left_out_and_a_slide_of_many_is_refused(colour, tmp_path, monkeypatch, lost, kept):
    read = engine.read_tiles

    def damaged(*given):
        for tiles, rows in read(*given):
            yield tiles[rows >= lost], rows[rows >= lost]

    monkeypatch.setattr(engine, "read_tiles", damaged)
    cohort = run(cohort_of({"A": [slide(save_slide(tmp_path / "one.png"))]}), cache=tmp_path / "cache")
    bag = cohort.blocks[Modality.PATHOLOGY].items.get("A")
    assert (None if bag is None else len(bag)) == kept
    assert [note.code for note in cohort.notes] == ["SLD-24" if kept else "SLD-23"]


def test_wrong_requests_are_said_at_once(tmp_path):
    cohort = cohort_of({"A": [slide(save_slide(tmp_path / "one.png"))]})
    with pytest.raises(UsageError, match="there is no encoder resnet"):
        run_to_end(encode(cohort, device="cpu", encoder="resnet"))
    with pytest.raises(DeviceError):
        run_to_end(encode(cohort, device="tpu"))


def mri(tmp_path, patient, roles):
    sources = []
    draw = np.random.default_rng(len(patient))
    for role in roles:
        data = np.zeros((40, 40, 40), np.float32)
        data[8:32, 8:32, 8:32] = draw.normal(100, 10, (24, 24, 24))
        path = tmp_path / f"{patient}_{role}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(data, np.diag([3.0, 3.0, 3.0, 1.0])), path)
        sources.append(Source(Modality.MRI, path, role=role))
    return sources


def test_sequences_become_volumes_found_again_in_the_cache(tmp_path, monkeypatch):
    files = {"A": mri(tmp_path, "A", ("t1", "t1c", "t2", "flair")), "BB": mri(tmp_path, "BB", ("t1",))}
    files["CCC"] = [Source(Modality.MRI, tmp_path / "gone.nii.gz", role="t1")]
    cohort = cohort_of(files, Kind.VOLUME, Modality.MRI)
    first = run(cohort, cache=tmp_path / "cache")
    block = first.blocks[Modality.MRI]
    assert (block.encoder, block.names, set(block.items)) == (
        "mri-crop64-2mm",
        ("t1", "t1c", "t2", "flair"),
        {"A", "BB"},
    )
    assert block.items["A"].shape == (4, 64, 64, 64)
    assert any("BB_t1.nii.gz" in note.text and "missing sequences" in note.text for note in first.notes)
    assert any("gone.nii.gz" in note.text for note in first.notes)
    monkeypatch.setattr(engine.volumes, "prepare_volume", lambda sources: pytest.fail("prepared twice"))
    again = run(cohort_of({"A": files["A"], "BB": files["BB"]}, Kind.VOLUME, Modality.MRI), cache=tmp_path / "cache")
    np.testing.assert_array_equal(again.blocks[Modality.MRI].items["A"], block.items["A"])
    assert again.notes == tuple(note for note in first.notes if "gone" not in note.text)


def test_a_cohort_without_files_is_left_alone():
    cohort = cohort_of({})
    assert run(cohort).blocks == cohort.blocks


def test_real_slides(shared_data):
    """Through the shipped encoder: a slide with glass, one whose pixel size is given, a region of interest."""
    sources = {
        "A": [slide(shared_data / "wsi" / "CMU-1-Small-Region.svs", mpp=None)],
        "B": [slide(shared_data / "wsi" / "TCGA-CR-7395-01A-01-TS1.svs", mpp=0.25)],
        "C": [slide(next((shared_data / "wsi_rois").glob("TCGA-06-0174*.tif")), mpp=None)],
        "D": [slide(shared_data / "wsi" / "highdicom_sm_image.dcm", mpp=None)],
        "E": [slide(shared_data / "wsi" / "TCGA-CR-7395-01A-01-TS1.svs", mpp=None)],
    }
    cohort = run_to_end(encode(cohort_of(sources), device="cpu"))
    items = cohort.blocks[Modality.PATHOLOGY].items
    sizes = {patient: len(bag) for patient, bag in items.items()}
    assert set(sizes) == {"A", "B", "C", "D"}
    assert 30 <= sizes["A"] <= 60
    assert 40 <= sizes["B"] <= 60
    assert sizes["C"] == 16
    assert sizes["D"] == 1
    assert {note.code for note in cohort.notes} == {"SLD-05", "SLD-26"}

    def alike(one, other):
        one, other = (bag.values / np.linalg.norm(bag.values, axis=1, keepdims=True) for bag in (one, other))
        return float((one @ other.T).mean())

    # patches of a slide resemble each other more than those of another organ and stain
    for one, other in (("B", "A"), ("B", "C"), ("C", "A")):
        assert alike(items[one], items[one]) > alike(items[one], items[other])


# Tiles


def save_cells(path, columns=12, rows=4, dark=()):
    """Squares of one tile each of 256 pixels, of tissue; some of them are full of nuclei."""
    picture = np.zeros((rows, 256, columns, 256, 3), np.uint8)
    picture[:] = (235, 190, 215)
    for x, y in dark:
        picture[y, :, x] = (70, 60, 140)
    Image.fromarray(picture.reshape(rows * 256, columns * 256, 3)).save(path)
    return path


def run_tiles(cohort, tmp_path, seen=None):
    return run_to_end(encode(cohort, device="cpu", encoder="tiles-256", cache=tmp_path / "cache"), seen)


def test_a_slide_becomes_eight_tiles_those_with_nuclei_first(tmp_path):
    dark = [(0, 0), (5, 1), (11, 3)]
    path = save_cells(tmp_path / "one.png", dark=dark)
    steps = []
    cohort = run_tiles(cohort_of({"A": [slide(path, 0.5)]}), tmp_path, steps.append)
    block = cohort.blocks[Modality.PATHOLOGY]
    tiles = block.items["A"]
    assert (block.kind, block.encoder, tiles.values.shape) == (Kind.TILES, "tiles-256", (8, 256, 256, 3))
    assert (tiles.side, tiles.slides) == (256.0, ("one.png",) * 8)
    assert {tuple(c) for c in (tiles.coords[:3] // 256).tolist()} == set(dark)
    assert (tiles.values[:3] == (70, 60, 140)).all()
    assert (tiles.values[3:] == (235, 190, 215)).all()
    assert len({tuple(c) for c in tiles.coords.tolist()}) == 8
    assert cohort.notes == ()
    assert sum("choosing tiles" in step.text for step in steps) == 3  # 48 candidates, to stop between
    assert steps[-1].done == steps[-1].total


def test_tiles_are_found_again_and_the_name_is_of_today(tmp_path, monkeypatch):
    path = save_cells(tmp_path / "one.png", 4, 3)
    first = run_tiles(cohort_of({"A": [slide(path, 0.5)]}), tmp_path).blocks[Modality.PATHOLOGY].items["A"]
    path.rename(tmp_path / "renamed.png")
    monkeypatch.setattr(engine, "read_tiles", None)  # nothing is read again
    again = run_tiles(cohort_of({"B": [slide(tmp_path / "renamed.png", 0.5)]}), tmp_path)
    tiles = again.blocks[Modality.PATHOLOGY].items["B"]
    np.testing.assert_array_equal(tiles.values, first.values)
    np.testing.assert_array_equal(tiles.coords, first.coords)
    assert tiles.slides == ("renamed.png",) * 8


def test_a_slide_smaller_than_a_tile_is_in_the_middle_of_a_white_one(tmp_path):
    Image.new("RGB", (100, 60), (160, 80, 170)).save(tmp_path / "core.png")
    cohort = run_tiles(cohort_of({"A": [slide(tmp_path / "core.png", 0.5)]}), tmp_path)
    (tile,) = cohort.blocks[Modality.PATHOLOGY].items["A"].values
    assert (tile[128, 128].tolist(), tile[0, 0].tolist()) == ([160, 80, 170], [255, 255, 255])
    assert [note.code for note in cohort.notes] == ["SLD-26"]


def test_tiles_of_slides_that_fail_are_notes(tmp_path):
    good = save_cells(tmp_path / "good.png", 3, 3)
    (tmp_path / "text.svs").write_text("no slide")
    files = {"A": [slide(tmp_path / "text.svs")], "B": [slide(good, None)], "C": [slide(good, 0.5)]}
    cohort = run_tiles(cohort_of(files), tmp_path)
    assert set(cohort.blocks[Modality.PATHOLOGY].items) == {"C"}
    assert [note.level for note in cohort.notes] == ["warning"] * 2


def test_tiles_and_features_do_not_mix(colour, tmp_path):
    tiles = run_tiles(cohort_of({"A": [slide(save_cells(tmp_path / "one.png", 3, 3), 0.5)]}), tmp_path)
    more = {"A": [slide(tmp_path / "one.png", 0.5)], "B": [slide(tmp_path / "one.png", 0.5)]}
    block = tiles.blocks[Modality.PATHOLOGY]
    both = cohort_of(more, Kind.TILES, items=dict(block.items), encoder="tiles-256")
    kept = run(both)
    assert [note.code for note in kept.notes] == ["ENC-07"]
    assert set(kept.blocks[Modality.PATHOLOGY].items) == {"A"}
    added = run_tiles(both, tmp_path).blocks[Modality.PATHOLOGY]
    assert (set(added.items), added.kind) == ({"A", "B"}, Kind.TILES)

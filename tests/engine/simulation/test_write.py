"""Whole cohorts: complete, repeatable, never half, and with the truth that belongs to them."""

import csv
import json
import tomllib

import numpy as np
import pytest

from survgui import storage
from survgui.cases.case import Kind, Modality
from survgui.cases.step import run_to_end
from survgui.engine.simulation import demo_case, simulate, write
from survgui.errors import StorageError, UsageError
from survgui.readers.cohort import load_case, load_cohort

TWO = (Modality.CLINICAL, Modality.RNA)


def content(folder):
    """Every file but the hidden ones that a kill leaves."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw") / "cohort"
    return run_to_end(simulate(folder, patients=3, seed=1, level="raw", missing="mcar", rate=0.4))


def test_a_feature_cohort_is_complete(tmp_path):
    folder = run_to_end(simulate(tmp_path / "c", patients=40, seed=2, modalities=TWO, missing="mcar", rate=0.5))
    cohort = tomllib.loads((folder / "cohort.toml").read_text())
    assert "simulated" in cohort["name"]
    truth = np.load(folder / "truth.npz")
    assert [row["case_id"] for row in rows(folder / "outcome.csv")] == truth["ids"].tolist()
    for m in TWO:
        table = rows(folder / cohort["modality"][str(m)]["table"])
        assert [row["case_id"] for row in table] == truth["ids"][truth[f"present_{m}"]].tolist()
    assert (truth["present_clinical"] | truth["present_rna"]).all()
    assert truth["shared"].shape == (40, 4)
    assert truth["specific_rna"].shape == (40, 4)


def test_truth_json_holds_every_pattern_in_alphabetical_names(tmp_path):
    folder = run_to_end(simulate(tmp_path / "c", patients=1, seed=5, modalities=tuple(reversed(write.DEFAULT))))
    truth = json.loads((folder / "truth.json").read_text())
    assert (truth["name"], truth["level"], truth["seed"]) == ("simulated", "features", 5)
    assert len(truth["oracle_c"]) == 15
    assert all(name.split("+") == sorted(name.split("+")) for name in truth["oracle_c"])


def test_the_same_options_give_the_same_bytes(tmp_path, raw):
    again = run_to_end(simulate(tmp_path / "again", patients=3, seed=1, level="raw", missing="mcar", rate=0.4))
    assert content(again) == content(raw)


def test_the_order_of_the_modalities_does_not_matter(tmp_path):
    one = run_to_end(simulate(tmp_path / "one", patients=5, seed=1, modalities=TWO))
    other = run_to_end(simulate(tmp_path / "other", patients=5, seed=1, modalities=(*reversed(TWO), TWO[0])))
    assert content(one) == content(other)


def test_work_that_was_stopped_is_taken_up_and_never_counts_as_whole(tmp_path, raw, monkeypatch):
    folder, drawn = tmp_path / "cohort", []
    task = simulate(folder, patients=3, seed=1, level="raw", missing="mcar", rate=0.4)
    for step in task:
        if step.stage == "pictures" and step.done == 2:
            break
    task.close()
    assert not (folder / "cohort.toml").exists()
    kept = set(content(folder))
    (folder / ".rna.csv.gz.1.part").write_bytes(b"what a kill leaves")
    write_slide = write.slides.write_slide
    monkeypatch.setattr(write.slides, "write_slide", lambda path, image: (drawn.append(path), write_slide(path, image)))
    run_to_end(simulate(folder, patients=3, seed=1, level="raw", missing="mcar", rate=0.4))
    assert content(folder) == content(raw)
    assert not {path.relative_to(folder).as_posix() for path in drawn} & kept


def test_a_full_disk_leaves_no_cohort_file(tmp_path, monkeypatch):
    write_bytes = storage.write_bytes

    def full(path, data):
        if path.name == "rna.csv":
            raise StorageError("disk full")
        write_bytes(path, data)

    monkeypatch.setattr(storage, "write_bytes", full)
    with pytest.raises(StorageError):
        run_to_end(simulate(tmp_path / "c", patients=5, seed=1, modalities=TWO))
    assert not (tmp_path / "c" / "cohort.toml").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="another folder"):
        run_to_end(simulate(tmp_path, patients=5, seed=1, modalities=TWO))
    assert set(content(tmp_path)) == {"letter.txt"}


def test_a_folder_with_another_simulation_is_left_alone(tmp_path):
    run_to_end(simulate(tmp_path / "c", patients=5, seed=1, modalities=TWO))
    before = content(tmp_path / "c")
    with pytest.raises(UsageError, match="other options"):
        run_to_end(simulate(tmp_path / "c", patients=5, seed=2, modalities=TWO))
    assert content(tmp_path / "c") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"patients": 0},
        {"seed": -1},
        {"modalities": ()},
        {"level": "cooked"},
        {"missing": "why"},
        {"rate": 1.0, "missing": "mcar"},
    ],
)
def test_options_that_make_no_cohort_are_refused_before_anything_is_written(tmp_path, wrong):
    with pytest.raises(UsageError):
        run_to_end(simulate(tmp_path / "c", **{"patients": 5, "seed": 1, **wrong}))
    assert not (tmp_path / "c").exists()


def test_every_raw_table_can_be_asked_for(tmp_path):
    tabular = [m for m in Modality if m not in write.tables.PICTURES]
    folder = run_to_end(simulate(tmp_path / "c", patients=6, seed=1, level="raw", modalities=tabular[:3]))
    assert {"clinical.csv", "rna.csv.gz", "dnam.csv.gz", "gene_sets.gmt"} <= set(content(folder))


def test_the_demo_case_is_one_patient_with_all_files(tmp_path):
    folder = demo_case(tmp_path / "demo")
    files = content(folder)
    assert {"case.toml", "clinical.csv", "rna.csv", "slide.svs", "mri/t1c.nii.gz", "mri/seg.nii.gz"} <= set(files)
    assert tomllib.loads(files["case.toml"].decode())["id"] == "DEMO-01"
    assert [row["case_id"] for row in rows(folder / "clinical.csv")] == ["DEMO-01"]
    assert content(demo_case(tmp_path / "again")) == files
    other = content(demo_case(tmp_path / "other", seed=8))
    assert other["slide.svs"] != files["slide.svs"]


@pytest.mark.parametrize("level", ["features", "raw"])
def test_the_readers_find_what_was_written(tmp_path, level):
    tabular = [*TWO, Modality.MUTATION] if level == "raw" else [*write.DEFAULT, Modality.MUTATION]
    folder = run_to_end(simulate(tmp_path / "c", patients=30, seed=4, level=level, modalities=tabular, missing="mar"))
    cohort, truth = load_cohort(folder), np.load(folder / "truth.npz")
    assert cohort.ids == tuple(truth["ids"])
    assert not [note.text for note in cohort.notes if note.level == "error"]
    assert set(cohort.blocks) == set(tabular)
    for m, block in cohort.blocks.items():
        assert block.patients == set(truth["ids"][truth[f"present_{m}"]])
    died = truth["true_months"][cohort.events]
    np.testing.assert_allclose(cohort.months[cohort.events], np.maximum(died, 0.02), atol=5e-4)


def test_the_readers_know_the_units_and_groups_of_raw_tables(tmp_path):
    tabular = [m for m in Modality if m not in write.tables.PICTURES]
    blocks = load_cohort(
        run_to_end(simulate(tmp_path / "c", patients=9, seed=4, level="raw", modalities=tabular))
    ).blocks
    units = {m: block.unit for m, block in blocks.items()}
    assert units == {
        Modality.CLINICAL: "mixed",
        Modality.RNA: "counts",
        Modality.DNAM: "beta",
        Modality.CNV: "cnv",
        Modality.MUTATION: "binary",
        Modality.MIRNA: "log",
    }
    assert len(blocks[Modality.RNA].groups) == 24
    assert blocks[Modality.CLINICAL].ordered == {"grade": ("G2", "G3", "G4")}


def test_the_readers_find_slides_and_sequences(raw):
    blocks, truth = load_cohort(raw).blocks, np.load(raw / "truth.npz")
    for m, files in ((Modality.PATHOLOGY, 1), (Modality.MRI, 5)):
        assert blocks[m].patients == set(truth["ids"][truth[f"present_{m}"]])
        assert all(len(sources) == files for sources in blocks[m].files.values())


def test_the_readers_take_the_demo_case(tmp_path):
    case = load_case([demo_case(tmp_path)])
    assert case.ids == ("DEMO-01",)
    assert set(case.blocks) == set(write.DEFAULT)
    assert all(block.patients == {"DEMO-01"} for block in case.blocks.values())
    assert case.blocks[Modality.MRI].kind is Kind.VOLUME

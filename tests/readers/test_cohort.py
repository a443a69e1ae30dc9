"""Whole cohorts and cases; the real ones give exactly the counts that are promised."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.errors import CohortError, ReadError, UsageError
from survgui.readers.cohort import describe, load_case, load_cohort

COHORTS = ("tcga-blca", "tcga-gbmlgg", "tcga-glioma-all", "tcga-luad")

TOML = """
name = "Tiny"
[outcome]
table = "clinical.csv"
time = "months"
event = "dead"
event_value = 1
[modality.clinical]
table = "clinical.csv"
columns = ["age", "stage"]
[modality.rna]
table = "rna.csv"
columns = "*_rna"
"""


def tiny(folder: Path, extra: str = "", clinical: str = "") -> Path:
    rows = "".join(f"C-{i:02d},{i + 1},{i % 2},{50 + i},Stage {'I' * (1 + i % 3)}\n" for i in range(30))
    (folder / "clinical.csv").write_text("id,months,dead,age,stage\n" + rows + clinical)
    values = np.random.default_rng(0).normal(size=(25, 3)).round(3)
    rna = "".join(f"C-{i:02d},{','.join(map(str, row))}\n" for i, row in enumerate(values))
    (folder / "rna.csv").write_text("id,TP53_rna,EGFR_rna,KRAS_rna\n" + rna)
    (folder / "cohort.toml").write_text(TOML + extra)
    return folder / "cohort.toml"


def codes(cohort, level: str) -> list[str]:
    return [note.code for note in cohort.notes if note.level == level]


@pytest.mark.parametrize("name", COHORTS)
def test_real_cohorts_give_the_promised_counts(shared_data: Path, name: str) -> None:
    cohort = load_cohort(shared_data / "cohorts" / f"{name}.toml")
    found = describe(cohort)
    got = {"outcome": (found["patients"], found["events"], 0)}
    got |= {m: (b["patients"], b["deaths"], b["features"]) for m, b in found["blocks"].items()}
    with (shared_data / "cohorts" / "expected_counts.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["cohort"] == name]
    assert got == {r["block"]: (int(r["patients"]), int(r["deaths"]), int(r["features"])) for r in rows}
    assert found["ok"] and codes(cohort, "error") == []
    check_real(name, cohort)


def check_real(name: str, cohort) -> None:
    """What one loading of a real cohort also shows, so that it need not be loaded twice."""
    rna = cohort.blocks[Modality.RNA]
    assert "TP53" in rna.names and len(rna.groups) == 6 and rna.unit == "z-score"
    assert codes(cohort, "warning") == (["OUT-02", "OUT-08"] if name == "tcga-glioma-all" else [])
    if name == "tcga-glioma-all":
        assert cohort.splits == ()
        assert np.sum(cohort.months == 0.5 / 30.4375) == 4
        assert cohort.pattern("TCGA-DU-7294") >= {Modality.RNA, Modality.DNAM}
        return
    assert [split.fold for split in cohort.splits] == [0, 1, 2, 3, 4]
    tested = [patient for split in cohort.splits for patient in split.test]
    assert len(tested) == len(set(tested)) == len(cohort)  # every patient is tested once
    assert all(not set(split.train) & set(split.test) for split in cohort.splits)


def test_a_cohort_and_its_description(tmp_path: Path) -> None:
    cohort = load_cohort(tiny(tmp_path))
    assert (cohort.name, len(cohort), cohort.events.sum()) == ("Tiny", 30, 15)
    assert cohort.blocks[Modality.CLINICAL].items["C-01"] == (51.0, "Stage II")
    assert cohort.origin["rna"].path == tmp_path / "rna.csv"
    found = json.loads(json.dumps(describe(cohort), allow_nan=False))
    assert found["patterns"] == {"clinical+rna": 25, "clinical": 5}
    assert found["blocks"]["rna"]["patients"] == 25
    assert found["ok"]


def test_median_follow_up_is_the_reverse_kaplan_meier(tmp_path: Path) -> None:
    # censored at 1, 3, ..., 29 among 30 at risk: the reverse estimate falls to one half where 15 factors
    # (r - 1) / r with r = 30, 28, ... have passed it
    estimate, month = 1.0, 0
    for month in range(1, 31, 2):
        estimate *= (31 - month - 1) / (31 - month)
        if estimate <= 0.5:
            break
    assert describe(load_cohort(tiny(tmp_path)))["median_follow_up_months"] == month


@pytest.mark.parametrize(
    ("extra", "clinical", "code"),
    [
        ('[modality.dnam]\ntable = "absent.csv"\n', "", "TBL-01"),
        ('[modality.cnv]\ntable = "rna.csv"\ncolumns = "*_cnv"\n', "", "TBL-14"),
        ("", "X,-1,0,50,Stage I\n", "OUT-06"),
        ("", "X,1,2,50,Stage I\n", "OUT-03"),
        ("", "C-01,9,1,50,Stage I\n", "OUT-07"),
        ('[splits]\ntable = "s.csv"\nfold = "fold"\npart = "part"\ntrain = "a"\ntest = "b"\n', "", "COH-11"),
        ('[splits]\ntable = "s.csv"\nfold = "fold"\npart = "part"\ntrain = "a"\ntest = "z"\n', "", "COH-10"),
    ],
)
def test_what_cannot_be_trained_on_is_still_shown(tmp_path: Path, extra: str, clinical: str, code: str) -> None:
    (tmp_path / "s.csv").write_text("id,fold,part\nC-01,0,a\nC-01,0,b\nC-02,0,b\n")
    cohort = load_cohort(tiny(tmp_path, extra, clinical))
    assert codes(cohort, "error") == [code]
    assert len(cohort.blocks[Modality.RNA].items) == 25
    assert not describe(cohort)["ok"]


def test_an_outcome_that_cannot_be_read_is_raised(tmp_path: Path) -> None:
    path = tiny(tmp_path)
    path.write_text(TOML.replace('"months"', '"month"'))
    with pytest.raises(ReadError, match=r"no column 'month'; did you mean 'months'"):
        load_cohort(path)
    path.write_text(TOML.replace("clinical.csv", "gone.csv"))
    with pytest.raises(ReadError, match=r"gone.csv.*TBL-01"):
        load_cohort(tmp_path)


def test_folds_are_restricted_to_the_cohort(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,fold,part\nC-01,1,a\nC-02,1,b\nZ-99,1,a\n")
    extra = '[splits]\ntable = "s.csv"\nfold = "fold"\npart = "part"\ntrain = "a"\ntest = "b"\n'
    (split,) = load_cohort(tiny(tmp_path, extra)).splits
    assert (split.fold, split.train, split.test) == (1, ("C-01",), ("C-02",))


def test_a_written_case(tmp_path: Path) -> None:
    tiny(tmp_path)
    case = tmp_path / "case.toml"
    case.write_text('id = "C-03"\n' + TOML)
    for path in (case, tmp_path):
        cohort = load_case([path])
        assert (cohort.ids, cohort.months.tolist(), cohort.events.tolist()) == (("C-03",), [4.0], [True])
        assert set(cohort.blocks[Modality.RNA].items) == {"C-03"}
        assert cohort.origin["rna"].row == "C-03"


def test_loose_files_of_a_patient(tmp_path: Path) -> None:
    folder = tmp_path / "C-07"
    folder.mkdir()
    tiny(folder).unlink()
    cohort = load_case([folder])
    assert cohort.ids == ("C-07",)
    assert cohort.blocks[Modality.CLINICAL].items["C-07"] == (57.0, "Stage II")
    assert cohort.blocks[Modality.CLINICAL].names == ("age", "stage")  # the outcome is no clinical field
    assert np.isnan(cohort.months[0])


def test_loose_files_of_nobody_in_the_table(tmp_path: Path) -> None:
    tiny(tmp_path)
    with pytest.raises(UsageError, match=r"25 patients and rna is not one of them \(they are C-00"):
        load_case([tmp_path / "rna.csv"])
    assert load_case([tmp_path / "rna.csv"], patient="C-04").ids == ("C-04",)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file was given"):
        load_case([])
    with pytest.raises(ReadError, match="TBL-01"):
        load_case([tmp_path / "gone.csv"])
    with pytest.raises(CohortError, match="COH-14"):
        load_case([tmp_path])


def test_a_real_case_of_mri_and_omics(shared_data: Path) -> None:
    omics = shared_data / "tcga_omics" / "porpoise_tcga_gbmlgg_all_clean.csv.zip"
    cohort = load_case([shared_data / "mri" / "TCGA-DU-7294", omics])
    assert cohort.ids == ("TCGA-DU-7294",)
    mri = cohort.blocks[Modality.MRI]
    assert (mri.kind, mri.names) == (Kind.VOLUME, ("t1", "t1c", "t2", "flair"))
    assert {s.role for s in mri.files["TCGA-DU-7294"]} == {"t1", "t1c", "t2", "flair", "segmentation"}
    units = {m: cohort.blocks[m].unit for m in (Modality.RNA, Modality.CNV, Modality.MUTATION)}
    assert list(units.values()) == ["z-score", "cnv", "binary"]
    assert cohort.pattern("TCGA-DU-7294") == {Modality.MRI, *units}


def test_a_real_slide_with_the_pixel_size_given(shared_data: Path) -> None:
    cohort = load_case([shared_data / "wsi" / "TCGA-CR-7395-01A-01-TS1.svs"], mpp=0.5)
    (source,) = cohort.blocks[Modality.PATHOLOGY].files["TCGA-CR-7395"]
    assert source.mpp == 0.5

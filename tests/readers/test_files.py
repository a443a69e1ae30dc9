"""Files found by pattern, and what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Modality, Source
from survgui.errors import CohortError
from survgui.readers.files import barcodes, files_by_patient, literal, unpatterned
from survgui.readers.spec import BlockSpec


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_barcodes() -> None:
    assert barcodes("TCGA-DU-7294_t1 tcga-du-7294-01Z TCGA-FG-6692_native TCGA-LGG-study") == [
        "TCGA-DU-7294",
        "TCGA-FG-6692",
    ]


def test_slides_of_every_patient_with_his_pixel_size(tmp_path: Path) -> None:
    touch(tmp_path, "slides/P1-DX1.svs", "slides/P1-DX2.svs", "slides/P2[a].svs", "slides/P1-DX1.txt")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("slides/{case}*.svs",), mpp=0.5)
    found = files_by_patient(spec, ["P1", "P2[a]", "P3"])
    assert {p: [s.path.name for s in sources] for p, sources in found.items()} == {
        "P1": ["P1-DX1.svs", "P1-DX2.svs"],
        "P2[a]": ["P2[a].svs"],
    }
    assert found["P1"][0] == Source(Modality.PATHOLOGY, tmp_path / "slides/P1-DX1.svs", mpp=0.5)


def test_sequences_in_folders_of_the_patients(tmp_path: Path) -> None:
    touch(tmp_path, "c/mri/A/A_t1.nii.gz", "c/mri/A/A_fla.nii.gz", "c/mri/A/A_seg.nii.gz", "c/mri/AB/AB_t1.nii.gz")
    (tmp_path / "d").mkdir()
    pattern = "../c/mri/{case}/{case}_{sequence}.nii.gz"
    spec = BlockSpec(Modality.MRI, tmp_path / "d", files=(pattern,), sequences=("t1", "t2", "fla", "seg"))
    found = files_by_patient(spec, ["A", "AB"])
    assert [s.role for s in found["A"]] == ["t1", "flair", "segmentation"]
    assert [s.path.name for s in found["AB"]] == ["AB_t1.nii.gz"]


def test_names_that_say_the_sequence_themselves(tmp_path: Path) -> None:
    touch(tmp_path, "A_t1.nii.gz", "A_flair.nii.gz")
    found = files_by_patient(BlockSpec(Modality.MRI, tmp_path, files=("{case}_*.nii.gz",)), ["A"])
    assert {s.role for s in found["A"]} == {"t1", "flair"}


def test_one_pattern_for_everyone_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.svs")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("a.svs",))
    with pytest.raises(CohortError, match="COH-06"):
        files_by_patient(spec, ["P1", "P2"])
    assert [s.path.name for s in files_by_patient(spec, ["P1"], mpp=0.3)["P1"]] == ["a.svs"]


def test_what_a_file_says_it_is_comes_before_its_name(tmp_path: Path) -> None:
    for name in ("x_t1.nii", "scan.nii"):
        (tmp_path / name).write_bytes(b"")
    spec = BlockSpec(Modality.MRI, tmp_path, files=("x_t1.nii", "scan.nii"), roles=("flair", "t1c"))
    assert [(s.path.name, s.role) for s in files_by_patient(spec, ("p",))["p"]] == [
        ("x_t1.nii", "flair"),
        ("scan.nii", "t1c"),
    ]


def test_single_slides_have_their_own_pixel_size(tmp_path: Path) -> None:
    for name in ("a.svs", "b.svs"):
        (tmp_path / name).write_bytes(b"")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("*.svs",), slide_mpp={tmp_path / "b.svs": 0.25})
    assert [s.mpp for s in files_by_patient(spec, ("p",))["p"]] == [None, 0.25]
    assert [s.mpp for s in files_by_patient(spec, ("p",), 0.5)["p"]] == [0.5, 0.25]


@pytest.mark.parametrize("name", ["a.svs", "a*[b].svs", "{case}?.svs", "[[]x", "a]b"])
def test_a_literal_name_means_itself_alone(name: str) -> None:
    assert unpatterned(literal(name)) == name


@pytest.mark.parametrize("pattern", ["*.svs", "{case}.svs", "a?.svs", "[ab].svs"])
def test_a_pattern_means_no_single_file(pattern: str) -> None:
    assert unpatterned(pattern) is None


def test_a_list_says_whose_each_file_is(tmp_path: Path) -> None:
    text = "case,file,sequence\nA,mri/1.nii.gz,T1CE\nA,mri/x_flair.nii.gz,\ntcga-aa-0001-01A,gone.nii,t2\nZ,z.nii,t1\n"
    (tmp_path / "list.csv").write_text(text)
    spec = BlockSpec(Modality.MRI, tmp_path / "cohort", list=tmp_path / "list.csv")
    found = files_by_patient(spec, ["A", "B", "TCGA-AA-0001"])
    assert {who: [(s.path.name, s.role) for s in mine] for who, mine in found.items()} == {
        "A": [("1.nii.gz", "t1c"), ("x_flair.nii.gz", "flair")],
        "TCGA-AA-0001": [("gone.nii", "t2")],  # its reader says that it is not there
    }
    assert found["A"][0].path == tmp_path / "cohort/mri/1.nii.gz"


def test_a_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("patient,path\nA,a.svs\n")
    with pytest.raises(CohortError, match="COH-17"):
        files_by_patient(BlockSpec(Modality.PATHOLOGY, tmp_path, list=tmp_path / "list.csv"), ["A"])


@pytest.mark.parametrize(
    "pattern", ["{case}*.svs", "{case}?*.svs", "*{case}*", "*{case}.svs", "*/{case}*.svs", "*/*{case}*"]
)
def test_no_patient_gets_the_file_of_one_whose_id_begins_or_ends_alike(tmp_path: Path, pattern: str) -> None:
    ids = ["P1", "P10", "XP1", "TCGA-AA-0001", "TCGA-AA-00011", "Á1"]
    folder = "a/" if "/" in pattern else ""
    tail = "_" if "?" in pattern else ""
    touch(tmp_path, *(f"{folder}{patient}{tail}.svs" for patient in (*ids, "P100", "P1a", "1P1", "TCGA-AA-000")))
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=(pattern,))
    wanted = {patient: [f"{patient}{tail}.svs"] for patient in ids}
    for asked in (ids, *([patient] for patient in ids)):  # one patient is not told of the others
        found = files_by_patient(spec, asked)
        assert {p: [s.path.name for s in mine] for p, mine in found.items()} == {p: wanted[p] for p in asked}


def test_of_ids_that_are_parts_of_each_other_the_longest_has_the_file(tmp_path: Path) -> None:
    touch(tmp_path, "P-1.svs", "P-1-2.svs", "P-1-2-b.svs")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("{case}*.svs",))
    both, one = files_by_patient(spec, ["P-1", "P-1-2"]), files_by_patient(spec, ["P-1"], others=["P-1", "P-1-2"])
    assert [s.path.name for s in both["P-1"]] == [s.path.name for s in one["P-1"]] == ["P-1.svs"]
    assert [s.path.name for s in both["P-1-2"]] == ["P-1-2-b.svs", "P-1-2.svs"]


def test_a_file_with_the_ids_of_two_patients_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "A7_B7.svs")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("*{case}*.svs",))
    with pytest.raises(CohortError, match="COH-18"):
        files_by_patient(spec, ["A7", "B7"])
    with pytest.raises(CohortError, match="COH-18"):
        files_by_patient(spec, ["A7"], others=["A7", "B7"])
    assert list(files_by_patient(spec, ["A7"])) == ["A7"]


def test_a_pattern_for_everyone_is_refused_where_one_patient_of_several_is_read(tmp_path: Path) -> None:
    touch(tmp_path, "a.svs")
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("a.svs",))
    with pytest.raises(CohortError, match="COH-06"):
        files_by_patient(spec, ["P1"], others=["P1", "P2"])

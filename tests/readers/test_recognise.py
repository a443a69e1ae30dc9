"""What loose files are taken for, with the evidence."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from survgui.cases.case import Modality
from survgui.errors import UsageError
from survgui.readers.recognise import case_id, files_of, grouped, look_through, recognise, taken_as
from tests.readers.dicoms import write_series

DICOMDIR = Path(pydicom.__file__).parent / "data/test_files/dicomdirtests/DICOMDIR"
TIFF = b"II*\0" + b"\0" * 60
NIFTI = b"\x5c\x01\0\0" + b"\0" * 60


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def taken(*paths: Path) -> list[tuple[str, Modality | None, str | None]]:
    return [(f.path.name, f.modality, f.role) for f in recognise(paths)]


def test_a_folder_of_everything(tmp_path: Path) -> None:
    put(tmp_path, "S1/slide.svs", TIFF)
    put(tmp_path, "S1/x_t1ce.nii", NIFTI)
    put(tmp_path, "S1/x_seg.nii.gz", b"\x1f\x8b" + b"\0" * 20)
    put(tmp_path, "S1/x.nii", NIFTI)
    put(tmp_path, "S1/bag.h5", b"\x89HDF\r\n\x1a\n")
    put(tmp_path, "S1/clinical.csv", "age,sex\n60,F\n")
    put(tmp_path, "S1/case.toml", "")
    put(tmp_path, "S1/.hidden.csv", "a,b\n1,2\n")
    put(tmp_path, "S1/other.bin", b"\0\1\2")
    assert taken(tmp_path / "S1") == [
        ("bag.h5", Modality.PATHOLOGY, "features"),
        ("case.toml", None, "case"),
        ("clinical.csv", Modality.CLINICAL, "table"),
        ("other.bin", None, None),
        ("slide.svs", Modality.PATHOLOGY, "slide"),
        ("x.nii", None, "volume"),
        ("x_seg.nii.gz", Modality.MRI, "segmentation"),
        ("x_t1ce.nii", Modality.MRI, "t1c"),
    ]


def test_every_answer_has_its_evidence(tmp_path: Path) -> None:
    (finding,) = recognise([put(tmp_path, "a.csv", "x,y\n1,2\n")])
    assert finding.modality is None and "call it rna" in finding.advice
    (finding,) = recognise([put(tmp_path, "b_flair.nii", NIFTI)])
    assert finding.evidence == "it is a NIfTI volume whose name says FLAIR: the sequence FLAIR"


def test_what_lies_beside_a_mirax_slide_is_part_of_it(tmp_path: Path) -> None:
    put(tmp_path, "s/slide.mrxs", b"\xff\xd8\xff" + b"\0" * 9)
    put(tmp_path, "s/slide/Data0000.dat", b"\0\1")
    assert taken(tmp_path / "s") == [("slide.mrxs", Modality.PATHOLOGY, "slide")]


def dicom(folder: Path, name: str, **elements: object) -> Path:
    """One file with a header of these elements, and no more of an image than its size."""
    return write_series(folder, np.zeros((4, 4, 1), np.int16), prefix=name, suffix=".dcm", **elements)[0]


def test_dicom_files_of_one_folder_are_one_slide(tmp_path: Path) -> None:
    for name in ("a", "b"):
        dicom(tmp_path / "slide", name, Modality="SM", SOPInstanceUID=f"1.{ord(name)}")
    assert taken(tmp_path) == [("slide", Modality.PATHOLOGY, "slide")]
    (finding,) = recognise([tmp_path / "slide/a0000.dcm"])
    assert (finding.role, finding.evidence) == ("slide", "it is a DICOM slide of 2 files")


def test_a_study_is_its_series(tmp_path: Path) -> None:
    """One finding a series; of two of one sequence the measured one with most slices is used."""
    data = np.random.default_rng(0).integers(0, 9, (6, 6, 9)).astype(np.int16)
    write_series(tmp_path, data, uid="1.1", prefix="a", suffix="", SeriesDescription="AX T1 POST")
    write_series(tmp_path, data[:, :, :5], uid="1.2", prefix="b", SeriesDescription="COR T1 POST")
    write_series(tmp_path, data, uid="1.3", prefix="c", SeriesDescription="AX T2 FLAIR")
    write_series(tmp_path, data, uid="1.4", prefix="d", SeriesDescription="ADC", ImageType=["DERIVED", "PRIMARY"])
    write_series(tmp_path, data[:, :, :3], uid="1.5", prefix="e", SeriesDescription="3-pl LOC")
    shutil.copy(DICOMDIR, tmp_path)
    found = {f.name: (f.modality, f.role) for f in recognise([tmp_path])}
    assert found == {
        "DICOMDIR": (None, None),
        "AX T1 POST · 9 slices": (Modality.MRI, "t1c"),
        "COR T1 POST · 5 slices": (None, "volume"),
        "AX T2 FLAIR · 9 slices": (Modality.MRI, "flair"),
        "ADC · 9 slices": (None, "volume"),
        "3-pl LOC · 3 slices": (None, None),
    }
    other = next(f for f in recognise([tmp_path]) if f.name.startswith("COR"))
    assert "5 slices of 6 × 6 voxels, 1 × 1 × 5 mm" in other.evidence
    assert other.evidence.startswith("AX T1 POST · 9 slices is taken for the T1c instead; ")


def test_series_of_two_patients_are_not_put_together(tmp_path: Path) -> None:
    data = np.zeros((4, 4, 6), np.int16)
    write_series(tmp_path, data, uid="1.1", prefix="a", SeriesDescription="T1")
    write_series(tmp_path, data, uid="1.2", prefix="b", SeriesDescription="T2", PatientID="another")
    found = recognise([tmp_path])
    assert [(f.modality, f.error and f.error.code) for f in found] == [(None, "VOL-17")] * 2
    assert "2 patients" in found[0].evidence and "another" not in repr(found)


def test_a_broken_series_says_so_and_the_others_stay(tmp_path: Path) -> None:
    data = np.zeros((4, 4, 8), np.int16)
    write_series(tmp_path, data, uid="1.1", prefix="a", SeriesDescription="T1")[4].unlink()
    write_series(tmp_path, data, uid="1.2", prefix="b", SeriesDescription="T2")
    assert [(f.role, f.error and f.error.code) for f in recognise([tmp_path])] == [(None, "VOL-14"), ("t2", None)]


def test_a_barcode_in_the_header_is_the_patient(tmp_path: Path) -> None:
    write_series(tmp_path / "x", np.zeros((4, 4, 6), np.int16), PatientID="TCGA-DU-7294", SeriesDescription="T1")
    found = recognise([tmp_path / "x"])
    assert found[0].patients == ("TCGA-DU-7294",)
    assert case_id(sorted((tmp_path / "x").iterdir()), found) == "TCGA-DU-7294"


def test_npz_with_patients_is_a_table_and_without_a_bag(tmp_path: Path) -> None:
    features = np.ones((3, 8), np.float32)
    np.savez(tmp_path / "bag.npz", features=features)
    np.savez(tmp_path / "slide_table.npz", case_id=np.array(["a", "b", "c"]), features=features)
    assert [f[2] for f in taken(tmp_path / "bag.npz", tmp_path / "slide_table.npz")] == ["features", "table"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["TCGA-DU-7294_t1.nii", "x/slide.svs"], "TCGA-DU-7294"),
        (["TCGA-DU-7294-01Z-00-DX1.svs"], "TCGA-DU-7294"),
        (["TCGA-DU-7294/t1.nii"], "TCGA-DU-7294"),
        (["S-001_slide.svs", "S-001_t1.nii"], "S-001"),
        (["S-001_slide.svs", "S-002_t1.nii"], "S"),
        (["P7/slide.svs", "P7/t1.nii"], "P7"),
        (["S1.svs"], "S1"),
    ],
)
def test_the_patient_of_loose_files(tmp_path: Path, names: list[str], expected: str) -> None:
    paths = [put(tmp_path / "files", name, TIFF) for name in names]
    got = case_id(paths, [])
    assert got == (expected if len(expected) > 1 else "files")


def test_a_folder_names_the_patient_and_so_does_a_lone_row(tmp_path: Path) -> None:
    table = put(tmp_path, "P9/clinical.csv", "id,age,sex\nX-5,60,F\n")
    slide = put(tmp_path, "P9/slide.svs", TIFF)
    assert case_id([tmp_path / "P9"], recognise([tmp_path / "P9"])) == "P9"
    assert case_id([table, slide], recognise([table, slide])) == "X-5"


def test_files_of_two_patients(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 patients"):
        case_id([tmp_path / "TCGA-AA-0001.svs", tmp_path / "TCGA-AA-0002.svs"], [])


def test_a_slide_is_named_after_its_patient_and_tables_of_many_are_not(tmp_path):
    (tmp_path / "slides").mkdir()
    slide, table = tmp_path / "slides" / "S3-0001.svs", tmp_path / "clinical.csv"
    slide.write_bytes(b"II*\0")
    table.write_text("case_id,age,sex\nS3-0003,61,F\nS3-0004,55,M\n")
    assert case_id([slide, table], recognise([slide, table])) == "S3-0001"


def test_the_id_of_a_table_that_is_in_a_files_name(tmp_path):
    (tmp_path / "slides").mkdir()
    slide, table = tmp_path / "slides" / "S3-0004.svs", tmp_path / "clinical.csv"
    slide.write_bytes(b"II*\0")
    table.write_text("case_id,age,sex\nS3-0003,61,F\nS3-0004,55,M\nS3-00041,70,F\n")
    assert case_id([slide, table], recognise([slide, table])) == "S3-0004"


def test_a_table_of_others(tmp_path: Path) -> None:
    table = put(tmp_path, "clinical.csv", "id,age,sex\nA,60,F\nB,50,M\n")
    findings = recognise([table])
    assert [spec.modality for spec, _ in grouped(findings, "A", None)] == [Modality.CLINICAL]
    with pytest.raises(UsageError, match=r"C is not one of them \(they are A, B\)"):
        grouped(findings, "C", None)


def test_a_folder_of_thousands(tmp_path: Path) -> None:
    for i in range(3):
        put(tmp_path, f"{i}.svs", TIFF)
    with pytest.raises(UsageError, match="one patient"):
        files_of([tmp_path], 2)
    assert len(files_of([tmp_path], 3)) == 3


def test_a_volume_is_what_the_user_says(tmp_path: Path) -> None:
    (finding,) = recognise([put(tmp_path, "scan.nii", NIFTI)])
    corrected = taken_as(finding, Modality.MRI, "t1c")
    assert (corrected.modality, corrected.role, corrected.evidence) == (Modality.MRI, "t1c", "you said so")


def test_a_table_is_looked_at_again_when_the_user_says_what_it_is(tmp_path: Path) -> None:
    path = put(tmp_path, "values.csv", "x,alpha,beta\np1,1.5,2\np2,3,4\n")
    (finding,) = recognise([path])
    assert finding.modality is None
    corrected = taken_as(finding, Modality.MIRNA, "table")
    assert corrected.modality is Modality.MIRNA and corrected.patients == ("p1", "p2")
    assert corrected.spec and corrected.spec.modality is Modality.MIRNA
    assert corrected.spec.columns == ("alpha", "beta") and corrected.spec.table and corrected.spec.table.path == path


def test_a_recognised_table_keeps_its_layout_under_another_name(tmp_path: Path) -> None:
    path = put(tmp_path, "dnam.csv", "id,cg00000001,cg00000002,cg00000003,cg00000004,cg00000005\np1,.1,.2,.3,.4,.5\n")
    (finding,) = recognise([path])
    assert finding.modality is Modality.DNAM
    corrected = taken_as(finding, Modality.RNA, "table")
    assert corrected.spec and finding.spec and corrected.spec.modality is corrected.modality is Modality.RNA
    assert corrected.spec.table == finding.spec.table


def test_a_table_without_numbers_is_no_omics(tmp_path: Path) -> None:
    (finding,) = recognise([put(tmp_path, "words.csv", "a,b\nx,y\n")])
    with pytest.raises(UsageError, match="no columns that could be RNA-seq"):
        taken_as(finding, Modality.RNA, "table")


def test_the_pictures_of_a_hamamatsu_slide_are_part_of_it(tmp_path: Path) -> None:
    text = "[Virtual Microscope Specimen]\r\nNoLayers=1\r\nImageFile=a.jpg\r\nImageFile(1,0)=a(1,0).jpg\r\n"
    put(tmp_path, "s/a.vms", text + "MapFile=a_map2.jpg\r\nOptimisationFile=a.opt\r\n")
    for name in ("a.jpg", "a(1,0).jpg", "a_map2.jpg", "a.opt"):
        put(tmp_path, f"s/{name}", b"\xff\xd8\xff" + b"\0" * 9)
    put(tmp_path, "s/another.jpg", b"\xff\xd8\xff" + b"\0" * 9)
    assert taken(tmp_path / "s") == [
        ("a.vms", Modality.PATHOLOGY, "slide"),
        ("another.jpg", Modality.PATHOLOGY, "slide"),
    ]


def test_a_table_of_blanks_is_no_table_of_unknown_columns(tmp_path: Path) -> None:
    (finding,) = recognise([put(tmp_path, "rna.csv", "id,TP53,EGFR\nP1,,\nP2,NA,\n")])
    assert finding.error is not None and finding.error.code == "TBL-17" and "blank" in finding.evidence


def test_half_a_series_is_not_used(tmp_path: Path) -> None:
    data = np.zeros((4, 4, 12), np.int16)
    files = write_series(tmp_path / "P" / "a", data, SeriesDescription="AX T2")
    (tmp_path / "P" / "b").mkdir()
    for path in files[-2:]:  # too few to be taken for a volume themselves
        path.rename(tmp_path / "P" / "b" / path.name)
    for finding in recognise([tmp_path / "P"]):
        assert finding.modality is None and finding.error is not None and finding.error.code == "VOL-18"
        assert "in 2 folders, a part in each (a, b)" in finding.evidence
    for name in "ab":
        write_series(tmp_path / "Q" / name, data, SeriesDescription="AX T2")
    assert [f.role for f in recognise([tmp_path / "Q"])] == ["t2", "volume"]  # a copy is no part


def test_looking_through_a_folder_can_be_followed_and_stopped(tmp_path: Path) -> None:
    for name, count in (("a", 120), ("b", 30)):
        write_series(tmp_path / name, np.zeros((4, 4, count), np.int16), uid=f"1.{count}")
    steps = list(look_through([tmp_path]))
    assert [(s.done, s.total) for s in steps] == [(0, 0), (0, 150), (100, 150), (120, 150)]
    assert len(files_of([tmp_path])) == 2


def test_hidden_folders_and_what_lies_in_folders_of_slides_is_not_looked_at(tmp_path: Path) -> None:
    for name in (".git/x/a.csv", "s/slide.mrxs", "s/slide/deep/b.csv", "s/c.csv"):
        put(tmp_path, name, "a,b\n1,2\n")
    assert [path.name for path in files_of([tmp_path])] == ["c.csv", "slide.mrxs"]

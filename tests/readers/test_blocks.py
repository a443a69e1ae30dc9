"""One modality: rows, names, units, and who is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Bag
from survgui.errors import ReadError
from survgui.readers.bag import write_bag
from survgui.readers.blocks import Reading, joined, read_file_block, read_table_block
from survgui.readers.spec import BlockSpec, TableSpec
from survgui.readers.table import Tables

RNA = "id,A_rna,B_rna,C_rna\np1,1.5,-2,0.5\np1,2.5,,1\np2,,,\np3,0.25,1,-1\nq,9,9,9\n"


def block(tmp_path: Path, text: str, ids: tuple[str, ...] = ("p1", "p2", "p3"), lone: bool = False, **options):
    (tmp_path / "t.csv").write_text(text)
    reading = Reading(ids, Tables(), lone=lone)
    table = TableSpec(tmp_path / "t.csv", orientation=options.pop("orientation", "cases-in-rows"))
    spec = BlockSpec(options.pop("modality", Modality.RNA), tmp_path, table, **options)
    return read_table_block(spec, reading), [note.code for note in reading.notes if note.level != "info"]


def test_first_row_and_the_patient_without_a_value(tmp_path: Path) -> None:
    read, codes = block(tmp_path, RNA, columns="*_rna", transform="log1p")
    assert (read.kind, read.names, read.transform, read.unit) == (Kind.VECTOR, ("A", "B", "C"), "log1p", "z-score")
    assert list(read.items) == ["p1", "p3"]
    np.testing.assert_array_equal(read.items["p1"], np.float32([1.5, -2, 0.5]))
    assert codes == []


def test_mean_of_rows_leaves_gaps_out(tmp_path: Path) -> None:
    read, _ = block(tmp_path, RNA, columns="*_rna", rows="mean")
    np.testing.assert_array_equal(read.items["p1"], np.float32([2, -2, 0.75]))


def test_bags_drop_rows_without_a_number(tmp_path: Path) -> None:
    read, _ = block(tmp_path, RNA + "p1,,,\n", columns="*_rna", rows="bag")
    assert read.kind is Kind.BAG and list(read.items) == ["p1", "p3"]
    assert read.items["p1"].values.shape == (2, 3)


def test_cases_in_columns(tmp_path: Path) -> None:
    text = "gene,p3,p1\nNA,1,2\nTP53,3,4\n"
    read, _ = block(tmp_path, text, orientation="cases-in-columns")
    assert read.names == ("NA", "TP53")
    assert read.items["p1"].tolist() == [2, 4]
    assert list(read.items) == ["p1", "p3"]


def test_clinical_fields_keep_words_and_numbers(tmp_path: Path) -> None:
    text = "id,age,sex,grade\np1,63,F,2\np2,,,[Not Available]\np3,90+,M,G4\n"
    read, _ = block(
        tmp_path, text, modality=Modality.CLINICAL, columns=("age", "sex", "grade"), ordered={"grade": ("1", "2")}
    )
    assert (read.kind, read.names) == (Kind.FIELDS, ("age", "sex", "grade"))
    assert read.items == {"p1": (63.0, "F", "2"), "p3": ("90+", "M", "G4")}
    assert read.ordered == {"grade": ("1", "2")}


def test_the_outcome_is_no_feature(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,time,dead,A\np1,3,1,0.5\n")
    barred = {(tmp_path / "t.csv").resolve(): frozenset({"time", "dead"})}
    spec = BlockSpec(Modality.RNA, tmp_path, TableSpec(tmp_path / "t.csv"))
    assert read_table_block(spec, Reading(("p1",), Tables(), barred)).names == ("A",)


def test_an_outcome_that_is_named_as_an_input_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,months,age\np1,3,50\np2,4,60\n")
    reading = Reading(("p1", "p2"), Tables(), {path.resolve(): frozenset({"months", "died"})})
    read_table_block(BlockSpec(Modality.CLINICAL, tmp_path, TableSpec(path), ("age", "months")), reading)
    (note,) = [note for note in reading.notes if note.level == "warning"]
    assert note.code == "BLK-13" and "months is the outcome" in note.text


def test_nobody_in_common_shows_both_kinds_of_ids(tmp_path: Path) -> None:
    read, codes = block(tmp_path, RNA, ids=("TCGA-AA-0001",), columns="*_rna")
    assert not read.items and codes == ["BLK-02"]


def test_ids_that_are_written_differently_are_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,A\n1,0.5\n2,0.7\n")
    reading = Reading(("001", "002"), Tables())
    read_table_block(BlockSpec(Modality.RNA, tmp_path, TableSpec(tmp_path / "t.csv")), reading)
    (note,) = [note for note in reading.notes if note.code == "BLK-02"]
    assert any("1 feature," in note.text for note in reading.notes)
    assert "1 and 001 differ in capitals, leading zeros or signs" in note.text and "write them alike" in note.text


def test_the_only_row_of_a_case_is_his(tmp_path: Path) -> None:
    read, codes = block(tmp_path, "id,A,B\nsample-1,1,2\n", ids=("C-1",), lone=True)
    assert read.items["C-1"].tolist() == [1, 2] and codes == ["BLK-03"]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"no column is named \*_cnv.*TBL-14"):
        block(tmp_path, RNA, columns="*_cnv")


def test_groups_keep_the_genes_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("one,two,none\nA,C,X\nB,X,\n")
    read, _ = block(tmp_path, RNA, columns="*_rna", groups=tmp_path / "g.csv")
    assert read.groups == {"one": ("A", "B"), "two": ("C",)}


def test_genes_that_became_dates_are_reported(tmp_path: Path) -> None:
    _, codes = block(tmp_path, "id,1-Mar,TP53\np1,1.5,2\n")
    assert codes == ["BLK-05"]


def sources(folder: Path, *names: str) -> tuple[Source, ...]:
    return tuple(Source(Modality.PATHOLOGY, folder / name) for name in names)


def test_bags_of_several_slides_become_one(tmp_path: Path) -> None:
    coords = np.array([[0, 0], [256, 0]], dtype=np.int64)
    for name in ("a.h5", "b.h5"):
        write_bag(tmp_path / name, Bag(np.ones((2, 3), np.float32), coords, 256.0), {"encoder": "uni"})
    (tmp_path / "c.h5").write_bytes(b"no")
    reading = Reading(("p1", "p2"), Tables())
    spec = BlockSpec(Modality.PATHOLOGY, tmp_path, files=("x",))
    read = read_file_block(spec, {"p1": sources(tmp_path, "a.h5", "b.h5"), "p2": sources(tmp_path, "c.h5")}, reading)
    assert list(read.items) == ["p1"] and read.encoder == "uni"
    assert read.items["p1"].values.shape == (4, 3)
    assert read.items["p1"].slides == ("a", "a", "b", "b")
    assert [note.code for note in reading.notes if note.level == "warning"] == ["BLK-04"]


def test_bags_of_different_encoders_are_not_joined() -> None:
    with pytest.raises(ReadError, match="one encoder"):
        joined([(Path("a.h5"), Bag(np.ones((2, 3), np.float32))), (Path("b.h5"), Bag(np.ones((2, 4), np.float32)))])


def test_volumes_wait_to_be_encoded(tmp_path: Path) -> None:
    files = {"p1": tuple(Source(Modality.MRI, tmp_path / r, role=r) for r in ("flair", "t1", "segmentation"))}
    read = read_file_block(BlockSpec(Modality.MRI, tmp_path), files, Reading(("p1",), Tables()))
    assert (read.kind, read.names, dict(read.items)) == (Kind.VOLUME, ("t1", "flair"), {})
    assert read.patients == {"p1"}

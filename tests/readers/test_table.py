"""Tables: whatever the format, encoding and shape, the cells come out as they were written."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import packed
from survgui.readers.table import Table, Tables, read_table, sheets_of, transposed

PLAIN = "case,TP53,EGFR\n007,1.5,2\n1E5,-3,4.25\nNA,0,\n"
IDS = ["007", "1E5", "NA"]
VALUES = np.array([[1.5, 2.0], [-3.0, 4.25], [0.0, np.nan]])


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_zip(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, content)
    return target.getvalue()


def workbook(rows: list[list[object]], sheet: str = "data") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def check_plain(table: Table) -> None:
    assert table.names == ("case", "TP53", "EGFR")
    assert table.text("case") == IDS
    np.testing.assert_array_equal(table.numbers(["TP53", "EGFR"]), VALUES)


def codes(table: Table) -> list[str]:
    return [note.code for note in table.notes]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", PLAIN.encode()),
        ("t.txt", PLAIN.replace(",", "\t").encode()),
        ("t.tsv", PLAIN.replace(",", "\t").encode()),
        ("t.csv.gz", gzip.compress(PLAIN.encode(), mtime=0)),
        ("t.fea.gz", gzip.compress(PLAIN.encode(), mtime=0)),
        ("t.csv.zip", as_zip("t.csv", PLAIN.encode())),
        ("t.csv.zip", as_zip("./t.csv.zip", PLAIN.encode())),
        ("t", PLAIN.encode()),
        ("t.csv", b"\xef\xbb\xbf" + PLAIN.encode()),
        ("t.csv", PLAIN.replace("\n", "\r\n").encode()),
        ("t.csv", PLAIN.replace("\n", "\r").encode()),
        ("t.csv", ("# made by hand, on a Monday\n" + PLAIN).encode()),
        ("t.csv", PLAIN.replace("007", '"007"').replace("case", '"case"').encode()),
        ("t.csv", (PLAIN + "\n\n").encode()),
    ],
)
def test_plain_tables_in_every_wrapping(tmp_path: Path, name: str, content: bytes) -> None:
    table = read_table(written(tmp_path / name, content))
    check_plain(table)
    assert codes(table) == []


def test_utf16_is_read_and_said(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", PLAIN.encode("utf-16")))
    check_plain(table)
    assert codes(table) == ["TBL-23"]


def test_windows_encoding_is_read_and_said(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,Größe\nMüller,3\n".encode("cp1252")))
    assert table.names == ("case", "Größe")
    assert table.text("case") == ["Müller"]
    assert codes(table) == ["TBL-23"]


def test_semicolons_and_decimal_commas_are_read_and_said(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", PLAIN.replace(",", ";").replace(".", ",")))
    check_plain(table)
    assert sorted(codes(table)) == ["TBL-24", "TBL-25"]


def test_three_digit_decimals_in_a_semicolon_file_are_not_thousands(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case;a;b\nx;1,234;2,500\n"))
    np.testing.assert_array_equal(table.numbers(["a", "b"]), [[1.234, 2.5]])


@pytest.mark.parametrize(
    ("cells", "expected", "code"),
    [
        (["1,234.5", "12", "1,000,000"], [1234.5, 12, 1e6], "TBL-26"),
        (["8,47", "37,78", ""], [8.47, 37.78, np.nan], "TBL-25"),
        (["1.234,5", "7", "NA"], [1234.5, 7, np.nan], "TBL-25"),
    ],
)
def test_commas_in_quoted_numbers(tmp_path: Path, cells: list[str], expected: list[float], code: str) -> None:
    rows = "".join(f'p{i},"{cell}"\n' for i, cell in enumerate(cells))
    table = read_table(written(tmp_path / "t.csv", "case,a\n" + rows))
    np.testing.assert_array_equal(table.numbers(["a"])[:, 0], expected)
    assert codes(table) == [code]


def test_row_names_without_a_header_as_r_writes_them(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.txt", "TP53 EGFR\np1 1 2\np2 3 4\n"))
    assert table.names == ("", "TP53", "EGFR")
    assert table.text("") == ["p1", "p2"]


def test_words_and_numbers_mixed(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,grade,age\n1,G2,63\n2,[Not Available],\n3,4,90+\n"))
    assert table.cells("grade") == ["G2", None, 4.0]
    assert table.cells("age") == [63.0, None, "90+"]
    assert table.numeric() == ("case",)


def test_missing_words_are_missing_numbers(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,a\n1,NA\n2,#N/A\n3,[Not Applicable]\n4,None\n5,2\n"))
    np.testing.assert_array_equal(table.numbers(["a"])[:, 0], [np.nan] * 4 + [2.0])


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "TBL-04", "empty"),
        (b" \n \n", "TBL-04", "empty"),
        (b"case,a\n", "TBL-17", "no rows"),
        (b"case,a\n1,2\n3,4,5\n", "TBL-18", "line 3 has 3 cells"),
        (b"# c\ncase,a,b\n1,2,3\n3,4\n", "TBL-18", "line 4 has 2 cells"),
        (b'case,a\n1,"x\ny"\n2,b,c\n', "TBL-18", "line 4 has 3 cells"),
        (b'case,a\n1,"x\n2,3\n', "TBL-19", "line 2"),
        (b"case,a\n1,\x002\n", "TBL-20", "line 2"),
        (b"\x89HDF\r\n\x1a\nxxxx", "TBL-06", "HDF5"),
        (b"\xd0\xcf\x11\xe0xxxx", "TBL-06", ".xlsx"),
        (b"\x81\x8d\xff\xfe\x00", "TBL-06", "text"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-9], "TBL-10", "damaged"),
        (as_zip("a.csv", b"a,b\n1,2\n")[:-8], "TBL-10", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_the_line(tmp_path: Path, content: bytes, code: str, said: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_table(written(tmp_path / "t.csv", content))
    assert caught.value.code == code
    assert said in str(caught.value)


def test_infinite_values_are_refused_with_their_lines(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,a,b\n1,2,3\n2,inf,4\n3,5,-Inf\n"))
    with pytest.raises(ReadError, match=r"2 rows \(lines 3, 4\).*TBL-21"):
        table.numbers(["a", "b"])


def test_a_word_among_numbers_is_refused_with_its_line(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,a\n1,2\n2,high\n3,low\n"))
    with pytest.raises(ReadError, match=r"2 cells \(first: 'high' in line 3\).*TBL-22"):
        table.numbers(["a"])


def test_an_absent_column_suggests_the_nearest(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", PLAIN))
    with pytest.raises(ReadError, match=r"did you mean 'TP53'.*TBL-14"):
        table.numbers(["TP54"])


def test_repeated_columns_are_reported_and_the_first_counts(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", "case,a,a\n1,2,3\n"))
    assert table.names == ("case", "a")
    assert table.numbers(["a"])[0, 0] == 2
    assert codes(table) == ["TBL-27"]


def test_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"case": IDS, "TP53": VALUES[:, 0], "EGFR": VALUES[:, 1]})
    frame.to_parquet(tmp_path / "t.parquet")
    check_plain(read_table(tmp_path / "t.parquet"))


def test_a_workbook_under_the_name_of_a_text(tmp_path: Path) -> None:
    rows = [["case", "TP53", "EGFR"], ["007", 1.5, 2], ["1E5", -3, 4.25], ["NA", 0, "#N/A"]]
    table = read_table(written(tmp_path / "t.csv", workbook(rows)))
    check_plain(table)
    assert codes(table) == ["TBL-15"]


def test_numeric_ids_of_a_workbook_have_no_decimal_point(tmp_path: Path) -> None:
    path = written(tmp_path / "t.xlsx", workbook([["id", "a"], [12, 1.0], [13.0, None]]))
    table = read_table(path, sheet="data")
    assert table.text("id") == ["12", "13"]
    assert table.numeric() == ("id", "a")
    with pytest.raises(ReadError, match=r"no sheet 'other'; it has data .TBL-16"):
        read_table(path, sheet="other")


def test_npz_arrays_beside_the_table_are_columns(tmp_path: Path) -> None:
    features = np.arange(6, dtype=np.float16).reshape(2, 3)
    np.savez(tmp_path / "t.npz", case_id=np.array(["a", "b"]), features=features)
    table = read_table(tmp_path / "t.npz")
    assert table.names == ("case_id", "features_0", "features_1", "features_2")
    assert table.text("case_id") == ["a", "b"]
    np.testing.assert_array_equal(table.numbers(table.names[1:]), features)
    with pytest.raises(ReadError, match=r"no table 'weights'.*TBL-16"):
        read_table(tmp_path / "t.npz", array="weights")


def test_npz_with_objects_is_refused_without_running_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ReadError, match="TBL-10"):
        read_table(tmp_path / "t.npz")


def test_a_zip_of_two_tables_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(ReadError, match=r"holds 2 \(a.csv, b.csv\).*TBL-13"):
        read_table(tmp_path / "t.zip")


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "LIMIT", 1000)
    with pytest.raises(ReadError, match="TBL-09"):
        read_table(written(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n" * 1000)))


def test_a_folder_and_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="TBL-02"):
        read_table(tmp_path)
    with pytest.raises(ReadError, match="TBL-01"):
        read_table(tmp_path / "absent.csv")


def test_an_old_workbook_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match=r"save it as \.xlsx"):
        read_table(written(tmp_path / "t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def test_cases_in_columns_are_turned_round(tmp_path: Path) -> None:
    path = written(tmp_path / "t.tsv", "gene\tkind\t007\t1E5\nNA\tx\t1\t2\nTP53\ty\t3\t4\nN_unmapped\tz\t9\t9\n")
    cases, features, values = transposed(read_table(path))
    assert (cases, features) == (["007", "1E5"], ["NA", "TP53"])
    np.testing.assert_array_equal(values, [[1, 3], [2, 4]])


def test_gdc_counts_are_named_by_symbol(tmp_path: Path) -> None:
    text = (
        "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\ttpm_unstranded\n"
        "N_unmapped\t\t\t100\t\nENSG00000000003.15\tTSPAN6\tprotein_coding\t12\t0.5\n"
    )
    cases, features, values = transposed(read_table(written(tmp_path / "t.tsv", text)), "unstranded")
    assert (cases, features, values.tolist()) == (["unstranded"], ["TSPAN6"], [[12.0]])


def test_a_table_is_parsed_once(tmp_path: Path) -> None:
    tables = Tables()
    path = written(tmp_path / "t.csv", PLAIN)
    assert tables.read(path) is tables.read(tmp_path / "." / "t.csv")


def test_a_table_without_a_value_is_told(tmp_path: Path) -> None:
    for text, blank in (("id,a,b\nP1,,NA\nP2,,\n", True), ("id,a,b\nP1,,NA\nP2,,x\n", False), ("id\nP1\n", False)):
        path = tmp_path / "t.csv"
        path.write_text(text)
        assert read_table(path).is_blank() is blank


def test_the_sheets_of_a_workbook_and_of_nothing_else(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "A"
    book.create_chartsheet("Chart", 0).add_chart(openpyxl.chart.BarChart())
    book.create_sheet("B").append(["id", "x"])
    book.save(tmp_path / "book.xlsx")
    assert sheets_of(tmp_path / "book.xlsx") == ("A", "B")
    with pytest.raises(ReadError, match="'A' is empty"):  # not the chart
        read_table(tmp_path / "book.xlsx")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "book.xlsx").read_bytes()[:200])
    assert sheets_of(tmp_path / "t.csv") == sheets_of(tmp_path / "cut.zip") == ()


def changed_workbook(path: Path, *changes: tuple[str, str]) -> Path:
    """A workbook of five patients whose sheet's XML is changed by hand."""
    made = openpyxl.Workbook()
    for row in [("id", "a", "b"), *((f"P{k}", k, 2 * k) for k in range(5))]:
        made.active.append(row)
    made.save(path.with_suffix(".plain"))
    with zipfile.ZipFile(path.with_suffix(".plain")) as plain, zipfile.ZipFile(path, "w") as spoilt:
        for name in plain.namelist():
            text = plain.read(name).decode()
            for old, new in changes if name.endswith("sheet1.xml") else ():
                assert old in text
                text = text.replace(old, new, 1)
            spoilt.writestr(name, text)
    return path


@pytest.mark.parametrize("said", ["A1", "A1:B2", "A1:XFD1048576"])
def test_a_sheet_has_the_rows_that_it_has_whatever_it_says_of_its_size(tmp_path: Path, said: str) -> None:
    table = read_table(changed_workbook(tmp_path / "t.xlsx", ('ref="A1:C6"', f'ref="{said}"')))
    assert (table.names, len(table)) == (("id", "a", "b"), 5)


_LOL = "<!DOCTYPE l [" + "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10 if k else "lol"}">' for k in range(9)) + "]>"
_WIDE = "".join(f'<row><c r="XFD{k}"><v>1</v></c></row>' for k in range(7, 70))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([("<worksheet", f"{_LOL}<worksheet"), ("<v>3</v>", "<v>&l9;</v>")], "TBL-10"),
        ([('r="C6"', 'r="ZZZZZZ6"')], "TBL-10"),
        ([("<v>3</v>", "<v>three</v>")], "TBL-10"),
        ([("</sheetData>", "")], "TBL-10"),
        ([('<row r="6"', '<row r="99999999999"')], "TBL-09"),
        ([("</sheetData>", _WIDE + "</sheetData>")], "TBL-09"),
    ],
    ids=["entities", "column", "number", "cut", "row", "cells"],
)
def test_a_workbook_made_to_do_harm_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: list[tuple[str, str]], code: str
) -> None:
    monkeypatch.setattr("survgui.readers.table._SHEET_ROWS", 1000)
    monkeypatch.setattr("survgui.readers.table._SHEET_CELLS", 10**6)
    with pytest.raises(ReadError) as refused:
        read_table(changed_workbook(tmp_path / "t.xlsx", *changes))
    assert refused.value.code == code


def test_arrays_that_say_to_be_larger_than_any_memory_are_refused(tmp_path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**8, 10**8)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("x.npy", head.getvalue() + b"\0" * 64)
    with pytest.raises(ReadError, match="TBL-10"):
        read_table(tmp_path / "a.npz")


def test_ids_that_a_spreadsheet_has_rounded_are_nobodys(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    long = 12345678901234561
    for row in [("id", "mixed", "a"), (long, "P1", 1), (long + 1, long, 2), (7, 8, 3)]:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert (table.text("id"), table.text("mixed")) == (["", "", "7"], ["P1", "", "8"])
    assert [note.code for note in table.notes] == ["TBL-29"] * 2 and "the column id holds" in table.notes[0].text
    whole = pd.DataFrame({"id": [2**60 + 1, 2**60 + 2], "a": [1.5, 2.5]})
    whole.to_parquet(tmp_path / "whole.parquet")
    whole.astype({"id": float}).to_parquet(tmp_path / "float.parquet")
    assert read_table(tmp_path / "whole.parquet").text("id") == [str(2**60 + 1), str(2**60 + 2)]
    assert read_table(tmp_path / "float.parquet").text("id") == ["", ""]

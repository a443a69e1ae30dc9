"""Shape and marks of a text table are found before it is parsed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from survgui.errors import ReadError
from survgui.readers import delimited
from survgui.readers.delimited import parse

HERE = Path("t.csv")


def names(text: str) -> tuple[str, ...]:
    return parse(HERE, text.encode()).names


@pytest.mark.parametrize("separator", ["\t", ",", ";", "|"])
def test_the_separator_is_the_one_that_cuts_evenly(separator: str) -> None:
    others = " ".join(set("\t,;|") - {separator})
    text = f"id{separator}note\n1{separator}a{others}b\n2{separator}plain\n"
    parsed = parse(Path("t.txt"), text.encode())
    assert (parsed.separator, parsed.names) == (separator, ("id", "note"))


def test_quoted_separators_and_line_breaks_belong_to_the_cell() -> None:
    parsed = parse(HERE, b'id,note\n1,"a, b\nc"\n2,d\n')
    assert parsed.verbatim(1) == ["a, b\nc", "d"]


def test_a_header_over_two_lines_and_a_hash_before_the_first_name() -> None:
    assert names('id,"two\nlines"\n1,2\n') == ("id", "two lines")
    assert names("#id,a\n1,2\n") == ("#id", "a")
    assert names("# comment, with a comma\nid,a\n1,2\n") == ("id", "a")
    assert names("#Patient Identifier,Age\n#The id,Age in years\n#STRING,NUMBER\n#1,1\nid,a\n1,2\n") == ("id", "a")


def test_lines_are_counted_as_an_editor_counts() -> None:
    assert parse(HERE, b"id,a\n1,2\n").first_line == 2
    assert parse(HERE, b"# x\n# y\nid,a\n1,2\n").first_line == 4


def test_wide_lines_beyond_the_csv_parsers_limit() -> None:
    header = '"id"\t' + "\t".join(f'"G{i}"' for i in range(30_000))
    row = "x\t" + "\t".join("1.5" for _ in range(30_000))
    parsed = parse(Path("t.txt"), f"{header}\n{row}\n".encode())
    assert len(parsed.names) == 30_001
    assert parsed.frame.iloc[0, -1] == 1.5


def test_strict_rows_are_those_of_the_file_plain_or_compressed(tmp_path):
    content = b'\xef\xbb\xbfcase,risk\nP1,"0,5"\nP2,1\n'
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
    for name in ("a.csv", "a.csv.gz"):
        assert delimited.strict_rows(tmp_path / name, ("A", "B")) == (
            ["case", "risk"],
            [{"case": "P1", "risk": "0,5"}, {"case": "P2", "risk": "1"}],
        )


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-12], lambda b: b[:12] + b"\xff" * 9 + b[21:], lambda b: b"no archive"]
)
def test_a_damaged_archive_of_strict_rows_is_told(tmp_path, damage):
    (tmp_path / "a.csv.gz").write_bytes(damage(gzip.compress(b"case,risk\n" + bytes(range(48, 90)))))
    with pytest.raises(ReadError, match=r"damaged or incomplete.*\[B\]"):
        delimited.strict_rows(tmp_path / "a.csv.gz", ("A", "B"))


def test_strict_rows_that_are_not_there_or_no_text_are_told(tmp_path):
    with pytest.raises(ReadError, match=r"\[A\]"):
        delimited.strict_rows(tmp_path / "none.csv", ("A", "B"))
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match=r"UTF-8; save it as such \[B\]"):
        delimited.strict_rows(tmp_path / "a.csv", ("A", "B"))


def test_a_title_above_the_header_is_told() -> None:
    with pytest.raises(ReadError, match="line 3 has 3 cells; delete titles above the header"):
        names("Our study of glioma\n\nid,a,b\n1,2,3\n")


@pytest.mark.parametrize("first", ["ENSG00000000003.13\t2521", "cg00000029\t0.46", "cg00000029\tNA", "hsa-let-7a-1\t7"])
def test_two_columns_without_a_header(first: str) -> None:
    parsed = parse(Path("t.txt"), f"{first}\nx\t3\n".encode())
    assert (parsed.names, parsed.first_line, len(parsed.frame)) == (("feature", "value"), 1, 2)
    assert [note.code for note in parsed.notes] == ["TBL-28"]
    assert names("ENSG00000000003,TCGA-A1-0001\n1,2\n") == ("ENSG00000000003", "TCGA-A1-0001")

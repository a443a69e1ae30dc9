"""Tables for a spreadsheet: read back by the standard library, and with nothing in them that would run."""

import csv
import io

from survgui.cases.spreadsheet import csv_text


def test_what_is_written_is_read_back() -> None:
    rows: list[list[object]] = [["case", "n"], ['Zoë, "the" first', 2], ["two\nlines", -0.5], [None, 1e-9]]
    read = list(csv.reader(io.StringIO(csv_text(rows))))
    assert read == [["case", "n"], ['Zoë, "the" first', "2"], ["two\nlines", "-0.5"], ["", "1e-09"]]


def test_no_text_is_a_formula_and_every_number_stays_one() -> None:
    starts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\uff1d1+1"]
    (read,) = csv.reader(io.StringIO(csv_text([[*starts, -1, "a=b"]]), newline=""))
    assert read == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\nx", "'\uff1d1+1", "-1", "a=b"]

"""Tables of omics and clinical data as they are met in the field; one line a fault. Everyone else's data stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.readers import packed
from survgui.readers.cohort import load_cohort
from tests.faults import good
from tests.faults.conftest import Cell, Judge, messages, noted, refused, taken
from tests.faults.mutator import (
    Fault,
    a_dead_link,
    a_device,
    a_folder,
    a_link_to_itself,
    a_pipe,
    after,
    at,
    becomes,
    before,
    beside,
    both,
    cell,
    column,
    columns,
    empty,
    encoded,
    encrypted,
    gzipped,
    lines,
    made,
    missing,
    noise,
    nothing,
    pattern,
    replaced_by,
    text,
    truncate,
    zeros,
    zipped,
)


def rna_of(judge: Judge, spoilt: Cell, name: str = "rna.csv") -> Cohort:
    """A cohort whose RNA table is spoilt: patients, outcomes and clinical data stay, and the message names it."""
    written = good.cohort(judge.folder / "cohort")
    table = written.parent / "rna.csv"
    if name != table.name:
        table.rename(written.parent / name)
        text("rna.csv", name)(written)
    spoilt.fault(written.parent / name)
    cohort = load_cohort(written)
    assert len(cohort) == len(good.PATIENTS) and cohort.events.sum() == 20
    assert len(cohort.blocks[Modality.CLINICAL].items) == len(good.PATIENTS)
    assert len(cohort.splits) == 2
    judge.said(spoilt, messages(cohort), name)
    assert bool(cohort.blocks[Modality.RNA].items) == spoilt.used
    return cohort


def test_a_bomb(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is looked at while unpacking; here it is lowered to what the good table takes."""
    monkeypatch.setattr(packed, "LIMIT", len(good.clinical()))
    rna_of(judge, refused("", both(becomes(bytes(10**6)), gzipped()), "TBL-09", "unpacks to more than .*smaller"))


def workbook(sheets: dict[str, list[list[object]]]) -> Fault:
    """An Excel workbook in the place of the table."""

    def write(path: Path) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        with path.open("wb") as file:
            book.save(file)

    return replaced_by(write)


def parquet(path: Path) -> None:
    import pandas as pd

    pd.read_csv(path).to_parquet(path)


ROWS: list[list[object]] = [line.split(",") for line in good.rna().decode().splitlines()]
NUMBERS: list[list[object]] = [ROWS[0], *([row[0], *map(float, row[1:])] for row in ROWS[1:])]
WORDS: list[object] = ["P003", "x", 1, 1, 1, 1, 1]
ABOUT: list[list[object]] = [["a", "b"], [1, 2]]

TABLE = (
    refused("missing", missing, "TBL-01", "is not there; was it moved"),
    refused("an empty file", empty, "TBL-04", "is empty .0 bytes"),
    refused("a folder of its name", a_folder, "TBL-02", "a folder; choose a file in it"),
    refused("a named pipe", a_pipe, "TBL-03", "a pipe or a device"),
    refused("a link to a device", a_device, "TBL-03", "a pipe or a device"),
    refused("a dead link", a_dead_link, "TBL-01", "is not there; was it moved"),
    refused("a link to itself", a_link_to_itself, "TBL-11", "cannot be reached"),
    refused("a picture", made(good.png), "TBL-06", "a PNG image, not a table"),
    refused("a slide", made(good.slide), "TBL-06", "a TIFF image, not a table"),
    refused("a volume", made(good.volume), "TBL-06", "a NIfTI volume, not a table"),
    refused("an HDF5 file", made(good.bag), "TBL-06", "an HDF5 file, not a table"),
    refused("a pickle", becomes(b"\x80\x02}q\x00."), "TBL-06", "a Python pickle, not a table"),
    refused("a PDF", becomes(b"%PDF-1.7\n" + bytes(99)), "TBL-06", "a PDF document, not a table"),
    refused("an old Excel workbook", becomes(b"\xd0\xcf\x11\xe0" + bytes(600)), "TBL-06", r"save it as .xlsx or .csv"),
    refused("random bytes", noise, "TBL-(06|20|18|17)", ""),
    refused("blank lines only", becomes(b"\n \n\n"), "TBL-04", "is empty; export"),
    refused("a header only", lines(lambda rows: rows[:1]), "TBL-17", "a header .line 1. but no rows"),
    refused("comments only", becomes(b"# one\n# two\n"), "TBL-17", "comments and no rows"),
    refused("a line with a cell too many", cell(5, 2, "1,2"), "TBL-18", "line 6 has 8 cells where the header has 7"),
    refused("a line cut short", lines(lambda r: [*r[:9], "P999,1.5", *r[9:]]), "TBL-18", "line 10 has 2 cells"),
    refused("the first 55 % of a copy", truncate(55), "TBL-18", "cells where the header has 7"),
    refused("an open quote", cell(7, 0, '"P007'), "TBL-19", "quotation mark opened in line 8 is never closed"),
    refused("NUL bytes", cell(4, 3, "1\0"), "TBL-20", "NUL bytes .first in line 5"),
    refused("zeros in the middle", zeros(40, 300), "TBL-20", "NUL bytes"),
    refused("infinity", cell(3, 2, "inf"), "TBL-21", r"infinite values in 1 rows .lines 4"),
    refused("minus infinity in many rows", column(1, "-inf"), "TBL-21", r"infinite values in 40 rows"),
    refused("a word among numbers", cell(2, 4, "high"), "TBL-22", "'PTEN' is not a number in 1 cells.*'high'"),
    refused("words in a whole column", column(6, "low"), "TBL-22", "not a number in 40 cells"),
    refused("a formula's error", cell(2, 4, "#REF!"), "TBL-22", "'#REF!' in line 3"),
    refused("a column gone", columns(lambda cells: cells[:-1]), "TBL-14", "no column is named MGMT"),
    refused("the column of ids gone", columns(lambda cells: cells[1:]), "TBL-14", "no column 'case_id'"),
    refused("a misspelt name", pattern("^case_id", "case_ID"), "TBL-14", "did you mean 'case_ID'"),
    refused("ids of other patients", pattern("^P0", "X0"), "BLK-02", "none of the patients is in rna.csv.*X001.*P001"),
    refused("every value missing", pattern(r"(?<=\d),[\d.,]+$", ",NA" * 6), "BLK-12", "no value"),
    noted("UTF-16", encoded("utf-16"), "TBL-23", "encoded as UTF-16"),
    noted("Latin-1 with an accent", both(pattern("^P001", "Père"), encoded("latin-1")), "TBL-23", "Windows-1252"),
    noted("semicolons", text(",", ";"), "TBL-24", "parted by semicolons, not commas"),
    noted("tabs", text(",", "\t"), "TBL-24", "parted by tabs, not commas"),
    noted("vertical bars", text(",", "|"), "TBL-24", "parted by vertical bars"),
    noted("a German spreadsheet", both(text(",", ";"), text(".", ",")), "TBL-25", "decimal comma"),
    noted("thousands", cell(2, 4, '"1,234.5"'), "TBL-26", "thousands separators"),
    noted("a column twice", columns(lambda cells: [*cells, cells[1]]), "TBL-27", "1 column names occur twice .TP53"),
    noted("a workbook called .csv", workbook({"RNA": NUMBERS}), "TBL-15", "named like text and holds xlsx"),
    noted("parquet called .csv", parquet, "TBL-15", "named like text and holds parquet"),
    taken("a byte order mark", before(b"\xef\xbb\xbf")),
    taken("line ends of Windows", text("\n", "\r\n")),
    taken("line ends of an old Mac", text("\n", "\r")),
    taken("comments above", before(b"# TCGA\n# log2\n")),
    taken("blank lines below", after(b"\n\n\n")),
    taken("more patients than the cohort", after(b"Z1,1,2,3,4,5,6\n")),
    taken("a gap", cell(3, 2, "")),
    taken("a gap in words", cell(3, 2, "[Not Available]")),
    taken("scientific notation", cell(3, 2, "1.5E-3")),
    taken("compressed twice", gzipped(2)),
    taken("a zip in a gzip", both(zipped("rna.csv"), gzipped())),
)


@pytest.mark.parametrize("spoilt", TABLE, ids=str)
def test_a_table(spoilt: Cell, judge: Judge) -> None:
    rna_of(judge, spoilt)


ARCHIVES = (
    refused("half a gzip", both(gzipped(), truncate(50)), "TBL-10", "the archive is damaged or incomplete; copy it"),
    refused("a wrong checksum in a gzip", both(gzipped(), at(-8, b"\1\2\3\4")), "TBL-10", "damaged or incomplete"),
    refused("a damaged gzip", both(gzipped(), zeros(50, 40)), "TBL-10", "damaged or incomplete"),
    refused("five gzips deep", gzipped(5), "TBL-13", "more than 4 deep; unpack the table first"),
    refused("half a zip", both(zipped("rna.csv"), truncate(50)), "TBL-10", "damaged or incomplete"),
    refused("a damaged zip", both(zipped("rna.csv"), zeros(50, 40)), "TBL-10", "damaged or incomplete"),
    refused("a zip of two tables", zipped("a.csv", "b.csv"), "TBL-13", "must hold one table, it holds 2 .a.csv, b.csv"),
    refused("a zip of nothing", zipped(), "TBL-(10|13)", "damaged|holds 0"),
    refused("an encrypted zip", encrypted, "TBL-10", "encrypted.*unpack the table first"),
    refused("a picture in a gzip", both(made(good.png), gzipped()), "TBL-06", "PNG"),
    refused("an empty file in a gzip", both(empty, gzipped()), "TBL-04", "is empty"),
    taken("a member that would leave the folder", zipped("../../rna.csv")),
    taken("a Mac's zip", zipped("rna.csv", "__MACOSX/._rna.csv")),
)


@pytest.mark.parametrize("spoilt", ARCHIVES, ids=str)
def test_a_packed_table(spoilt: Cell, judge: Judge) -> None:
    rna_of(judge, spoilt, "rna.csv.gz" if "gzip" in spoilt.words else "rna.csv.zip")


WORKBOOKS = (
    refused("a damaged workbook", both(workbook({"RNA": NUMBERS}), zeros(30, 900)), "TBL-10", "damaged or incomplete"),
    refused("half a workbook", both(workbook({"RNA": NUMBERS}), truncate(50)), "TBL-10", "damaged or incomplete"),
    refused("an empty sheet", workbook({"RNA": []}), "TBL-04", "the sheet 'RNA' is empty"),
    refused("a sheet of one line", workbook({"RNA": NUMBERS[:1]}), "TBL-17", "no rows"),
    refused("text called .xlsx of another shape", cell(5, 2, "1,2"), "TBL-18", "line 6 has 8 cells"),
    refused("words among numbers", workbook({"RNA": [*NUMBERS[:3], WORDS]}), "TBL-22", "'x' in line 4"),
    refused("the table on the second sheet", workbook({"About": ABOUT, "RNA": NUMBERS}), "TBL-14", "case_id"),
    taken("a csv called .xlsx", nothing),
)


@pytest.mark.parametrize("spoilt", WORKBOOKS, ids=str)
def test_a_workbook(spoilt: Cell, judge: Judge) -> None:
    rna_of(judge, spoilt, "rna.xlsx")


def test_ids_stay_as_they_are_written(judge: Judge) -> None:
    """007, 1E5 and 1-Mar are ids, not numbers and not a date."""
    odd = {"P001": "007", "P002": "1E5", "P004": "1-Mar"}

    def rename(path: Path) -> None:
        for old, new in odd.items():
            for name in ("rna.csv", "clinical.csv", "splits.csv"):
                pattern(f"^{old}", new)(path.parent / name)

    cohort = rna_of(judge, taken("", rename))
    assert set(odd.values()) <= set(cohort.ids)
    np.testing.assert_allclose(cohort.blocks[Modality.RNA].items["1E5"], [float(v) for v in ROWS[2][1:]], rtol=1e-6)


CLINICAL = (
    taken("an unknown sex", cell(3, 2, "unknown")),
    taken("a grade that is none of those listed", cell(3, 3, "high")),
    refused("infinite ages", column(1, "inf"), "TBL-21", "infinite values in 40 rows"),
    refused("no age", columns(lambda cells: [cells[0], *cells[2:]]), "TBL-14", "no column is named age"),
)


@pytest.mark.parametrize("spoilt", CLINICAL, ids=str)
def test_clinical_fields(spoilt: Cell, judge: Judge) -> None:
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written.parent / "clinical.csv")
    cohort = load_cohort(written)
    assert len(cohort.blocks[Modality.RNA].items) == len(good.PATIENTS)
    judge.said(spoilt, messages(cohort), "clinical.csv")
    assert bool(cohort.blocks[Modality.CLINICAL].items) == spoilt.used


def turned_of(judge: Judge, spoilt: Cell) -> Cohort:
    """A cohort whose RNA table has its patients in columns."""
    written = good.cohort(judge.folder / "cohort")
    (written.parent / "rna.csv").write_bytes(good.turned())
    pattern('table = "rna.csv"\ncase = "case_id"', 'table = "rna.csv"\norientation = "cases-in-columns"')(written)
    spoilt.fault(written.parent / "rna.csv")
    cohort = load_cohort(written)
    judge.said(spoilt, messages(cohort), "rna.csv")
    return cohort


def test_patients_in_columns(judge: Judge) -> None:
    cohort = turned_of(judge, taken("", nothing))
    assert len(cohort.blocks[Modality.RNA].items) == len(good.PATIENTS)


def test_patients_in_columns_read_as_rows(judge: Judge) -> None:
    rna_of(judge, refused("", becomes(good.turned()), "TBL-14|BLK-02", "no column|none of the patients"))


def test_genes_that_excel_took_for_dates(judge: Judge) -> None:
    spoilt = noted("", pattern("^TP53", "1-Mar"), "BLK-05", "look like dates .1-Mar.*export the table again")
    columns_named = text('columns = ["TP53", "EGFR", "IDH1", "PTEN", "ATRX", "MGMT"]\n', "")
    written = both(beside("cohort.toml", columns_named), spoilt.fault)
    turned_of(judge, noted("", written, spoilt.code, spoilt.said))

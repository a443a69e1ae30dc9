"""cohort.toml and case.toml as people write them by hand; one line a fault. Nothing is read until they are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.errors import SurvguiError
from survgui.readers.cohort import load_case, load_cohort
from tests.faults import good
from tests.faults.conftest import Cell, Judge, messages, noted, refused
from tests.faults.mutator import (
    Fault,
    a_folder,
    added,
    becomes,
    before,
    empty,
    encoded,
    missing,
    noise,
    pattern,
    text,
    truncate,
)

RNA = 'table = "rna.csv"'
OUTCOME = '[outcome]\ntable = "clinical.csv"'


GLOB = pattern(r"^columns = .\"TP53\".*", 'columns = "*_cnv"')
ORDER = pattern(r"^\[modality.clinical.ordered\]\ngrade.*", "ordered = 3")


def rna(more: str) -> Fault:
    """More keys in the modality's table."""
    return text(RNA, f"{RNA}\n{more}")


def instead(more: str) -> Fault:
    """Other keys in the place of the modality's own table."""
    return text(RNA, more)


def outcome_in(name: str) -> Fault:
    """Another file with the outcome."""
    return text(OUTCOME, OUTCOME.replace("clinical.csv", name))


def died(more: str) -> Fault:
    """An outcome said outright in a case file."""
    return added(f"[outcome]\n{more}")


COHORT = (
    refused("missing", missing, "COH-04", "cohort.toml is not there .looked in cohort"),
    refused("a folder of its name", a_folder, "COH-04", "cohort.toml (is not there|cannot be opened)"),
    refused("an empty file", empty, "COH-02", r"the table \[outcome\] is missing"),
    refused("a picture", becomes(b"\x89PNG\r\n\x1a\n\xff\xfe"), "COH-05", "is not valid TOML"),
    refused("random bytes", noise, "COH-05", "is not valid TOML"),
    refused("UTF-16", encoded("utf-16"), "COH-05", "is not valid TOML: .*UTF-8"),
    refused("a NUL byte", before(b"\0"), "COH-05", "is not valid TOML"),
    refused("cut within a text", truncate(42), "COH-05", "is not valid TOML"),
    refused("an open quote", text('"faults"', '"faults'), "COH-05", "is not valid TOML: .*line 1"),
    refused("an open bracket", text("[outcome]", "[outcome"), "COH-05", "is not valid TOML: .*line 2"),
    refused("a key twice", text("time =", 'event = "x"\ntime ='), "COH-05", "is not valid TOML"),
    refused("5,000 brackets", added("x = " + "[" * 5000), "COH-05", "brackets in brackets"),
    refused("JSON", becomes(b'{"name": "x"}'), "COH-05", "is not valid TOML"),
    refused("a misspelt key", text("columns =", "colums ="), "COH-01", "'colums'; did you mean 'columns'"),
    refused("a misspelt table", text("[splits]", "[split]"), "COH-01", "'split'; did you mean 'splits'"),
    refused("an unknown modality", text("[modality.rna]", "[modality.proteins]"), "COH-01", "'proteins'; .allowed"),
    refused("no outcome", text("[outcome]", "[splits.x]"), "COH-0[125]", ""),
    refused("no column of times", text('time = "months"\n', ""), "COH-02", "the key 'time' is missing; give"),
    refused("a number for a name", text('"months"\nunit', "3\nunit"), "COH-03", "time = 3 must be a text in quotes"),
    refused("an unknown unit", text('unit = "months"', 'unit = "weeks"'), "COH-03", "'weeks' is not known"),
    refused("an empty name", text('name = "faults"', 'name = " "'), "COH-03", "name is empty; give a text"),
    refused("a list of numbers for columns", text('"TP53", ', "1, "), "COH-03", "must be a text or a list of texts"),
    refused("no values for death", text("event_value = 1", "event_value = []"), "COH-03", "event_value = .. must be"),
    refused("a date for death", text("event_value = 1", "event_value = 2020-01-01"), "COH-03", "must be a text"),
    refused("text for a table", text("[modality.rna]", "modality.mri = 3\n[modality.rna]"), "COH-0[135]", ""),
    refused("a table and files", rna('files = "x"'), "COH-02", "give one of `table`, `files` and `list`"),
    refused("neither table nor files", text(f"[modality.rna]\n{RNA}\n", "[modality.rna]\n"), "COH-02", "give one of"),
    refused("an unknown transform", rna('transform = "ln"'), "COH-03", "'ln' is not known"),
    refused("an unknown orientation", rna('orientation = "wide"'), "COH-03", "'wide' is not known"),
    refused("an unknown choice of rows", rna('rows = "last"'), "COH-03", "'last' is not known"),
    refused("an unknown unit of values", rna('unit = "TPM"'), "COH-03", "'TPM' is not known"),
    refused("a filter that is no table", rna('filter = "GBM"'), "COH-03", "filter = 'GBM' must be like"),
    refused("an order that is no table", ORDER, "COH-03", "must be a table"),
    refused("a pixel size of 0", instead('files = "x"\nmpp = 0'), "COH-03", "no pixel size; give µm"),
    refused("a pixel size in words", instead('files = "x"\nmpp = "40x"'), "COH-03", "must be a number of µm"),
    refused("a pixel size of NaN", instead('files = "x"\nmpp = nan'), "COH-03", "no pixel size; give µm"),
    refused("the outcome's table gone", outcome_in("gone.csv"), "TBL-01", "is not there"),
    refused("a path with a NUL", outcome_in(r"a\u0000b"), "TBL-1?1", "cannot be reached"),
    refused("a path of 5,000 letters", outcome_in("x" * 5000), "TBL-11", "cannot be reached"),
)


@pytest.mark.parametrize("spoilt", COHORT, ids=str)
def test_a_cohort_file(spoilt: Cell, judge: Judge) -> None:
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written)
    name = "" if spoilt.code.startswith("TBL") else "cohort.toml"
    assert isinstance(judge.raised(spoilt, name, lambda: load_cohort(written)), SurvguiError)


BLOCKS = (
    refused("a table that is not there", instead('table = "gone.csv"'), "TBL-01", "gone.csv: the file is not there"),
    refused("another column of ids", pattern('(rna.csv"\ncase = "case)_id', r"\1"), "TBL-14", "no column 'case'"),
    refused("a column that is not there", text('"EGFR"', '"ERBB9"'), "TBL-14", "no column is named ERBB9; it has"),
    refused("a glob that meets nothing", GLOB, "TBL-14", r"no column is named \*_cnv"),
    refused("a filter's column that is not there", rna('filter = { type = "GBM" }'), "TBL-14", "no column 'type'"),
    refused("groups that are not there", rna('groups = "gone.csv"'), "TBL-01", "gone.csv: the file is not there"),
    refused("files for everyone", instead('files = "slide.svs"'), "COH-06", "the same files for everyone; put"),
    noted("groups of other genes", rna('groups = "splits.csv"'), "BLK-06", "no gene of splits.csv is among"),
)


@pytest.mark.parametrize("spoilt", BLOCKS, ids=str)
def test_what_a_cohort_file_names(spoilt: Cell, judge: Judge) -> None:
    """The modality is left out with a note, the others and the outcome stay."""
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written)
    cohort = load_cohort(written)
    assert len(cohort) == 40 and len(cohort.blocks["clinical"].items) == 40
    judge.said(spoilt, messages(cohort), "rna")
    assert bool(cohort.blocks["rna"].items) == spoilt.used


CASE = (
    refused("missing", missing, "COH-04", "case.toml is not there"),
    refused("an empty file", empty, "COH-02", "the key 'id' is missing"),
    refused("random bytes", noise, "COH-05", "is not valid TOML"),
    refused("no id", pattern("^id.*\n", ""), "COH-02", "the key 'id' is missing; give a text in quotes"),
    refused("a number for the id", pattern("^id.*", "id = 7"), "COH-03", "id = 7 must be a text in quotes"),
    refused("an empty id", pattern("^id.*", 'id = ""'), "COH-03", "id is empty"),
    refused("a negative time", died("time = -3\nevent = true"), "COH-03", "time must be 0 or more"),
    refused("a time of NaN", died("time = nan\nevent = true"), "COH-03", "time must be 0 or more"),
    refused("an event in words", died('time = 3\nevent = "dead"'), "COH-03", "event true .died. or false"),
    refused("a time in words", died('time = "long"\nevent = true'), "COH-03", "must be a number"),
)


@pytest.mark.parametrize("spoilt", CASE, ids=str)
def test_a_case_file(spoilt: Cell, judge: Judge) -> None:
    written = good.case(judge.folder / "P007", "pathology", "bag.h5", b"", 'files = "bag.h5"')
    spoilt.fault(written)
    judge.raised(spoilt, "case.toml", lambda: load_case([written]))


def test_a_patient_who_is_in_no_table_is_said(tmp_path: Path) -> None:
    written = good.case(tmp_path / "P007", "pathology", "bag.h5", good.bag(), 'files = "bag.h5"')
    other = refused("", pattern("^id.*", 'id = "Z999"'), "BLK-02", "none of the patients is in")
    other.fault(written)
    cohort = load_case([written])
    assert cohort.pattern("Z999") == {"pathology"}
    Judge(tmp_path).said(other, messages(cohort), "clinical.csv")

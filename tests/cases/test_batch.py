from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from survgui.cases.batch import (
    COLUMNS,
    Action,
    BatchFacts,
    Item,
    Order,
    Row,
    as_csv,
    batch_json,
    batch_of,
    row_json,
    row_of,
)
from survgui.errors import Trouble

FAILED = Row("b", trouble=Trouble("ReadError", "it is empty", "SLD-04"), seconds=1.5, key="k")
DONE = Row("a", {"case": "a", "modalities": {"rna": "measured"}}, written=("a.pdf",), key="l")


@pytest.mark.parametrize("row", [FAILED, DONE])
def test_a_row_comes_back_from_json(row):
    assert row_of(json.loads(json.dumps(row_json(row)))) == row


def test_a_batch_comes_back_from_json_with_the_rows_of_its_cases_alone():
    items = (Item("a", (Path("/x/case.toml"),), bundle=Path("/m")), Item("b", (Path("/c.toml"),), "b"), Item("c", ()))
    order = Order(Action.REPORT, Path("/m"), hide=("rna",), reports=Path("/r"), pseudonyms=True)
    facts = BatchFacts("k", "Report 3 cases", "2026-01-01", order, items, {"a": DONE, "b": FAILED})
    again = batch_of(json.loads(json.dumps(batch_json(facts))), [DONE, FAILED, Row("stranger")])
    assert again == facts
    assert (again.done, again.failed, again.left) == (1, 1, 1)


def test_a_failure_is_said_with_its_code_once():
    assert DONE.done and not FAILED.done and DONE.said == ""
    assert FAILED.said == "it is empty [SLD-04]"
    assert Row("c", trouble=Trouble("CohortError", "bad [COH-01]", "COH-01")).said == "bad [COH-01]"


def test_no_cell_of_the_table_is_a_formula():
    row = {
        **dict.fromkeys(COLUMNS),
        "case": '=HYPERLINK("http://x")',
        "bundle": {"name": "demo"},
        "modalities": {"rna": "measured", "mri": "imputed"},
        "warnings": ["-1", "two"],
        "risk": -0.5,
    }
    (read,) = csv.DictReader(io.StringIO(as_csv([row])))
    assert read["case"] == '\'=HYPERLINK("http://x")'
    assert read["warnings"] == "'-1; two"
    assert read["risk"] == "-0.5"  # a number stays one
    assert read["modalities"] == "rna: measured; mri: imputed" and read["median_months"] == ""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import pytest

from survgui.cases.case import Modality
from survgui.cases.prediction import as_json
from survgui.cli import arguments as common
from survgui.cli import predict as module
from survgui.cli.main import run


@pytest.fixture
def predicted(engine, task, cohort, bundle, monkeypatch):
    """Predicting gives these results; the choices that it was asked with are handed back."""

    def put(*results):
        seen = []
        engine("survgui.readers.cohort", load_cohort=lambda path: cohort, load_case=lambda paths, mpp: cohort)
        engine(
            "survgui.engine.predict",
            Choices=SimpleNamespace,
            predict=lambda cohort, bundle, choices, device: seen.append(vars(choices)) or task(results),
        )
        monkeypatch.setattr(common, "find_bundle", lambda name: bundle)
        return seen

    return put


def failure():
    return SimpleNamespace(case="P2", message="P2.svs: the file is empty")


def test_a_case_is_an_object(predicted, prediction, tmp_path, capsys):
    seen = predicted(prediction)
    words = f"predict P1 --bundle demo --hide rna,mri --draws 5 --seed 3 --steps 8 --json {tmp_path / 'r.json'}"
    assert run(words.split()) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == as_json(prediction)
    assert capsys.readouterr().out == f"{tmp_path / 'r.json'}\n"
    hidden = frozenset({Modality.RNA, Modality.MRI})
    assert seen == [{"hide": hidden, "draws": 5, "seed": 3, "generator": "", "steps": 8}]


def test_a_cohort_is_a_list_with_a_row_for_a_failure(predicted, prediction, tmp_path, capsys):
    predicted(prediction, failure())
    words = f"predict cohort.toml --bundle demo --json {tmp_path / 'r.json'} --csv {tmp_path / 'r.csv'}"
    assert run(words.split()) == 0
    rows = json.loads((tmp_path / "r.json").read_text())
    assert [row["case"] for row in rows] == ["P1", "P2"] and rows[1]["error"] == "P2.svs: the file is empty"
    assert "survgui: P2: P2.svs: the file is empty\n" in capsys.readouterr().err


def test_nothing_done_is_1_and_written_all_the_same(predicted, tmp_path):
    predicted(failure())
    assert run(f"predict P2 --bundle demo --json {tmp_path / 'r.json'}".split()) == 1
    assert json.loads((tmp_path / "r.json").read_text())["error"] == "P2.svs: the file is empty"


def test_reports(predicted, prediction, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "write_report", lambda *args, alone: asked.append((args[3], alone)) or [args[3]])
    predicted(prediction, failure())
    assert run(f"predict P1 --bundle demo --report {tmp_path / 'r.PDF'}".split()) == 0
    assert run(f"predict cohort.toml --bundle demo --reports {tmp_path}".split()) == 0
    assert asked == [(tmp_path / "r.PDF", True), (tmp_path, False)]


@pytest.mark.parametrize(
    "words",
    [
        "P1 --bundle demo",
        "P1 --json r.json",
        "cohort.toml --bundle demo --report r.pdf",
        "P1 --bundle demo --report r.docx",
        "P1 --bundle demo --report r.pdf --reports d",
        "P1 --bundle demo --json r.json --hide dna",
        "P1 --bundle demo --json r.json --draws 0",
        "P1 --bundle demo --json r.json --device tpu",
        "P1 --bundle demo --json r.json --mpp -1",
    ],
)
def test_requests_that_cannot_be(words, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(["predict", *words.split()]) == 2
    assert list(tmp_path.iterdir()) == []


def test_no_cell_of_the_table_is_a_formula():
    row = {
        **dict.fromkeys(module.COLUMNS),
        "case": '=HYPERLINK("http://x")',
        "bundle": {"name": "demo"},
        "modalities": {"rna": "measured", "mri": "imputed"},
        "warnings": ["-1", "two"],
        "risk": -0.5,
    }
    (read,) = csv.DictReader(io.StringIO(module.as_csv([row])))
    assert read["case"] == '\'=HYPERLINK("http://x")'
    assert read["warnings"] == "'-1; two"
    assert read["risk"] == "-0.5"  # a number stays one
    assert read["modalities"] == "rna: measured; mri: imputed" and read["median_months"] == ""

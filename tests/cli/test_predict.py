from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import pytest

from survgui.cases.batch import Action, Item, Row
from survgui.cases.case import Modality
from survgui.cases.prediction import as_json
from survgui.cli import arguments as common
from survgui.cli import predict as module
from survgui.cli.main import run
from survgui.errors import Trouble


@pytest.fixture
def predicted(engine, task, cohort, bundle, monkeypatch):
    """Predicting one case gives this result; the choices that it was asked with are handed back."""

    def put(result):
        seen = []
        engine("survgui.readers.cohort", load_case=lambda paths, mpp: cohort)
        engine(
            "survgui.engine.predict",
            Choices=SimpleNamespace,
            predict=lambda cohort, bundle, choices, device: seen.append(vars(choices)) or task((result,)),
        )
        monkeypatch.setattr(common, "find_bundle", lambda name: bundle)
        return seen

    return put


@pytest.fixture
def many(engine, bundle, monkeypatch):
    """A cohort of two, of whom these rows come; what was asked for is handed back."""

    def put(*rows):
        seen = []
        engine("survgui.engine.predict", Choices=lambda *_: None, check_choices=lambda *_: None)
        monkeypatch.setattr(common, "find_bundle", lambda name: bundle)
        monkeypatch.setattr(module.batch, "items_of", lambda paths: [Item(row.item, ()) for row in rows])
        monkeypatch.setattr(module.batch, "perform", lambda asked, items, order: seen.append(order) or rows)
        return seen

    return put


def failure():
    return SimpleNamespace(case="P2", message="P2.svs: the file is empty")


FAILED = Row("P2", trouble=Trouble("ReadError", "P2.svs: the file is empty", "SLD-04"))


def test_a_case_is_an_object(predicted, prediction, tmp_path, capsys):
    seen = predicted(prediction)
    words = f"predict P1 --bundle demo --hide rna,mri --draws 5 --seed 3 --steps 8 --json {tmp_path / 'r.json'}"
    assert run(words.split()) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == as_json(prediction)
    assert capsys.readouterr().out == f"{tmp_path / 'r.json'}\n"
    hidden = frozenset({Modality.RNA, Modality.MRI})
    assert seen == [{"hide": hidden, "draws": 5, "seed": 3, "generator": "", "steps": 8}]


def test_a_cohort_is_a_list_with_a_row_for_a_failure(many, prediction, tmp_path, capsys):
    orders = many(Row("P1", as_json(prediction)), FAILED)
    words = f"predict cohort.toml --bundle demo --json {tmp_path / 'r.json'} --csv {tmp_path / 'r.csv'}"
    assert run(f"{words} --hide rna --draws 5 --partial".split()) == 0
    (order,) = orders
    assert order.action is Action.PREDICT and (order.hide, order.draws, order.partial) == (("rna",), 5, True)
    rows = json.loads((tmp_path / "r.json").read_text())
    assert rows[0] == as_json(prediction)
    assert rows[1]["case"] == "P2" and rows[1]["error"] == "P2.svs: the file is empty [SLD-04]"
    assert set(rows[0]) <= set(rows[1]) and rows[1]["code"] == "SLD-04" and rows[1]["risk"] is None
    table = list(csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text())))
    assert [(row["case"], row["code"]) for row in table] == [("P1", ""), ("P2", "SLD-04")]
    assert "survgui: P2: P2.svs: the file is empty [SLD-04]\n" in capsys.readouterr().err


def test_nothing_done_is_1_and_written_all_the_same(predicted, many, tmp_path):
    predicted(failure())
    assert run(f"predict P2 --bundle demo --json {tmp_path / 'r.json'}".split()) == 1
    assert json.loads((tmp_path / "r.json").read_text())["error"] == "P2.svs: the file is empty"
    many(FAILED)
    assert run(f"predict cohort.toml --bundle demo --csv {tmp_path / 'r.csv'}".split()) == 1
    assert "SLD-04" in (tmp_path / "r.csv").read_text()


def test_reports(predicted, many, prediction, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(module, "write_report", lambda *args, alone, **_: asked.append((args[3], alone)) or [args[3]])
    predicted(prediction)
    assert run(f"predict P1 --bundle demo --report {tmp_path / 'r.PDF'}".split()) == 0
    assert asked == [(tmp_path / "r.PDF", True)]
    orders = many(Row("P1", as_json(prediction), written=(str(tmp_path / "P1.pdf"),)), FAILED)
    assert run(f"predict cohort.toml --bundle demo --reports {tmp_path}".split()) == 0
    assert orders[0].action is Action.REPORT and orders[0].reports == tmp_path
    assert capsys.readouterr().out.endswith(f"{tmp_path / 'P1.pdf'}\n")
    assert not orders[0].deidentify


def test_reports_of_many_cases_and_their_tables_go_under_the_same_codes(many, prediction, tmp_path, monkeypatch):
    monkeypatch.setattr("survgui.batch.items.sources_of", lambda item: [tmp_path / f"{item.name} slide.svs"])
    failed = Row("P2", trouble=Trouble("ReadError", "P2 slide.svs is damaged", "SLD-07"))
    orders = many(
        Row("P1", as_json(prediction), written=(str(tmp_path / "r" / "1A2B3C4D.pdf"),), code="1A2B3C4D"), failed
    )
    words = f"predict cohort.toml --bundle demo --deidentify --reports {tmp_path / 'r'} --json {tmp_path / 'r.json'}"
    assert run(words.split()) == 0
    assert orders[0].deidentify
    one, two = json.loads((tmp_path / "r.json").read_text())
    assert one["case"] == "1A2B3C4D" and "P2" not in json.dumps(two) and two["code"] == "SLD-07"
    assert {path.parent for path in tmp_path.rglob("DE-IDENTIFICATION.txt")} == {tmp_path, tmp_path / "r"}


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

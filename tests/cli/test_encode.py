from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.batch import Row
from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Bag, Block, Note
from survgui.cli import encode as module
from survgui.cli.main import run
from survgui.errors import Trouble


@pytest.fixture
def slides(cohort):
    files = {i: (Source(Modality.PATHOLOGY, Path(f"{i}.svs")),) for i in cohort.ids}
    block = Block(Modality.PATHOLOGY, Kind.BAG, (), {}, files)
    return replace(cohort, blocks={**cohort.blocks, Modality.PATHOLOGY: block}, notes=(Note("info", "X", "old"),))


@pytest.fixture
def encoded(engine, task, slides):
    """Encoding that succeeds for the given patients."""

    def put(*patients: str) -> list[dict]:
        seen = []

        def encode(cohort, **options):
            seen.append(options)
            block = cohort.blocks[Modality.PATHOLOGY]
            done = replace(block, items={i: Bag(np.zeros((1, 2), dtype=np.float32)) for i in patients})
            notes = (*cohort.notes, Note("warning", "ENC-01", "P2.svs is damaged"))
            return task(replace(cohort, blocks={Modality.PATHOLOGY: done}, notes=notes))

        engine("survgui.readers.cohort", load_cohort=lambda path: slides, load_case=lambda paths, mpp: slides)
        engine("survgui.engine.encode", encode=encode)
        return seen

    return put


def rows(monkeypatch, *given):
    monkeypatch.setattr(module.batch, "items_of", lambda paths: [row.item for row in given])
    monkeypatch.setattr(module.batch, "perform", lambda asked, items, order: given)


def test_some_of_a_cohort_is_done_and_what_failed_is_told(monkeypatch, capsys, deeds):
    done = Row("P1", {"case": "P1", "modalities": {"pathology": "12 patches"}, "error": None})
    rows(monkeypatch, done, Row("P2", trouble=Trouble("ReadError", "P2.svs is damaged", "ENC-01")))
    assert run(["encode", "cohort.toml", "--device", "cpu"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "pathology: 1 of 2 patients encoded\n"
    assert "survgui: P2: P2.svs is damaged [ENC-01]\n" in captured.err and "1 of 2 cases done" in captured.err
    assert deeds() == [("encode", "efficientnet-lite0")]


def test_one_case_is_encoded_here(encoded, capsys, deeds):
    seen = encoded("P1")
    assert run(["encode", "a.svs", "--device", "cpu"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "pathology: 1 of 2 patients encoded\n"
    assert "survgui: P2.svs is damaged [ENC-01]\n" in captured.err and "old" not in captured.err
    assert seen == [{"device": "cpu", "encoder": "efficientnet-lite0"}]
    assert deeds() == [("encode", "efficientnet-lite0")]


def test_nothing_done_is_1(encoded):
    encoded()
    assert run(["encode", "a.svs", "b.svs", "--mpp", "0.5"]) == 1


def test_tables_alone_are_told(monkeypatch, engine, cohort, capsys):
    rows(monkeypatch, Row("P1", {"case": "P1", "modalities": {}, "error": None}))
    assert run(["encode", "cohort.toml"]) == 1
    assert "there is nothing to encode" in capsys.readouterr().err
    engine("survgui.readers.cohort", load_case=lambda paths, mpp: cohort)
    engine("survgui.engine.encode", encode=None)
    assert run(["encode", "P1.csv"]) == 1
    assert "there is nothing to encode" in capsys.readouterr().err

from __future__ import annotations

import json

import pytest

from survgui.cli.cohort import as_text
from survgui.cli.main import run
from tests.ui.cohort.wizard import samples

FINDINGS = {
    "name": "two",
    "ok": True,
    "patients": 2,
    "median_follow_up_months": 3.25,
    "blocks": {"rna": {"patients": 2, "unit": "log", "encoder": "", "groups": 0}},
    "patterns": {"clinical+rna": 2},
    "notes": [{"level": "warning", "code": "TBL-07", "text": "the delimiter is ;"}],
}


@pytest.fixture
def read(engine, cohort, task, monkeypatch):
    """What the reader finds: a cohort that is sound or not."""

    def put(ok: bool, c_index: float | None = None):
        described = {**FINDINGS, "ok": ok}
        engine("survgui.readers.cohort", load_cohort=lambda path: cohort, describe=lambda cohort: described)
        engine("survgui.engine.evaluation.comparison", mask_c_index=lambda cohort: task(c_index))
        engine("survgui.engine.review", review=lambda cohort, file: task(samples.review()))

    return put


def test_a_sound_cohort_is_0_and_written(read, tmp_path, capsys):
    read(True, 0.71)
    assert run(["cohort", "check", str(tmp_path), "--json", str(tmp_path / "check.json")]) == 0
    written = json.loads((tmp_path / "check.json").read_text())
    assert written["mask_c_index"] == 0.71 and written["missingness"]["rna"]["ci95"] == [1.2, 5.2]
    assert [note["code"] for note in written["notes"]] == ["TBL-07", "COH-12", "COH-12"]
    out = capsys.readouterr().out
    assert "without rna: patients 2, deaths 1, hazard ratio 2.50 (95 % CI 1.20 to 5.20)\n" in out
    assert "without clinical" not in out and "only which modalities there are: 0.71\n" in out
    assert "folds: 3, fixed by the cohort, SHA-256 abab" in out and out.endswith("can be trained on\n")
    assert written["notes"][1]["text"].startswith("which modalities a patient has predicts the outcome by itself (C-in")


def test_a_cohort_that_cannot_be_trained_on_is_1(read, tmp_path, capsys):
    read(False)
    assert run(["cohort", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.endswith("cannot be trained on as it stands\n")


def test_findings_as_lines():
    assert as_text(FINDINGS).splitlines() == [
        "name: two",
        "patients: 2",
        "median_follow_up_months: 3.2",
        "blocks rna: patients 2, unit log",
        "patterns clinical+rna: 2",
        "warning TBL-07: the delimiter is ;",
        "can be trained on",
    ]


def test_a_cohort_that_cannot_be_read_is_one_line_and_a_finding(tmp_path, capsys):
    assert run(["cohort", "check", str(tmp_path / "cohort.toml"), "--json", str(tmp_path / "check.json")]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "unexpected" not in captured.err
    findings = json.loads((tmp_path / "check.json").read_text())
    assert findings["ok"] is False and findings["notes"][0]["text"] in captured.err

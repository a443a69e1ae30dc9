from __future__ import annotations

import json

import pytest

from survgui.cases.step import run_to_end
from survgui.cli import bench
from survgui.cli.main import run

MEASURES = """
import argparse, json, sys
parser = argparse.ArgumentParser()
parser.add_argument("--json")
parser.add_argument("--quick", action="store_true")
chosen = parser.parse_args()
for stage in ("starting", "working"):
    print(json.dumps({"stage": stage}))
with open(chosen.json, "w") as stream:
    json.dump({"rows": [{"name": "window", "value": 1.0, "quick": chosen.quick}]}, stream)
"""


@pytest.fixture
def measures(monkeypatch, tmp_path):
    """Put a module in the place of the one that measures the window."""

    def put(text):
        (tmp_path / "measures_window.py").write_text(text, "utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(bench, "WINDOW", "measures_window")

    return put


def test_the_table_is_written_with_the_windows_rows(engine, task, measures, tmp_path, capsys):
    measures(MEASURES)
    engine("survgui.engine.bench", bench=lambda quick: task({"quick": quick, "rows": [{"name": "slide"}]}))
    assert run(["bench", "--quick", "--json", str(tmp_path / "b.json")]) == 0
    table = json.loads((tmp_path / "b.json").read_text())
    assert table["quick"] is True
    assert table["rows"] == [{"name": "slide"}, {"name": "window", "value": 1.0, "quick": True}]
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'b.json'}\n"
    assert "window: 0 of" in said.err and "starting" in said.err


def test_every_stage_is_a_step(measures):
    measures(MEASURES)
    steps = []
    run_to_end(bench.window(False), steps.append)
    assert [step.text for step in steps] == ["starting", "working", ""]
    assert steps[-1].done == steps[-1].total == bench.STEPS


def test_a_window_that_cannot_be_measured_is_a_row_that_says_why(measures):
    measures("raise SystemExit('there is no Qt')")
    (row,) = run_to_end(bench.window(True))
    assert row["value"] is None and row["note"] == "not measured: its process ended with 1: there is no Qt"

"""What a prediction was made of: kept with it, compared with what is there now, and gone with the case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from survgui.workspace import SourceState, Workspace
from tests.workspace.test_cases import BUNDLE, STATES, add, predict, text

SLIDE = SourceState(Path("/data/slide.svs"), 1000, 5, "a" * 64)
TABLE = SourceState(Path("/data/rna.csv"), 10, 6, "b" * 64)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w") as made:
        yield made


def test_the_sources_of_the_last_prediction_are_kept(workspace: Workspace) -> None:
    key = add(workspace).key
    assert workspace.sources(key) == ()
    workspace.keep_prediction(key, BUNDLE, 0.3, "high", 87.4, STATES, {}, [SLIDE, TABLE])
    assert workspace.sources(key) == (TABLE, SLIDE)  # by their paths
    workspace.keep_prediction(key, BUNDLE, 0.3, "high", 87.4, STATES, {}, [TABLE])
    assert workspace.sources(key) == (TABLE,)


def test_a_look_at_the_files_is_noted(workspace: Workspace) -> None:
    key, other = add(workspace).key, add(workspace).key
    predict(workspace, key)
    assert set(workspace.not_looked_at(9)) == {key, other}
    workspace.mark(key, "slide.svs is gone", "rna.csv has changed")
    record = workspace.record(key)
    assert (record.missing, record.stale) == ("slide.svs is gone", "rna.csv has changed")
    assert workspace.not_looked_at(1) == (other,)
    workspace.mark(key, "", "", [TABLE])
    assert workspace.record(key).stale == "" and workspace.sources(key) == (TABLE,)
    workspace.mark("0" * 16, "", "")  # deleted meanwhile


@pytest.mark.parametrize(
    ("installed", "reason"),
    [
        ({BUNDLE.name: (BUNDLE.version, BUNDLE.sha256)}, ""),
        ({}, "it was predicted by tcga-glioma 1.2, which is not installed any more, or not whole"),
        ({BUNDLE.name: ("2.0", "1" * 64)}, "it was predicted by tcga-glioma 1.2, and 2.0 is installed now"),
        ({BUNDLE.name: ("1.2", "1" * 64)}, "tcga-glioma 1.2 was replaced since it was predicted"),
    ],
)
def test_a_bundle_that_is_another_one_now(workspace: Workspace, installed: dict, reason: str) -> None:
    key, never = add(workspace).key, add(workspace).key
    predict(workspace, key)
    assert workspace.compare_bundles(installed) == bool(reason)
    assert workspace.record(key).stale == reason and workspace.record(never).stale == ""
    assert workspace.compare_bundles(installed) == 0  # nothing is written twice
    workspace.mark(key, "", "rna.csv has changed")
    assert workspace.record(key).stale == "; ".join(filter(None, ["rna.csv has changed", reason]))
    predict(workspace, key)
    assert workspace.record(key).stale == ""


def test_features_go_with_the_last_case_that_they_were_made_for(workspace: Workspace) -> None:
    first, second = add(workspace).key, add(workspace).key
    workspace.note_features(first, {"own", "shared"})
    workspace.note_features(first, {"own"})
    workspace.note_features(second, {"shared"})
    assert workspace.features(first) == {"own", "shared"}
    assert workspace.delete([first]) == {"own"}
    assert workspace.delete([second]) == {"shared"}


def test_features_of_cases_that_go_together(workspace: Workspace) -> None:
    keys = [add(workspace).key for _ in range(2)]
    for key in keys:
        workspace.note_features(key, {"shared"})
    assert workspace.delete(keys) == {"shared"}


def test_final_reports_are_remembered(workspace: Workspace) -> None:
    key = add(workspace).key
    assert workspace.reports(key) == {} and workspace.record(key).reported == ""
    workspace.keep_report(key, "prediction 1", "R-1")
    workspace.keep_report(key, "prediction 2", "R-2")
    workspace.keep_report(key, "prediction 2", "R-3")
    assert workspace.reports(key) == {"prediction 1": "R-1", "prediction 2": "R-3"}
    assert workspace.record(key).reported.startswith("20")


def test_nothing_of_a_deleted_case_is_left(workspace: Workspace) -> None:
    key = workspace.add("MUSTERMANN", "", text("MUSTERMANN"), {}).key
    workspace.keep_prediction(key, BUNDLE, 0.3, "high", 87.4, STATES, {}, [SLIDE])
    workspace.note_features(key, {"entry"})
    workspace.keep_report(key, "p", "r")
    workspace.edit_case_file(key, lambda before: before + "#\n", "a line")
    workspace.delete([key])
    tables = [name for (name,) in workspace._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {"cases", "predictions", "sources", "features", "reports", "edits"} <= set(tables)
    assert all(workspace._connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,) for name in tables)


def test_what_was_written_while_it_was_predicted_was_not_predicted(workspace: Workspace, tmp_path: Path) -> None:
    key, file = add(workspace).key, tmp_path / "rna.csv"
    file.write_text("another patient's")
    now = file.stat().st_mtime_ns

    def kept(modified: int, began: float) -> str:
        source = SourceState(file, 9, modified, "0" * 64)
        line = (key, BUNDLE, 0.5, "high", 90.0, STATES, {"risk": 0.5}, [source])
        workspace.keep_prediction(*line, began=began)
        return "changed" if workspace.description_changed(key) else "current"

    os.utime(workspace.case_file(key), (now / 1e9 - 60, now / 1e9 - 60))
    assert kept(now, now / 1e9) == kept(0, now / 1e9 - 59) == "current"
    assert kept(0, now / 1e9 - 61) == "changed"  # the description was written since
    assert kept(now, now / 1e9 - 1e-3) == "changed"
    assert kept(now + 10**12, now / 1e9) == "current"  # the clock of a share is ahead

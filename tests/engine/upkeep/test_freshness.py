"""Results that are no longer those of their case: each way to become so, and each that only looks like one."""

from __future__ import annotations

import os
import shutil

from survgui import storage
from survgui.engine.upkeep import freshness
from survgui.readers import case_sources
from survgui.workspace.cases import CHANGED
from tests.conftest import REPOSITORY
from tests.engine.upkeep.conftest import add, predict


def test_nothing_has_changed(workspace, key):
    predict(workspace, key)
    found = freshness.look(workspace, key)
    assert (found.missing, found.stale) == ("", "") and len(found.now) == 4
    assert workspace.record(key).stale == ""


def test_a_case_that_was_never_predicted_is_not_stale(workspace, key, data):
    (data / "rna.csv").unlink()
    found = freshness.look(workspace, key)
    assert found.missing == "rna.csv is no longer where the case was made from" and found.stale == ""
    assert workspace.record(key).missing == found.missing


def test_another_content_is(workspace, key, data):
    predict(workspace, key)
    (data / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,9.5,2.5\n")
    assert freshness.look(workspace, key).stale == "rna.csv has changed since it was predicted"
    assert workspace.record(key).stale == "rna.csv has changed since it was predicted"
    predict(workspace, key)
    assert workspace.record(key).stale == "" and freshness.look(workspace, key).stale == ""


def test_another_time_of_the_same_content_is_not_and_is_remembered(workspace, key, data, monkeypatch):
    predict(workspace, key)
    os.utime(data / "rna.csv", (5, 5))
    assert freshness.look(workspace, key).stale == ""
    read = []
    monkeypatch.setattr(storage, "sha256", lambda path: read.append(path))
    assert freshness.look(workspace, key).stale == "" and read == []  # not even read again


def test_a_file_that_was_added(workspace, key, data):
    predict(workspace, key)
    (data / "other.csv").write_text("case_id,FOO\nC-1,1\n")
    moved = {data / "rna.csv": data / "other.csv"}
    folder = workspace.folder(key)
    workspace.edit_case_file(key, lambda text: case_sources.elsewhere(text, folder, moved), "files", same=True)
    assert freshness.look(workspace, key).stale == "other.csv was added since it was predicted"


def test_a_description_that_was_changed_by_hand(workspace, key):
    predict(workspace, key)
    file = workspace.case_file(key)
    file.write_text(file.read_text() + "# by hand\n")
    assert freshness.look(workspace, key).stale == CHANGED


def test_a_missing_file_makes_no_result_wrong(workspace, key, data):
    predict(workspace, key)
    (data / "rna.csv").unlink()
    shutil.rmtree(data / "mri")
    found = freshness.look(workspace, key)
    assert found.stale == "" and "and 2 other files are no longer" in found.missing


def test_the_whole_list_is_looked_at_in_turns(workspace, data):
    keys = [add(workspace, data, f"C-{number}") for number in range(3)]
    for key in keys:
        predict(workspace, key)
    assert list(freshness.look_at_some(workspace, 2)) == [False, False]
    (data / "rna.csv").write_text("other")
    assert list(freshness.look_at_some(workspace, 3)) == [True, True, True]
    assert list(freshness.look_at_some(workspace, 3)) == [False, False, False]
    assert all(workspace.record(key).stale for key in keys)
    workspace.case_file(keys[0]).write_text("[[")
    assert list(freshness.look_at_some(workspace, 3)) == [False, False, False]


def test_installed_bundles_by_the_hash_that_predictions_hold():
    found = freshness.installed_bundles()
    folder = REPOSITORY / "models" / "demo-simulated"
    assert found["demo-simulated"][1] == storage.sha256(folder / "manifest.json")


def test_a_bundle_that_lost_a_file_is_not_installed(home):
    mine = shutil.copytree(REPOSITORY / "models" / "demo-simulated", home / "data" / "bundles" / "demo-simulated")
    assert "demo-simulated" in freshness.installed_bundles()
    next(mine.glob("*.safetensors")).unlink()
    assert "demo-simulated" not in freshness.installed_bundles()

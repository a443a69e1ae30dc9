"""The tasks of upkeep, as a worker runs them over the demo patient's files."""

from __future__ import annotations

import shutil

import pytest

from survgui import paths
from survgui.cases.step import run_to_end
from survgui.engine.upkeep import freshness
from survgui.worker import cases, dropped, upkeep
from survgui.workspace import Workspace
from tests.engine.upkeep.conftest import BUNDLE, CONTENT, STATES


@pytest.fixture
def own(demo_files, tmp_path, monkeypatch):
    """A case of tables in a folder that may be changed; its key and the folder."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("clinical.csv", "rna.csv"):
        shutil.copy(demo_files / name, folder / name)
    text = 'id = "DEMO-01"\n' + "".join(
        f'[modality.{name}]\ntable = "{folder}/{name}.csv"\ncase = "case_id"\n' for name in ("clinical", "rna")
    )
    with Workspace.default() as workspace:
        key = workspace.add("DEMO-01", "", text, {}).key
        sources = freshness.states(workspace.case_file(key))
        workspace.keep_prediction(key, BUNDLE, 0.2, "low", 10.0, STATES, CONTENT, sources)
    return key, folder


def notes(facts):
    return {note.code: note.text for note in facts.notes}


def test_a_case_says_what_is_gone_and_what_is_out_of_date(own):
    key, folder = own
    assert run_to_end(upkeep.look())  # of another bundle than the one that is installed under this name
    assert "demo-simulated" in notes(run_to_end(cases.open(key)))["CAS-02"]
    (folder / "rna.csv").write_text((folder / "rna.csv").read_text() + "\n")
    assert "rna.csv has changed since it was predicted" in notes(run_to_end(cases.open(key)))["CAS-02"]
    (folder / "clinical.csv").unlink()
    assert "clinical.csv is no longer" in notes(run_to_end(cases.open(key)))["CAS-01"]
    assert not run_to_end(upkeep.look())


def test_files_are_relinked_and_it_can_be_undone(own, tmp_path):
    key, folder = own
    folder.rename(tmp_path / "moved")
    assert len(run_to_end(upkeep.missing(()))) == 2
    found = run_to_end(upkeep.find((), tmp_path))
    assert run_to_end(upkeep.apply(found)) == 2
    facts = run_to_end(cases.open(key))
    assert "CAS-01" not in notes(facts) and facts.undo == "where its files are" and facts.redo == ""
    facts = run_to_end(cases.step_back(key, True))
    assert "CAS-01" in notes(facts) and facts.redo == "where its files are"
    facts = run_to_end(cases.step_back(key, False))
    assert "CAS-01" not in notes(facts)


def test_a_case_leaves_and_comes_back(own, tmp_path):
    key, _ = own
    path = run_to_end(upkeep.export(key, tmp_path / "case", True))
    found = run_to_end(dropped.recognise([path]))
    assert (found.kind, found.path) == ("packed", path)
    record = run_to_end(upkeep.take_in(path))
    assert record.id == "DEMO-01" and record.risk_group == "low" and record.key != key


def test_a_final_report_is_known_when_the_case_is_opened(own):
    key, _ = own
    run_to_end(upkeep.keep_report(key, "prediction", "R-1"))
    assert run_to_end(cases.open(key)).reports == {"prediction": "R-1"}


def test_what_was_encoded_for_a_case_alone_goes_with_it(own):
    key, _ = own
    features = paths.user_cache() / "features"
    features.mkdir(parents=True)
    for name in ("own", "other"):
        (features / f"{name}.npz").write_bytes(b"x")
    with Workspace.default() as workspace:
        workspace.note_features(key, {"own"})
    assert next(use.bytes for use in run_to_end(upkeep.usage()) if use.kind == "features") == 2
    run_to_end(cases.delete([key]))
    assert [file.name for file in features.iterdir()] == ["other.npz"]
    assert run_to_end(upkeep.trim()) == 0
    assert next(use.bytes for use in run_to_end(upkeep.clear("features")) if use.kind == "features") == 0

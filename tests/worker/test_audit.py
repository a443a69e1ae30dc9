"""Looking at a label is noted before it is shown; what is saved is noted by its hash."""

import hashlib

import numpy as np
import pytest

from survgui.cases.audit import Action
from survgui.cases.step import run_to_end as result
from survgui.errors import StorageError, UsageError
from survgui.worker import audit
from survgui.workspace import Workspace
from survgui.workspace.audit import AuditLog


@pytest.fixture
def case(shared_data):
    """A case of a real slide that has a label, and the slide."""
    slide = next((shared_data / "wsi").glob("CMU-1-Small-Region.svs"))
    with Workspace.default() as workspace:
        text = f'id = "Ztestname"\n[modality.pathology]\nfiles = "{slide.as_posix()}"\n'
        yield workspace.add("Ztestname", "", text, {}), slide


def done(key):
    with Workspace.default() as workspace:
        return [entry.what for entry in workspace.audit.entries(key)]


def test_a_look_at_the_label_is_noted_and_nothing_is_kept_of_it(case, home):
    record, slide = case
    before = {path for path in home.rglob("*") if path.is_file()}
    pixels = result(audit.reveal(record.key, slide, "label"))
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
    assert done(record.key) == [Action.IMPORT, Action.REVEAL]
    assert {path for path in home.rglob("*") if path.is_file()} == before


def test_what_cannot_be_noted_is_not_shown(case, monkeypatch):
    record, slide = case

    def full(*_, **__):
        raise StorageError("full")

    monkeypatch.setattr(AuditLog, "record", full)
    with pytest.raises(StorageError):
        result(audit.reveal(record.key, slide, "label"))


@pytest.mark.parametrize("name", ["thumbnail", "../label", ""])
def test_only_labels_and_macros_are_asked_for(case, name):
    with pytest.raises(UsageError):
        result(audit.reveal(case[0].key, case[1], name))


def test_only_slides_of_the_case_are_opened(case, tmp_path):
    with pytest.raises(UsageError, match="no such slide"):
        result(audit.reveal(case[0].key, tmp_path / "other.svs", "label"))


def test_a_saved_report_is_noted_by_its_hash(tmp_path):
    file = tmp_path / "Quirina.pdf"
    file.write_bytes(b"%PDF")
    with Workspace.default() as workspace:
        key = workspace.add("Q", "", 'id = "Q"', {}).key
    result(audit.saved(key, [file], "final"))
    trail = result(audit.trail(key))
    assert [entry.what for entry in trail.entries] == [Action.IMPORT, Action.REPORT]
    assert trail.entries[1].outputs == {"pdf": hashlib.sha256(b"%PDF").hexdigest()}
    assert trail.entries[1].about == "final" and not trail.chain.broken

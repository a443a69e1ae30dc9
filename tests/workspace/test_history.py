"""Undo and redo of a case's description, beside a list of texts that is kept by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from survgui.errors import ReadError, StorageError, UsageError
from survgui.workspace import Workspace, history
from survgui.workspace.cases import CHANGED
from tests.workspace.test_cases import add, predict


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w") as made:
        yield made


def write(workspace: Workspace, key: str, content: str, what: str = "a line", *, same: bool = False) -> None:
    workspace.edit_case_file(key, lambda _: content, what, same=same)


def read(workspace: Workspace, key: str) -> str:
    return workspace.case_file(key).read_text("utf-8")


def test_every_edit_is_undone_and_redone_in_its_order(workspace: Workspace, tmp_path: Path) -> None:
    key = add(workspace).key
    texts = [read(workspace, key)]
    for number in range(4):
        texts.append(f"id = '{number}'\n")
        write(workspace, key, texts[-1], f"edit {number}")
    assert workspace.undoable(key) == ("edit 3", "")
    for number in (3, 2, 1, 0):
        assert workspace.undo(key) == f"edit {number}"
        assert read(workspace, key) == texts[number]
    with pytest.raises(UsageError, match="nothing to undo"):
        workspace.undo(key)
    with Workspace(tmp_path / "w") as later:  # in another session
        assert later.undoable(key) == ("", "edit 0")
        assert [later.redo(key) for _ in range(4)] == [f"edit {number}" for number in range(4)]
        assert read(later, key) == texts[-1]


def test_an_edit_after_an_undo_forgets_what_was_undone(workspace: Workspace) -> None:
    key = add(workspace).key
    write(workspace, key, "one", "one")
    workspace.undo(key)
    write(workspace, key, "two", "two")
    assert workspace.undoable(key) == ("two", "")
    with pytest.raises(UsageError, match="nothing to redo"):
        workspace.redo(key)


def test_what_was_changed_by_hand_is_not_overwritten(workspace: Workspace) -> None:
    key = add(workspace).key
    write(workspace, key, "one")
    workspace.case_file(key).write_text("by hand")
    with pytest.raises(UsageError, match="by hand"):
        workspace.undo(key)
    assert read(workspace, key) == "by hand" and workspace.undoable(key) == ("a line", "")


def test_a_description_in_another_encoding_is_told_and_stays(workspace: Workspace) -> None:
    key = add(workspace).key
    write(workspace, key, "one")
    predict(workspace, key)
    workspace.case_file(key).write_bytes(b'id = "Z\xfcrich"')
    for act in (workspace.undo, lambda key: write(workspace, key, "two")):
        with pytest.raises(ReadError, match=r"UTF-8.*COH-05"):
            act(key)
    assert workspace.description_changed(key) and workspace.case_file(key).read_bytes() == b'id = "Z\xfcrich"'


def test_an_edit_that_changes_nothing_is_none(workspace: Workspace) -> None:
    key = add(workspace).key
    write(workspace, key, read(workspace, key))
    assert workspace.undoable(key) == ("", "")


def test_an_edit_makes_the_prediction_stale_until_it_is_undone(workspace: Workspace) -> None:
    key = add(workspace).key
    predict(workspace, key)
    before = read(workspace, key)
    write(workspace, key, before + "# other\n")
    assert workspace.record(key).stale == CHANGED and workspace.description_changed(key)
    workspace.undo(key)
    assert workspace.record(key).stale == "" and not workspace.description_changed(key)
    workspace.redo(key)
    assert workspace.record(key).stale == CHANGED
    predict(workspace, key)
    assert workspace.record(key).stale == ""


def test_where_a_file_lies_makes_no_prediction_stale(workspace: Workspace) -> None:
    key = add(workspace).key
    predict(workspace, key)
    write(workspace, key, "elsewhere", same=True)
    assert workspace.record(key).stale == ""
    write(workspace, key, "other")
    assert workspace.record(key).stale == CHANGED
    workspace.undo(key)
    workspace.undo(key)
    assert workspace.record(key).stale == "" and not workspace.description_changed(key)


def test_a_file_that_cannot_be_written_is_no_edit(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    key = add(workspace).key
    before = read(workspace, key)

    def full(path: Path, content: str) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="full"):
        patch.setattr("survgui.storage.write_text", full)
        write(workspace, key, "other")
    assert read(workspace, key) == before and workspace.undoable(key) == ("", "")


def test_the_oldest_go(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    key, other = add(workspace).key, add(workspace).key
    write(workspace, other, "kept")
    for number in range(5):
        write(workspace, key, str(number), str(number))
    assert [workspace.undo(key) for _ in range(3)] == ["4", "3", "2"]
    assert workspace.undoable(key)[0] == "" and workspace.undoable(other)[0] == "a line"

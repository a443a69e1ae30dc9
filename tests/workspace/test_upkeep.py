"""A list that was lost without a backup: what the folders tell is listed again, and the demo is still the demo."""

from __future__ import annotations

import shutil
from pathlib import Path

from survgui.workspace import Workspace
from survgui.workspace.database import BACKUPS, FILE
from tests.workspace.test_cases import add, text


def test_the_demo_is_known_again(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        demo, other = workspace.add("DEMO-01", "", text("DEMO-01"), {}, origin="demo").key, add(workspace).key
    shutil.rmtree(tmp_path / BACKUPS)
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    with Workspace(tmp_path) as workspace:
        assert {record.key: record.demo for record in workspace.records()} == {demo: True, other: False}
        found = workspace.of_origin("demo")
        assert found is not None and found.key == demo
        assert "2 cases have to be predicted again" in workspace.notice


def test_a_second_folder_of_one_origin_is_passed_over(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        key = workspace.add("DEMO-01", "", text("DEMO-01"), {}, origin="demo").key
    shutil.copytree(tmp_path / "cases" / key, tmp_path / "cases" / ("f" * 16))
    shutil.rmtree(tmp_path / BACKUPS)
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    with Workspace(tmp_path) as workspace:
        assert len(workspace.records()) == 1 and "1 case has to be predicted again" in workspace.notice


def test_a_case_whose_description_was_spoilt_by_hand_outlives_the_loss_of_the_list(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        key = add(workspace).key
    place = tmp_path / "cases" / key
    (place / "case.toml").write_text("id = ")
    (place / "slide.svs").write_bytes(b"the only copy")
    (tmp_path / "cases" / "my notes").mkdir()
    shutil.rmtree(tmp_path / BACKUPS)
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    for _ in range(2):
        with Workspace(tmp_path) as workspace:
            assert [(record.key, record.id) for record in workspace.records()] == [(key, "description unreadable")]
        assert (place / "slide.svs").read_bytes() == b"the only copy"
        assert (tmp_path / "cases" / "my notes").is_dir()


def test_a_list_restored_from_last_week_costs_no_case_that_came_since(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        old = add(workspace).key
        workspace.close()
    shutil.copy(tmp_path / FILE, tmp_path / "last week")
    with Workspace(tmp_path) as workspace:
        new, deleted = add(workspace).key, add(workspace).key
        (workspace.folder(new) / "slide.svs").write_bytes(b"the only copy")
        shutil.copytree(workspace.folder(deleted), tmp_path / "killed")
        workspace.delete([deleted])
    shutil.move(tmp_path / "last week", tmp_path / FILE)
    (tmp_path / "killed").rename(tmp_path / "cases" / deleted)  # as if the process had been killed before it was gone
    with Workspace(tmp_path) as workspace:
        assert {record.key for record in workspace.records()} == {old, new}
        assert "listed again. 1 case has to be predicted" in workspace.notice
        assert not (tmp_path / "cases" / deleted).exists()
    assert (tmp_path / "cases" / new / "slide.svs").read_bytes() == b"the only copy"
    with Workspace(tmp_path) as workspace:
        assert workspace.notice == ""


def test_a_deleted_case_does_not_come_back_with_a_lost_list(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        kept, deleted = add(workspace).key, add(workspace).key
        shutil.copytree(workspace.folder(deleted), tmp_path / "killed")
        workspace.delete([deleted])
    (tmp_path / "killed").rename(tmp_path / "cases" / deleted)
    shutil.rmtree(tmp_path / BACKUPS)
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    with Workspace(tmp_path) as workspace:
        assert [record.key for record in workspace.records()] == [kept]
    assert not (tmp_path / "cases" / deleted).exists()

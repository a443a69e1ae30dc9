"""A case through its life with real workers: files moved and found, undone, out and in again; a second window."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from survgui.engine.simulation import demo_case
from survgui.workspace import Workspace
from tests.ui.desk import CTRL, SHIFT
from tests.workspace.test_lease import another_window

pytestmark = pytest.mark.slow
Key = Qt.Key


@pytest.fixture
def files(tmp_path):
    """Tables of the demo patient, in a folder that can be moved."""
    folder = tmp_path / "files"
    folder.mkdir()
    made = demo_case(tmp_path / "demo")
    for name in ("clinical.csv", "rna.csv"):
        shutil.copy(made / name, folder / name)
    blocks = [f'[modality.{n}]\ntable = "{folder}/{n}.csv"\ncase = "case_id"\n' for n in ("clinical", "rna")]
    with Workspace.default() as workspace:
        workspace.add("DEMO-01", "", f'id = "DEMO-01"\n{"".join(blocks)}', {})
    return folder


def open_first(desk):
    desk.click(desk.window.rail.buttons["cases"])
    desk.wait(lambda: len(desk.window.cases.listing) == 1)
    desk.row(desk.window.cases.table, 0, twice=True)
    desk.wait(lambda: desk.session.case_now is not None and not desk.running("cases.open"))


def codes(desk):
    return {note.code for note in desk.session.case_now.notes}


def answer(desk, path):
    """What the file dialog that is open is told."""
    dialog = next(d for d in desk.window.findChildren(QFileDialog) if d.isVisible())
    dialog.filesSelected.emit([str(path)])
    dialog.reject()  # which only closes it, for the answer was given


def test_files_move_and_are_found_and_the_case_leaves_and_comes_back(files, open_desk, tmp_path):
    files.rename(tmp_path / "moved")
    desk = open_desk()
    open_first(desk)
    assert "CAS-01" in codes(desk)
    desk.window.commands.actions["relink"].trigger()
    dialog = desk.window.relink_dialog
    desk.wait(lambda: len(dialog.found) == 2)
    desk.click(dialog.folder)
    answer(desk, tmp_path / "moved")
    desk.wait(lambda: all(one.new is not None for one in dialog.found) and dialog.relink.isEnabled())
    desk.click(dialog.relink)
    desk.wait(lambda: "CAS-01" not in codes(desk))
    desk.press(Key.Key_Z, CTRL)
    desk.wait(lambda: "CAS-01" in codes(desk))
    desk.press(Key.Key_Z, CTRL | SHIFT)
    desk.wait(lambda: "CAS-01" not in codes(desk))

    desk.window.commands.actions["export-case"].trigger()
    desk.click(desk.window.export_question.button("whole"))
    answer(desk, tmp_path / "case.survcase")
    desk.wait(lambda: (tmp_path / "case.survcase").is_file() and not desk.running("upkeep.export"))
    desk.click(desk.window.rail.buttons["cases"])
    desk.row(desk.window.cases.table, 0)
    desk.click(desk.window.cases.delete)
    desk.click(desk.window.cases.question.button("delete"))
    desk.wait(lambda: len(desk.window.cases.listing) == 0)
    shutil.rmtree(tmp_path / "moved")
    desk.drop(tmp_path / "case.survcase")
    desk.wait(lambda: desk.session.case_now is not None)
    assert "CAS-01" not in codes(desk) and desk.session.case_now.id == "DEMO-01"


def test_the_second_window_waits_for_the_first(files, open_desk):
    folder = Workspace.default_folder()
    with another_window(folder) as first:
        desk = open_desk()
        desk.wait(lambda: desk.window.frame.notice.banner is not None)
        banner = desk.window.frame.notice.banner
        assert f"process {first.pid}" in banner.text.text()
        open_first(desk)  # looking is free
        desk.click(desk.window.rail.buttons["cases"])
        assert not desk.window.cases.delete.isEnabled() and not desk.window.cases.new_case.isEnabled()
        first.kill()
        first.wait()
        desk.click(banner.button("take"))
        desk.wait(lambda: desk.session.holder is None and desk.window.cases.new_case.isEnabled())
        # the first one did not end in order, which is told in the place of what is over
        desk.wait(lambda: "not closed in order" in desk.window.frame.notice.banner.text.text())

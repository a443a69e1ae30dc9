"""The dialog for missing files: what it says, what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from survgui.cases.display import Relinked
from survgui.ui.cases.relink import LOOKING, NONE, RelinkDialog

LEFT = Qt.MouseButton.LeftButton
GONE = (
    Relinked("a", Path("/old/slide.svs"), Path("/new/place/of/x.svs"), True, "ff"),
    Relinked("a", Path("/old/rna.csv"), Path("/new/rna.csv")),
    Relinked("b", Path("/old/t1.nii.gz")),
)


@pytest.fixture
def dialog(qtbot):
    made = RelinkDialog()
    qtbot.addWidget(made)
    made.set_names({"a": "C-1", "b": "C-2"})
    made.open()
    return made


def rows(dialog):
    model = dialog.table.model_
    return [[column.text(model.source(row)) for column in model.columns] for row in range(model.rowCount())]


def test_it_says_how_sure_each_is(dialog):
    assert dialog.says.text() == LOOKING and not dialog.folder.isEnabled()
    dialog.set_found(GONE)
    assert [row[0] for row in rows(dialog)] == ["C-1", "C-1", "C-2"]
    assert [row[4] for row in rows(dialog)] == ["the same", "not known", ""]
    assert [row[3] for row in rows(dialog)] == ["…/place/of/x.svs", "/new/rna.csv", "not found"]
    assert "3 files missing, 2 found" in dialog.says.text() and "1 file by name alone" in dialog.says.text()
    assert dialog.relink.text() == "Relink 2 files" and dialog.relink.isEnabled()


def test_nothing_is_missing(dialog):
    dialog.set_found(())
    assert dialog.says.text() == NONE and not dialog.relink.isEnabled() and not dialog.folder.isEnabled()


def test_a_folder_is_searched(dialog, qtbot, tmp_path):
    dialog.set_found(GONE)
    qtbot.mouseClick(dialog.folder, LEFT)
    with qtbot.waitSignal(dialog.folder_given, timeout=1000) as given:
        dialog.findChild(QFileDialog).filesSelected.emit([str(tmp_path)])
    assert given.args == [tmp_path] and dialog.says.text() == LOOKING and not dialog.relink.isEnabled()
    dialog.failed("The folder is gone.")
    assert dialog.says.text() == "The folder is gone." and dialog.folder.isEnabled() and len(dialog.found) == 3


def test_a_file_is_chosen_by_hand_and_all_that_were_found_are_relinked(dialog, qtbot, tmp_path):
    dialog.set_found(GONE)
    assert not dialog.file.isEnabled()
    dialog.table.selectRow(2)
    qtbot.mouseClick(dialog.file, LEFT)
    dialog.findChild(QFileDialog).filesSelected.emit([str(tmp_path / "scan.nii.gz")])
    with qtbot.waitSignal(dialog.accepted_files, timeout=1000) as accepted:
        qtbot.mouseClick(dialog.relink, LEFT)
    (files,) = accepted.args
    assert [one.new for one in files] == [GONE[0].new, GONE[1].new, tmp_path / "scan.nii.gz"]
    assert [one.certain for one in files] == [True, False, False]

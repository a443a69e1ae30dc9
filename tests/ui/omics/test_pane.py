from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from survgui.cases.case import Modality
from survgui.cases.report import RESEARCH_USE
from survgui.figures.words import MINUS, THIN
from survgui.ui import background
from survgui.ui.omics.pane import OmicsPane
from survgui.ui.widgets import files
from tests.ui.omics.blocks import NAMES, block, unused

Key = Qt.Key


@pytest.fixture
def pane(qtbot) -> OmicsPane:
    made = OmicsPane()
    qtbot.addWidget(made)
    made.resize(900, 740)
    return made


def shown(pane, *tables) -> OmicsPane:
    pane.show()
    pane.set_tables(tables or (block(), unused()))
    return pane


def active(qtbot, pane) -> None:
    """Shortcuts are heard in the active window only."""
    pane.activateWindow()
    pane.setFocus()  # the table's
    qtbot.waitUntil(pane.isActiveWindow)


def rows(pane) -> list[str]:
    model = pane.table.model_
    return [NAMES[model.source(row)] for row in range(model.rowCount())]


def test_tables_are_asked_for_once_and_only_when_they_are_looked_at(qtbot, pane):
    asked = []
    pane.requested.connect(lambda: asked.append(1))
    pane.set_tables(None)
    assert not pane._later.isActive()
    with qtbot.waitSignal(pane.requested):
        pane.show()
    pane.set_loading()
    pane.hide()
    pane.show()
    assert not pane._later.isActive()
    assert pane.empty.isVisible()
    pane.set_tables((block(),))
    assert not pane.empty.isVisible()
    with qtbot.waitSignal(pane.requested):  # another case, or another bundle
        pane.set_tables(None)
    assert asked == [1, 1]


def test_a_case_without_omics_says_so_and_offers_to_add_some(qtbot, pane):
    pane.show()
    pane.set_tables(())
    assert pane.empty.isVisible()
    with qtbot.waitSignal(pane.import_requested):
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)


def test_the_farthest_feature_comes_first_and_is_chosen(pane):
    shown(pane)
    assert rows(pane) == ["PTEN", "EGFR", "IDH1", "EGFR-AS1", "TP53"]
    cells = [pane.table.model_.columns[c].text(2) for c in range(4)]
    assert cells == ["PTEN", f"{MINUS}1.500", f"{MINUS}4.10", "yes"]
    assert pane.table.selected_rows() == [2]
    assert b"PTEN" in pane.figure.rendering("svg")()
    assert b"compared with n = 566 development patients" in pane.figure.rendering("svg")()


def test_typing_filters_and_keeps_what_was_chosen(qtbot, pane):
    active(qtbot, shown(pane))
    qtbot.keyClick(pane.table, Key.Key_G)
    qtbot.waitUntil(lambda: pane.search.hasFocus())
    qtbot.keyClicks(pane.search, "egfr")
    assert pane.search.text() == "egfr"  # the shortcut G does not eat the letter
    assert rows(pane) == ["EGFR", "EGFR-AS1"]
    assert pane.shown.text() == "2 of 5 features"
    qtbot.keyClick(pane.search, Key.Key_Return)
    assert pane.table.selected_rows() == [0]
    qtbot.keyClick(pane.table, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: pane.search.hasFocus())
    qtbot.keyClick(pane.search, Key.Key_Escape)
    assert len(rows(pane)) == 5
    assert pane.table.selected_rows() == [0]


def test_a_search_that_finds_only_what_is_missing_says_so(qtbot, pane):
    shown(pane)
    qtbot.keyClicks(pane.search, "atrx")
    assert rows(pane) == []
    assert pane.shown.text() == "0 of 5 features · 1 found among those that the case does not have"


def test_switches_leave_what_is_in_the_model_or_far(qtbot, pane):
    shown(pane)
    pane.taken.click()
    assert rows(pane) == ["PTEN", "EGFR", "IDH1", "EGFR-AS1"]
    pane.far.click()
    assert rows(pane) == ["PTEN", "EGFR"]
    pane.taken.click()
    assert rows(pane) == ["PTEN", "EGFR"]


def test_another_row_is_marked_in_the_figure(qtbot, pane):
    shown(pane)
    qtbot.keyClick(pane.table, Key.Key_Down)
    drawing = pane.figure.rendering("svg")()
    assert b"EGFR  z +2.50" in drawing
    assert b"PTEN" not in drawing
    pane.table.choose(4)
    assert b"TP53" not in pane.figure.rendering("svg")()
    assert pane.plot._hint.text() == "TP53: not in the model, no z"


def test_a_modality_that_the_model_does_not_take_is_shown_without_z(qtbot, pane):
    shown(pane)
    assert pane.banner.isHidden()
    qtbot.mouseClick(pane.modalities.button("mirna"), Qt.MouseButton.LeftButton)
    assert pane.banner_text.text().startswith("Nothing to compare with: no model is chosen, or it does not take miRNA")
    assert pane.banner.property("kind") == "info"
    assert rows(pane) == list(NAMES)
    assert pane.plot.isHidden()
    assert not pane.far.isEnabled()
    qtbot.mouseClick(pane.modalities.button("rna"), Qt.MouseButton.LeftButton)
    assert not pane.plot.isHidden()
    assert pane.table.selected_rows() == [2]


def test_why_a_block_cannot_be_used_is_told_in_amber(pane):
    shown(pane, block(z=np.full(5, np.nan), reason="its values look like counts, the bundle takes log"))
    assert pane.banner.property("kind") == "warning"
    assert pane.banner_text.text().startswith("RNA-seq: its values look like counts, the bundle takes log. The values")
    pane.set_tables((unused(reason="the bundle demo takes no miRNA"),))
    assert pane.banner.property("kind") == "info"
    assert pane.banner_text.text().startswith("miRNA: the bundle demo takes no miRNA. The values")
    pane.set_tables((block(z=np.full(5, np.nan)),))
    assert pane.banner_text.text().startswith("No feature that the model takes has a value")


def test_each_modality_keeps_its_name_count_and_place(qtbot, pane):
    shown(pane, block(), block(Modality.CNV, unit="cnv"))
    assert [pane.modalities.button(k).text() for k in ("rna", "cnv")] == ["RNA-seq 5", "Copy number 5"]
    qtbot.mouseClick(pane.modalities.button("cnv"), Qt.MouseButton.LeftButton)
    pane.set_tables((block(), block(Modality.CNV, unit="cnv")))
    assert pane.modalities.key == "cnv"


def test_selected_rows_are_copied_with_their_titles(qtbot, pane):
    active(qtbot, shown(pane))
    pane.table.selectAll()
    qtbot.keyClick(pane.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "Feature\tValue\tz\tIn model"
    assert lines[2] == "EGFR\t7.250\t+2.50\tyes"
    assert len(lines) == 6


def test_the_shown_rows_are_saved_as_csv(qtbot, pane, tmp_path):
    shown(pane)
    pane.far.click()
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    dialog = pane.findChild(QFileDialog)
    target = tmp_path / "rna.csv"
    with qtbot.waitSignal(files.written().done):
        dialog.filesSelected.emit([str(target)])
    dialog.close()
    background.shared().close()
    first, *rest = target.read_text("utf-8").splitlines()
    assert first == f"# {RESEARCH_USE}"
    found = list(csv.reader(io.StringIO("\n".join(rest))))
    assert found == [
        ["feature", "value (log)", "z", "in_model"],
        ["PTEN", "-1.5", "-4.1", "True"],
        ["EGFR", "7.25", "2.5", "True"],
    ]


def test_whole_numbers_are_counts(pane):
    shown(pane, block(values=np.array([1234567.0, 0.0, np.inf, np.nan, -3.0])))
    texts = [pane.table.model_.columns[1].text(row) for row in range(5)]
    assert texts == [f"1{THIN}234{THIN}567", "0", "inf", "", f"{MINUS}3"]


def test_names_keep_their_room_in_a_narrow_pane(qtbot, pane):
    shown(pane)
    pane.resize(640, 600)
    qtbot.waitUntil(lambda: pane.table.columnWidth(2) == 130)
    qtbot.waitUntil(lambda: pane.table.columnWidth(0) >= 50 and not pane.table.horizontalScrollBar().isVisible())
    pane.resize(1000, 600)
    qtbot.waitUntil(lambda: pane.table.columnWidth(2) == 210)


def test_trouble_is_told_and_can_be_tried_again(qtbot, pane):
    with qtbot.waitSignal(pane.requested):
        pane.show()
    pane.show_trouble("rna.csv: the file is no longer there")
    assert not pane._later.isActive()
    with qtbot.waitSignal(pane.requested), qtbot.assertNotEmitted(pane.import_requested):
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)
    assert pane.empty.button.isHidden()
    pane.set_tables(())
    with qtbot.waitSignal(pane.import_requested):
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)

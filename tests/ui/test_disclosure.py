"""Label images are asked for, saved reports noted, and a case's history shown: by clicks over pretended lanes."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from survgui.cases.display import SlideFacts
from survgui.errors import Trouble
from survgui.ui.cases.history import HistoryDialog
from survgui.ui.slide.label import LabelDialog
from tests.report import sample
from tests.ui.cases.samples import record
from tests.ui.pretended import opened_window, with_bundles, with_case

LEFT = Qt.MouseButton.LeftButton
SLIDE = Path("a.svs")


@pytest.fixture
def window(qtbot, monkeypatch, home):
    made = opened_window(qtbot, monkeypatch)
    with_bundles(made)
    yield made
    for dialog in (*made.findChildren(LabelDialog), *made.findChildren(HistoryDialog)):
        dialog.close()
    made.lanes.close()
    made.session.release()


def asked_for(window, name="label"):
    slide = SlideFacts(SLIDE, 0.5, levels=((10, 10),), downsamples=(1.0,), labels=("label",))
    facts = with_case(window, slides=(slide,))
    window.case_page.slide.labels[name].trigger()
    return facts


def test_a_label_is_read_after_a_yes_alone(window, qtbot):
    facts = asked_for(window)
    question = window.wiring.disclosure.question
    assert question.isVisible() and "audit log" in question.text.text()
    assert "audit.reveal" not in window.lanes.names()
    qtbot.mouseClick(question.button("show"), LEFT)
    assert window.lanes.last("audit.reveal").request.arguments == {"key": facts.key, "path": SLIDE, "name": "label"}
    window.lanes.give("audit.reveal", np.zeros((4, 6, 3), np.uint8))
    (dialog,) = window.findChildren(LabelDialog)
    assert dialog.picture.image.width() == 6


def test_a_no_reads_nothing(window, qtbot):
    asked_for(window)
    qtbot.mouseClick(window.wiring.disclosure.question.button("cancel"), LEFT)
    assert "audit.reveal" not in window.lanes.names()


def test_what_cannot_be_noted_is_told_and_not_shown(window, qtbot):
    asked_for(window)
    qtbot.mouseClick(window.wiring.disclosure.question.button("show"), LEFT)
    window.lanes.fail("audit.reveal", Trouble("StorageError", "the audit log could not be written"))
    assert window.toasts.texts[-1] == "the audit log could not be written"
    assert not window.findChildren(LabelDialog)


def test_a_label_that_comes_after_its_case_was_closed_is_not_shown(window, qtbot):
    asked_for(window)
    qtbot.mouseClick(window.wiring.disclosure.question.button("show"), LEFT)
    window.session.close_case()
    window.lanes.give("audit.reveal", np.zeros((4, 6, 3), np.uint8))
    assert not window.findChildren(LabelDialog)


def test_a_slide_without_a_label_offers_none(window, qtbot, monkeypatch):
    asked_for(window)
    pane = window.case_page.slide
    monkeypatch.setattr(pane.menu, "popup", lambda at: None)
    pane.view.menu_requested.emit(pane.pos())
    assert pane.labels["label"].isEnabled() and not pane.labels["macro"].isEnabled()


def test_a_saved_report_is_noted(window):
    facts = with_case(window)
    window.report.saved.emit([Path("r.pdf")], "final")
    found = window.lanes.last("audit.saved").request.arguments
    assert found == {"key": facts.key, "files": (Path("r.pdf"),), "status": "final"}


def test_the_history_of_the_selected_case(window, qtbot):
    window.go("cases")
    window.cases.set_records((record(1), record(2)))
    window.cases.table.selectRow(0)
    qtbot.mouseClick(window.cases.details.history, LEFT)
    key = window.cases.selected()[0].key
    assert window.lanes.last("audit.trail").request.arguments == {"key": key}
    window.lanes.give("audit.trail", sample.trail())
    (dialog,) = window.findChildren(HistoryDialog)
    assert dialog.table.model_.rowCount() == 3

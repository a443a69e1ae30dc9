"""The window's side of batches: asked for in the list of cases, shown with the jobs, said when they are over."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from survgui.cases.batch import Action, BatchFacts, Item, Order, Row
from survgui.errors import Trouble
from survgui.ui import batching
from survgui.ui.batch_queue import Stand
from tests.ui import pretended
from tests.ui.cases.samples import four

LEFT = Qt.MouseButton.LeftButton
BAD = Trouble("ReadError", "slide.svs: the file is empty", "SLD-04")


@pytest.fixture
def window(qtbot, monkeypatch):
    made = pretended.opened_window(qtbot, monkeypatch)
    pretended.with_bundles(made)
    made.session.records.emit(four())
    made.go("cases")
    return made


def button(parent, text):
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text and b.isVisible())


def asked(window):
    return {button.text(): button for button in window.wiring.batching.question._keys}


def test_from_the_list_of_cases_to_the_table_of_the_batch(window, qtbot, monkeypatch, tmp_path):
    window.cases.table.selectAll()
    qtbot.mouseClick(window.cases.predict, LEFT)
    (batch,) = window.session.batches.batches
    keys = [record.key for record in four()]
    assert sorted(item.name for item in batch.facts.items) == sorted(keys)
    tree = window.wiring.batching.tree
    assert tree.isVisible() and tree.batch is batch
    batch.job.partial.emit(Row(keys[0], trouble=BAD))
    for key in keys[1:]:
        batch.job.partial.emit(Row(key, {"modalities": {}, "risk": 1.0}))
    window.show_jobs()  # away
    window.lanes.give("batches.run", 3)
    assert any("3 done, 1 failed" in text for text in window.toasts.texts)
    window.show_jobs()
    assert four()[0].id in tree.tree.topLevelItem(0).child(0).text(0)
    saved = []
    monkeypatch.setattr(batching.files, "ask_save", lambda *asked: asked[-1](tmp_path / "batch.csv"))
    monkeypatch.setattr(batching.files, "write", lambda path, made: saved.append(made().decode()))
    for words in ("Pseudonyms", "Patients’ ids"):
        qtbot.mouseClick(tree.export, LEFT)
        qtbot.mouseClick(asked(window)[words], LEFT)
    ids = [record.id for record in four()]
    assert not any(id_ in saved[0] for id_ in ids) and all(id_ in saved[1] for id_ in ids)
    qtbot.mouseClick(tree.retry, LEFT)
    assert batch.left == 1 and batch.stand is Stand.RUNNING


def test_encode_and_report_are_asked_for_too(window, qtbot, monkeypatch):
    monkeypatch.setattr(batching.files, "ask_folder", lambda *asked: asked[-1](Path("reports")))
    window.cases.table.selectRow(0)
    qtbot.mouseClick(window.cases.encode, LEFT)
    qtbot.mouseClick(window.cases.report, LEFT)
    orders = [batch.facts.order for batch in window.session.batches.batches]
    assert [order.action for order in orders] == [Action.ENCODE, Action.REPORT] and orders[1].reports == Path("reports")


def test_a_batch_that_was_interrupted_is_offered_at_the_next_start(window, qtbot):
    items = (Item(four()[0].key, ()), Item("gone", ()))
    order = Order(Action.PREDICT)
    facts = BatchFacts("1" * 16, "Predict 2 cases", "", order, items, {items[0].name: Row(items[0].name, {})})
    window.session.batches.load()
    window.lanes.give("batches.listing", (facts,))
    assert window.toasts.texts[-1].startswith("A batch was interrupted (Predict 2 cases): 1 of 2 cases done.")
    qtbot.mouseClick(button(window.toasts, "Go on"), LEFT)
    assert window.session.batches.batches[0].stand is Stand.RUNNING

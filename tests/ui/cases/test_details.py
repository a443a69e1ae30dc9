"""The card of the selected case."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import State
from survgui.ui.cases.details import CaseDetails
from survgui.ui.widgets.chips import ModalityChip
from tests.ui.cases.samples import four, record


@pytest.fixture
def card(qtbot):
    made = CaseDetails()
    qtbot.addWidget(made)
    made.resize(292, 700)
    made.show()
    return made


def chips(card):
    return {chip.modality.title: chip.state for chip in card.findChildren(ModalityChip) if chip.isVisible()}


def test_a_predicted_case(card, qtbot):
    card.show_records(four()[:1])
    assert card.name.text() == "C-0001" and card.subject.text() == "age 41 · female"
    assert card.badge.isVisible() and "high" in card.badge.accessibleName()
    assert card.model.text() == "by tcga-glioma 1.2"
    expected = {"Clinical": State.MEASURED, "Slide": State.MEASURED, "RNA-seq": State.IMPUTED, "MRI": State.ABSENT}
    qtbot.waitUntil(lambda: chips(card) == expected)
    assert not card.missing.isVisible()


def test_a_case_without_an_estimate_and_with_a_missing_file(card, qtbot):
    card.show_records(four()[:1])
    card.show_records(four()[3:])
    qtbot.waitUntil(lambda: chips(card) == {"MRI": State.MEASURED})
    assert not card.badge.isVisible()
    assert card.model.text() == "Not predicted yet." and card.missing.isVisible()
    assert card.missing.text() == "slide.svs is no longer where the case was made from."


def test_what_a_name_holds_is_text(card):
    card.show_records([record(1, id="<b>A</b>", subject="<i>x</i>")])
    assert card.name.textFormat() is Qt.TextFormat.PlainText is card.subject.textFormat()


def test_none_and_many(card):
    card.show_records(())
    assert card.name.text() == "No case selected" and not card.open_button.isVisible() and chips(card) == {}
    card.show_records(four())
    assert card.name.text() == "4 cases" and not card.open_button.isVisible() and chips(card) == {}


def test_open(card, qtbot):
    card.show_records(four()[:1])
    with qtbot.waitSignal(card.open_asked, timeout=1000):
        qtbot.mouseClick(card.open_button, Qt.MouseButton.LeftButton)


def test_what_is_out_of_date_says_why_and_what_to_do(card):
    card.show_records([record(1, stale="rna.csv has changed", reported="2026-11-12T10:00:00+00:00")])
    assert card.stale.isVisible() and card.stale.text() == "Out of date: rna.csv has changed. Predict it again (F5)."
    assert card.reported.isVisible() and "12 Nov 2026" in card.reported.text()
    card.show_records([record(2)])
    assert not card.stale.isVisible() and not card.reported.isVisible()


def test_the_history_is_asked_of_the_one_case(card, qtbot):
    assert not card.history.isVisible()
    card.show_records(four()[:1])
    with qtbot.waitSignal(card.history_asked) as asked:
        qtbot.mouseClick(card.history, Qt.MouseButton.LeftButton)
    assert asked.args == [four()[0].key]

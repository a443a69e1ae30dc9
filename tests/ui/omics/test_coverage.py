from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from survgui.ui.omics.coverage import CoverageCard, unit_words
from tests.ui.omics.blocks import block, unused


def test_it_counts_what_was_found_and_lists_what_was_not(qtbot):
    card = CoverageCard()
    qtbot.addWidget(card)
    card.show_table(block())
    assert card.found.text() == "4 of 6"
    assert (card.share.value(), card.share.maximum()) == (4, 6)
    assert card.missing_title.text() == "2 missing"
    assert "log values" in card.unit.text()
    card.show()
    qtbot.mouseClick(card.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "ATRX\nCIC"


def test_nothing_is_counted_of_what_the_model_does_not_take(qtbot):
    card = CoverageCard()
    qtbot.addWidget(card)
    card.show_table(unused())
    assert card.found.text() == "Not compared"
    assert [w.isHidden() for w in (card.share, card.missing_title, card.missing, card.copy)] == [True] * 4


def test_nothing_is_listed_where_nothing_is_missing(qtbot):
    card = CoverageCard()
    qtbot.addWidget(card)
    card.show_table(block(missing=()))
    assert card.missing_title.text() == "None missing"
    assert card.missing.isHidden()


def test_units_are_words():
    assert [unit_words(unit) for unit in ("beta", "", "ppm")] == ["beta values, 0 to 1", "unknown", "ppm"]

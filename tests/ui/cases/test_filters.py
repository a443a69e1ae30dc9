"""Search field and filter chips."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.ui import style
from survgui.ui.cases.filters import FilterChip, Filters
from survgui.ui.cases.listing import GONE, NOT_PREDICTED, Wanted

COUNTS = {"pathology": 12, "rna": 3, "high": 4, NOT_PREDICTED: 2, GONE: 1}


@pytest.fixture
def filters(qapp, qtbot):
    style.apply(qapp, "light")
    made = Filters()
    made.set_counts(COUNTS)
    made.resize(900, 100)
    qtbot.addWidget(made)
    made.show()
    return made


def test_only_filters_that_leave_something_are_offered(filters):
    assert {key for key, chip in filters.chips.items() if chip.isVisible()} == set(COUNTS)
    assert filters.chips["rna"].accessibleName() == "Only RNA: 3"


def test_a_click_filters(filters, qtbot):
    with qtbot.waitSignal(filters.changed, timeout=1000):
        qtbot.mouseClick(filters.chips["rna"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(filters.chips["high"], Qt.MouseButton.LeftButton)
    qtbot.keyClick(filters.chips[GONE], Qt.Key.Key_Space)
    assert filters.wanted == Wanted(frozenset({Modality.RNA}), frozenset({"high"}), True)
    qtbot.mouseClick(filters.chips["rna"], Qt.MouseButton.LeftButton)
    assert filters.wanted.modalities == frozenset()


def test_clearing_is_told_once(filters, qtbot):
    filters.chips["rna"].click()
    qtbot.keyClicks(filters.search, "glioma")
    told = []
    filters.changed.connect(lambda: told.append(filters.text))
    filters.clear()
    assert told == [""] and filters.wanted == Wanted()


def test_a_filter_that_is_on_stays_to_be_taken_off(filters):
    filters.chips["rna"].click()
    filters.set_counts({"pathology": 5})
    assert filters.chips["rna"].isVisible() and not filters.chips["high"].isVisible()


def test_on_and_off_look_different(filters):
    chip = filters.chips["high"]
    off = chip.grab().toImage()
    chip.click()
    assert chip.grab().toImage() != off and chip.height() >= 24


def test_a_larger_number_widens_the_chip(qtbot):
    chip = FilterChip("rna", "RNA")
    qtbot.addWidget(chip)
    chip.set_number(3)
    narrow = chip.sizeHint().width()
    chip.set_number(10_000)
    assert chip.sizeHint().width() > narrow

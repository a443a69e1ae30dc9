"""Search field and filter chips."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from survgui.cases.case import Modality
from survgui.ui import style
from survgui.ui.cases.filters import FilterChip, Filters
from survgui.ui.cases.listing import GONE, NOT_PREDICTED, Wanted
from survgui.ui.widgets.flow import Flow

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


def test_items_flow_into_as_many_rows_as_they_need(qtbot):
    ground = QWidget()
    qtbot.addWidget(ground)
    flow = Flow(gap=6)
    buttons = [QPushButton(f"button {n}") for n in range(9)]
    for button in buttons:
        button.setFixedSize(100, 30)
        flow.addWidget(button)
    ground.setLayout(flow)
    ground.show()
    flow.setGeometry(QRect(0, 0, 320, 500))
    assert [(b.x(), b.y()) for b in buttons] == [(106 * (n % 3), 36 * (n // 3)) for n in range(9)]
    assert flow.heightForWidth(320) == 102 and flow.heightForWidth(2000) == 30 and flow.heightForWidth(50) == 318
    buttons[0].hide()
    flow.setGeometry(QRect(0, 0, 320, 500))
    assert (buttons[1].x(), buttons[1].y()) == (0, 0)
    buttons[1].setProperty("apart", True)
    buttons[2].setProperty("apart", True)
    flow.setGeometry(QRect(0, 0, 320, 500))
    assert (buttons[1].x(), buttons[2].x()) == (0, 118)
    assert flow.itemAt(99) is None and flow.takeAt(99) is None and flow.count() == 9

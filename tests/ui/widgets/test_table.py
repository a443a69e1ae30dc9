import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from survgui.ui.widgets.table import Column, Table, TableModel


def columns():
    return [
        Column("case", ["C-3", "c-1", "D-2", ""], width=0),
        Column("risk", np.array([0.5, np.nan, -1.25, 2.0]), "right"),
        Column("group", ["low", "high", None, "high"], role=lambda value: "high_text" if value == "high" else "text"),
    ]


@pytest.fixture
def table(qtbot):
    made = Table("Cases", many=True)
    qtbot.addWidget(made)
    made.set_columns(columns())
    made.resize(500, 300)
    made.show()
    return made


def shown(table, column=0):
    model = table.model_
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def test_qt_finds_no_fault_with_the_model(qtbot):
    model = TableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.set_columns(columns())
    model.sort(1)
    model.set_filter("c-")
    model.set_filter("")
    model.set_columns([])
    assert tester is not None and model.rowCount() == 0


def test_numbers_sort_as_numbers_and_missing_ones_come_last(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert shown(table) == ["D-2", "C-3", "", "c-1"]
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert shown(table) == ["", "C-3", "D-2", "c-1"]


def test_words_sort_without_case_and_empty_ones_come_last(table):
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert shown(table) == ["c-1", "C-3", "D-2", ""]
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert shown(table) == ["D-2", "C-3", "c-1", ""]


def test_the_filter_wants_every_word(table):
    table.set_filter("HIGH")
    assert shown(table) == ["c-1", ""]
    table.set_filter("high c-")
    assert shown(table) == ["c-1"]
    table.set_filter("")
    assert len(shown(table)) == 4


def test_a_mask_filters_beside_the_words(table):
    table.set_filter("high", np.array([True, False, True, True]))
    assert shown(table) == [""]


def test_sort_and_filter_go_together_and_rows_keep_their_source(table, qtbot):
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    table.set_filter("c-")
    assert shown(table) == ["C-3", "c-1"]
    with qtbot.waitSignal(table.chosen, timeout=1000) as chosen:
        table.choose(1)
    assert chosen.args == [1] and table.selected_rows() == [1]


def test_enter_and_double_click_activate_the_source_row(table, qtbot):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    place = table.visualRect(table.model_.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(table.activated_row, timeout=1000) as activated:
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert activated.args == [2]


def test_cells_are_formatted_aligned_and_coloured(table):
    model = table.model_
    assert shown(table, 1) == ["0.5", "", "−1.25", "2"]
    assert shown(table, 2) == ["low", "high", "", "high"]
    assert model.data(model.index(0, 1), Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    low, high = (model.data(model.index(row, 2), Qt.ItemDataRole.ForegroundRole).color() for row in (0, 1))
    assert low != high


def test_csv_has_what_is_shown_unformatted(table):
    table.set_filter("low")
    text = table.as_csv()().decode()
    rows = list(csv.reader(io.StringIO(text.split("\n", 1)[1])))
    assert text.startswith("# For Research Use Only") and rows == [["case", "risk", "group"], ["C-3", "0.5", "low"]]


def test_new_rows_keep_the_order_that_the_user_chose(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    table.set_columns(columns())
    assert shown(table) == ["D-2", "C-3", "", "c-1"]


def test_a_cell_that_looks_like_markup_is_no_markup_in_its_tip():
    model = TableModel()
    model.set_columns([Column("<b>case</b>", ["<img src='x'>", "C-1"])])
    tips = [model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) for row in range(2)]
    assert "&lt;img" in tips[0] and tips[1] == "C-1"
    assert "&lt;b&gt;" in model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)

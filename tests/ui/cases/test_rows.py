"""How the cells of the case list are painted."""

from __future__ import annotations

import pytest

from survgui.ui import style
from survgui.ui.cases.listing import ID, MARKS, MODALITIES, MODEL, RISK, SUBJECT, Listing
from survgui.ui.cases.rows import CaseCells, CaseTable
from tests.ui.cases.samples import four, predicted, record


@pytest.fixture
def listed(qapp, qtbot):
    style.apply(qapp, "light")

    def make(*records):
        listing = Listing(records)
        table = CaseTable()
        cells = CaseCells(table)
        cells.records = listing.records
        table.set_columns(listing.columns)
        table.resize(1100, 300)
        qtbot.addWidget(table)
        table.show()
        return table

    return make


def cell(table, row, column):
    return table.viewport().grab(table.visualRect(table.model_.index(row, column))).toImage()


def has(image, role):
    wanted = style.colour(role).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_a_risk_group_is_painted_in_its_colour(listed):
    table = listed(predicted(1, "high", 87.0), predicted(2, "low", 9.0), record(3))
    assert [has(cell(table, row, RISK), "high_text") for row in range(3)] == [True, False, False]
    assert [has(cell(table, row, RISK), "low_text") for row in range(3)] == [False, True, False]


def test_painted_cells_differ_where_the_case_does(listed):
    table = listed(*four())
    assert cell(table, 0, MODALITIES) != cell(table, 2, MODALITIES)
    assert cell(table, 0, MODALITIES) == cell(table, 1, MODALITIES)


def test_the_demo_and_a_missing_file_are_marked_behind_the_id(listed):
    table = listed(record(1), record(1, demo=True), record(1, missing="gone"), record(1, demo=True, missing="gone"))
    cells = [cell(table, row, ID) for row in range(4)]
    assert all(a != b for n, a in enumerate(cells) for b in cells[:n])
    names = [image.copy(0, 0, 50, 30) for image in cells]
    assert all(name == names[0] for name in names)


def test_cells_follow_the_order_of_the_table(listed):
    table = listed(predicted(1, "high", 87.0), predicted(2, "low", 9.0))
    first = cell(table, 0, RISK)
    table.sortByColumn(RISK, table.horizontalHeader().sortIndicatorOrder().AscendingOrder)
    assert cell(table, 1, RISK) == first


def test_a_selected_row_is_tinted_in_every_cell(listed):
    table = listed(*four())
    table.selectRow(0)
    for column in (ID, MODALITIES, MODEL, RISK):
        assert cell(table, 0, column).pixelColor(2, 2).rgb() == style.colour("tint").rgb(), column


def test_the_theme_is_read_while_painting(listed, qapp):
    table = listed(*four())
    light = cell(table, 0, ID)
    style.apply(qapp, "dark")
    assert cell(table, 0, ID) != light and has(cell(table, 0, ID), "text")
    style.apply(qapp, "light")


def test_a_wide_list_shares_its_room_between_patient_and_modalities(listed, qapp):
    table = listed(record(1))
    table.resize(965, 300)
    qapp.processEvents()
    assert table.columnWidth(MODALITIES) == MARKS[0] and table.columnWidth(SUBJECT) >= 150
    table.resize(1512, 300)
    qapp.processEvents()
    assert table.columnWidth(MODALITIES) == MARKS[1] <= table.columnWidth(SUBJECT)

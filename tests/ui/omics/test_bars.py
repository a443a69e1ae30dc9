from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from survgui.figures.theme import LIGHT
from survgui.ui.omics.bars import NUMBER, BarDelegate
from survgui.ui.widgets.table import Column, Table


@pytest.fixture
def table(qtbot) -> Table:
    made = Table("z")
    qtbot.addWidget(made)
    made.bars = BarDelegate(made)
    made.setItemDelegateForColumn(0, made.bars)
    made.set_columns([Column("z", np.array([2.0, -4.0, np.nan, -99.0]), width=222)])
    made.resize(400, 300)
    made.show()
    return made


def extent(table, row: int, role: str) -> tuple[int, int] | None:
    """First and last column of the cell in which a row's bar has a colour."""
    wanted = QColor(LIGHT[role])
    cell = table.visualRect(table.model().index(row, 0))
    shown = table.viewport().grab().toImage()
    y = cell.center().y()
    found = [x for x in range(cell.x() + NUMBER, cell.right()) if shown.pixelColor(x, y) == wanted]
    return (found[0], found[-1]) if found else None


def test_a_bar_grows_from_the_middle_to_its_side(table):
    cell = table.visualRect(table.model().index(0, 0))
    left, right = cell.x() + NUMBER + 12, cell.x() + cell.width() - 10
    middle, half = (left + right) / 2, (right - left) / 2
    assert extent(table, 0, "high") == pytest.approx((middle, middle + half / 2), abs=2.5)
    assert extent(table, 1, "low") == pytest.approx((left, middle), abs=2.5)
    assert extent(table, 3, "low") == extent(table, 1, "low")  # what is beyond ends at the end
    assert extent(table, 0, "low") is None


def test_a_missing_value_has_no_bar(table):
    assert (extent(table, 2, "high"), extent(table, 2, "low"), extent(table, 2, "grid")) == (None, None, None)


def test_the_reach_sets_the_length(table):
    before = extent(table, 0, "high")
    table.bars.reach = 8.0
    table.viewport().update()
    after = extent(table, 0, "high")
    assert (after[1] - after[0]) * 2 == pytest.approx(before[1] - before[0], abs=3)

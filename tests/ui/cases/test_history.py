"""The history of a case: the last deed first, and a broken log said loudly."""

import pytest
from PySide6.QtWidgets import QLabel

from survgui.cases.audit import Chain
from survgui.ui.cases.history import HistoryDialog
from survgui.ui.widgets.banner import Banner
from tests.report import sample


def opened(qtbot, trail):
    made = HistoryDialog("C-0039", trail)
    qtbot.addWidget(made)
    made.show()
    return made


def rows(dialog):
    model = dialog.table.model_
    return [[column.text(model.source(row)) for column in model.columns] for row in range(model.rowCount())]


def test_the_last_deed_stands_first(qtbot):
    dialog = opened(qtbot, sample.trail(3))
    found = rows(dialog)
    assert [row[1] for row in found] == ["predicted", "predicted", "added"]
    assert found[0][2:4] == ["b 1.0", "user-0a1b2c3d4e5f"]
    assert "3 Nov 2026" in found[0][0]
    assert "unbroken, 40 lines" in dialog.says.text() and dialog.says.isVisible()
    assert not dialog.findChildren(Banner)


def test_no_id_in_the_title(qtbot):
    assert opened(qtbot, sample.trail()).windowTitle() == "History"


@pytest.mark.parametrize("why", ["the line before it was changed, taken out or moved"])
def test_a_broken_log_is_told_with_what_to_do(qtbot, why):
    dialog = opened(qtbot, sample.trail(chain=Chain(40, "ab" * 32, 7, why)))
    (banner,) = dialog.findChildren(Banner)
    assert "line 7" in banner.text.text() and why in banner.text.text() and "backup" in banner.text.text()
    assert not dialog.says.isVisible()


def test_every_screen_says_what_it_is_for(qtbot):
    dialog = opened(qtbot, sample.trail())
    assert any("Research Use Only" in label.text() for label in dialog.findChildren(QLabel))

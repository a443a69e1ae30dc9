"""The card that says what is kept, and clears it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from survgui.cases.display import DiskUse
from survgui.figures.words import THIN
from survgui.ui.storage_card import COUNTING, StorageCard, megabytes

USES = (
    DiskUse("features", "Encoded slides", "Cleared, they take minutes.", 1_234_600_000, 12, True),
    DiskUse("cases", "Cases", "Delete cases to free it.", 2_500_000, 1),
)


@pytest.fixture
def card(qtbot):
    made = StorageCard()
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.show()
    return made


def test_every_kind_has_its_size(card):
    assert card.says.text() == COUNTING
    card.set_uses(USES)
    assert card.size_of("features") == f"1{THIN}235{THIN}MB · 12 files"
    assert card.size_of("cases") == f"2.5{THIN}MB · 1 file"
    assert card.says.text() == f"1{THIN}237{THIN}MB in all."
    with pytest.raises(KeyError):
        card.button("cases")


def test_clearing_asks_once_and_waits(card, qtbot):
    card.set_uses(USES)
    button = card.button("features")
    with qtbot.waitSignal(card.clear_requested, timeout=1000) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == ["features"] and not button.isEnabled()
    card.failed("A job is running.")
    assert card.says.text() == "A job is running." and button.isEnabled()
    card.set_uses([DiskUse("features", "Encoded slides", "", 0, 0, True)])
    assert not button.isEnabled() and card.size_of("features") == f"0.0{THIN}MB · 0 files"


def test_megabytes():
    assert [megabytes(n) for n in (0, 99_949_999, 100_000_000)] == [f"0.0{THIN}MB", f"99.9{THIN}MB", f"100{THIN}MB"]

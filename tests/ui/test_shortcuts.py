import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel

from survgui.ui.shortcuts import TWICE, VIEW_KEYS, KeyCap, ShortcutSheet, keys_of_actions


@pytest.fixture
def sheet(qtbot, qapp):
    predict, report, about = QAction("&Predict"), QAction("Report…"), QAction("About")
    predict.setShortcuts([QKeySequence("F5"), QKeySequence("Ctrl+Return")])
    report.setShortcut(QKeySequence("Ctrl+R"))
    made = ShortcutSheet([predict, report, about])
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    return made


def test_keys_come_from_the_actions(sheet):
    assert sheet.groups[0] == ("Everywhere", (("F5 / Ctrl+Return", "Predict"), ("Ctrl+R", "Report"), TWICE))


def test_an_action_without_keys_is_left_out(qapp):
    assert keys_of_actions([QAction("About")]) == ()


def test_every_key_and_every_meaning_is_shown(sheet):
    caps = [cap.keys for cap in sheet.findChildren(KeyCap)]
    said = {label.text() for label in sheet.findChildren(QLabel)}
    wanted = [row for _, rows in sheet.groups for row in rows]
    assert sorted(caps) == sorted(keys for keys, _ in wanted)
    assert {meaning for _, meaning in wanted} <= said
    assert {title for title, _ in VIEW_KEYS} <= said


def test_no_view_has_a_key_twice():
    for _, rows in VIEW_KEYS:
        keys = [key for keys, _ in rows for key in keys.split(" / ")]
        assert len(keys) == len(set(keys))


def test_caps_are_as_wide_as_their_words(qtbot):
    one, two = KeyCap("F5"), KeyCap("PgUp / PgDn")
    for cap in (one, two):
        qtbot.addWidget(cap)
    assert two.sizeHint().width() > 2 * one.sizeHint().width()
    assert one.sizeHint().height() == 24


def test_escape_closes(sheet, qtbot):
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()

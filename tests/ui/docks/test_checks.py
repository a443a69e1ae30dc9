import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from survgui.cases.cohort import Note
from survgui.ui import style
from survgui.ui.docks.checks import ChecksPanel

NOTES = (
    Note("info", "", "Two slides were read."),
    Note("warning", "SLD-05", "The slide holds no pixel size."),
    Note("error", "TBL-07", "Nothing of the table could be used."),
    Note("warning", "SLD-05", "The slide holds no pixel size."),
)


@pytest.fixture
def panel(qtbot):
    made = ChecksPanel()
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def texts(panel):
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


def test_without_checks_it_says_so(panel):
    assert texts(panel) == ["Nothing to check in this case."]
    assert not panel.copy_button.isEnabled()


def test_each_check_is_shown_once_the_gravest_first(panel):
    panel.set_checks(NOTES)
    assert [note.level for note in panel.notes] == ["error", "warning", "info"]
    assert texts(panel)[0] == "1 error · 1 warning · 1 note"
    assert "warning SLD-05" in texts(panel)


def test_checks_are_copied_as_text(panel, qtbot):
    panel.set_checks(NOTES)
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "error TBL-07: Nothing of the table could be used.",
        "warning SLD-05: The slide holds no pixel size.",
        "info: Two slides were read.",
    ]


def test_the_next_case_has_its_own(panel):
    panel.set_checks(NOTES)
    panel.set_checks(())
    assert texts(panel) == ["Nothing to check in this case."]


def test_markup_in_a_note_is_text(panel):
    panel.set_checks((Note("warning", "", "<b>A</b>"),))
    label = next(label for label in panel.findChildren(QLabel) if "<b>" in label.text())
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_signs_follow_the_theme(panel, qapp):
    panel.set_checks(NOTES[1:2])
    style.apply(qapp, "dark")
    row = panel._rows.itemAt(0).widget()
    sign = next(label for label in row.findChildren(QLabel) if not label.pixmap().isNull())
    image = sign.pixmap().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    style.apply(qapp, "light")
    assert "#f0b43c" in seen

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from survgui.cases.report import RESEARCH_USE
from survgui.ui.footer import Dot, Footer


def made(qtbot):
    strip = QLabel("running")
    footer = Footer(strip)
    qtbot.addWidget(footer)
    footer.resize(1400, 30)
    footer.show()
    return footer, strip


def test_the_research_use_line_is_always_there(qtbot):
    footer, _ = made(qtbot)
    labels = [label for label in footer.findChildren(QLabel) if label.text() == RESEARCH_USE]
    assert len(labels) == 1 and labels[0].isVisible()
    footer.set_working(True)
    assert labels[0].isVisible()
    assert abs(labels[0].geometry().center().x() - footer.width() / 2) < 12


def test_a_running_job_takes_the_place_of_the_state(qtbot):
    footer, strip = made(qtbot)
    footer.set_working(True)
    assert strip.isVisible() and not footer.state.isVisible()
    footer.set_working(False)
    assert footer.state.isVisible() and not strip.isVisible()


def test_badges_count_and_ask(qtbot):
    footer, _ = made(qtbot)
    footer.set_checks(2)
    footer.set_unseen(1)
    assert footer.checks.text() == "Checks 2" and footer.checks.property("warn") is True
    assert footer.log.text() == "Log 1" and footer.log.property("error") is True
    with qtbot.waitSignal(footer.checks_asked, timeout=1000):
        qtbot.mouseClick(footer.checks, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(footer.log_asked, timeout=1000):
        qtbot.mouseClick(footer.log, Qt.MouseButton.LeftButton)
    footer.set_checks(0)
    footer.set_unseen(0)
    assert footer.checks.property("warn") is False and footer.log.text() == "Log"


def test_the_state_has_words_and_a_dot(qtbot):
    footer, _ = made(qtbot)
    footer.set_state("Predicting", "accent")
    assert footer.state.text() == "Predicting"
    dot = footer.findChild(Dot)
    assert dot.role == "accent"
    assert dot.grab().toImage().pixelColor(4, 4).name() == "#4558c9"

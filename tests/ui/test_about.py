from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from survgui import __version__
from survgui.cases.report import RESEARCH_USE
from survgui.ui.about import AboutDialog, libraries


def test_it_names_version_licence_and_use(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert __version__ in said and RESEARCH_USE in said and "GNU General Public License" in said


def test_versions_are_those_installed_and_can_be_copied(qtbot):
    assert dict(libraries())["numpy"] == version("numpy")
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert f"torch {version('torch')}" in QGuiApplication.clipboard().text()

"""About survgui: what it is, which version, under which licence, and what it rests on."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from survgui import __version__
from survgui.cases.report import RESEARCH_USE
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label, line

WHAT = (
    "Prognosis from whatever a patient has: slides, omics, MRI and clinical fields, with what is missing recovered "
    "and every number explained."
)
LICENCE = (
    "Free software under the GNU General Public License, version 3 or later. It comes without any warranty. Nothing "
    "is ever sent over a network."
)
LIBRARIES = (
    *("PySide6-Essentials", "torch", "numpy", "pandas", "scikit-survival", "openslide-python", "nibabel", "h5py"),
    "onnxruntime",
)


def libraries() -> tuple[tuple[str, str], ...]:
    """Name and installed version of what the results rest on; read without importing any of it."""
    found = []
    for name in LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)


class AboutDialog(QDialog):
    """Closes with Escape; deletes itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("About survgui")
        self.setFixedWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(10)
        column.addWidget(Label(f"survgui {__version__}", "title"))
        column.addWidget(Label(WHAT, wrap=True))
        column.addWidget(Label(RESEARCH_USE, "strong", wrap=True))
        column.addWidget(line())
        self._versions = "\n".join(f"{name} {number}" for name, number in libraries())
        column.addWidget(Label(self._versions.replace("\n", " · "), "hint", wrap=True))
        column.addWidget(Label(LICENCE, "hint", wrap=True))
        row = QHBoxLayout()
        self.copy = Button("Copy versions", tip="For a report of a fault")
        self.copy.clicked.connect(self._copy)
        done = Button("Close", "primary")
        done.clicked.connect(self.accept)
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(done)
        column.addLayout(row)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"survgui {__version__}\n{self._versions}")

"""The log in the window: filtered by level, copied for support, and where its files are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from survgui.ui.logbook import Entry, Logbook
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

LEVELS = (("info", "All"), ("warning", "Warnings"), ("error", "Errors"))
RANK = {"info": 0, "warning": 1, "error": 2}
ROLES = {"info": "soft", "warning": "warn", "error": "high_text"}
WAIT = 120
"""ms in which entries gather before the table is made anew"""
NOTHING = "Nothing has been logged."


class LogPanel(QWidget):
    """The latest entries of the logbook; looking at them marks its errors as seen."""

    def __init__(self, book: Logbook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self._shown: tuple[Entry, ...] = ()
        self.levels = Segmented(LEVELS)
        self.levels.setAccessibleName("Which entries are shown")
        self.levels.chosen.connect(self._filter)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Filter")
        self.search.setAccessibleName("Filter the log")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(240)
        self.search.textChanged.connect(self._filter)
        self.copy_button = Button("Copy", "quiet", icon="copy", tip="Copy what is shown; it names no patient")
        self.copy_button.clicked.connect(self.copy)
        self.folder_button = Button("Open log folder", "quiet", icon="folder")
        self.folder_button.clicked.connect(self.open_folder)
        self.table = Table("Log")
        self.details = Label("", "hint", wrap=True)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setContentsMargins(14, 0, 14, 6)
        self.details.hide()
        self.table.chosen.connect(self._chosen)
        self.empty = Label(NOTHING, "soft")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self.refresh)
        book.added.connect(self._added)

    def showEvent(self, event: QShowEvent) -> None:
        """What is looked at is seen."""
        super().showEvent(event)
        self.refresh()

    def text(self) -> str:
        """What is shown, as it stands in the file."""
        model = self.table.model_
        return "\n".join(self._shown[model.source(row)].line() for row in range(model.rowCount()))

    @Slot()
    def refresh(self) -> None:
        """Take in what was logged; the latest comes last and stays in sight."""
        self._shown = tuple(self._book.entries)
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.table.set_columns(columns(self._shown))
        self._filter()
        if at_end:
            self.table.scrollToBottom()
        if self.isVisible():
            self._book.mark_seen()

    @Slot()
    def copy(self) -> None:
        """Put what is shown into the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    @Slot()
    def open_folder(self) -> None:
        """Show the files of the log."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._book.folder)))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        head.setSpacing(8)
        head.addWidget(self.levels)
        head.addWidget(self.search, 1)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        head.addWidget(self.folder_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.details)

    @Slot(object)
    def _added(self, entry: Entry) -> None:
        if self.isVisible():  # what is not seen is drawn when it is
            self._timer.start()

    @Slot()
    def _filter(self) -> None:
        least = RANK[self.levels.key]
        mask = np.array([RANK[entry.level] >= least for entry in self._shown], dtype=bool)
        self.table.set_filter(self.search.text(), mask)
        self._stack.setCurrentIndex(1 if self._shown else 0)
        self.copy_button.setEnabled(self.table.model_.rowCount() > 0)
        self._chosen(-1)

    @Slot(int)
    def _chosen(self, row: int) -> None:
        entry = self._shown[row] if 0 <= row < len(self._shown) else None
        self.details.setText("" if entry is None else "\n".join(p for p in (entry.text, entry.details) if p))
        self.details.setVisible(entry is not None)


def columns(entries: Iterable[Entry]) -> list[Column]:
    """Entries as columns of a table."""
    kept = tuple(entries)
    return [
        Column("time", [f"{e.time:%H:%M:%S}" for e in kept], width=84),
        Column("level", [e.level for e in kept], width=84, role=ROLES.__getitem__),
        Column("part", [e.room for e in kept], width=110, role=_soft),
        Column("what happened", [e.text for e in kept], width=0),
    ]


def _soft(room: str) -> str:
    return "soft"

"""Below the plots: the rows on the same folds, the runs that can go on, and the log."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QStackedWidget, QWidget

from survgui.ui import results
from survgui.ui.results import Row
from survgui.ui.train.monitor import level
from survgui.ui.train.runs import DONE, FAILED, RUNNING, STOPPED, Run
from survgui.ui.widgets.buttons import Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

LINES = 400
"""of the log that are kept"""
_ROLES = {RUNNING: "accent", DONE: "good", "resumable": "warn", FAILED: "high_text"}


class Ledger(QWidget):
    """Two cards.

    Signals:
        run_chosen(int): The user has chosen a run, by its place in what `set_runs` was given.
    """

    run_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = Table("methods on the same folds")
        self.rows.setSortingEnabled(False)
        beside = Card("Rows on the same folds", "C-index, mean ± s.d.; higher is better")
        beside.body.addWidget(self.rows, 1)
        level(beside)
        self.runs = Table("trainings")
        self.runs.setSortingEnabled(False)
        self.runs.chosen.connect(self._chosen)
        self._none = Label("No training yet.", "soft")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(LINES)
        self.log.setAccessibleName("log of the training")
        self._stack = QStackedWidget()
        for widget in (self._none, self.runs, self.log):
            self._stack.addWidget(widget)
        self.shown = Segmented((("runs", "Runs"), ("log", "Log")))
        self.shown.chosen.connect(self._show)
        self._card = Card("Runs", " ")
        self._card.head.addWidget(self.shown)
        self._card.body.addWidget(self._stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(beside, 1)
        row.addWidget(self._card, 1)
        self._runs: tuple[Run, ...] = ()
        self.set_rows(())
        self.set_runs(())

    def set_rows(self, rows: Sequence[Row], running: float | None = None, method: str = "must") -> None:
        """Show the summary of a finished training, or dashes.

        Args:
            method: That is trained; the reference rows are the same for each.
            running: Mean C-index of the folds that a running training has finished.
        """
        shown = list(rows)
        title = results.method_title(method)
        if running is not None:
            title += " (running)"
            shown = [{"method": method, "pattern": ["natural"], "c_index": running if np.isfinite(running) else None}]
        self.rows.set_columns(results.beside_columns(shown, own=method, title=title))

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show runs, the latest first."""
        self._runs = tuple(runs)
        c = np.array([np.nan if run.c_index is None else run.c_index for run in runs])
        self.runs.set_columns(
            [
                Column("Run", [run.name for run in runs], width=0, tip="Choose one to resume it"),
                Column("Method", [results.method_title(run.method) for run in runs], width=92),
                Column("C-index", c, "right", 70, _three, tip="Mean over the finished folds"),
                Column("State", [_state(run) for run in runs], width=176, role=_role),
            ]
        )
        self._show(self.shown.key)

    def write(self, text: str) -> None:
        """Add a line to the log."""
        self.log.appendPlainText(f"{time.strftime('%H:%M:%S')}  {text}")

    @Slot(int)
    def _chosen(self, row: int) -> None:
        if row >= 0:
            self.run_chosen.emit(row)

    @Slot(str)
    def _show(self, key: str) -> None:
        self._card.set_title("Log" if key == "log" else "Runs")
        self._stack.setCurrentWidget(self.log if key == "log" else self.runs if self._runs else self._none)


def _state(run: Run) -> str:
    """What became of a run, and where it stands unless that is said by it."""
    word = "resumable" if run.state == STOPPED else run.state
    return word if run.state == DONE or not run.progress else f"{word} · {run.progress}"


def _role(state: object) -> str:
    return _ROLES.get(str(state).split(" · ")[0], "text")


def _three(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"

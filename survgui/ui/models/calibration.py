"""How a bundle's predictions agree with what was observed, before and after recalibration, pattern by pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality
from survgui.figures.calibration import draw_recalibration, recalibrated, recalibration_table
from survgui.figures.heat_map import three
from survgui.figures.words import THIN, count, months, plain
from survgui.ui.evaluation.tables import names
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

GAP, WIDEST = 10, 560
EMPTY = "No calibration is stored in this model."
NO_CURVE = "Of this pattern the figures are stored, but no curve: of many patterns only the principal ones have one."
READ = (
    "Slope 1 and O/E 1 are ideal; an ICI is better the nearer to 0; a D-calibration p below 0.05 speaks against "
    "calibration. “After” is cross-validated: each fold corrected by what the others say."
)
SPECIAL: dict[tuple[str, ...], str] = {("natural",): "as they come", ("complete",): "complete"}

Figures = Mapping[str, Any]


def figures_of(manifest: Manifest | None) -> tuple[Figures, ...]:
    """The entries of a manifest's calibration that can be shown."""
    stored: Mapping[str, Any] = getattr(manifest, "calibration", {}) or {}
    found = stored.get("figures", ())
    return tuple(f for f in found if isinstance(f, Mapping) and isinstance(f.get("before"), Mapping))


def pattern_title(pattern: Sequence[str]) -> str:
    """`as they come`, `complete`, `Clinical and RNA`."""
    return SPECIAL.get(tuple(pattern)) or names(tuple(sorted(pattern, key=_place)))


def calibration_columns(found: Sequence[Figures]) -> list[Column]:
    """One row a pattern: n, deaths, and each figure before and after."""
    made = [
        Column("Given at test time", [pattern_title(f["pattern"]) for f in found], width=0),
        Column("n · deaths", _people(found), "right", 88, searched=False, order=[f["n"] for f in found]),
    ]
    figures = (
        ("Slope", "slope", plain, "Of the log cumulative hazard in a Cox model; 1 is ideal"),
        ("O/E", "o_e", plain, "Observed over expected deaths at the horizon; 1 is ideal"),
        ("ICI", "ici", three, "Mean distance of predicted and observed risk at the horizon; 0 is best"),
        ("D-cal. p", "d_calibration_p", _p, "Of the test that survival probabilities at death are uniform"),
    )
    for title, name, written, tip in figures:
        said = [_before_after(f, name, written) for f in found]
        order = np.array([_value(f["after"] or f["before"], name) for f in found])
        tip = f"{tip}. Before → after recalibration."
        made.append(Column(title, said, "right", 90, searched=False, tip=tip, order=order))
    return made


class CalibrationPane(QWidget):
    """A curve for the pattern that is chosen in the table beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[Figures, ...] = ()
        self._horizon = ""
        self.empty = EmptyState(EMPTY)
        self.curve = FigureView("Predicted and observed survival at the horizon, before and after recalibration")
        self.table = Table("calibration by what was given")
        self.table.chosen.connect(self._choose)
        self._curve = Card("Calibration", " ")
        self.bare = Label(NO_CURVE, "soft", wrap=True)
        self.bare.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._curve.body.addWidget(self.curve, 1)
        self._curve.body.addWidget(self.bare, 1)
        self._table = Card("By what was given", " ")
        self._table.body.addWidget(self.table, 1)
        self._table.body.addWidget(Label(READ, "hint", wrap=True))
        self._table.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        both = QWidget()
        both.setProperty("kind", "page")
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        self._curve.setMaximumWidth(WIDEST)
        row.addWidget(self._curve, 5)
        row.addWidget(self._table, 9)
        blank = Card()
        blank.body.addWidget(self.empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(blank)
        self._stack.addWidget(both)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def set_manifest(self, manifest: Manifest | None) -> None:
        """Show another bundle's calibration, the curve of what patients naturally have first."""
        self._found = figures_of(manifest)
        self._stack.setCurrentIndex(1 if self._found else 0)
        if manifest is None or not self._found:
            self.curve.set_figure(None)
            self.table.set_columns([])
            return
        self._horizon = months(manifest.horizon_months)
        self._table.set_hint(f"at {self._horizon}{THIN}months")
        self.table.set_columns(calibration_columns(self._found))
        first = next((k for k, f in enumerate(self._found) if tuple(f["pattern"]) == ("natural",)), 0)
        self.table.choose(first)

    @Slot(int)
    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._found):
            return
        entry = self._found[row]
        figure = recalibrated(entry, self._horizon)
        self._curve.set_hint(pattern_title(entry["pattern"]))
        drawn = bool(figure.before.bands)
        self.curve.setVisible(drawn)
        self.bare.setVisible(not drawn)
        if not drawn:
            self.curve.set_figure(None)
            return
        draw = partial(draw_recalibration, figure=figure)
        self.curve.set_figure(draw, recalibration_table(figure), "calibration")


def _before_after(entry: Figures, name: str, written: Any) -> str:
    values = [_value(state, name) for state in (entry["before"], entry["after"]) if state is not None]
    said = [written(value) if np.isfinite(value) else "–" for value in values]
    return " → ".join(said)


def _value(state: Figures, name: str) -> float:
    value = state.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")


def _people(found: Sequence[Figures]) -> list[str]:
    return [f"{count(int(f['n']))} · {count(int(f['deaths']))}" for f in found]


def _p(value: float) -> str:
    """A p-value with two decimals, and three below 0.1, where they matter."""
    return "<.001" if value < 0.001 else f"{value:.3f}"[1:] if value < 0.1 else f"{value:.2f}".removeprefix("0")


def _place(name: str) -> int:
    """Where a modality stands among all; a manifest from elsewhere may name one that is none of ours."""
    order = [str(modality) for modality in Modality]
    return order.index(name) if name in order else len(order)

"""The generators of a bundle beside each other: what each costs and how near it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.bundle import Manifest
from survgui.figures.words import MINUS, THIN, generator, percent
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

EMPTY = "No comparison of generators is stored in this model."
READ = (
    "Every measured modality was hidden in turn and drawn from the rest. An error of 1 is that of the development "
    "mean, 0 is perfect. The 90\u202f% interval is estimated from the draws with a correction for their finite number: "
    "90\u202f% of the real values should lie inside, and of two that hold them the narrower is better. The 5th to 95th "
    "percentile of the draws, which a prediction shows, is narrower."
)
INSIDE = "Share of the real values inside the 90 % interval, corrected for the number of draws; 90 % is ideal"

Row = Mapping[str, Any]


def rows_of(manifest: Manifest | None) -> tuple[Row, ...]:
    """The rows that training has stored."""
    stored = manifest.training.get("generators", ()) if manifest is not None else ()
    return tuple(row for row in stored if isinstance(row, Mapping) and "generator" in row)


def generator_columns(rows: Sequence[Row], default: str, steps: int) -> list[Column]:
    """One row a generator and number of steps; the bundle's own has a star."""
    own = [row["generator"] == default and row.get("steps", steps) in (steps, None) for row in rows]
    titles = [
        generator(str(row["generator"]), int(row.get("steps") or 0)) + ("  ★ default" if mine else "")
        for row, mine in zip(rows, own, strict=True)
    ]
    return [
        Column("Generator", titles, width=0),
        Column("Time", _values(rows, "milliseconds"), "right", 92, _time, tip="Milliseconds a patient, on the CPU"),
        Column("Error", _values(rows, "error"), "right", 84, _two, tip="Relative squared error of the mean draw"),
        Column("In 90\u202f% interval", _values(rows, "coverage"), "right", 118, _share, tip=INSIDE),
        Column("Width", _values(rows, "sharpness"), "right", 84, _two, tip="Of that interval, in development s.d."),
        Column("Δ C-index", _values(rows, "c_index_change"), "right", 96, _change, tip="Against filling by the mean"),
    ]


class GeneratorsPane(QWidget):
    """The table, or that there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = Table("generators of the model")
        card = Card("Generators", "how missing parts are drawn")
        card.body.addWidget(self.table, 1)
        card.body.addWidget(Label(READ, "hint", wrap=True))
        blank = Card()
        self.empty = EmptyState(EMPTY)
        blank.body.addWidget(self.empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(blank)
        self._stack.addWidget(card)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def set_manifest(self, manifest: Manifest | None) -> None:
        """Show another bundle's generators."""
        rows = rows_of(manifest)
        self._stack.setCurrentIndex(1 if rows else 0)
        if manifest is not None:
            self.table.set_columns(generator_columns(rows, manifest.generator, manifest.steps) if rows else [])


def _values(rows: Sequence[Row], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = (row.get(name) for row in rows)
    return np.array([float(v) if isinstance(v, int | float) else np.nan for v in found])


def _time(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}{THIN}ms" if value < 10 else f"{value:.0f}{THIN}ms"


def _two(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", MINUS)


def _share(value: float) -> str:
    return "no spread" if np.isnan(value) else percent(value)


def _change(value: float) -> str:
    if np.isnan(value):
        return "–"
    text = f"{abs(value):.3f}"
    return text if float(text) == 0.0 else ("+" if value > 0 else MINUS) + text

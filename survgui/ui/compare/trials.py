"""Generators laid beside each other for one hidden modality of the open case."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from survgui.cases.display import Trials
from survgui.figures.words import THIN, generator, inside, percent, plain, plural
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.table import ROW, Column, Table

HEAD = 38
"""height of the table's titles in px"""


def trial_columns(trials: Trials) -> list[Column]:
    """One row a generator: how near it comes, whether its spread holds the truth, and what it costs."""
    rows = trials.rows
    within = np.array([np.nan if r.inside is None else r.inside for r in rows])
    return [
        Column("Generator", [generator(r.generator, r.steps) for r in rows], width=0),
        Column(
            "Cosine",
            np.array([r.cosine for r in rows]),
            "right",
            84,
            plain,
            tip="Mean over the draws; 1 is the real part",
        ),
        Column(f"Inside 5–95{THIN}%", within, "right", 116, _within, tip="Of the real values; 90 % is ideal"),
        Column("Time", np.array([r.milliseconds for r in rows]), "right", 92, _time, tip="To draw, on this device"),
    ]


class TrialsCard(Card):
    """A small table; hidden until there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Generators", " ", parent)
        self.setProperty("kind", "section")
        self.table = Table("generators beside each other")
        self.body.addWidget(self.table)
        self.hide()

    def set_trials(self, trials: Trials | None) -> None:
        """Show what every generator drew, or nothing."""
        self.setVisible(trials is not None)
        if trials is None:
            self.table.set_columns([])
            return
        draws = max((row.draws for row in trials.rows), default=0)
        self.set_hint(
            f"{inside(trials.modality.title)} hidden and drawn · {plural(draws, 'draw')} where there is a spread"
        )
        self.table.set_columns(trial_columns(trials))
        self.table.setFixedHeight(HEAD + ROW * len(trials.rows))


def _within(value: float) -> str:
    return "no spread" if np.isnan(value) else percent(value)


def _time(value: float) -> str:
    return f"{value:.1f}{THIN}ms" if value < 9.95 else f"{value:.0f}{THIN}ms"

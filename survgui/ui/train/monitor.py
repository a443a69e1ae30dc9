"""A training as it runs: where it is, its losses by term, and the C-index of each finished fold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.case import Modality
from survgui.figures.folds import Folds, draw_folds, folds_table
from survgui.figures.lines import Line, LinesFigure, draw_lines, lines_table
from survgui.figures.words import short
from survgui.ui import results
from survgui.ui.explore.plots import folds_plot, lines_plot
from survgui.ui.results import Row
from survgui.ui.train.fields import Method
from survgui.ui.train.must import MUST
from survgui.ui.train.progress import TrainingProgress, duration
from survgui.ui.train.stages import StageChip
from survgui.ui.widgets.buttons import Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label

REDRAW_MS = 40
"""steps that come closer together are drawn at once"""
STYLES: dict[str, tuple[str, tuple[float, ...]]] = {
    "survival": ("accent", ()),
    "decomposition": ("low", (5.0, 3.0)),
    "shared": ("intermediate", (1.6, 2.2)),
    "orthogonality": ("high", (6.0, 2.0, 1.5, 2.0)),
    "generator": ("good", ()),
    "clinical": ("text", (2.0, 2.0)),
    "pathology": ("high", ()),
    "rna": ("accent", ()),
    "dnam": ("low", (5.0, 3.0)),
    "cnv": ("good", (1.6, 2.2)),
    "mutation": ("intermediate", (6.0, 2.0, 1.5, 2.0)),
    "mirna": ("good", (6.0, 2.0)),
    "mri": ("intermediate", (1.6, 2.2)),
}
"""Colour role and dash of each term of a loss; a line never differs by its colour alone."""
HEAD = 30
"""height of a head with a switch in it, in px"""
LOSSES = "Appears with the first epoch."
FOLDS = "Appears when the first fold has been trained."


class ProgressCard(Card):
    """Stages of the present fit, a bar over all of them, which fold, and the time that is left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.chips: tuple[StageChip, ...] = ()
        stages = QWidget()
        stages.setFixedWidth(324)
        self._line = QHBoxLayout(stages)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)
        self._line.addStretch(1)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName("progress of the whole training")
        self.where = Label("Not started", "soft")
        self.left = Label("", "strong")
        row = QHBoxLayout()
        row.setSpacing(14)
        for widget, stretch in ((stages, 0), (self.bar, 1), (self.where, 0), (self.left, 0)):
            row.addWidget(widget, stretch, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(row)
        self.set_stages(tuple(MUST.stages))

    def set_stages(self, stages: tuple[str, ...]) -> None:
        """Stages of one fit; nothing runs."""
        for chip in self.chips:
            self._line.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._stages = stages
        self.chips = tuple(StageChip(stage) for stage in stages)
        for place, chip in enumerate(self.chips):
            self._line.insertWidget(place, chip)
        self.reset()

    def show_progress(self, progress: TrainingProgress, now: float, more: str) -> None:
        """Say where a training is; `more` follows the fold, such as the device."""
        stage, stages = progress.stage, self._stages
        at = stages.index(stage) if stage in stages else len(stages) if progress.fit >= 0 else -1
        for place, (name, chip) in enumerate(zip(stages, self.chips, strict=True)):
            here = place == at
            text = f"{name} · {progress.epoch} / {progress.total}" if here and progress.epochs.get(name) else name
            chip.set_stage(text, "now" if here else "done" if place < at else "later")
        self.bar.setValue(round(1000 * progress.share))
        words = [progress.where, "" if stage in stages else progress.text or stage, more]
        self.where.setText(" · ".join(word for word in words if word))
        seconds = progress.seconds_left(now)
        self.left.setText("" if seconds is None else f"{duration(seconds)} left")
        self.left.setVisible(seconds is not None)

    def end(self, text: str, *, whole: bool) -> None:
        """Say how it ended; the bar stays where it was, or is full."""
        self.where.setText(text)
        self.left.hide()
        if whole:
            self.bar.setValue(1000)
        for chip, name in zip(self.chips, self._stages, strict=True):
            chip.set_stage(name, "done" if whole else "later")

    def reset(self) -> None:
        """Nothing runs."""
        self.end("Not started", whole=False)
        self.bar.setValue(0)


class _Plot(QStackedWidget):
    """A figure, or a sentence while there is none."""

    def __init__(self, about: str, waiting_for: str) -> None:
        super().__init__()
        self.view = FigureView(about)
        waiting = Label(waiting_for, "soft")
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(waiting)
        self.addWidget(self.view)
        self.setMinimumHeight(150)


class Curves(QWidget):
    """The two plots side by side; redrawn at most every `REDRAW_MS`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.losses, self.folds = _Plot("Losses by epoch", LOSSES), _Plot("C-index of each fold", FOLDS)
        self._loss_card = Card("Loss", " ")
        self._method = MUST
        self.part = Segmented()
        self.part.chosen.connect(self._part_chosen)
        self._loss_card.head.addWidget(self.part)
        self._loss_card.body.addWidget(self.losses, 1)
        self._fold_card = Card("C-index by fold", "held-out part; higher is better")
        self._fold_card.body.addWidget(self.folds, 1)
        level(self._fold_card)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._loss_card, 1)
        row.addWidget(self._fold_card, 1)
        self._progress: TrainingProgress | None = None
        self._rows: Sequence[Row] = ()
        self._followed = True
        self._offer_parts()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self.redraw)

    def follow(self, progress: TrainingProgress | None, method: Method = MUST) -> None:
        """Show another training, or none."""
        self._progress, self._rows, self._followed, self._method = progress, (), True, method
        self._offer_parts()
        self.redraw()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Draw the best Cox row beside the folds."""
        self._rows = rows
        self.redraw()

    def moved(self) -> None:
        """The training took a step; drawn soon."""
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def redraw(self) -> None:
        """Draw what there is now."""
        progress = self._progress
        if progress is not None and self._followed:
            self.part.set_chosen(next((p.key for p in self._method.parts if progress.stage in p.stages), self.part.key))
        self._draw_losses(progress)
        self._draw_folds(progress)

    def _draw_losses(self, progress: TrainingProgress | None) -> None:
        stages = next(part.stages for part in self._method.parts if part.key == self.part.key)
        lines = progress.lines(stages) if progress is not None else {}
        self.losses.setCurrentIndex(1 if lines else 0)
        if progress is None or not lines:
            self._loss_card.set_hint(" ")
            return
        drawn = tuple(Line(_read(name), x, y, *STYLES.get(name, ("soft", ()))) for name, (x, y) in lines.items())
        figure = LinesFigure(drawn, float(max(progress.limit(stages), 1)))
        name = f"{progress.name(progress.drawn)}, training part"
        series = partial(lines_plot, figure, "Loss", name)
        self.losses.view.set_figure(partial(draw_lines, figure=figure), lines_table(figure), "losses", series=series)
        self._loss_card.set_hint(name)

    def _draw_folds(self, progress: TrainingProgress | None) -> None:
        self.folds.setCurrentIndex(1 if progress is not None and progress.fold_c else 0)
        if progress is None or not progress.fold_c:
            return
        best = results.best_cox(self._rows)
        beside = {"best Cox": best} if np.isfinite(best) else {}
        figure = Folds(dict(progress.fold_c), progress.folds, self._method.title, beside)
        series = partial(folds_plot, figure, "C-index by fold", "held-out part")
        self.folds.view.set_figure(partial(draw_folds, figure=figure), folds_table(figure), "folds", series=series)

    def _offer_parts(self) -> None:
        self.part.set_options([(part.key, part.title) for part in self._method.parts])

    @Slot(str)
    def _part_chosen(self, key: str) -> None:
        self._followed = False  # the user looks at something; the training does not take it away
        self.redraw()


def _read(term: str) -> str:
    """A term of a loss; of a modality, its name."""
    return short(Modality(term)) if term in set(Modality) else term


def level(card: Card) -> None:
    """Give a head without controls the height of its neighbour's, which has some."""
    card.head.addStrut(HEAD)


class Monitor(QWidget):
    """Progress over the plots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress, self.curves = ProgressCard(), Curves()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.progress)
        column.addWidget(self.curves, 1)

    def follow(self, progress: TrainingProgress | None, method: Method) -> None:
        """Show a training of a method that starts now, or what one will go through."""
        self.progress.set_stages(tuple(method.stages))
        self.curves.follow(progress, method)

"""The Cohort workspace: availability, survival of everybody, the patients, and what reading the file had to say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import CohortFacts
from survgui.figures.availability import Availability, availability_height, availability_table, draw_availability
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from survgui.figures.words import THIN, months, plural
from survgui.figures.zoom import WINDOW, Zoom
from survgui.ui.cohort.availability_risk import AvailabilityRiskCard
from survgui.ui.cohort.evaluation import EvaluationPane
from survgui.ui.cohort.notes import NotesCard
from survgui.ui.cohort.patients import PatientsCard
from survgui.ui.explore.plots import curve_plot
from survgui.ui.title import TitleHeader
from survgui.ui.widgets.banner import Banner, BannerPlace
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import plain_tip

EMPTY = "No cohort. Import one from your files, or open a cohort.toml."
IMPORT = "Import a cohort…"
EVALUATION = "evaluation"
TABS = (("patients", "Patients"), (EVALUATION, "Evaluation"))
GAP, MARGIN = 10, 12


def headline(facts: CohortFacts) -> str:
    """The cohort in one line: name, patients, deaths, follow-up, folds."""
    known = np.isfinite(facts.months)
    parts = [facts.name, plural(len(facts.ids), "patient"), f"{plural(int(facts.events.sum()), 'death')} (1 = death)"]
    if not known.all():
        parts.append(f"{plural(int((~known).sum()), 'outcome')} not known")
    if facts.median_follow_up is not None:
        parts.append(f"median follow-up {months(facts.median_follow_up)}{THIN}months (reverse Kaplan-Meier)")
    parts.append(f"{plural(facts.folds, 'fold')} fixed" if facts.folds else "no folds fixed: 5 are drawn")
    return " · ".join(parts)


class CohortPage(QWidget):
    """A cohort file as it was read.

    Signals:
        open_requested(path): Open this cohort file; None: ask for one.
        import_requested(): Make a cohort of the files that there are.
        demo_requested(): Open the demo's cohort.
        train_requested(path): Train on this cohort.
        mask_risk_requested(): Compute the mask-only C-index of the open cohort.
        evaluation_requested(path): Read this file as the open cohort's evaluation; None: the one opened last.
    """

    open_requested = Signal(object)
    import_requested = Signal()
    demo_requested = Signal()
    train_requested = Signal(object)
    mask_risk_requested = Signal()
    evaluation_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self.facts: CohortFacts | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._made_header())
        self._over = BannerPlace()
        self._column.addLayout(self._over)
        self._stack = QStackedWidget()
        self.empty = EmptyState(EMPTY, IMPORT)
        self.empty.triggered.connect(self.import_requested)
        self.existing = Button("Open cohort…", tip="Open a cohort.toml")
        self.existing.clicked.connect(self._open)
        self.demo = Button("Open the demo's", "quiet", tip="A small simulated cohort with known truth")
        self.demo.clicked.connect(self.demo_requested)
        for place, button in ((3, self.existing), (4, self.demo)):
            self.empty.layout().insertWidget(place, button, 0, Qt.AlignmentFlag.AlignHCenter)  # type: ignore[union-attr]
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._made_body())
        self.evaluation = EvaluationPane()
        self.evaluation.open_requested.connect(self.evaluation_requested)
        self._asked_for: CohortFacts | None = None  # its last evaluation
        self._stack.addWidget(self.evaluation)
        self._column.addWidget(self._stack, 1)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.patients.filter.setFocus)
        self._turn = QTimer(self)  # many notes are many widgets: they come after what is looked at first
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._show_notes)
        self.set_cohort(None)

    @Slot(object)
    def set_cohort(self, facts: CohortFacts | None) -> None:
        """Show a cohort, or that there is none."""
        self.facts = facts
        self.set_busy(None)
        self._over.clear()
        self.evaluation.set_cohort(facts)
        for widget in (self.train, self.tabs):
            widget.setVisible(facts is not None)
        self._show_tab(self.tabs.key)
        if facts is None:
            self._line.setText("")
            return
        self._line.setText(headline(facts))
        self.train.setEnabled(facts.trainable)
        why = "Make a bundle of this cohort" if facts.trainable else "The errors below must be put right first"
        self.train.setToolTip(why)
        self._show_availability(facts)
        self._show_curve(facts)
        self.patients.set_cohort(facts)
        self._turn.start()
        self.risk.reset()
        if facts.mask_c_index is not None:
            self.risk.set_value(facts.mask_c_index)

    def set_busy(self, text: str | None) -> None:
        """Say that a cohort is being read; what was shown stays until the other one is there."""
        if text is None:
            self.empty.set_text(EMPTY, IMPORT)
            self._line.setText(headline(self.facts) if self.facts else "")
        else:
            self.empty.set_text(text)
            self._line.setText(text)
        self.demo.setVisible(text is None)
        self.existing.setVisible(text is None)
        self.open.setEnabled(text is None)

    @Slot(object)
    def set_mask_risk(self, c_index: float | None) -> None:
        """Show the C-index of the availability mask alone; None where it cannot be told."""
        self.risk.set_value(c_index)

    @Slot(str)
    def _show_tab(self, key: str) -> None:
        """Patients or evaluation; the evaluation that was opened last is read when it is first looked at."""
        self._stack.setCurrentIndex(0 if self.facts is None else 2 if key == EVALUATION else 1)
        if key == EVALUATION and self.facts is not None and self._asked_for is not self.facts:
            self._asked_for = self.facts
            self.evaluation_requested.emit(None)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """Cohort files that were opened lately, the latest first."""
        self._menu.clear()
        for path in paths:
            action = QAction(f"{path.parent.name}/{path.name}", self._menu)
            action.setToolTip(plain_tip(str(path)))
            action.setData(path)
            action.triggered.connect(self._open_recent)
            self._menu.addAction(action)
        self.recent.setVisible(bool(paths))

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """Say why a cohort could not be opened; what was shown stays."""
        self.set_busy(None)
        self.risk.give_up()
        self.show_problem(text)

    @Slot(str)
    def show_problem(self, text: str) -> None:
        """Say what did not work beside what is shown, such as a file that is no evaluation."""
        self._over.put(Banner("error", text, parent=self))

    def _made_header(self) -> QFrame:
        self.recent = Button("Recent", tip="Cohort files that were opened lately")
        self._menu = QMenu(self.recent)
        self.recent.setMenu(self._menu)
        self.recent.hide()
        self.open = Button("Open cohort…", icon="folder", tip="Open a cohort.toml")
        self.open.clicked.connect(self._open)
        self.import_ = Button(
            "Import…", icon="download", tip="Make a cohort of tables, slides and folders (Ctrl+Shift+I)"
        )
        self.import_.clicked.connect(self.import_requested)
        self.train = Button("Train on it", "primary")
        self.train.clicked.connect(self._train)
        self.tabs = Segmented(TABS)
        self.tabs.chosen.connect(self._show_tab)
        header = TitleHeader("Cohort", (self.tabs, self.recent, self.import_, self.open, self.train))
        self._line = header.hint
        return header

    def _made_body(self) -> QWidget:
        body = QWidget()
        body.setProperty("kind", "page")
        row = QHBoxLayout(body)
        row.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        row.setSpacing(GAP)
        self.patients = PatientsCard()
        self.notes = NotesCard()
        self.risk = AvailabilityRiskCard()
        self.risk.requested.connect(self.mask_risk_requested)
        self._availability = FigureView("Which modalities the patients of the cohort have")
        self._curve = FigureView("Survival of the cohort")
        who = Card("Availability", "measured, of all patients")
        who.body.addWidget(self._availability)
        who.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._survival = Card("Survival of everybody", " ")
        self._survival.body.addWidget(self._curve, 1)
        for cards, stretch in (((who, self.patients), 11), ((self._survival, self.risk, self.notes), 9)):
            column = QVBoxLayout()
            column.setSpacing(GAP)
            for card in cards:
                column.addWidget(card, 1 if card in (self.patients, self._survival) else 0)
            row.addLayout(column, stretch)
        return body

    @Slot()
    def _show_notes(self) -> None:
        if self.facts is not None:
            self.notes.set_notes(self.facts.notes)

    def _show_availability(self, facts: CohortFacts) -> None:
        having = {m: int(np.count_nonzero(here)) for m, here in facts.present.items()}
        figure = Availability(len(facts.ids), having, facts.patterns)
        draw = partial(draw_availability, figure=figure)
        height = availability_height(figure)
        self._availability.set_figure(draw, availability_table(figure), "availability", _Fixed(height))

    def _show_curve(self, facts: CohortFacts) -> None:
        if facts.curve is None:
            self._curve.set_figure(None)
            self._survival.set_hint("no outcome is known")
            return
        said = f"Kaplan-Meier with 95{THIN}% band · n = {facts.curve.patients}, {plural(facts.curve.deaths, 'death')}"
        self._survival.set_hint(said)
        rows = ("at_risk", "deaths", "censored")
        limit = float(facts.ticks[-1])
        figure = CurveFigure(None, (facts.curve,), facts.ticks, limit, rows=rows, bands=True)
        series = partial(curve_plot, figure, "Survival of everybody", facts.name)
        draw = Zoom(partial(draw_curve, figure=figure), WINDOW)
        self._curve.set_figure(draw, curve_table(figure), "kaplan-meier", series=series)

    @Slot()
    def _open(self) -> None:
        self.open_requested.emit(None)

    @Slot()
    def _open_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.open_requested.emit(action.data())

    @Slot()
    def _train(self) -> None:
        if self.facts is not None:
            self.train_requested.emit(self.facts.file)

    def minimumSizeHint(self) -> QSize:
        """Fits a screen of 1024 px."""
        return QSize(760, 480)


class _Fixed:
    def __init__(self, height: float) -> None:
        self._height = height

    def __call__(self, wide: float) -> float:
        return self._height

"""Methods on the open cohort: from a file that `survgui evaluate` or `survgui study` wrote, or from a model's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import BundleFacts, CohortFacts
from survgui.cases.evaluation import Evaluation, Opened, mismatches
from survgui.cases.study import StudyResult
from survgui.ui.evaluation.study_view import StudyView
from survgui.ui.evaluation.view import EvaluationView
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Elided, Label

GAP = 10
EMPTY = "No evaluation of this cohort yet: survgui evaluate or study writes one, and a model trained on it holds one."
OPEN = "Open an evaluation…"
FILE = "file"
"""key of the source that is a file; the others are models, by name"""


def with_outcome(facts: CohortFacts) -> int:
    """Patients of whom an outcome and at least one modality are known: those that an evaluation has."""
    measured = np.any([*facts.present.values()], axis=0) if facts.present else np.zeros(len(facts.ids), bool)
    return int(np.count_nonzero(np.isfinite(facts.months) & measured))


class EvaluationPane(QWidget):
    """Where the figures come from, what speaks against them, and the figures.

    Signals:
        open_requested(path): Read this file as the open cohort's evaluation.
    """

    open_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._facts: CohortFacts | None = None
        self._opened: Opened | None = None
        self._installed: tuple[BundleFacts, ...] = ()
        self._bundles: dict[str, Evaluation] = {}
        self.sources = Segmented()
        self.sources.setAccessibleName("Where the figures come from")
        self.sources.chosen.connect(self._choose)
        self.open = Button(
            OPEN, icon="folder", tip="Open what survgui evaluate or survgui study has written for this cohort"
        )
        self.open.clicked.connect(self._ask)
        self.path = Elided("", "hint")
        self.warning = Label("", "warn", wrap=True)
        self.view = EvaluationView()
        self.study = StudyView()
        self.empty = EmptyState(EMPTY, OPEN)
        self.empty.triggered.connect(self._ask)
        self._lay_out()
        self._show()

    def set_cohort(self, facts: CohortFacts | None) -> None:
        """Another cohort: what was opened for the one before is gone."""
        self._facts, self._opened = facts, None
        self._show()

    def set_bundles(self, found: Iterable[BundleFacts]) -> None:
        """Models that are installed; those that were trained on this cohort hold figures of it."""
        self._installed = tuple(found)
        self._show()

    @Slot(object)
    def set_opened(self, opened: Opened | None) -> None:
        """Show what was read; None: there is nothing to show."""
        self._opened = opened
        self._show(FILE if opened is not None else "")

    @property
    def shown(self) -> Evaluation | StudyResult | None:
        """The figures that are shown."""
        if self.sources.key == FILE and self._opened is not None:
            return self._opened.evaluation
        return self._bundles.get(self.sources.key)

    def _show(self, wanted: str = "") -> None:
        """Offer the sources there are; the one that was chosen stays, as long as it is there."""
        name = self._facts.name if self._facts is not None else ""
        own = (f for f in self._installed if f.manifest is not None and f.manifest.development.cohort == name)
        self._bundles = {facts.name: facts.evaluation for facts in own if facts.evaluation is not None}
        before = wanted or self.sources.key
        options = [(FILE, self._opened.file.name)] if self._opened is not None else []
        self.sources.set_options([*options, *((bundle, bundle) for bundle in self._bundles)])
        self.sources.set_chosen(before)
        self._choose(self.sources.key)

    @Slot(str)
    def _choose(self, key: str) -> None:
        found = self.shown
        study = found if isinstance(found, StudyResult) else None
        self.view.set_evaluation(found if isinstance(found, Evaluation) else None)
        self.study.set_study(study)
        self._stack.setCurrentIndex(0 if found is None else 1 if study is None else 2)
        self._bar.setVisible(found is not None)
        self.path.setText(str(self._opened.file) if key == FILE and self._opened is not None else "")
        said = () if found is None or self._facts is None else self._doubts(found, self._facts)
        self.warning.setText(" ".join(said))
        self.warning.setVisible(bool(said))

    def _doubts(self, found: Evaluation | StudyResult, facts: CohortFacts) -> tuple[str, ...]:
        return mismatches(found, facts.name, with_outcome(facts))

    def _lay_out(self) -> None:
        self._bar = QWidget()
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(Label("from", "soft"))
        row.addWidget(self.sources)
        row.addWidget(self.path, 1)
        row.addWidget(self.open)
        blank = Card()
        blank.body.addWidget(self.empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(blank)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.study)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._bar)
        column.addWidget(self.warning)
        column.addWidget(self._stack, 1)

    @Slot()
    def _ask(self) -> None:
        files.ask_open(self, OPEN, "Evaluation (*.json)", self._asked)

    @Slot(object)
    def _asked(self, path: object) -> None:
        chosen: Path = files.as_path(path)
        self.open_requested.emit(chosen)

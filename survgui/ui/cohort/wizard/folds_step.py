"""Step 4: who is tested together: by patient, by site, or as a file says; frozen, and looked at for leaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.cohort import Note
from survgui.cases.proposal import Proposal, ProposedSource, SplitPlan, Use
from survgui.cases.review import Fold, Review
from survgui.figures.fold_parts import FoldParts, draw_fold_parts, fold_parts_height, fold_parts_table
from survgui.figures.words import count, percent, plural
from survgui.ui.cohort.notes import NoteRow
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.widgets.buttons import Segmented, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Elided, Label
from survgui.ui.widgets.numbers import Whole
from survgui.ui.widgets.table import Column, Table

WIDE, FIELD = 432, 110
HOW = (("patient", "By patient"), ("site", "By site"), ("file", "From a file"))
EXPLAINED = {
    "patient": "Patients are drawn into folds of the same share of events. Nobody is in two parts.",
    "site": (
        "All patients of a site are tested together, so that a model is judged at sites that it has not seen: slides "
        "show where they were made. The site is the second field of a TCGA barcode."
    ),
    "file": "The folds are those of the file, restricted to the patients of this cohort.",
}
MOVING = "Every training draws its own folds; results of two trainings are then not paired."
NO_FOLDS = "There are too few patients for folds: add patients, or use the cohort for predictions only."
LEAKS = ("COH-10", "COH-11", "COH-16", "IMP-05")
"""codes of what is said of folds"""
FINE = {
    "COH-11": "No patient is on both sides of a fold.",
    "COH-16": "No two patients have the same slide, volume or measurements: files and values were compared by hash.",
}
"""what is good to know where nothing is said"""


class FoldsStep(QWidget):
    """The fourth step.

    Signals:
        review_requested(): The folds are others: judge them.
    """

    review_requested = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._draft = draft
        self.frozen = Switch("Freeze the folds", "Written beside the cohort: every method and every seed has the same")
        self.how = Segmented(HOW)
        self.folds, self.seed = Whole(), Whole()
        self.folds.setRange(2, 20)
        self.seed.setRange(0, 99999)
        self.explained = Label("", "soft", wrap=True)
        self.hash = Elided("", "hint")
        self._figure = FigureView("The folds of the cohort")
        self.frozen.clicked.connect(self._choose)
        self.how.chosen.connect(self._choose)
        self.folds.editingFinished.connect(self._choose)
        self.seed.editingFinished.connect(self._choose)
        self._lay_out()
        draft.changed.connect(self._changed)
        draft.read.connect(self._show)

    @Slot()
    def _changed(self) -> None:
        proposal = self._draft.proposal
        if proposal is None:
            return
        plan = proposal.splits
        self.frozen.setChecked(plan is not None)
        shown = plan or SplitPlan()
        self.how.set_chosen("file" if shown.key else "site" if shown.by_site else "patient")
        self.how.button("file").setEnabled(bool(_files(proposal)))
        self.how.button("file").setToolTip("" if _files(proposal) else "No file of folds was given.")
        for box, value in ((self.folds, shown.folds), (self.seed, shown.seed)):
            box.setValue(value)
            box.setEnabled(plan is not None)
        self._drawing.setVisible(not shown.key)
        self.how.setEnabled(plan is not None)
        self.explained.setText(EXPLAINED[self.how.key] if plan is not None else MOVING)
        self._show()

    @Slot()
    def _show(self) -> None:
        review = self._draft.review
        self._clear()
        self.measured.set_columns(measured_columns(review.folds) if review is not None else ())
        if review is None:
            self._card.set_hint("being drawn")
            self.hash.setText("")
            return
        figure = FoldParts(review.folds)
        self._figure.set_figure(
            partial(draw_fold_parts, figure=figure),
            fold_parts_table(figure),
            "folds",
            _Fixed(fold_parts_height(figure)),
        )
        self._offer_sites(review.sites)
        sites = f", {plural(review.sites, 'site')}" if review.sites else ""
        self._card.set_hint(f"{plural(review.known, 'patient')}, {plural(review.events, 'event')}{sites}")
        frozen = self._draft.proposal is not None and self._draft.proposal.splits is not None
        self.hash.setText(f"SHA-256 of the folds: {review.digest}" if frozen and review.digest else "")
        found, fine = leaks(review, self._draft.proposal.notes if self._draft.proposal is not None else ())
        for card in (self._card, self._measured):
            card.setVisible(bool(review.folds))
        if not review.folds:
            self._leaks.body.addWidget(Label(NO_FOLDS, "warn", wrap=True))
        for note in found:
            self._leaks.body.addWidget(NoteRow(note))
        for text in fine:
            self._leaks.body.addWidget(Label(f"✓  {text}", "good", wrap=True))

    def _offer_sites(self, sites: int) -> None:
        """By site only where the ids name some."""
        button = self.how.button("site")
        button.setEnabled(sites > 1 or self.how.key == "site")
        button.setToolTip("" if button.isEnabled() else "The ids name no sites, as TCGA barcodes do.")

    @Slot()
    def _choose(self) -> None:
        proposal = self._draft.proposal
        if proposal is None:
            return
        plan = self._plan(proposal)
        if plan != proposal.splits:
            self._draft.edit_splits("folds", plan)
            self.review_requested.emit()

    def _plan(self, proposal: Proposal) -> SplitPlan | None:
        """What the fields say."""
        if not self.frozen.isChecked():
            return None
        files = _files(proposal)
        if self.how.key == "file" and files:
            now = proposal.splits
            return now if now is not None and now.key else fixed_plan(files[0])
        drawn = SplitPlan(folds=self.folds.value(), seed=self.seed.value())
        return replace(drawn, by_site=self.how.key == "site")

    def _lay_out(self) -> None:
        left = Card("Folds", "frozen with the cohort")
        left.setFixedWidth(WIDE)
        left.body.addWidget(self.frozen)
        left.body.addWidget(self.how)
        left.body.addWidget(self.explained)
        self._drawing = QWidget()
        grid = QGridLayout(self._drawing)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        for place, (title, box, tip) in enumerate(
            (("Folds", self.folds, "Each patient is tested in one of them"), ("Seed", self.seed, "The same, the same"))
        ):
            box.setFixedWidth(FIELD)
            box.setAccessibleName(title)
            box.setToolTip(tip)
            grid.addWidget(Label(title, "soft"), place, 0)
            grid.addWidget(box, place, 1)
        left.body.addWidget(self._drawing)
        left.body.addWidget(self.hash)
        left.body.addStretch(1)
        self._card = Card("Who is tested when", " ")
        self._card.body.addWidget(self._figure)
        self._card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._measured = Card("Measured in each fold", "of the patients that it tests on")
        self.measured = Table("modalities in each fold")
        self._measured.body.addWidget(self.measured)
        self._leaks = Card("Leaks and gaps", "the same patient, or a copy, on both sides of a fold")
        self._leaks.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self._card)
        right.addWidget(self._leaks)
        right.addWidget(self._measured, 1)
        right.addStretch(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 10)
        row.setSpacing(10)
        row.addWidget(left)
        row.addLayout(right, 1)

    def _clear(self) -> None:
        while (item := self._leaks.body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def leaks(review: Review, notes: Sequence[Note]) -> tuple[list[Note], list[str]]:
    """What is wrong with the folds, and what was looked for and not found.

    Args:
        notes: The proposal's.
    """
    found = [note for note in (*review.facts.notes, *review.warnings(), *notes) if note.code in LEAKS]
    codes = {note.code for note in found}
    return found, [text for code, text in FINE.items() if code not in codes] if review.folds else []


def measured_columns(folds: Sequence[Fold]) -> list[Column]:
    """A row a fold: how many it tests on, and how many of them have each modality; a test without any tells little."""
    if not folds:
        return []
    made = [
        Column("Fold", [fold.fold + 1 for fold in folds], width=0),
        Column("Tests on", [fold.test for fold in folds], "right", 80, count, tip="Patients"),
    ]
    for modality in folds[0].measured:
        numbers = [fold.measured.get(modality, 0) for fold in folds]
        said = [f"{count(n)} · {percent(n / max(1, fold.test))}" for n, fold in zip(numbers, folds, strict=True)]
        tip = f"Patients who have {modality.title}"
        made.append(Column(modality.title, said, "right", 116, tip=tip, order=numbers))
    return made


def fixed_plan(source: ProposedSource) -> SplitPlan:
    """Fixed folds by the names that such files usually have, where recognising has not told them."""
    return SplitPlan(source.key, "fold", "part", "train", "test")


def _files(proposal: Proposal) -> list[ProposedSource]:
    return [source for source in proposal.sources if source.use is Use.SPLITS]


class _Fixed:
    def __init__(self, height: float) -> None:
        self._height = height

    def __call__(self, wide: float) -> float:
        return self._height

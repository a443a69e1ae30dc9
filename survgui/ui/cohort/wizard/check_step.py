"""Step 3: who has what, how ids meet, how long everybody was followed, and whether missing tests carry risk."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.proposal import Proposal, event_word
from survgui.cases.review import Carried, Review
from survgui.figures.availability import Availability, availability_height, availability_table, draw_availability
from survgui.figures.forest import Forest, Ratio, draw_forest, forest_height, forest_table, groups_words
from survgui.figures.words import THIN, count, months, percent
from survgui.ui.cohort.availability_risk import verdict
from survgui.ui.cohort.notes import NotesCard
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

WAITING = "Reading every table as it will be read for training…"
CHECKING = "The availability mask alone is being cross-validated…"


class CheckStep(QStackedWidget):
    """The third step."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._draft = draft
        self.waiting = EmptyState(WAITING)
        self._availability = FigureView("Which modalities the patients of the cohort have")
        self._forest = FigureView("Hazard ratios of not having each modality")
        self.matching = Table("how the ids of the sources meet those of the outcome")
        self.matching.setMinimumHeight(120)
        self.verdict = Label(CHECKING, "soft", wrap=True)
        self.notes = NotesCard(fills=True)
        self._numbers = {key: (Label("", "number"), Label("", "hint")) for key in ("patients", "events", "follow-up")}
        self.addWidget(self.waiting)
        self.addWidget(self._laid_out())
        draft.read.connect(self._show)
        draft.changed.connect(self._show)

    def set_failed(self, text: str) -> None:
        """It cannot be judged: say why."""
        self.waiting.set_text(text)
        self.setCurrentIndex(0)

    @Slot()
    def _show(self) -> None:
        review, proposal = self._draft.review, self._draft.proposal
        if review is None or proposal is None:
            self.waiting.set_text(WAITING)
            self.setCurrentIndex(0)
            return
        self.setCurrentIndex(1)
        facts = review.facts
        having = {m: int(here.sum()) for m, here in facts.present.items()}
        upset = Availability(len(facts.ids), having, facts.patterns)
        self._availability.set_figure(
            partial(draw_availability, figure=upset),
            availability_table(upset),
            "availability",
            _Fixed(availability_height(upset)),
        )
        forest = forest_of(review)
        self._forest.set_figure(
            partial(draw_forest, figure=forest), forest_table(forest), "missingness", _Fixed(forest_height(forest))
        )
        self._say_numbers(review, proposal)
        self.matching.set_columns(matching_columns(proposal, review))
        self.notes.set_notes((*review.warnings(), *facts.notes))

    @Slot(object)
    def set_mask(self, c_index: float | None) -> None:
        """The C-index of the availability mask alone."""
        said, kind = verdict(c_index)
        self.verdict.setText(said)
        self.verdict.set_kind(kind)

    def reset_mask(self) -> None:
        """It is being computed."""
        self.verdict.setText(CHECKING)
        self.verdict.set_kind("soft")

    def _say_numbers(self, review: Review, proposal: Proposal) -> None:
        facts = review.facts
        name = proposal.outcome.name if proposal.outcome is not None else ""
        follow = facts.median_follow_up
        said = {
            "patients": (count(review.known), "patients with an outcome"),
            "events": (count(review.events), f"{event_word(name)}: {percent(review.events / max(1, review.known))}"),
            "follow-up": (
                f"{months(follow)}{THIN}mo" if follow is not None else "–",
                "median follow-up (reverse Kaplan-Meier)" if follow is not None else "median follow-up not reached",
            ),
        }
        for key, (number, about) in said.items():
            self._numbers[key][0].setText(number)
            self._numbers[key][1].setText(about)

    def _laid_out(self) -> QWidget:
        page = QWidget()
        page.setProperty("kind", "page")
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 2, 12, 10)
        row.setSpacing(10)
        who = Card("Availability", "measured, of patients with an outcome")
        who.body.addWidget(self._availability)
        who.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        meet = Card("How ids meet", "patients of each source and of the outcome")
        self.matching.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the end of a file's name says what it is
        meet.body.addWidget(self.matching, 1)
        risk = Card("Does missingness carry risk?", "hazard of those without, over those with")
        risk.body.addWidget(self._forest)
        risk.body.addWidget(self.verdict)
        risk.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for cards, stretch in (((who, meet), 11), ((self._headline(), risk, self.notes), 9)):
            column = QVBoxLayout()
            column.setSpacing(10)
            for card in cards:
                column.addWidget(card, 1 if card in (meet, self.notes) else 0)
            column.addStretch(0)  # takes what the folded notes leave
            row.addLayout(column, stretch)
        return page

    def _headline(self) -> Card:
        card = Card()
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(0)
        for place, (number, about) in enumerate(self._numbers.values()):
            grid.addWidget(number, 0, place)
            grid.addWidget(about, 1, place)
            grid.setColumnStretch(place, 1)
        card.body.addLayout(grid)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        return card


def forest_of(review: Review) -> Forest:
    """The hazard ratios of not having each modality, as they are drawn."""
    return Forest(tuple(_ratio(row) for row in review.carried))


def _ratio(row: Carried) -> Ratio:
    groups = groups_words(row.missing, row.having)
    if row.ratio is not None:
        return Ratio(row.modality.title, groups, row.ratio, row.low, row.high)
    if not row.missing or not row.having:
        return Ratio(row.modality.title, groups, reason="everybody has it" if row.having else "nobody has it")
    return Ratio(row.modality.title, groups, reason="too few events to tell")


def matching_columns(proposal: Proposal, review: Review) -> list[Column]:
    """A row a modality: whose measurements there are, and who of the outcome is without."""
    known, followed = review.known, np.isfinite(review.facts.months)
    rows = []
    for modality, source in proposal.modalities.items():
        here = review.facts.present.get(modality)
        measured = int(np.count_nonzero(here & followed)) if here is not None else 0
        ids = source.ids.removeprefix("ids such as ").split(",")[0]
        rows.append((modality.title, source.name, source.patients, measured, known - measured, ids))
    titles, names, given, measured_, without, named = zip(*rows, strict=True) if rows else ((),) * 6
    return [
        Column("Modality", list(titles), width=104),
        Column("Source", list(names), width=0),
        Column("In it", list(given), "right", 66, count, tip="Patients that the source names"),
        Column("Measured", list(measured_), "right", 78, count, tip="Patients with an outcome who have it"),
        Column("Without", list(without), "right", 70, count, tip="Patients with an outcome who do not have it"),
        Column("Ids", list(named), width=132, tip="How the source names its patients"),
    ]


class _Fixed:
    def __init__(self, height: float) -> None:
        self._height = height

    def __call__(self, wide: float) -> float:
        return self._height

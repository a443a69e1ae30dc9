"""The report of an import: what was recognised, what matched, what was dropped and why, and what the cohort is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtGui import QPageSize

from survgui.cases.case import is_tcga
from survgui.cases.cohort import Note
from survgui.cases.proposal import Proposal, ProposedSource, Use
from survgui.cases.report import RESEARCH_USE
from survgui.cases.review import Carried, Review, as_json
from survgui.figures.availability import Availability, availability_height, draw_availability
from survgui.figures.canvas import Canvas
from survgui.figures.curve import CurveFigure, draw_curve, rows_height
from survgui.figures.export import pdf_of
from survgui.figures.type import Run
from survgui.figures.words import THIN, count, months, percent, plural
from survgui.report.blocks import (
    BODY,
    SMALL,
    Block,
    Fact,
    Facts,
    Figure,
    Heading,
    Notice,
    Paragraph,
    Row,
    Table,
    Title,
)
from survgui.report.html import page
from survgui.report.layout import SIDE, TOP
from survgui.report.pdf import Laid, footer

TITLE = "Cohort report"
CURVE_HEIGHT = 230.0
HIDDEN = "[id]"
_WORD = re.compile(r"[\w-]+(?:\.[\w-]+)*")


@dataclass(frozen=True, slots=True, eq=False)
class CohortReport:
    """What the report is made of.

    Attributes:
        created: ISO 8601 date and time.
        software: Version of survgui.
        ids: Whether notes and names of files may show patients' ids.
    """

    proposal: Proposal
    review: Review
    created: str
    software: str
    ids: bool = False

    def said(self, text: str) -> str:
        """A sentence as the report may show it."""
        if self.ids:
            return text
        known = {patient.casefold() for patient in self.review.facts.ids}
        return _WORD.sub(lambda found: HIDDEN if _names(found[0], known) else found[0], text)


def document(report: CohortReport) -> list[Block]:
    """All blocks, in reading order."""
    proposal, review = report.proposal, report.review
    return [
        Title(TITLE, f"{proposal.name} · {report.created.replace('T', ' ')}", "survgui", report.software),
        Notice(RESEARCH_USE),
        Heading("The cohort"),
        Facts(tuple(_facts(report))),
        *_figures(review),
        Heading("Sources", "what each file was taken for, and why"),
        _sources(report),
        Heading("Missingness", "hazard of those without a modality, over those with it"),
        _missingness(review),
        *_mask(review),
        Heading("Folds", "frozen with the cohort" if proposal.splits is not None else "drawn at each training"),
        _folds(review),
        *([Paragraph.of(f"SHA-256 of the folds: {review.digest}", SMALL)] if review.digest else []),
        *_notes(report),
    ]


def render(report: CohortReport, kind: str) -> bytes:
    """The report's bytes as `pdf`, `html` or `json`.

    Raises:
        ValueError: Another kind.
    """
    text = json.dumps(content(report), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    if kind == "json":
        return text.encode("utf-8")
    title = f"{TITLE}, {report.proposal.name}"
    if kind == "html":
        return page(title, document(report), report.proposal.name, report.software).encode("utf-8")
    if kind != "pdf":
        raise ValueError(f"no report format {kind!r}")
    made = CohortPages(report)
    drawn = [partial(made.draw, number=number) for number in range(len(made))]
    return pdf_of(drawn, QPageSize(QPageSize.PageSizeId.A4), title, ("report.json", text.encode("utf-8")))


def content(report: CohortReport) -> dict[str, Any]:
    """The report as JSON: counts, mappings and reasons."""
    proposal, review = report.proposal, report.review
    outcome = proposal.outcome
    return {
        "name": proposal.name,
        "created": report.created,
        "survgui": report.software,
        "patients": review.known,
        "events": review.events,
        "median_follow_up_months": review.facts.median_follow_up,
        "outcome": None
        if outcome is None
        else {
            "endpoint": outcome.name,
            "table": outcome.path.name,
            "time": outcome.time,
            "unit": outcome.unit,
            "event": outcome.event,
            "event_value": list(outcome.event_value),
        },
        "sources": [_source_json(report, source) for source in proposal.sources],
        **as_json(review),
        "notes": [{"level": note.level, "code": note.code, "text": note.text} for note in all_notes(report)],
    }


class CohortPages(Laid):
    """The report laid out on A4 pages."""

    def __init__(self, report: CohortReport) -> None:
        super().__init__(document(report))
        self._name = report.proposal.name

    def draw(self, canvas: Canvas, number: int) -> None:
        """See `Laid`."""
        for placed in self._laid[number]:
            placed.piece.draw(canvas, SIDE, TOP + placed.y)
        footer(canvas, self._name, f" · {TITLE.lower()} · page {number + 1} of {len(self)}")


def _names(word: str, known: set[str]) -> bool:
    """Whether a word is, or begins with, a patient's id; a number alone is too seldom one."""
    if is_tcga(word):
        return True
    stem = re.split(r"[._]", word, maxsplit=1)[0]
    return any(part.casefold() in known and not part.isdigit() for part in (word, stem))


def _facts(report: CohortReport) -> list[Fact]:
    proposal, review = report.proposal, report.review
    outcome, follow = proposal.outcome, review.facts.median_follow_up
    rows = [
        ("Patients", f"{count(review.known)} with an outcome"),
        ("Events", f"{count(review.events)} ({percent(review.events / max(1, review.known))})"),
        ("Follow-up", "median not reached" if follow is None else _followed(follow)),
    ]
    if outcome is not None:
        rows.append(("Outcome", f"{outcome.name}: {outcome.time} in {outcome.unit}, {outcome.event}; {outcome.words}"))
    return [Fact(label, (Run(text, BODY),)) for label, text in rows]


def _followed(follow: float) -> str:
    return f"median {months(follow)}{THIN}months (reverse Kaplan-Meier)"


def _figures(review: Review) -> list[Block]:
    facts = review.facts
    having = {m: int(here.sum()) for m, here in facts.present.items()}
    upset = Availability(len(facts.ids), having, facts.patterns)
    made: list[Block] = [
        Heading("Availability", "measured, of patients with an outcome"),
        Figure(
            partial(draw_availability, figure=upset),
            _Fixed(availability_height(upset)),
            "Which modalities the patients have",
        ),
    ]
    if facts.curve is not None:
        curve = CurveFigure(None, (facts.curve,), facts.ticks, float(facts.ticks[-1]), bands=True)
        height = _Fixed(CURVE_HEIGHT + rows_height(curve))
        made += [
            Heading("Survival of everybody", f"Kaplan-Meier with 95{THIN}% interval, n = {count(review.known)}"),
            Figure(partial(draw_curve, figure=curve), height, "Survival of everybody"),
        ]
    return made


def _sources(report: CohortReport) -> Table:
    rows = []
    for source in report.proposal.sources:
        numbers = f"{count(source.matched)} of {count(source.patients)}" if source.patients else ""
        rows.append(Row((report.said(source.name), _taken(source), numbers, report.said(_why(source)))))
    return Table(("File", "Taken for", "With outcome", "Why"), tuple(rows), "llrl", (0.25, 0.16, 0.14, 0.45))


def _taken(source: ProposedSource) -> str:
    if source.use is not Use.MODALITY or source.modality is None:
        return str(source.use)
    return source.modality.title if source.chosen else f"{source.modality.title}, not used"


def _why(source: ProposedSource) -> str:
    said = [source.format, *source.evidence[:2], *(note.text for note in source.notes if note.level != "info")]
    return "; ".join(part for part in said if part)


def _missingness(review: Review) -> Table:
    rows = tuple(
        Row(
            (
                row.modality.title,
                f"{count(row.missing)} ({plural(row.missing_events, 'event')})",
                f"{count(row.having)} ({plural(row.having_events, 'event')})",
                _ratio(row),
            ),
            bold=row.carries,
        )
        for row in review.carried
    )
    return Table(("Modality", "Without", "With", "Hazard ratio (95 % CI)"), rows, "lrrr", (0.28, 0.22, 0.22, 0.28))


def _ratio(row: Carried) -> str:
    return "–" if row.ratio is None else f"{row.ratio:.2f} ({row.low:.2f}–{row.high:.2f})"


def _mask(review: Review) -> list[Block]:
    c_index = review.facts.mask_c_index
    if c_index is None:
        return []
    text = f"A model that sees only which modalities a patient has reaches a cross-validated C-index of {c_index:.2f}."
    return [Paragraph.of(f"{text} 0.50 is chance.")]


def _folds(review: Review) -> Table:
    rows = tuple(
        Row((str(f.fold + 1), count(f.train), count(f.train_events), count(f.test), count(f.test_events)))
        for f in review.folds
    )
    return Table(("Fold", "Trains on", "events", "Tests on", "events"), rows, "lrrrr", (0.2, 0.2, 0.2, 0.2, 0.2))


def all_notes(report: CohortReport) -> list[Note]:
    """What there is to say of the cohort, of reading it, and of what was given, each once."""
    review, proposal = report.review, report.proposal
    found = (*review.warnings(), *review.facts.notes, *proposal.notes)
    return [Note(n.level, n.code, report.said(n.text)) for n in dict.fromkeys(found)]


def _notes(report: CohortReport) -> list[Block]:
    """What was said while reading, but for plain facts."""
    told = [note for note in all_notes(report) if note.level != "info"]
    if not told:
        return []
    rows = tuple(Row((note.level, note.code, note.text)) for note in told)
    return [Heading("Notes"), Table(("Level", "Code", "What, where, what to do"), rows, "lll", (0.12, 0.12, 0.76))]


def _source_json(report: CohortReport, source: ProposedSource) -> dict[str, Any]:
    return {
        "files": [report.said(path.name) for path in source.paths[:20]],
        "number_of_files": len(source.paths),
        "taken_for": _taken(source),
        "used": source.chosen,
        "format": source.format,
        "evidence": [report.said(text) for text in source.evidence],
        "patients": source.patients,
        "with_outcome": source.matched,
        "features": source.features,
        "values": source.values,
        "notes": [{"level": n.level, "code": n.code, "text": report.said(n.text)} for n in source.notes],
    }


class _Fixed:
    def __init__(self, height: float) -> None:
        self._height = height

    def __call__(self, wide: float) -> float:
        return self._height

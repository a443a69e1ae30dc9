"""A report as blocks: the first page tells the result, the others what it rests on.

Sections that are switched off leave no gap; `sections.ALWAYS` names what cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from survgui.cases.case import State
from survgui.cases.report import RESEARCH_USE, InputRow, ReportContent, SlidePicture, Tile
from survgui.figures.bars import bars_height, draw_genes, draw_information
from survgui.figures.calibration import draw_calibration
from survgui.figures.curve import CurveFigure, draw_curve, rows_height
from survgui.figures.dots import Dots, dots_height, draw_dots
from survgui.figures.mri_planes import draw_mri, mri_height
from survgui.figures.slide_overview import about, caption, draw_overview, draw_tiles, overview_height, tiles_height
from survgui.figures.theme import Type
from survgui.figures.type import Run
from survgui.figures.waterfall import Waterfall, draw_waterfall, waterfall_height
from survgui.figures.words import THIN, months, percent, plain, plural, span, state_role
from survgui.report import words
from survgui.report.blocks import (
    BODY,
    BOLD,
    SMALL,
    SOFT,
    Badge,
    Block,
    Columns,
    Fact,
    Facts,
    Figure,
    Heading,
    Headline,
    Notice,
    Paragraph,
    Row,
    Table,
    Title,
)
from survgui.report.imputed import imputed_sections
from survgui.report.record import audit_trail, deidentification
from survgui.report.sections import ALL, Section, Sections

TITLE = "Prognostic assessment"
TILES = 8
TAKEN = "as pixels: this model gives no attention"
FIDELITY = (
    "Fidelity: cosine between a measured modality and what its shared and specific parts recompose to; usual: 95 of "
    "100 development patients reach this value. "
)
DEVELOPED_ON = "Developed on: development patients with the modality."
WARNINGS = 3
"""that have room on the first page; if there are more, a list of all follows"""
GENES = 12


def document(content: ReportContent, sections: Sections = ALL) -> list[Block]:
    """All blocks of a report, in reading order."""

    def chosen(section: Section, blocks: Iterator[Block]) -> Iterator[Block]:
        return blocks if section in sections else iter(())

    below = (*chosen(Section.CONTRIBUTIONS, _contributions(content)), *_warnings(content, WARNINGS))
    beside = (*chosen(Section.SENSITIVITY, _sensitivity(content)), *chosen(Section.ATTENTION, _top_tiles(content)))
    return [
        _title(content),
        Notice(f"{RESEARCH_USE} {words.NOTICE}"),
        Columns(((0.5, tuple(_result(content))), (0.5, tuple(_inputs(content))))),
        *_model(content),
        *chosen(Section.CURVE, _curve(content)),
        *_side_by_side(below, beside),
        *chosen(Section.ATTENTION, _looked(content)),
        *chosen(Section.MRI, _mri(content)),
        *chosen(Section.GENES, _genes(content)),
        *chosen(Section.IMPUTED, imputed_sections(content)),
        *(_warnings(content) if len(content.warnings) > WARNINGS else ()),
        *chosen(Section.CHECKS, _input_table(content)),
        *chosen(Section.COHORT, _cohort(content)),
        *(_card(content) if Section.CARD in sections else _limits(content)),
        *chosen(Section.SIGN_OFF, _sign_off(content)),
        *chosen(Section.AUDIT, audit_trail(content)),
        *deidentification(content),
    ]


def _side_by_side(left: tuple[Block, ...], right: tuple[Block, ...]) -> tuple[Block, ...]:
    """Two columns, or what there is of them over the whole width."""
    return (Columns(((0.5, left), (0.5, right))),) if left and right else left or right


def _title(content: ReportContent) -> Title:
    i = content.identity
    known = [f"Case {words.case_name(content)}", i.subject, i.site, f"{i.status} report", i.created.replace("T", " ")]
    return Title(TITLE, " · ".join(part for part in known if part), "survgui", i.software)


def _result(content: ReportContent) -> Iterator[Block]:
    h = content.at_horizon
    yield Heading("Result")
    yield Headline(percent(h.survival), f"alive at {months(h.months)} months", words.spread_line(content))
    yield Badge(f"{content.risk_group.capitalize()} risk", content.risk_group, words.standing(content))
    yield Paragraph.of(words.frequency(content), SOFT)
    dots = Dots.of(h.survival, h.low, h.high)
    about = f"Of 100 dots {dots.sure} filled, {dots.open_} hatched: they depend on what is imputed"
    yield Figure(partial(draw_dots, figure=dots), dots_height, about)


def _inputs(content: ReportContent) -> Iterator[Block]:
    yield Heading("Inputs")
    yield Facts(tuple(_input_fact(row, content) for row in content.inputs))


def _model(content: ReportContent) -> Iterator[Block]:
    m = content.model
    method = words.METHODS.get(m.method, m.method)
    which = Facts(
        (
            _fact("Bundle", f"{m.bundle.name} {m.bundle.version} · {method} · {words.short(m.bundle.sha256)}"),
            _fact("Development", words.development(m)),
        )
    )
    how_good = Facts(
        (
            _fact(words.folds_label(content), words.c_index_line(content)),
            _fact(f"Calibration, {months(content.at_horizon.months)} mo", words.calibration_line(content)),
        )
    )
    yield Heading("Model")
    yield Columns(((0.5, (which,)), (0.5, (how_good,))))


def _input_fact(row: InputRow, content: ReportContent) -> Fact:
    text = words.input_text(row, content)
    word = Run(str(row.state), Type(BOLD.px, BOLD.weight, state_role(row.state)))
    kind = BODY if row.state in (State.MEASURED, State.IMPUTED) else SOFT
    return Fact(row.modality.title, (word, Run(f" · {text}", kind)) if text else (word,), row.state)


def _fact(label: str, text: str) -> Fact:
    return Fact(label, (Run(text, BODY),))


def _curve(content: ReportContent) -> Iterator[Block]:
    figure = CurveFigure(
        patient=content.curve,
        groups=content.groups,
        ticks=content.ticks,
        limit=content.restricted_to,
        mark=content.at_horizon,
        imputed=bool(content.imputed) and not words.without_spread(content),
        origin=content.model.origin,
    )
    height = 168.0 + rows_height(figure)
    about = "Survival curve of this case over Kaplan-Meier curves of the development cohort's risk groups"
    rows = [Row((f"{months(h.months)} months", percent(h.survival), _span(h.low, h.high))) for h in content.horizons]
    table = Table(("", "alive", "imputation spread"), tuple(rows), "lrr", (0.34, 0.22, 0.44))
    facts = Facts(
        (
            _fact("Median", words.median(content)),
            _fact(f"Mean to {months(content.restricted_to)} mo", f"{months(content.restricted_mean)} months"),
        )
    )
    yield Heading("Survival over time")
    note = Paragraph.of(words.groups_note(content), SMALL)
    left = Figure(partial(draw_curve, figure=figure), lambda wide: height, about)
    yield Columns(((0.64, (left,)), (0.36, (table, facts, note))))


def _span(low: float, high: float) -> str:
    return "–" if low == high else span(low, high)


def _contributions(content: ReportContent) -> Iterator[Block]:
    figure = Waterfall(content.base, content.contributions)
    yield Heading("Contributions", f"to log-risk at {months(content.at_horizon.months)} months")
    yield Figure(
        partial(draw_waterfall, figure=figure),
        lambda wide: waterfall_height(figure),
        "Contribution of each component to the log-risk; they sum to the output",
        words.contributions_note(content),
    )


def _sensitivity(content: ReportContent) -> Iterator[Block]:
    yield Heading("What would change this", "chance of a new risk group" if content.information else "")
    if content.information:
        yield Figure(
            partial(draw_information, items=content.information),
            lambda wide: bars_height(len(content.information)),
            "For each missing modality the share of imputation draws in another risk group",
        )
    yield Paragraph.of(words.sensitivity(content), SOFT)


def _top_tiles(content: ReportContent) -> Iterator[Block]:
    if _takes_tiles(content):
        shown, all_of = content.pictures.top[:4], plural(len(content.pictures.top), "tile")
        yield Heading("What the model took of the slide", f"{len(shown)} of {all_of}")
        yield _tiles("Tiles that the model took", shown, f"They went in {TAKEN}.")
    elif content.pictures.top:
        yield Heading("Where the model looked", "highest attention")
        note = "Attention has no sign: it tells where, not whether towards better or worse."
        yield _tiles("Tiles of highest attention", content.pictures.top[:4], note)


def _warnings(content: ReportContent, most: int | None = None) -> Iterator[Block]:
    if content.warnings:
        total = len(content.warnings)
        more = most is not None and total > most
        yield Heading("Warnings", f"{most} of {total}, the others overleaf" if more else "")
        for warning in content.warnings[:most]:
            yield Paragraph((Run("▲ ", Type(9.0, 600, "warn")), Run(warning, BODY)), 8)


def _takes_tiles(content: ReportContent) -> bool:
    """Whether the slide went into the model as pixels."""
    return any(tile.rank is None for tile in content.pictures.top)


def _looked(content: ReportContent) -> Iterator[Block]:
    slides, pictures = content.pictures.slides, content.pictures
    if slides:
        right: list[Block] = []
        taken = _takes_tiles(content)
        first_title = "Tiles that the model took" if taken else "Highest attention"
        for title, tiles in ((first_title, pictures.top[:TILES]), ("Least attention", pictures.least[:4])):
            if tiles:
                right += [Paragraph.of(title, BOLD), _tiles(title, tiles)]
        over = "the slide" if len(slides) == 1 else "the slides"
        looked = any(len(slide.ranks) for slide in slides)
        title = f"Tiles taken of {over}" if taken else f"Attention over {over}" if looked else over.capitalize()
        yield Heading(title, TAKEN if taken else "")
        first = _overview(slides[0])
        yield Columns(((0.56, (first,)), (0.44, tuple(right)))) if right else first
        for pair in zip(slides[1::2], (*slides[2::2], None), strict=False):
            yield Columns(tuple((0.5, (_overview(slide),) if slide else ()) for slide in pair))


def _tiles(about: str, tiles: tuple[Tile, ...], note: str = "") -> Figure:
    draw = partial(draw_tiles, tiles=tiles, columns=4)
    return Figure(draw, lambda wide: tiles_height(tiles, wide, 4), about, note)


def _overview(slide: SlidePicture) -> Figure:
    return Figure(
        partial(draw_overview, picture=slide),
        lambda wide: overview_height(slide, wide),
        about(slide),
        caption(slide),
    )


def _mri(content: ReportContent) -> Iterator[Block]:
    for picture in content.pictures.mri:
        boxed = any(plane.box for plane in picture.planes)
        note = f"{picture.sequence} · radiological convention" + (" · box: what the model saw" if boxed else "")
        yield Heading("MRI", note)
        yield Figure(
            partial(draw_mri, picture=picture),
            lambda wide: mri_height(),
            f"{picture.sequence} in three planes: the patient's right is on the left",
        )


def _genes(content: ReportContent) -> Iterator[Block]:
    genes = content.pictures.genes[:GENES]
    if genes:
        half = (len(genes) + 1) // 2
        reach = max(abs(gene.z) for gene in genes) or 1.0
        about = "Distance of measured features from the development mean"
        left, right = (
            Figure(partial(draw_genes, genes=part, reach=reach), lambda wide: bars_height(half), about)
            for part in (genes[:half], genes[half:])
        )
        yield Heading("Measured features that stand out", "standard deviations from the development mean")
        yield Columns(((0.5, (left,)), (0.5, (right,))))


def _input_table(content: ReportContent) -> Iterator[Block]:
    told = _tells_fidelity(content)
    rows = []
    for row in content.inputs:
        cells = [row.modality.title, str(row.state), words.input_text(row, content), words.short(row.digest)]
        cells += [_fidelity(row)] if told else []
        cells.append("" if row.developed_on is None else str(row.developed_on))
        rows.append(Row(tuple(cells), row.state))
    yield Heading("Inputs and checks")
    header = ("", "state", "what", "SHA-256", *(("fidelity (usual)",) if told else ()), "developed on")
    widths = (0.15, 0.11, 0.31, 0.17, 0.14, 0.12) if told else (0.15, 0.13, 0.41, 0.18, 0.13)
    yield Table(header, tuple(rows), "llllrr" if told else "llllr", widths)
    yield Paragraph.of((FIDELITY if told else "") + DEVELOPED_ON, SMALL)


def _tells_fidelity(content: ReportContent) -> bool:
    """Whether the model recomposes what it is given; one that does not has no fidelity of anything measured."""
    measured = [row for row in content.inputs if row.state is State.MEASURED]
    return not measured or any(row.fidelity is not None for row in measured)


def _fidelity(row: InputRow) -> str:
    if row.fidelity is None:
        return "–"
    text = plain(row.fidelity)
    if row.usual is None:
        return text
    return f"{text} ({'≥' if row.fidelity >= row.usual else 'below'} {plain(row.usual)})"


def _cohort(content: ReportContent) -> Iterator[Block]:
    figure = CurveFigure(
        patient=None,
        groups=content.groups,
        ticks=content.ticks,
        limit=content.restricted_to,
        rows=("at_risk", "deaths", "censored"),
        bands=True,
        origin=content.model.origin,
    )
    height = 150.0 + rows_height(figure)
    yield Heading("Development cohort", words.development(content.model))
    left = Figure(
        partial(draw_curve, figure=figure),
        lambda wide: height,
        "Kaplan-Meier curves of the development cohort's risk groups with 95 % intervals",
        f"Kaplan-Meier estimates with 95{THIN}% intervals (log-log); ticks: follow-up ended alive.",
    )
    horizon = months(content.at_horizon.months)
    right = Figure(
        partial(draw_calibration, bands=content.calibration, horizon=horizon),
        lambda wide: min(wide, 240.0),
        "Predicted against observed survival in the development cohort",
        f"Calibration at {horizon} months under cross-validation; bars: 95{THIN}% intervals.",
    )
    yield Columns(((0.6, (left,)), (0.4, (right,)))) if content.calibration else left


def _card(content: ReportContent) -> Iterator[Block]:
    m = content.model
    yield Heading("Model card", "extract")
    shown = words.scores_shown(content)
    if shown:
        rows = [
            Row(
                (
                    words.METHODS.get(s.method, s.method),
                    words.pattern_text(s.pattern),
                    words.c_index(s),
                    str(s.folds or "–"),
                ),
                bold=s.method == m.method,
            )
            for s in shown
        ]
        header = ("cross-validated on the development cohort", "tested on", "C-index", "folds")
        yield Table(header, tuple(rows), "llrr", (0.38, 0.32, 0.20, 0.10))
    yield Facts(
        (
            _fact("Intended use", m.intended_use),
            _fact("Endpoint", f"{m.endpoint}; time from {m.origin}"),
            _fact("Limits", " ".join(words.limits(content))),
            _fact(
                "Run",
                f"{words.run_line(content.run)}, {content.run.device}, {content.run.seconds:.2f} s; "
                "the attached JSON holds all hashes",
            ),
            _which(content),
        )
    )


def _limits(content: ReportContent) -> Iterator[Block]:
    """What stays of the model card where it is left out."""
    yield Heading("Limits")
    yield Facts((_fact("Limits", " ".join(words.limits(content))), _which(content)))


def _which(content: ReportContent) -> Fact:
    return _fact("Report", f"{content.identity.report} on case {content.identity.case}")


def _sign_off(content: ReportContent) -> Iterator[Block]:
    s = content.sign_off
    yield Heading("Sign-off", content.identity.status)
    boxes = "   ".join(f"{'■' if s.opinion == word else '□'} {word}" for word in ("agree", "disagree"))
    who = [("Reviewer", s.reviewer), ("Role", s.role), ("Date", s.date)]
    what = [("Opinion", boxes), ("Comment", s.comment)]
    yield Columns(
        tuple((0.5, (Facts(tuple(_fact(label, text or "_" * 36) for label, text in rows)),)) for rows in (who, what))
    )

"""The report's section on what a masked autoencoder put in the place of what the estimate does without."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from survgui.cases.reconstruction import Imputation, Reconstruction
from survgui.cases.report import ReportContent
from survgui.figures.imputed_features import (
    draw_features,
    draw_imputed_features,
    imputed_features_height,
)
from survgui.figures.imputed_pictures import (
    draw_imputed_pictures,
    draw_pictures,
    imputed_height,
    pictures_height,
)
from survgui.figures.type import Run
from survgui.figures.words import count, inside, listed, plural
from survgui.report import words
from survgui.report.blocks import BOLD, SOFT, Block, Columns, Figure, Heading, Paragraph

FEATURES = 8
COLUMNS = 3
SCATTER, PRINTED = 220.0, 108.0
"""px: height of a scatter, and side of a picture beside others, of which two figures fit onto a page"""


def imputed_sections(content: ReportContent) -> Iterator[Block]:
    """What was imputed; then what was measured, hidden and imputed, where the author asked for it."""
    said = words.decoded(content.run)
    for block in _imputed(content):
        yield block
        if said and isinstance(block, Heading):  # once, below the first one
            yield Paragraph.of(said, SOFT)
            said = ""
    for compared in content.pictures.compared:
        yield from _compared(compared)


def _imputed(content: ReportContent) -> Iterator[Block]:
    imputed = content.pictures.imputed
    tables = [item for item in imputed if item.features]
    if tables:
        yield Heading("Imputed modalities", "what the model puts in their place")
        ends = [abs(end) for item in tables for f in item.features for end in (f.low, f.high, f.value)]
        reach = math.ceil(2.0 * max(ends, default=1.0)) / 2.0
        columns = [tuple(_table(item, reach, words.why_imputed(item, content))) for item in tables]
        for pair in zip(columns[::2], [*columns[1::2], ()], strict=False):
            yield Columns(tuple((0.5, column) for column in pair))
    for item in imputed:
        if item.images:
            yield from _pictures(item, words.why_imputed(item, content))


def _table(item: Imputation, reach: float, why: str) -> Iterator[Block]:
    shown = item.features[:FEATURES]
    yield Paragraph((Run(f"{item.modality.title}, imputed", BOLD), Run(f"; {why}", SOFT)))
    yield Paragraph.of(words.held_out(item.held_out), SOFT)
    yield Figure(
        partial(draw_imputed_features, features=shown, reach=reach),
        lambda wide: imputed_features_height(shown),
        f"Imputed features of {item.modality.title} that lie farthest from the development mean",
        f"The {len(shown)} of {plural(item.of, 'feature')} imputed farthest from the development mean, in its "
        f"standard deviations; {_draws(item)}",
    )


def _draws(item: Imputation) -> str:
    if item.draws == 1:
        return "one imputation, so there is no spread."
    return f"whiskers: 5th to 95th percentile of {count(item.draws)} imputations."


def _pictures(item: Imputation, why: str) -> Iterator[Block]:
    yield Heading(f"{item.modality.title}, imputed", "what the model puts in its place")
    given = listed([inside(m.title) for m in item.shown])
    columns = min(COLUMNS, len(item.images)) if len(item.images) > 1 else COLUMNS
    yield Figure(
        partial(draw_imputed_pictures, images=item.images, columns=columns),
        lambda wide: imputed_height(item.images, wide, columns),
        f"Imputed {item.modality.title}: no measurement",
        f"Imputed from {given}, the mean of {plural(item.draws, 'imputation')}. {words.capital(why)}: nothing here "
        f"may be read as anatomy or tissue of the patient. {words.held_out(item.held_out)}",
    )


def _compared(item: Reconstruction) -> Iterator[Block]:
    given = listed([inside(m.title) for m in item.shown])
    yield Heading("Imputed beside measured", f"{inside(item.modality.title)} hidden, imputed from {given}")
    if item.features is not None:
        about = f"Every feature of {item.modality.title} as measured against as imputed"
        scatter = Figure(partial(draw_features, features=item.features), lambda wide: SCATTER, about)
        said = Paragraph.of(words.errors(item.features)), Paragraph.of(words.held_out(item.held_out), SOFT)
        yield Columns(((0.5, (scatter,)), (0.5, said)))
    groups = list(dict.fromkeys(image.group for image in item.images))
    for group in groups:
        said_last = f" {words.held_out(item.held_out)}" if group == groups[-1] else ""
        images = tuple(image for image in item.images if image.group == group)
        yield Figure(
            partial(draw_pictures, images=images, widest=PRINTED),
            partial(pictures_height, images, widest=PRINTED),
            f"{item.modality.title}, {group}: measured, given to the model, imputed, and the difference",
            words.capital(f"{group}.{said_last}"),
        )

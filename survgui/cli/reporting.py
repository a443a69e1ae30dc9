"""From a prediction to the files of its report: what is said comes from the bundle, what is shown from the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.cases.case import Modality, Source
from survgui.errors import ReadError

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort
    from survgui.cases.prediction import Attention, Prediction
    from survgui.cases.report import MriPicture, Pictures, SlidePicture, Tile

FORMATS = ("pdf", "html", "json")
THUMBNAIL = 1600
"""longer side of a slide's picture, in pixels"""
TILES = 4
"""patches shown of the highest and of the least attention"""
TILE = 224
"""side of a shown patch, in pixels"""
SEQUENCES = ("t1c", "flair", "t2", "t1")
"""what a reader looks at first"""


def write_report(prediction: Prediction, bundle: Bundle, cohort: Cohort, target: Path, *, alone: bool) -> list[Path]:
    """Write one case's report.

    Args:
        target: The file, whose suffix is the format, if `alone`; else the folder that takes every format.

    Returns:
        The files that were written.
    """
    from survgui import report
    from survgui.engine.model import read_development
    from survgui.engine.report import report_content

    reference = read_development(bundle).reference
    content = report_content(prediction, bundle.manifest, reference, pictures=pictures(prediction, cohort))
    return report.write(content, target, (target.suffix.lower().lstrip("."),) if alone else FORMATS)


def pictures(prediction: Prediction, cohort: Cohort) -> Pictures:
    """The case's slides and MRI as a report shows them; what cannot be read again is left out."""
    from survgui.cases.report import Pictures

    attention = prediction.attention.get(Modality.PATHOLOGY)
    slides, top, least = [], [], []
    for source in _files(prediction, cohort, Modality.PATHOLOGY):
        shown = _slide(source, attention)
        if shown is not None:
            slides.append(shown[0])
            top += shown[1]
            least += shown[2]
    top.sort(key=lambda tile: -tile.rank)
    least.sort(key=lambda tile: tile.rank)
    mri = tuple(_mri(_files(prediction, cohort, Modality.MRI)))
    return Pictures(tuple(slides), tuple(top[:TILES]), tuple(least[:TILES]), mri)


def _files(prediction: Prediction, cohort: Cohort, modality: Modality) -> tuple[Source, ...]:
    block = cohort.blocks.get(modality)
    return tuple(block.files.get(prediction.case, ())) if block is not None else ()


def _slide(source: Source, attention: Attention | None) -> tuple[SlidePicture, list[Tile], list[Tile]] | None:
    """A slide's picture, and its patches of highest and of least attention."""
    from survgui.cases.report import Tile
    from survgui.engine import pictures as drawn
    from survgui.readers.slide import open_slide

    try:
        with open_slide(source.path, source.mpp) as slide:
            name, extent = source.path.name, (slide.width, slide.height)
            picture = drawn.slide_picture(name, slide.thumbnail(THUMBNAIL), extent, slide.mpp, attention)
            if attention is None or attention.patch <= 0:
                return picture, [], []
            ranks = drawn.ranks(attention.weights)
            side = attention.patch * slide.mpp if slide.mpp else None

            def tile(row: int) -> Tile:
                x, y = attention.coords[row]
                return Tile(slide.read_scaled(x, y, attention.patch, TILE), float(ranks[row]), side)

            top = [tile(int(row)) for row in drawn.strongest(attention, TILES, name)]
            return picture, top, [tile(int(row)) for row in drawn.weakest(attention, TILES, name)]
    except ReadError:
        return None


def _mri(sources: tuple[Source, ...]) -> Iterator[MriPicture]:
    """Three planes of the sequence that a reader looks at first."""
    from survgui.engine.pictures import mri_picture
    from survgui.readers.volume import open_volume

    by_role = {source.role: source for source in sources}
    for sequence in SEQUENCES:
        if sequence in by_role:
            try:
                volume = open_volume(by_role[sequence].path)
            except ReadError:
                continue
            yield mri_picture(sequence, volume.data, volume.affine)
            return

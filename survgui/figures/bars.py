"""Small bar charts: what a missing test could change, and the features that stand out."""

from __future__ import annotations

from survgui.cases.case import State
from survgui.cases.prediction import Information
from survgui.cases.report import Gene
from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.chips import draw_bar
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import percent, signed

NAME = Type(10.0, 400)
VALUE = Type(10.0, 500)
SMALL = Type(9.0, 400, "soft")
ROW = 19.0


def bars_height(rows: int) -> float:
    """Height in px, for `draw_information` and `draw_genes`."""
    return ROW * rows


def draw_information(canvas: Canvas, rect: Rect, items: tuple[Information, ...]) -> None:
    """For each missing modality the share of draws in another risk group; the full bar is 100 %."""
    left = max((width(i.modality.title, NAME) for i in items), default=0.0) + 12.0
    x = Scale((0.0, 1.0), (rect.x + left, rect.right - 40.0))
    for k, item in enumerate(items):
        y = rect.y + (k + 0.5) * ROW
        canvas.text(rect.x, y + 3.6, item.modality.title, NAME)
        canvas.box(Rect(x(0.0), y - 3.0, x(1.0) - x(0.0), 6.0), Fill("grid"), radius=1.5)
        if item.group_change > 0:
            draw_bar(canvas, Rect(x(0.0), y - 3.0, x(item.group_change) - x(0.0), 6.0), "accent", State.IMPUTED)
        canvas.text(rect.right, y + 3.6, percent(item.group_change), VALUE, "end")


def information_rows(rect: Rect, items: tuple[Information, ...]) -> list[tuple[Rect, Information]]:
    """The strip of each modality's bar, for pointing at it."""
    return [(Rect(rect.x, rect.y + k * ROW, rect.width, ROW), item) for k, item in enumerate(items)]


def information_table(items: tuple[Information, ...]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [[str(i.modality), i.group_change, i.expected_change] for i in items]
    return ["modality", "share_of_draws_in_another_group", "mean_change_of_survival"], rows


def draw_genes(canvas: Canvas, rect: Rect, genes: tuple[Gene, ...], reach: float) -> None:
    """Measured features by their distance from the development mean; `reach` standard deviations fill half the axis."""
    most = rect.width * 0.38
    names = [elide(g.name, NAME, most) for g in genes]
    left = max((width(n, NAME) for n in names), default=0.0) + 12.0
    kind = max((width(g.modality.title, SMALL) for g in genes), default=0.0) + 10.0
    x = Scale((-reach, reach), (rect.x + left + kind, rect.right - 44.0))
    canvas.line([(x(0.0), rect.y), (x(0.0), rect.y + ROW * len(genes))], Ink("line"))
    for k, (gene, name) in enumerate(zip(genes, names, strict=True)):
        y = rect.y + (k + 0.5) * ROW
        canvas.text(rect.x, y + 3.6, name, NAME)
        canvas.text(rect.x + left, y + 3.4, gene.modality.title, SMALL)
        ends = sorted((x(0.0), x(gene.z)))
        bar = Rect(ends[0], y - 4.0, ends[1] - ends[0], 8.0)
        canvas.box(bar, Fill("high" if gene.z > 0 else "low"), radius=1.5)
        canvas.text(rect.right, y + 3.6, signed(gene.z), VALUE, "end")

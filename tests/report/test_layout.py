"""Blocks on pages: whatever their length, they stay inside and in order."""

from typing import get_args

import pytest

from survgui.figures.canvas import Rect
from survgui.report.blocks import Block, Columns, Facts, Heading, Paragraph, Row, Table
from survgui.report.layout import pages, pieces
from tests.report.recorder import Recorder


@pytest.mark.parametrize("kind", get_args(Block))
def test_every_block_has_its_layout(kind):
    assert pieces.dispatch(kind) is not pieces.dispatch(object)


def test_pages_keep_inside_their_height():
    paragraphs = [Paragraph.of("word " * 400) for _ in range(12)]
    for page in pages(paragraphs, 300.0, 700.0):
        assert page[-1].y + page[-1].piece.height <= 700.0


def test_a_heading_is_never_last_on_a_page():
    blocks = [block for k in range(40) for block in (Heading(f"Section {k}"), Paragraph.of("text " * (20 + 7 * k)))]
    for page in pages(blocks, 300.0, 400.0):
        assert not page[-1].piece.keep


def test_columns_too_tall_for_a_page_go_on_overleaf():
    long, short = (tuple(Paragraph.of(f"{name}{k} " * 100) for k in range(n)) for name, n in (("l", 10), ("s", 2)))
    laid = pages([Paragraph.of("before"), Columns(((0.5, long), (0.5, short)))], 400.0, 300.0)
    seen = []
    for page in laid:
        canvas = Recorder()
        for placed in page:
            placed.piece.draw(canvas, 0.0, placed.y)
        assert canvas.overlaps() == []
        assert canvas.outside(Rect(0.0, 0.0, 400.0, 300.0)) == []
        seen += [text.split()[0] for _, text in canvas.texts]
    assert set(seen) == {"before", *(f"l{k}" for k in range(10)), "s0", "s1"}
    assert len(laid) > 2


def test_a_table_cell_wraps_inside_its_column():
    table = Table(("a", "b"), (Row(("x" * 200, "1")),), "lr", (0.5, 0.5))
    canvas = Recorder()
    for placed in pages([table], 300.0, 500.0)[0]:
        placed.piece.draw(canvas, 0.0, placed.y)
    assert canvas.overlaps() == []
    assert canvas.outside(Rect(0.0, 0.0, 300.0, 500.0)) == []


def test_numbers_in_a_right_aligned_column_end_together():
    table = Table(("", "n"), (Row(("a", "1")), Row(("b", "1000"))), "lr", (0.5, 0.5))
    canvas = Recorder()
    for placed in pages([table], 300.0, 500.0)[0]:
        placed.piece.draw(canvas, 0.0, placed.y)
    ends = {round(rect.right, 6) for rect, text in canvas.texts if text in ("n", "1", "1000")}
    assert len(ends) == 1


def test_no_facts_is_no_error():
    assert pages([Facts(())], 300.0, 300.0)[0][0].y == 0.0

"""Whatever a case has or lacks, nothing on a page overlaps or sticks out."""

import pytest

from survgui.cases.case import Modality, State
from survgui.cases.report import Pictures, SignOff
from survgui.engine.report import report_content
from survgui.figures.canvas import Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import Run
from survgui.report.blocks import Columns, Facts, Heading, Paragraph, Row, Table
from survgui.report.document import document
from survgui.report.layout import CONTENT_HEIGHT, PAGE, SIDE, TOP, pages
from survgui.report.pdf import _page
from tests.report import sample
from tests.report.recorder import Recorder

M, S = Modality, State
REFERENCE = sample.reference()
WIDE = PAGE.width - 2 * SIDE
LONG = "TCGA-02-" + "0123456789" * 30


def content(prediction=None, reference=REFERENCE, pictures=None, **more):
    given = sample.pictures() if pictures is None else pictures
    return report_content(
        prediction or sample.prediction(), sample.manifest(reference), reference, pictures=given, **more
    )


CASES = {
    "as designed": lambda: content(),
    "nothing else than numbers": lambda: content(pictures=Pictures()),
    "no slide": lambda: content(pictures=sample.pictures(slides=0)),
    "no MRI": lambda: content(pictures=sample.pictures(mri=False, genes=False)),
    "five slides": lambda: content(pictures=sample.pictures(slides=5)),
    "eight measured": lambda: content(sample.prediction(states=dict.fromkeys(M, S.MEASURED))),
    "all imputed but clinical": lambda: content(
        sample.prediction(states={m: S.MEASURED if m is M.CLINICAL else S.IMPUTED for m in M})
    ),
    "one modality": lambda: content(sample.prediction(states={M.CLINICAL: S.MEASURED})),
    "long id": lambda: content(sample.prediction(case=LONG), subject="glioblastoma " * 30, site=LONG),
    "many warnings": lambda: content(sample.prediction(warnings=(f"{LONG} was left out. " * 3,) * 12)),
    "one development patient": lambda: content(reference=sample.reference(1)),
    "few development patients": lambda: content(reference=sample.reference(25)),
    "signed": lambda: content(sign_off=SignOff("N. N. " * 20, "pathologist", "disagree", LONG, "2026-11-21")),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_overlaps_or_sticks_out(name):
    made = CASES[name]()
    laid = pages(document(made), WIDE, CONTENT_HEIGHT)
    assert len(laid) <= 6
    for number, page in enumerate(laid, 1):
        canvas = Recorder()
        _page(canvas, made, page, number, len(laid))
        assert canvas.overlaps() == []
        assert canvas.outside(Rect(SIDE, 18.0, WIDE, PAGE.height - 40.0), slack=2.0) == []
        assert "For Research Use Only. Not for use in diagnostic procedures." in [text for _, text in canvas.texts]


def test_a_case_as_designed_takes_three_pages():
    assert len(pages(document(content()), WIDE, CONTENT_HEIGHT)) == 3


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
    assert TOP > 0
    assert pages([Facts(())], 300.0, 300.0)[0][0].y == 0.0


def test_width_of_a_run_is_that_of_its_text():
    assert width("0000", Type(10.0)) == pytest.approx(4 * width("1", Type(10.0)))  # tabular figures
    assert Run("a", Type()).kind.weight == 400

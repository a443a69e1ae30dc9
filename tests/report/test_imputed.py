"""What the report shows of imputed data, block by block and on its pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survgui.cases.case import Modality, State
from survgui.report.blocks import Columns, Figure, Heading, Paragraph
from survgui.report.imputed import imputed_sections
from survgui.report.layout import CONTENT_HEIGHT, pages
from tests.report import sample
from tests.report.recorder import Recorder

M = Modality
WIDE = 698.0


def flat(blocks):
    for block in blocks:
        yield block
        if isinstance(block, Columns):
            for _, column in block.parts:
                yield from flat(column)


@pytest.fixture
def shown(content):
    def made(imputed=(), compared=()):
        return replace(content, pictures=replace(content.pictures, imputed=imputed, compared=compared))

    return made


def text_of(blocks):
    return [b.runs[0].text for b in blocks if isinstance(b, Paragraph)] + [
        b.caption for b in blocks if isinstance(b, Figure)
    ]


def words_of(paragraph):
    return "".join(run.text for run in paragraph.runs)


def test_without_imputed_data_there_is_no_section(content):
    assert list(imputed_sections(content)) == []


def test_imputed_features_stand_with_their_draws_and_how_near_such_come(shown):
    rna = sample.imputations()[0]
    blocks = list(flat(imputed_sections(shown((rna, replace(rna, modality=M.DNAM, draws=1))))))
    assert [words_of(b) for b in blocks if isinstance(b, Paragraph) and len(b.runs) == 2] == [
        "RNA-seq, imputed; not measured",
        "Methylation, imputed; not measured",
    ]
    captions = [b.caption for b in blocks if isinstance(b, Figure)]
    assert captions[0].startswith("The 8 of 40 features") and "percentile of 20 imputations" in captions[0]
    assert "no spread" in captions[1]
    assert "0.81, 1.00 with the development mean" in " ".join(text_of(blocks))


def test_an_imputed_picture_is_no_anatomy_and_says_when_it_is_the_mean(shown):
    (figure,) = [b for b in imputed_sections(shown(sample.imputations()[1:])) if isinstance(b, Figure)]
    assert "Not measured: nothing here may be read as anatomy or tissue of the patient." in figure.caption
    assert "Close to the development mean" in figure.caption
    assert figure.caption.startswith("Imputed from clinical and slide, the mean of 20 imputations.")


def test_what_was_given_but_hidden_or_unusable_is_not_called_unmeasured(shown):
    rna, mri = (replace(item, given=True) for item in sample.imputations())
    content = shown((rna, mri))
    spoiled = replace(next(row for row in content.inputs if row.modality is M.RNA), state=State.UNUSABLE, reason="odd.")
    content = replace(content, inputs=(*(row for row in content.inputs if row.modality is not M.RNA), spoiled))
    blocks = list(flat(imputed_sections(content)))
    assert "RNA-seq, imputed; given, but could not be used (odd)" in [
        words_of(b) for b in blocks if isinstance(b, Paragraph)
    ]
    assert "Hidden from this estimate: nothing here may be read as anatomy" in blocks[-1].caption
    assert "not measured" not in str([b.note for b in blocks if isinstance(b, Heading)])


def test_it_says_once_where_the_estimate_is_not_the_decoder_s(shown):
    content = shown(sample.imputations())

    def said(generator):
        blocks = imputed_sections(replace(content, run=replace(content.run, generator=generator, steps=0)))
        return [words_of(b) for b in blocks if isinstance(b, Paragraph)]

    assert said("latent") == []
    assert [len(said(name)) for name in ("gaussian", "mean", "reencode")] == [1, 1, 1]
    assert said("gaussian")[0].endswith("the estimate was drawn by another generator (Gaussian (closed form)).")


def test_a_comparison_has_a_figure_for_each_way_of_hiding(shown):
    tiles = sample.reconstruction(M.PATHOLOGY, shown=(M.CLINICAL, M.RNA))
    heading, *figures = imputed_sections(shown(compared=(tiles,)))
    assert isinstance(heading, Heading) and heading.note == "slide hidden, imputed from clinical and RNA-seq"
    assert [f.caption.split(".")[0] for f in figures] == ["Half masked", "Wholly hidden"]
    assert "held-out" not in figures[0].caption and "held-out" in figures[1].caption


def test_two_figures_of_pictures_fit_onto_a_page(shown):
    mri = sample.reconstruction(M.MRI)
    made = pages(list(imputed_sections(shown(compared=(mri,)))), WIDE, CONTENT_HEIGHT)
    assert len(made) == 2
    for page in made:
        for placed in page:
            assert placed.y + placed.piece.height <= CONTENT_HEIGHT


def test_everything_can_be_drawn(shown):
    compared = tuple(sample.reconstruction(m) for m in (M.RNA, M.PATHOLOGY, M.MRI))
    recorder = Recorder()
    for page in pages(list(imputed_sections(shown(sample.imputations(), compared))), WIDE, CONTENT_HEIGHT):
        for placed in page:
            placed.piece.draw(recorder, 0.0, placed.y)
    said = [text for _, text in recorder.texts]
    assert said.count("imputed in part") == 3 + 6
    assert any(text.startswith("r = ") for text in said)

from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.report import Pictures, SignOff, Tile
from survgui.report.blocks import Columns, Facts, Figure, Heading, Notice, Paragraph, Table, Title
from survgui.report.document import WARNINGS, document
from survgui.report.sections import ALL, Section
from tests.report import sample


def flat(blocks):
    """All blocks in reading order, those inside columns too."""
    for block in blocks:
        yield block
        if isinstance(block, Columns):
            for _, column in block.parts:
                yield from flat(column)


def of(content, kind):
    return [block for block in flat(document(content)) if isinstance(block, kind)]


def titles(content):
    return [heading.title for heading in of(content, Heading)]


def facts(content):
    return {row.label: "".join(run.text for run in row.runs) for block in of(content, Facts) for row in block.rows}


def test_a_report_begins_with_whose_it_is_and_its_use(content):
    first, second = document(content)[:2]
    assert isinstance(first, Title)
    assert "Case C-0039 · glioma" in first.below
    assert isinstance(second, Notice)
    assert second.text.startswith("For Research Use Only.")


def test_the_result_comes_first_and_the_signature_last(content):
    made = titles(content)
    assert made[:4] == ["Result", "Inputs", "Model", "Survival over time"]
    assert made[-2:] == ["Model card", "Sign-off"]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("title", ["Attention over the slide", "Where the model looked", "MRI", "Warnings"])
def test_what_a_case_lacks_has_no_section(content, title):
    bare = replace(content, pictures=Pictures(), warnings=())
    assert title in titles(content)
    assert title not in titles(bare)


def test_without_calibration_the_cohorts_curves_stand_alone():
    about = [figure.about for figure in of(sample.content(cohort=sample.reference(10)), Figure)]
    assert not any(text.startswith("Predicted against observed") for text in about)


def test_every_figure_says_what_it_shows(content):
    assert all(figure.about for figure in of(content, Figure))


def test_more_warnings_than_have_room_are_listed_in_full_overleaf(content):
    many = replace(content, warnings=tuple(f"warning {k}" for k in range(WARNINGS + 2)))
    notes = [heading.note for heading in of(many, Heading) if heading.title == "Warnings"]
    assert notes == ["3 of 5, the others overleaf", ""]


def test_each_modality_has_its_line_with_state_and_digest(content):
    (table,) = (block for block in of(content, Table) if "SHA-256" in block.header)
    rows = {row.cells[0]: row.cells for row in table.rows}
    assert {title: cells[1] for title, cells in rows.items()} == {m.title: str(s) for m, s in sample.STATES.items()}
    assert rows["MRI"][4] == "0.83 (≥ 0.64)"
    assert rows["RNA-seq"][3:5] == ("", "–")


def test_a_fidelity_below_the_usual_is_said(content):
    low = tuple(replace(row, fidelity=0.5, usual=0.71) for row in content.inputs[:1])
    (table,) = (block for block in of(replace(content, inputs=low), Table) if "SHA-256" in block.header)
    assert table.rows[0].cells[4] == "0.50 (below 0.71)"


def test_a_model_that_recomposes_nothing_has_no_column_for_fidelity(content):
    none = tuple(replace(row, fidelity=None, usual=None) for row in content.inputs)
    blocks = list(flat(document(replace(content, inputs=none))))
    table = next(b for b in blocks if isinstance(b, Table) and "SHA-256" in b.header)
    assert table.header == ("", "state", "what", "SHA-256", "developed on")
    assert len(table.shares) == len(table.align) == 5 and sum(table.shares) == pytest.approx(1.0)
    assert all(len(row.cells) == 5 for row in table.rows)
    said = " ".join(run.text for b in blocks if isinstance(b, Paragraph) for run in b.runs)
    assert "Fidelity" not in said and "Developed on" in said


def test_a_curve_without_imputation_has_no_spread_to_print():
    case = sample.prediction(states=dict.fromkeys(Modality, State.MEASURED))
    (table,) = (block for block in of(sample.content(case), Table) if "imputation spread" in block.header)
    assert {row.cells[2] for row in table.rows} == {"–"}


def test_the_opinion_is_ticked_and_what_is_open_can_be_filled_in(content):
    empty = facts(content)
    assert empty["Opinion"] == "□ agree   □ disagree"
    assert set(empty["Reviewer"]) == {"_"}
    signed = facts(replace(content, sign_off=SignOff("N. N.", opinion="disagree")))
    assert signed["Opinion"] == "□ agree   ■ disagree"
    assert signed["Reviewer"] == "N. N."


def test_the_model_card_names_the_case_in_full():
    case = "TCGA-02-" + "0123456789" * 30
    assert facts(sample.content(sample.prediction(case=case), report_id="r"))["Report"] == f"r on case {case}"


@pytest.mark.parametrize("section", list(Section))
def test_a_section_that_is_switched_off_is_gone_and_no_other(content, section):
    pictures = replace(content.pictures, imputed=sample.imputations(), compared=(sample.reconstruction(),))
    whole = replace(content, pictures=pictures, trail=sample.trail())

    def headings(sections):
        return [b.title for b in flat(document(whole, sections)) if isinstance(b, Heading)]

    gone = [title for title in headings(ALL) if title not in headings(ALL - {section})]
    also = {
        Section.ATTENTION: ["Where the model looked", "Attention over the slide"],
        Section.IMPUTED: ["Imputed modalities", "MRI, imputed", "Imputed beside measured"],
    }
    assert gone == also.get(section, [section.title])


def test_what_a_number_needs_is_printed_with_every_section_off(content):
    bare = list(flat(document(content, ())))
    assert [b.title for b in bare if isinstance(b, Heading)] == ["Result", "Inputs", "Model", "Warnings", "Limits"]
    assert any(isinstance(b, Notice) for b in bare)
    assert "Case C-0039" in next(b for b in bare if isinstance(b, Title)).below
    said = {row.label: row.runs[0].text for b in bare if isinstance(b, Facts) for row in b.rows}
    assert said["Limits"].startswith("RNA-seq and copy number were not given to the model")
    assert said["Report"].endswith("on case C-0039")


def test_a_model_that_took_tiles_looked_nowhere(content):
    taken = tuple(Tile(sample.tissue(16, 16, k), None, 128.0) for k in range(8))
    slide = replace(content.pictures.slides[0], ranks=np.zeros(0, dtype=np.float32))
    tiled = replace(content, pictures=replace(content.pictures, slides=(slide,), top=taken, least=()))
    notes = {heading.title: heading.note for heading in of(tiled, Heading)}
    assert notes["What the model took of the slide"] == "4 of 8 tiles"
    assert notes["Tiles taken of the slide"] == "as pixels: this model gives no attention"
    assert not any("Where the model looked" in title or "Attention" in title for title in notes)


def test_a_slide_that_was_no_part_of_the_estimate_is_a_slide(content):
    slide = replace(content.pictures.slides[0], coords=np.zeros((0, 2), int), ranks=np.zeros(0, dtype=np.float32))
    bare = replace(content, pictures=replace(content.pictures, slides=(slide,), top=(), least=()))
    assert "The slide" in titles(bare) and "Attention over the slide" not in titles(bare)

import json
from dataclasses import replace

import pytest

from survgui.cases.cohort import Note
from survgui.cases.report import RESEARCH_USE
from survgui.report.cohort import CohortPages, CohortReport, content, render
from tests.report.recorder import Recorder
from tests.ui.cohort import facts as cohorts
from tests.ui.cohort.wizard import samples

NOTE = Note("warning", "OUT-02", "2 patients have no time (P-001, TCGA-GV-A3QG); give both if known")


def report(**more):
    facts = cohorts.facts(notes=(NOTE,))
    review = replace(samples.review(), facts=facts).with_mask(0.63)
    return CohortReport(samples.proposal(), review, "2026-01-02T03:04", "0.1", **more)


def test_html_holds_what_was_recognised_matched_and_dropped():
    text = render(report(), "html").decode()
    for said in ("UCSC Xena matrix", "not used", "1 of 4", "2.50 (1.20–5.20)", "C-index of 0.63", "ab" * 32):
        assert said in text, said
    assert RESEARCH_USE in text and "P-001" not in text and "TCGA-GV-A3QG" not in text and "[id]" in text


def test_ids_stand_where_they_are_asked_for():
    assert "P-001" in render(report(ids=True), "html").decode()


def test_json_is_the_same_in_numbers():
    found = json.loads(render(report(), "json"))
    assert (found["patients"], found["events"], found["mask_c_index"]) == (5, 2, 0.63)
    assert found["outcome"]["event_value"] == [1] and len(found["sources"]) == 4
    assert "P-001" not in json.dumps(found) and found == json.loads(json.dumps(content(report())))


def test_every_page_has_its_line():
    made = CohortPages(report())
    for number in range(len(made)):
        page = Recorder()
        made.draw(page, number)
        said = [text for _, text in page.texts]
        assert RESEARCH_USE in said and any(f"page {number + 1} of {len(made)}" in text for text in said)
        assert page.overlaps() == []


def test_pdf_and_nothing_else():
    assert render(report(), "pdf").startswith(b"%PDF")
    with pytest.raises(ValueError, match="docx"):
        render(report(), "docx")

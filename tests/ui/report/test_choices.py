from dataclasses import replace

import pytest

from survgui.cases.report import Pictures
from survgui.report import ALL, Section
from survgui.ui.report.choices import Choices, Composed, Saving, available, free, proposed_name
from tests.report import sample


def test_a_draft_has_no_date_and_a_final_report_todays(content):
    draft = Composed(content, Choices(reviewer="N. N."), "Case 7F3A")()
    final = Composed(content, Choices(status="final", reviewer="N. N.", opinion="agree"), "Case 7F3A")()
    assert (draft.identity.status, draft.sign_off.date) == ("draft", "")
    assert final.identity.status == "final"
    assert len(final.sign_off.date) == len("2026-11-21")
    assert final.sign_off.opinion == "agree"


def test_an_amended_report_keeps_its_id_and_has_a_time_of_its_own(content):
    made = Composed(content, Choices(status="amended", reviewer="N. N."), "Case 7F3A")()
    assert made.identity.report == "r-1"
    assert made.identity.created > content.identity.created
    final = Composed(content, Choices(status="final", reviewer="N. N."), "Case 7F3A")()
    assert final.identity.created == content.identity.created


def test_the_id_is_printed_only_where_that_was_chosen(content):
    assert Composed(content, Choices(print_id=True), "Case 7F3A")().identity.case == "C-0039"
    assert Composed(content, Choices(), "Case 7F3A")().identity.case == "7F3A"


@pytest.mark.parametrize(
    ("status", "reviewer", "signed"), [("draft", "", True), ("final", "", False), ("amended", "N. N.", True)]
)
def test_who_has_read_a_report_is_named_in_all_but_drafts(status, reviewer, signed):
    assert Choices(status=status, reviewer=reviewer).signed is signed


def test_files_take_a_name_that_is_free_in_every_format(content, tmp_path):
    (tmp_path / "report-7F3A.html").write_text("mine")
    work = Saving(Composed(content, Choices(formats=("json", "html")), "Case 7F3A"), tmp_path, "report-7F3A")
    assert sorted(path.name for path in work()) == ["report-7F3A-2.html", "report-7F3A-2.json"]
    assert (tmp_path / "report-7F3A.html").read_text() == "mine"
    assert free(tmp_path, "report-7F3A", ("pdf",)) == tmp_path / "report-7F3A.pdf"


def test_a_file_that_was_chosen_is_written_there(content, tmp_path):
    chosen = Choices(formats=("html",), sections=ALL - {Section.MRI})
    (path,) = Saving(Composed(content, chosen, "Case 7F3A"), tmp_path / "x.html", "report-7F3A")()
    text = path.read_text("utf-8")
    assert path == tmp_path / "x.html"
    assert "C-0039" not in text
    assert "in three planes" not in text


@pytest.mark.parametrize(("pseudonym", "name"), [("Case 7F3A", "report-7F3A"), ("7F3A", "report-7F3A"), ("", "report")])
def test_the_proposed_name_comes_of_the_pseudonym(pseudonym, name):
    assert proposed_name(pseudonym) == name


def test_sections_without_anything_to_show(content):
    bare = replace(content, pictures=Pictures())
    content = replace(content, trail=sample.trail())
    imputed = replace(content, pictures=replace(content.pictures, compared=(sample.reconstruction(),)))
    assert available(imputed) == ALL and available(content) == ALL - {Section.IMPUTED}
    assert ALL - available(bare) == {Section.MRI, Section.GENES, Section.ATTENTION, Section.IMPUTED, Section.AUDIT}

"""Files of a report: whole, self-contained, searchable, and without what does not belong in them."""

import json
import re

import pytest

from survgui.cases.report import RESEARCH_USE
from survgui.errors import UsageError
from survgui.report.files import file_name, render, write
from tests.report import sample


def test_the_formats_asked_for_are_written_beside_each_other(content, tmp_path):
    assert [p.name for p in write(content, tmp_path)] == ["C-0039.pdf", "C-0039.html", "C-0039.json"]
    assert write(content, tmp_path / "mine.pdf", ["json"]) == [tmp_path / "mine.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["C-0039.html", "C-0039.json", "C-0039.pdf", "mine.json"]


def test_no_file_is_large(content):
    assert all(len(render(content, name)) < 3_000_000 for name in ("pdf", "html", "json"))


def test_an_unknown_format_is_refused_before_anything_is_written(content, tmp_path):
    with pytest.raises(UsageError, match="docx"):
        write(content, tmp_path, ["pdf", "docx"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("a b/c", "a_b_c"),
        ("///", "report"),
        ("nul.1", "case_nul.1"),
        ("", "report"),
    ],
)
def test_a_case_id_becomes_a_harmless_file_name(case, name):
    assert re.fullmatch(re.escape(name) + "-[0-9a-f]{8}", file_name(case))


@pytest.mark.parametrize("case", ["C-0039", "TCGA-02-0001.v2", "P_1", "Müller"])
def test_a_harmless_id_is_its_own_file_name(case):
    assert file_name(case) == case


@pytest.mark.parametrize("letter", "aé患𝒜")
def test_the_name_of_a_long_id_fits_the_file_system(letter, tmp_path):
    one, other = sample.content(sample.prediction(case=letter * 300)), letter * 301
    (path,) = write(one, tmp_path, ["json"])
    assert path.is_file()
    assert file_name(other) != path.stem


def test_ids_that_look_alike_as_names_do_not_overwrite_each_other(tmp_path):
    for case in ("P/1", "P 1", "P_1"):
        write(sample.content(sample.prediction(case=case)), tmp_path, ["json"])
    assert {json.loads(p.read_text("utf-8"))["report"]["case"] for p in tmp_path.iterdir()} == {"P/1", "P 1", "P_1"}


def test_a_file_keeps_the_name_that_was_given(content, tmp_path):
    made = write(content, tmp_path / "r.JSON", ["json", "html"])
    assert made == [tmp_path / "r.JSON", tmp_path / "r.html"]


def test_json_holds_the_prediction_and_no_pixels(content):
    made = json.loads(render(content, "json"))
    assert made["prediction"]["risk"] == content.risk
    assert made["notice"] == RESEARCH_USE
    assert made["result"]["at_horizon"]["survival"] == pytest.approx(content.at_horizon.survival)
    assert "pixels" not in json.dumps(made)


@pytest.mark.parametrize("name", ["html", "json"])
def test_words_that_a_research_report_must_not_use(content, name):
    text = render(content, name).decode().lower()
    assert "recommend" not in text
    assert "confidence" not in text
    assert not re.search(r"\bdiagnos(?!tic procedures|is\b)", text)  # only the notice, and the time origin


def test_the_same_content_gives_the_same_html_and_json(content):
    for name in ("html", "json"):
        assert render(content, name) == render(content, name)


def test_json_holds_every_number_whatever_is_shown(content):
    assert render(content, "json", ()) == render(content, "json")
    assert b"Kaplan-Meier" not in render(content, "html", ())
    assert b"Kaplan-Meier" in render(content, "html")

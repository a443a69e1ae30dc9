"""Files of a report: whole, self-contained, searchable, and without what does not belong in them."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from survgui.engine.report import report_content
from survgui.errors import UsageError
from survgui.report.files import file_name, render, write
from tests.report import sample

RESEARCH = "For Research Use Only. Not for use in diagnostic procedures."
EVIL = 'A<B and C>D"&\'<img src="http://x.invalid/y"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def content():
    reference = sample.reference()
    return report_content(
        sample.prediction(), sample.manifest(reference), reference, pictures=sample.pictures(), subject="glioma"
    )


@pytest.fixture(scope="module")
def evil():
    reference = sample.reference(60)
    prediction = sample.prediction(case=EVIL, warnings=(EVIL,))
    return report_content(prediction, sample.manifest(reference), reference, subject=EVIL, site=EVIL)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.found = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


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
    ("case", "name"), [("C-0039", "C-0039"), ("../../etc/passwd", "etc_passwd"), ("a b/c", "a_b_c"), ("///", "report")]
)
def test_a_case_id_becomes_a_harmless_file_name(case, name):
    assert file_name(case) == name


def test_json_holds_the_prediction_and_no_pixels(content):
    made = json.loads(render(content, "json"))
    assert made["prediction"]["risk"] == content.risk
    assert made["notice"] == RESEARCH
    assert made["result"]["at_horizon"]["survival"] == pytest.approx(content.at_horizon.survival)
    assert "pixels" not in json.dumps(made)


def test_html_is_well_formed_and_points_nowhere(content):
    text = render(content, "html").decode()
    elements = Elements(text)
    assert elements.open == []
    addresses = [attrs[key] for _, attrs in elements.found for key in ("href", "src", "data") if key in attrs]
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)
    assert "url(" not in text
    assert "@import" not in text
    assert {tag for tag, _ in elements.found}.isdisjoint({"script", "iframe", "link", "object", "form"})


def test_html_knows_light_dark_and_paper(content):
    text = render(content, "html").decode()
    used = set(re.findall(r"var\((--[a-z-]+)\)", text))
    for block in re.findall(r":root\{([^}]*)\}", text):
        assert used <= {entry.split(":")[0] for entry in block.split(";")}
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_html_shows_the_numbers_as_text(content):
    text = render(content, "html").decode()
    assert RESEARCH in text
    for wanted in ("36\u202f%", "imputed", "High risk", "\u22120.12", "agree"):
        assert wanted in text


def test_a_hostile_name_is_shown_not_run(evil):
    text = render(evil, "html").decode()
    assert "<script" not in text
    assert "<img" not in text
    assert "A&lt;B and C&gt;D" in text
    assert Elements(text).open == []
    assert render(evil, "pdf").startswith(b"%PDF")


def test_pdf_metadata_names_the_report_not_the_case(content):
    made = render(content, "pdf")
    heads = made.replace(b"\x00", b"")
    assert content.identity.report.encode() in heads
    assert b"C-0039" not in heads.split(b"stream")[0]
    title = re.search(rb"<dc:title>.*?</dc:title>", heads, re.DOTALL)
    assert title
    assert b"C-0039" not in title[0]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_pdf_text_can_be_searched(content, tmp_path):
    (path,) = write(content, tmp_path, ["pdf"])
    text = (
        subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
        .stdout.decode()
        .replace("\u202f", " ")
    )
    pages = text.split("\f")[:-1]
    assert len(pages) == 3
    assert all(RESEARCH in page for page in pages)
    assert all("C-0039" in page for page in pages)
    for wanted in ("36 %", "imputation spread", "RNA-seq · imputed", "\u22120.12", "Kaplan-Meier"):
        assert wanted in text


@pytest.mark.skipif(shutil.which("pdfdetach") is None, reason="poppler is not installed")
def test_pdf_carries_the_json(content, tmp_path):
    pdf, plain = write(content, tmp_path, ["pdf", "json"])
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, pdf], check=True)
    assert (tmp_path / "report.json").read_bytes() == plain.read_bytes()


@pytest.mark.parametrize("name", ["html", "json"])
def test_words_that_a_research_report_must_not_use(content, name):
    text = render(content, name).decode().lower()
    assert "recommend" not in text
    assert "confidence" not in text
    assert not re.search(r"\bdiagnos(?!tic procedures|is\b)", text)  # only the notice, and the time origin


def test_the_same_content_gives_the_same_html_and_json(content):
    for name in ("html", "json"):
        assert render(content, name) == render(content, name)

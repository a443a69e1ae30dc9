"""Whatever a case has or lacks, nothing on a page overlaps or sticks out; and what the file tells."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from survgui.cases.case import Modality, State
from survgui.cases.report import RESEARCH_USE, Pictures, SignOff
from survgui.figures.canvas import Rect
from survgui.report.document import document
from survgui.report.files import write
from survgui.report.layout import CONTENT_HEIGHT, PAGE, SIDE, pages
from survgui.report.pdf import Pages, _page, pdf
from survgui.report.sections import ALL, Section
from tests.report import sample
from tests.report.recorder import Recorder

M, S = Modality, State
WIDE = PAGE.width - 2 * SIDE
LONG = "TCGA-02-" + "0123456789" * 30

CASES = {
    "as designed": sample.content,
    "nothing else than numbers": lambda: sample.content(shown=Pictures()),
    "no slide": lambda: sample.content(shown=sample.pictures(slides=0)),
    "no MRI": lambda: sample.content(shown=sample.pictures(mri=False, genes=False)),
    "five slides": lambda: sample.content(shown=sample.pictures(slides=5)),
    "eight measured": lambda: sample.content(sample.prediction(states=dict.fromkeys(M, S.MEASURED))),
    "all imputed but clinical": lambda: sample.content(
        sample.prediction(states={m: S.MEASURED if m is M.CLINICAL else S.IMPUTED for m in M})
    ),
    "one modality": lambda: sample.content(sample.prediction(states={M.CLINICAL: S.MEASURED})),
    "long id": lambda: sample.content(sample.prediction(case=LONG), subject="glioblastoma " * 30, site=LONG),
    "many warnings": lambda: sample.content(sample.prediction(warnings=(f"{LONG} was left out. " * 3,) * 12)),
    "one development patient": lambda: sample.content(cohort=sample.reference(1)),
    "few development patients": lambda: sample.content(cohort=sample.reference(25)),
    "signed": lambda: sample.content(sign_off=SignOff("N. N. " * 20, "pathologist", "disagree", LONG, "2026-11-21")),
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
        assert RESEARCH_USE in [text for _, text in canvas.texts]


def test_a_case_as_designed_takes_three_pages(content):
    assert len(pages(document(content), WIDE, CONTENT_HEIGHT)) == 3


@pytest.mark.parametrize("gone", [*({section} for section in Section), set(Section)], ids=[*Section, "all"])
def test_nothing_overlaps_with_sections_left_out(content, gone):
    made = Pages(content, ALL - gone)
    for number in range(len(made)):
        canvas = Recorder()
        made.draw(canvas, number)
        assert canvas.overlaps() == []
        assert canvas.outside(Rect(SIDE, 18.0, WIDE, PAGE.height - 40.0), slack=2.0) == []


def test_pages_as_images_are_what_is_printed(content):
    made = Pages(content)
    image = made.image(0, 600)
    assert (image.width(), image.height()) == (600, round(600 * PAGE.height / PAGE.width))
    assert image.pixelColor(2, 2).name() == "#ffffff"
    notice = image.pixelColor(round((SIDE + 4) * 600 / PAGE.width), round(108 * 600 / PAGE.width))
    assert notice.name() == "#fff4df"


def test_pages_can_be_drawn_in_another_thread_meanwhile(content):
    """Fonts are not shared between threads, so both see the same page."""
    made = Pages(content)
    here = [made.image(number, 500) for number in range(len(made))]
    with ThreadPoolExecutor(1) as pool:
        there = [pool.submit(Pages(content).image, number, 500) for number in range(len(made))]
        again = [made.image(number, 500) for number in range(len(made))]
        assert [future.result() for future in there] == here == again


def test_pdf_metadata_names_the_report_not_the_case(content):
    made = pdf(content, b"{}")
    heads = made.replace(b"\x00", b"")
    assert content.identity.report.encode() in heads
    assert b"C-0039" not in heads.split(b"stream")[0]
    title = re.search(rb"<dc:title>.*?</dc:title>", heads, re.DOTALL)
    assert title
    assert b"C-0039" not in title[0]


def test_a_hostile_name_is_only_text(evil):
    assert pdf(evil, b"{}").startswith(b"%PDF")


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
    assert all(RESEARCH_USE in page for page in pages)
    assert all("C-0039" in page for page in pages)
    for wanted in ("36 %", "imputation spread", "RNA-seq · imputed", "\u22120.12", "Kaplan-Meier"):
        assert wanted in text


@pytest.mark.skipif(shutil.which("pdfdetach") is None, reason="poppler is not installed")
def test_pdf_carries_the_json(content, tmp_path):
    pdf, plain = write(content, tmp_path, ["pdf", "json"])
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, pdf], check=True)
    assert (tmp_path / "report.json").read_bytes() == plain.read_bytes()

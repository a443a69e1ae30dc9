"""An id planted wherever one can slip in; none of the files holds it."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from survgui.cases.report import SignOff
from survgui.report.files import render
from survgui.report.privacy import pseudonymous
from tests.report import sample

ID = "TCGA-02-0001-01Z"
PATIENT = "TCGA-02-0001"


@pytest.fixture
def planted():
    """The id in whole and in part, in a slide's name, a warning, a detail, the comment and the subject."""
    made = sample.content(
        sample.prediction(
            case=ID, warnings=(f"{ID}.svs has no pixel size.", f"tcga-02-0001 is named twice (7 of {ID})")
        ),
        subject=f"glioma, {PATIENT}",
        sign_off=SignOff("N. N.", comment=f"see {PATIENT}_b"),
    )
    slides = tuple(replace(slide, name=f"{ID}-00-DX1.svs") for slide in made.pictures.slides)
    inputs = tuple(replace(row, detail=f"{row.detail} of {ID}-00-DX1.svs") for row in made.inputs)
    return replace(made, pictures=replace(made.pictures, slides=slides), inputs=inputs)


@pytest.mark.parametrize("name", ["html", "json"])
def test_no_file_of_a_pseudonymous_report_holds_the_id(planted, name):
    assert re.search(PATIENT, render(planted, name).decode(), re.IGNORECASE)
    text = render(pseudonymous(planted, "Case 7F3A"), name).decode()
    assert not re.search(PATIENT, text, re.IGNORECASE)
    assert "7F3A" in text
    assert "Case Case" not in text
    assert "slide 1.svs" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_nor_do_the_pages(planted, tmp_path):
    path = tmp_path / "r.pdf"
    path.write_bytes(render(pseudonymous(planted, "Case 7F3A"), "pdf"))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode()
    assert "7F3A" in text
    assert PATIENT not in text


def test_names_that_are_given_go_too(planted):
    other = replace(planted, warnings=("read from D:/clinic/Miller/x.csv",))
    assert "Miller" not in pseudonymous(other, "7F3A", ["miller"]).warnings[0]


def test_the_figures_stay(planted):
    clean = pseudonymous(planted, "7F3A")
    assert clean.curve is planted.curve
    assert clean.risk == planted.risk
    assert clean.prediction["survival"] == planted.prediction["survival"]
    assert [row.digest for row in clean.inputs] == [row.digest for row in planted.inputs]


def test_an_id_that_is_a_bundles_word_leaves_the_bundle_its_name():
    clean = pseudonymous(sample.content(sample.prediction(case="tcga-glioma")), "7F3A")
    assert clean.model.bundle.name == "tcga-glioma"
    assert json.loads(render(clean, "json"))["prediction"]["bundle"]["name"] == "tcga-glioma"


def test_a_short_id_is_replaced_where_it_stands_alone():
    clean = pseudonymous(sample.content(sample.prediction(case="12", warnings=("12 of 40 fields are there.",))), "7F3A")
    assert clean.identity.case == "7F3A"
    assert clean.prediction["case"] == "7F3A"
    assert clean.warnings == ("12 of 40 fields are there.",)

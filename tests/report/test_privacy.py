"""An id planted wherever one can slip in; none of the files holds it."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from survgui.cases.report import SignOff
from survgui.cases.safe_harbor import STATEMENT
from survgui.report.files import render
from survgui.report.privacy import deidentified, pseudonymous
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


@pytest.fixture
def shared(planted):
    """The report as somebody else may have it: id, site, reviewer, dates, ages, file names, a town and a doctor."""
    whole = replace(
        planted,
        identity=replace(planted.identity, site="Elm Clinic", subject="female · age 93 · Boston · stage III"),
        sign_off=SignOff("Dr. Halloran", "pathologist", "agree", f"known since 2019-05-04, {PATIENT}", "2026-11-22"),
        warnings=(*planted.warnings, "MRN 00123456 of Ztestname, Quirina; scanned 2021-03-04 on serial GT450-77"),
        trail=sample.trail(),
    )
    return deidentified(whole, "Case 7F3A01B2", ["Ztestname, Quirina"])


PLANTED = (
    *(PATIENT, "Elm Clinic", "Halloran", "pathologist", "2019-05", "2026-11", "Boston", "00123456", "Ztestname"),
    *("2021-03", "GT450", "age 93", "DX1.svs", "user-0a1b"),
)


@pytest.mark.parametrize("name", ["html", "json"])
def test_a_deidentified_report_holds_none_of_what_was_planted(shared, planted, name):
    text = render(shared, name).decode()
    assert not [word for word in PLANTED if re.search(re.escape(word), text, re.IGNORECASE)]
    assert planted.identity.report not in text
    assert "7F3A01B2" in text and "age 90+" in text and "stage III" in text
    assert "(R) any other unique code" in text  # it says itself what was done


def test_pictures_and_hashes_that_could_tell_a_patient_are_left_out(shared, planted):
    """(P), (Q) and (R): whole slides with pen marks, planes through a face, hashes of the patient's files."""
    assert planted.pictures.slides and planted.pictures.mri and any(row.digest for row in planted.inputs)
    assert not shared.pictures.slides and not shared.pictures.mri and not shared.pictures.compared
    assert not any(row.digest for row in shared.inputs)
    assert shared.prediction["inputs_sha256"] == {}
    assert shared.trail is None
    assert shared.statement == STATEMENT


def test_the_deidentified_figures_are_the_same(shared, planted):
    assert shared.curve is planted.curve
    assert (shared.risk, shared.identity.created) == (planted.risk, planted.identity.created[:4])
    assert shared.model == planted.model
    assert all(a.pixels is b.pixels for a, b in zip(shared.pictures.top, planted.pictures.top, strict=True))

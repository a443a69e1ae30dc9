"""Patients from their files to their report, as a user would do it, with the shipped bundles.

The real patients are those who were kept out of the training of `tcga-glioma`.
"""

from __future__ import annotations

import json
import tomllib

import pytest

from survgui.cli.main import run

SEQUENCES = ("t1_bet", "t1c_bet", "t2_bet", "fla_bet", "seg_hnfnetv1-20")


@pytest.fixture
def du_7294(shared_data, tmp_path):
    """TCGA-DU-7294: the patient's rows of every table of the glioma cohort, and four MRI sequences."""
    cohort = shared_data / "cohorts" / "tcga-gbmlgg.toml"
    text = cohort.read_text("utf-8")
    tables = text[text.index("[modality.clinical]") :].replace('"../', f'"{shared_data}/')
    names = [str(shared_data / "mri" / "TCGA-DU-7294" / f"TCGA-DU-7294_{s}.nii.gz") for s in SEQUENCES]
    case = tmp_path / "case" / "case.toml"
    case.parent.mkdir()
    case.write_text(f'id = "TCGA-DU-7294"\n{tables}\n[modality.mri]\nfiles = {json.dumps(names)}\n', "utf-8")
    assert tomllib.loads(case.read_text("utf-8"))["id"] == "TCGA-DU-7294"
    return case


@pytest.mark.parametrize("hide", ["", "pathology", "rna", "dnam,rna"])
def test_a_real_patient_with_some_of_it_hidden(du_7294, tmp_path, hide):
    out, report = tmp_path / "p.json", tmp_path / "report.pdf"
    options = ["--hide", hide] if hide else []
    arguments = ["predict", str(du_7294), "--bundle", "tcga-glioma", "--device", "cpu", "--json", str(out)]
    assert run([*arguments, "--report", str(report), *options]) == 0
    found = json.loads(out.read_text("utf-8"))
    hidden = set(filter(None, hide.split(",")))
    states = found["modalities"]
    assert states.pop("mri") == "unused" and "takes no MRI" in found["reasons"]["mri"]
    assert {m for m, s in states.items() if s == "imputed"} == hidden
    assert {m for m, s in states.items() if s == "measured"} == set(states) - hidden
    assert found["base"] + sum(c["value"] for c in found["contributions"]) == pytest.approx(found["output"], abs=1e-6)
    assert all(b <= a for a, b in zip(found["survival"][:-1], found["survival"][1:], strict=True))
    assert found["spread"]["draws"] == (20 if hidden else 1)
    assert {i["modality"] for i in found["information"]} == hidden
    assert not any("trained on" in w for w in found["warnings"]), "this patient was to be kept out of the training"
    assert report.read_bytes().startswith(b"%PDF") and b"%%EOF" in report.read_bytes()[-64:]


def test_a_training_patient_is_warned_of(shared_data, tmp_path, du_7294):
    text = du_7294.read_text("utf-8").replace('id = "TCGA-DU-7294"', 'id = "TCGA-02-0047"')
    du_7294.write_text(text[: text.index("[modality.mri]")], "utf-8")
    out = tmp_path / "p.json"
    assert run(["predict", str(du_7294), "--bundle", "tcga-glioma", "--device", "cpu", "--json", str(out)]) == 0
    assert any("trained on" in w for w in json.loads(out.read_text("utf-8"))["warnings"])


def test_a_single_slide_without_pixel_size_asks_for_it_and_then_encodes(shared_data, tmp_path, capsys):
    slide = shared_data / "wsi" / "TCGA-CR-7395-01A-01-TS1.svs"
    out = tmp_path / "p.json"
    arguments = ["predict", str(slide), "--bundle", "demo-simulated", "--device", "cpu", "--json", str(out)]
    assert run(arguments) == 1
    assert "pixel size" in capsys.readouterr().err
    assert run([*arguments, "--mpp", "0.5"]) == 0
    found = json.loads(out.read_text("utf-8"))
    assert found["modalities"]["pathology"] == "measured"
    assert {s for m, s in found["modalities"].items() if m != "pathology"} == {"imputed"}
    assert any("simulated" in w for w in found["warnings"])

"""`predict --deidentify`: codes in place of ids everywhere, a statement beside them, the key for the user."""

import argparse
import csv
import json
from pathlib import Path

import pytest

from survgui.cli import main
from survgui.cli.deidentify import STATEMENT_FILE, Codes, check_usage
from survgui.errors import UsageError

NAME = "Ztestname-Quirina"


CASE = f"""
id = "{NAME}"
[modality.clinical]
table = "clinical.csv"
case = "case_id"
columns = ["age", "sex", "grade", "performance", "comorbidities", "albumin"]
[modality.clinical.ordered]
grade = ["G2", "G3", "G4"]
"""


@pytest.fixture
def case(tmp_path):
    """A patient of 93 with six clinical fields, in a folder of that name."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "case.toml").write_text(CASE)
    fields = f"case_id,age,sex,grade,performance,comorbidities,albumin\n{NAME},93,female,G3,1,2,40\n"
    (folder / "clinical.csv").write_text(fields)
    return folder


def test_one_case_with_its_report(case, tmp_path, capsys):
    out = tmp_path / "out"
    files = {name: out / f"r.{name}" for name in ("json", "csv")}
    command = ["predict", str(case / "case.toml"), "--bundle", "demo-simulated", "--draws", "2", "--device", "cpu"]
    command += ["--json", str(files["json"]), "--csv", str(files["csv"]), "--report", str(out / "r.html")]
    assert main.run([*command, "--deidentify", "--codes", str(tmp_path / "codes.csv")]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in written} == {"r.json", "r.csv", "r.html", STATEMENT_FILE, "codes.csv"}
    (key,) = csv.DictReader((tmp_path / "codes.csv").read_text().splitlines())
    assert json.loads(files["json"].read_text())["case"] == key["code"]
    assert key["case"] == NAME
    for path in out.iterdir():
        text = path.read_text()
        assert NAME not in text and "age 93" not in text
        assert path.name == STATEMENT_FILE or key["code"] in text
    assert "For Research Use Only" in (out / STATEMENT_FILE).read_text()


def test_a_code_is_one_cases_alone():
    codes = Codes()
    assert codes.of("a") == codes.of("a") != codes.of("b")


@pytest.mark.parametrize(
    ("codes", "deidentify", "reports", "cases"),
    [(Path("f.csv"), False, None, [Path("case.toml")]), (None, True, Path("d"), [Path("cohort.toml")])],
)
def test_what_cannot_be_is_refused(codes, deidentify, reports, cases, monkeypatch):
    monkeypatch.setattr("survgui.cli.deidentify.common.is_many", lambda paths: paths[0].name == "cohort.toml")
    given = argparse.Namespace(codes=codes, deidentify=deidentify, reports=reports, cases=cases)
    with pytest.raises(UsageError):
        check_usage(given)

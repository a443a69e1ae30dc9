"""`predict --deidentify`: codes in place of ids everywhere, a statement beside them, the key for the user."""

import argparse
import csv
import json
from pathlib import Path

import pytest

from survgui.cli import main
from survgui.cli.deidentify import STATEMENT_FILE, Codes, check_usage
from survgui.errors import UsageError
from tests.small_case import write_case

NAME = "Ztestname-Quirina"


@pytest.fixture
def case(tmp_path):
    """A patient of 93 with six clinical fields, in a folder of that name."""
    return write_case(tmp_path / NAME, NAME, age=93)


def test_one_case_with_its_report(case, tmp_path, capsys):
    out = tmp_path / "out"
    files = {name: out / f"r.{name}" for name in ("json", "csv")}
    command = ["predict", str(case), "--bundle", "demo-simulated", "--draws", "2", "--device", "cpu"]
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


def test_a_report_that_was_written_under_a_code_keeps_it():
    assert Codes({"a": "1A2B3C4D"}).of("a") == "1A2B3C4D"


def test_codes_without_deidentification_are_refused():
    with pytest.raises(UsageError):
        check_usage(argparse.Namespace(codes=Path("f.csv"), deidentify=False))

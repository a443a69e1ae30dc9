import argparse
import json

import pytest

from survgui.cli import evaluate, external
from survgui.cli.main import run


@pytest.fixture
def validated(engine, task, cohort, bundle, monkeypatch):
    seen = []

    def validate(cohort, bundle, **choices):
        seen.append((cohort.name, bundle.manifest.name, choices))
        return task({"groups": []})

    engine("survgui.readers.cohort", load_cohort=lambda path: cohort)
    engine("survgui.engine.external", validate=validate, as_text=lambda r: "the table", to_csv=lambda r: "a,b\n")
    monkeypatch.setattr("survgui.cli.arguments.find_bundle", lambda name: bundle)
    return seen


def test_a_bundle_is_validated_on_a_cohort(validated, tmp_path, capsys, deeds):
    files = f"--json {tmp_path / 'r.json'} --csv {tmp_path / 'r.csv'}"
    assert run(f"evaluate cohort.toml --bundle demo --device cpu {files}".split()) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == {"groups": []}
    assert (tmp_path / "r.csv").read_text() == "a,b\n"
    assert capsys.readouterr().out == f"the table\n{tmp_path / 'r.json'}\n{tmp_path / 'r.csv'}\n"
    assert validated == [("two", "demo", {"device": "cpu", "include_training": False})]
    assert deeds() == [("evaluate", "external validation")]


def test_training_patients_are_kept_where_asked_for(validated, tmp_path):
    assert run(f"evaluate cohort.toml --bundle demo --include-training --json {tmp_path / 'r.json'}".split()) == 0
    assert validated[0][2]["include_training"] is True


@pytest.mark.parametrize(
    "words", ["", "--bundle demo --methods must", "--methods must --include-training", "--bundle demo --resume"]
)
def test_either_a_bundle_or_methods(validated, tmp_path, words, capsys):
    assert run(f"evaluate cohort.toml {words} --json {tmp_path / 'r.json'}".split()) == 2
    assert "--bundle" in capsys.readouterr().err and not validated


@pytest.mark.parametrize(
    "words", ["--seeds 3", "--preset published", "--config c.toml", "--risks r.csv", "--workers 2", "--resume",
              "--scheduler tcp://a:1", "--patterns all", "--splits s.csv"],
)  # fmt: skip
def test_what_does_nothing_with_a_bundle_is_refused_by_name(validated, tmp_path, words, capsys):
    assert run(f"evaluate cohort.toml --bundle demo {words} --json {tmp_path / 'r.json'}".split()) == 2
    assert f"{words.split()[0]} goes with --methods and does nothing with --bundle" in capsys.readouterr().err
    assert not validated


def test_what_is_said_not_to_be_given_is_the_parsers_default():
    group = argparse.ArgumentParser().add_subparsers()
    evaluate.add(group)
    given = group.choices["evaluate"].parse_args(["cohort.toml", "--bundle", "demo", "--json", "r.json"])
    assert {name: getattr(given, name) for name in external.COMPARING} == external.COMPARING

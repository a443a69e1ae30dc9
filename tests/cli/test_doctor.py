from __future__ import annotations

import json

import pytest

from survgui.cli import doctor as module
from survgui.cli.main import run
from survgui.errors import SurvguiError

FINDINGS = {
    "cores": 2,
    "devices": {"names": {"cpu": "x86"}},
    "fonts": ["A.ttf", "B.ttf"],
    "bundles": [{"name": "demo", "sha256": "abc", "error": None}, {"name": "bad", "sha256": None, "error": "damaged"}],
}


@pytest.fixture
def found(engine):
    def put(*problems: str) -> None:
        findings = {"ok": not problems, "problems": list(problems), **FINDINGS}
        engine("survgui.engine.doctor", examine=lambda: findings)

    return put


def test_all_is_well(found, capsys):
    found()
    assert run(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "cores                    2",
        "devices names cpu        x86",
        "fonts                    A.ttf, B.ttf",
        "bundle demo              verified",
        "bundle bad               damaged",
        "all is well",
    ]


def test_a_problem_is_1(found, capsys):
    found("the disk is full; make room")
    assert run(["doctor"]) == 1
    assert "PROBLEM  the disk is full; make room\n" in capsys.readouterr().out


def test_json_is_all_that_is_printed(found, capsys):
    found()
    assert run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cores"] == 2


def test_the_self_test_runs_the_demo_into_a_folder_that_goes_away(found, monkeypatch, capsys):
    folders = []
    monkeypatch.setattr(module, "demo", lambda out, device: folders.append(out) or [])
    found()
    assert run(["doctor", "--self-test"]) == 0
    assert "self test                passed" in capsys.readouterr().out
    assert not folders[0].exists()


def test_a_self_test_that_fails_is_a_problem(found, monkeypatch, capsys):
    def fail(out, device):
        raise SurvguiError("no bundle 'demo-simulated'")

    monkeypatch.setattr(module, "demo", fail)
    found()
    assert run(["doctor", "--self-test"]) == 1
    assert "PROBLEM  self-test: no bundle 'demo-simulated'" in capsys.readouterr().out


def test_a_code_is_explained(capsys):
    assert run(["doctor", "--code", "[sld-07]"]) == 0
    assert capsys.readouterr().out == (
        "SLD-07: the slide's file ends early; copy the file again from where it came and compare the sizes\n"
    )
    assert run(["doctor", "--code", "SLD-99"]) == 2
    assert "no code SLD-99; near it are SLD-09" in capsys.readouterr().err

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from survgui.cli import study as module
from survgui.cli.main import run
from survgui.engine.study.plan import STUDIES


@pytest.fixture
def studied(engine, task, cohort, monkeypatch):
    seen = []

    def run_study(cohort, asked, options, **choices):
        seen.append((asked, options, choices))
        return task({"rows": [1]})

    engine("survgui.readers.cohort", load_cohort=lambda path: cohort)
    engine("survgui.engine.study.running", run_study=run_study)
    engine("survgui.engine.study.tables", as_text=lambda r: "the table", to_csv=lambda r: "a,b\n")
    engine("survgui.engine.spread", Where=lambda workers, scheduler: (workers, scheduler))
    monkeypatch.setattr(module, "options_of", lambda arguments: arguments.preset)
    return seen


def test_the_names_are_those_of_the_studies():
    assert tuple(STUDIES) == module.NAMES


def test_a_setting_is_studied_and_written(studied, tmp_path, capsys, deeds):
    files = f"--json {tmp_path / 's.json'} --csv {tmp_path / 's.csv'}"
    assert run(f"study mask-ratio c.toml --values 0.25,0.5 --seeds 2 --workers 2 --preset demo {files}".split()) == 0
    assert json.loads((tmp_path / "s.json").read_text()) == {"rows": [1]}
    assert (tmp_path / "s.csv").read_text() == "a,b\n"
    assert capsys.readouterr().out == f"the table\n{tmp_path / 's.json'}\n{tmp_path / 's.csv'}\n"
    ((asked, options, choices),) = studied
    assert (asked.study.name, asked.values, asked.methods, asked.seeds) == (
        "mask-ratio", (0.25, 0.5), ("imputmae",), 2,
    )  # fmt: skip
    assert options == "demo" and choices["where"] == (2, "") and not choices["resume"]
    assert choices["work"].parent.name == "study"
    assert deeds() == [("evaluate", "mask-ratio")]


def test_missingness_compares_methods_at_a_rate(studied, tmp_path):
    words = f"study missingness c.toml --rate 0.5 --methods cox-all,mask-only --resume --json {tmp_path / 's.json'}"
    assert run(words.split()) == 0
    ((asked, _, choices),) = studied
    assert asked.methods == ("cox-all", "mask-only") and asked.rate == 0.5 and choices["resume"]
    assert asked.values == ("none", "mcar", "mar", "mnar", "site")


@pytest.mark.parametrize(
    "words", ["depth c.toml", "width c.toml --values wide", "width c.toml --methods must", "width c.toml --rate 0.5"]
)
def test_what_is_no_study_is_a_wrong_request(studied, tmp_path, words):
    assert run(f"study {words} --json {tmp_path / 's.json'}".split()) == 2
    assert studied == []


def test_other_values_of_the_same_request_share_a_folder(tmp_path):
    plain = {"methods": (), "patterns": ("natural",), "seeds": 1, "preset": "small", "device": "cpu", "rate": 0.3,
             "encoder": "", "splits": None, "config": None, "cohort": tmp_path, "study": "width",
             "values": ()}  # fmt: skip

    def folder(**changed):
        return module.working_folder(SimpleNamespace(**{**plain, **changed}))

    assert folder(values=("16",)) == folder()
    others = [folder(study="mask-ratio"), folder(seeds=2), folder(rate=0.5), folder(methods=("must",))]
    assert len({folder(), *others}) == 5

from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.installed import home as bundles
from survgui.ui import tasks
from survgui.ui.train import runs
from survgui.ui.train.runs import DONE, RUNNING, STOPPED, Run

RUN = Run("must-05", "cohorts/c.toml", "C", "demo", 7, "cpu", {"width": 128}, STOPPED, "fold 3 of 5", 0.86)


def stopped(run):
    runs.checkpoints(run.name).mkdir(parents=True)


def test_arguments_are_those_of_the_task_that_trains():
    request = tasks.train(**RUN.arguments(resume=True))
    assert request.arguments["cohort"] == Path("cohorts/c.toml")
    assert request.arguments["out"] == bundles()
    assert request.arguments["resume"] is True
    assert request.arguments["overrides"] == {"width": 128}


def test_a_run_is_made_of_what_its_task_was_told():
    request = tasks.train(**RUN.arguments(resume=True))
    assert Run.of(request.arguments, "C") == Run("must-05", "cohorts/c.toml", "C", "demo", 7, "cpu", {"width": 128})


def test_what_is_trained_is_told_to_the_task_and_kept():
    run = replace(RUN, method="imputmae", overrides={"freezing": "none"})
    assert tasks.train(**run.arguments(resume=False)).arguments["method"] == "imputmae"
    assert Run.of(tasks.train(**run.arguments(resume=False)).arguments, "C").method == "imputmae"
    stopped(run)
    runs.save([run])
    assert runs.load() == (run,)


def test_a_stopped_run_is_there_in_the_next_session():
    stopped(RUN)
    runs.save([RUN])
    assert runs.load() == (RUN,)


def test_a_run_that_survgui_did_not_see_ending_can_be_resumed():
    stopped(RUN)
    runs.save([replace(RUN, state=RUNNING), replace(RUN, name="other", state=DONE)])
    assert runs.load() == (RUN,)


def test_without_checkpoints_there_is_nothing_to_resume():
    runs.save([RUN])
    assert runs.load() == ()


def test_checkpoints_are_where_the_engine_puts_them(tmp_path, monkeypatch):
    engine = Path(runs.__file__).parents[2] / "engine" / "train.py"
    assert 'out.with_name(f".{out.name}.training")' in engine.read_text("utf-8")
    out = bundles() / "m"
    assert runs.checkpoints("m") == out.with_name(".m.training")


@pytest.mark.parametrize("text", ["", "{}", '{"runs": [{"name": 1}]}', '{"runs": 3}', '{"runs": ["x"]}'])
def test_a_damaged_file_costs_the_list_and_nothing_else(text):
    runs.file().parent.mkdir(parents=True, exist_ok=True)
    runs.file().write_text(text, "utf-8")
    assert runs.load() == ()

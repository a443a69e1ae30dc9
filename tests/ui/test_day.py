"""A day's work: its order, when a stage is over, and what the heartbeat keeps. Never how fast."""

import numpy as np
import pytest

from survgui.cli.bench import STEPS
from survgui.errors import Trouble
from survgui.ui import day
from survgui.ui.day import Beats, Day, Stage
from tests.ui import pretended


@pytest.fixture
def window(qtbot, monkeypatch):
    monkeypatch.setattr(day, "SETTLE", 0.0)
    monkeypatch.setattr(day, "PAUSE", 0.0)
    return pretended.opened_window(qtbot, monkeypatch)


@pytest.fixture
def lived(window, qtbot, monkeypatch):
    """Live a day of given stages to its end."""

    def live(*stages):
        monkeypatch.setattr(day, "stages", lambda window, trained: stages)
        made = Day(window)
        with qtbot.waitSignal(made.ended, timeout=5000):
            made.start()
        return made

    return live


def test_acts_come_in_their_order_and_stages_after_each_other(lived):
    done = []
    acts = [day.Doing(done.append, letter) for letter in "abc"]
    made = lived(Stage("one", acts[:2]), Stage("two", acts[2:], lambda: len(done) == 3))
    assert done == ["a", "b", "c"] and list(made.beats) == ["one", "two"]
    assert all(len(beats.gaps) == len(beats.work) > 0 and not beats.trouble for beats in made.beats.values())


def test_a_stage_that_does_not_end_is_given_up(lived):
    made = lived(Stage("one", (), lambda: False, limit=0.02), Stage("two", ()))
    assert made.beats["one"].trouble == "not over after 0 s" and not made.beats["two"].trouble


def test_trouble_ends_a_stage_and_is_told(window, lived):
    fail = day.Doing(window.session.trouble.emit, "predict", Trouble("X", "no model"))
    made = lived(Stage("one", (fail,), lambda: False), Stage("two", ()))
    assert made.beats["one"].trouble == "predict: no model"


def test_a_day_stands_still_as_long_as_its_acts_do(lived):
    import time

    made = lived(Stage("one", (day.Doing(time.sleep, 0.06),)))
    said = made.beats["one"].as_json()
    assert said["longest"] >= 60.0 > said["busiest"]


def test_percentile_and_most_of_the_beats():
    beats = Beats(gaps=[*range(1, 101), 1000.0], work=[1.0, 7.0, 2.0])
    assert beats.as_json() == {"usual": 100.0, "longest": 1000.0, "busiest": 7.0, "trouble": ""}
    assert Beats().as_json() == {"usual": 0.0, "longest": 0.0, "busiest": 0.0, "trouble": ""}


def test_a_stage_waits_for_jobs_unless_it_need_not(window):
    job = window.lanes.submit(pretended.request("cases.open"))
    assert not day.Until(window)() and day.Until(window, busy=True)()
    job.cancel()
    assert day.Until(window)() and not day.Until(window, lambda window: None)()


def test_a_training_is_followed_from_its_first_step(window, lived, monkeypatch):
    made = Day(window)
    monkeypatch.setattr(made, "_training_seconds", 0.0)
    assert not made._trained_enough()
    pretended_step(window)
    made._trained_enough()
    assert made._trained_enough()


def pretended_step(window):
    from survgui.cases.step import Step

    job = window.lanes.submit(pretended.request("training.train"))
    job.take("begun", None)
    job.take("step", Step("main", 1, 2))


def test_the_day_has_every_kind_of_work_once(window):
    names = [stage.name for stage in day.stages(window, bool)]
    assert len(set(names)) == len(names) == STEPS - 2, "the command line's bar has one step more before and after"
    assert names[0] == "the workers warm up" and f"listing {day.LIST:,} cases" in names


def test_a_long_list_is_as_long_as_it_says_and_has_every_risk_group():
    records = day.long_list(500)
    assert len({record.key for record in records}) == len({record.id for record in records}) == 500
    assert {record.risk_group for record in records} == {"low", "intermediate", "high"}
    assert all(0 <= record.percentile <= 100 for record in records)
    assert len({tuple(record.modalities.values()) for record in records}) <= 50
    assert np.mean([len(record.modalities) for record in records]) == 8.0

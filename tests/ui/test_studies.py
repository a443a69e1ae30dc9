"""Cohorts and trainings: what is asked of the lanes and what becomes of the answers; the lanes are pretended."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.display import CohortFacts
from survgui.cases.step import Step
from survgui.settings import Settings
from survgui.ui.session import Session
from tests.ui.test_session import FakeLanes, Heard


@pytest.fixture
def session(qtbot):
    return Session(FakeLanes(), Settings())


def cohort_facts():
    return CohortFacts(
        file=Path("cohort.toml"),
        name="pilot",
        ids=("a",),
        months=np.array([1.0]),
        events=np.array([True]),
        present={},
        features={},
        curve=None,
        ticks=np.array([0.0, 1.0]),
        median_follow_up=None,
        folds=0,
        patterns=(),
        notes=(),
    )


def test_a_training_is_followed_stopped_and_published(session):
    heard = Heard(session.training)
    arguments = {"cohort": Path("c.toml"), "out": Path("out"), "name": "mine"}
    session.train(arguments)
    job = session.lanes.last("training.train")
    job.stepped.emit(Step("main stage", 1, 40, values={"survival": 1.2}))
    session.stop_training()
    session.train({**arguments, "resume": True})
    session.lanes.last("training.train").give("trained")
    said = [kind for kind, _ in heard.said]
    assert said == ["started", "step", "stopped", "started", "done"]
    assert heard.said[3][1].arguments["name"] == "mine" and heard.said[3][1].arguments["resume"] is True
    assert session.lanes.names()[-1] == "bundles.listing"


def test_a_cohort_is_opened_and_its_availability_asked_about(session):
    session.read_mask_risk()
    assert session.lanes.names() == []
    facts = cohort_facts()
    heard, risk = Heard(session.cohort), Heard(session.mask_risk)
    session.open_cohort(Path("cohort.toml"))
    session.lanes.last("cohorts.open").give(facts)
    session.read_mask_risk()
    session.lanes.last("cohorts.mask_risk").give(0.61)
    assert heard.said == [facts] and risk.said == [0.61]


@pytest.mark.parametrize("when", ["asked", "opened"])
@pytest.mark.parametrize("how", ["open", "demo"])
def test_what_one_cohorts_availability_tells_is_not_said_of_another(session, when, how):
    session.open_cohort(Path("cohort.toml"))
    session.lanes.last("cohorts.open").give(cohort_facts())
    risk, cancelled = Heard(session.mask_risk), Heard(session.cancelled)
    if when == "asked":
        session.read_mask_risk()
    if how == "open":
        session.open_cohort(Path("other.toml"))
    else:
        session.demo_cohort()
    if when == "opened":
        session.read_mask_risk()
    late = session.lanes.last("cohorts.mask_risk")
    session.lanes.last(f"cohorts.{how}").give(replace(cohort_facts(), file=Path("other.toml")))
    late.give(0.61)
    assert risk.said == [] and cancelled.said == ["mask"]

from __future__ import annotations

import pytest

from survgui.cases.step import Step
from survgui.ui.progress import SETTLED_SECONDS, SETTLED_UNITS, Progress


def run(progress: Progress, stage: str, times: list[float], total: int, first: int = 0) -> None:
    for done, now in enumerate(times, first):
        progress.add(Step(stage, done, total), now)


def test_an_even_pace_gives_what_is_left():
    progress = Progress()
    run(progress, "encode", [2.0 * n for n in range(11)], 40)
    assert progress.seconds_left(20.0) == pytest.approx(60.0)


def test_it_counts_down_between_steps_and_not_below_nothing():
    progress = Progress()
    run(progress, "encode", [2.0 * n for n in range(11)], 12)
    assert progress.seconds_left(20.0) == pytest.approx(4.0)
    assert progress.seconds_left(21.5) == pytest.approx(2.5)
    assert progress.seconds_left(60.0) == 0.0


def test_nothing_is_said_before_it_is_settled():
    progress = Progress()
    assert progress.seconds_left(0.0) is None
    run(progress, "encode", [0.1 * n for n in range(10)], 100)
    assert progress.seconds_left(0.9) is None  # too early
    assert progress.seconds_left(SETTLED_SECONDS + 0.1) is not None
    few = Progress()
    run(few, "encode", [0.0, 10.0, 20.0][:SETTLED_UNITS], 100)
    assert few.seconds_left(20.0) is None  # too few


def test_a_stage_without_a_total_cannot_be_told():
    progress = Progress()
    run(progress, "read", [1.0 * n for n in range(10)], 0)
    assert progress.seconds_left(10.0) is None


def test_work_that_was_done_before_does_not_count_as_fast():
    progress = Progress()
    run(progress, "train", [3.0 * n for n in range(6)], 100, first=50)
    assert progress.seconds_left(15.0) == pytest.approx(45 * 3.0)


def test_it_turns_to_a_new_pace_without_a_jump():
    progress = Progress()
    fast = [1.0 * n for n in range(31)]
    run(progress, "encode", fast, 100)
    before = progress.seconds_left(30.0)
    progress.add(Step("encode", 31, 100), 34.0)  # four times as slow
    after = progress.seconds_left(34.0)
    assert before == pytest.approx(70.0)
    assert before < after < 69 * 4.0 / 2
    for done in range(32, 70):
        progress.add(Step("encode", done, 100), 34.0 + 4.0 * (done - 31))
    assert progress.seconds_left(34.0 + 4.0 * 38) == pytest.approx(31 * 4.0, rel=0.02)


def test_stages_are_timed_apart_and_go_on_when_returned_to():
    progress = Progress()
    for fold in range(6):
        progress.add(Step("folds", fold, 10), fold * 10.0)
        run(progress, "epochs", [fold * 10.0 + 1 + 0.5 * n for n in range(5)], 16)
    assert progress.seconds_left(53.0) == pytest.approx(12 * 0.5)
    progress.add(Step("folds", 6, 10), 60.0)
    assert progress.seconds_left(60.0) == pytest.approx(40.0)

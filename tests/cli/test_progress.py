from __future__ import annotations

import io

import pytest

from survgui.cases.step import Step
from survgui.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    times = iter(range(0, 1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(times)))  # a second a step


def work(closed: list[bool], steps=(("read", 3), ("train", 12))):
    try:
        for stage, total in steps:
            for done in range(1, total + 1):
                yield Step(stage, done, total, "loss 0.5")
        return "result"
    finally:
        closed.append(True)


def test_lines_are_sparse_and_the_result_comes_back(clock):
    stream, closed = io.StringIO(), []
    assert progress.follow(work(closed), stream) == "result"
    assert stream.getvalue().splitlines() == [
        "read: 1 of 3  loss 0.5",
        "train: 1 of 12  loss 0.5",
        "train: 6 of 12  loss 0.5",
        "train: 11 of 12  loss 0.5",
    ]
    assert closed == [True]


def test_stages_that_take_turns_write_no_more_lines(clock):
    stream = io.StringIO()
    progress.follow(work([], [("fold", 1), ("epoch", 1)] * 6), stream)
    assert [line.split(":")[0] for line in stream.getvalue().splitlines()] == [
        "fold",
        "epoch",
        "fold",
        "epoch",
    ]  # at 0, 1, 6 and 11 s


def test_an_inner_stage_has_its_own_bar_and_comes_again():
    stream = Terminal()
    display = progress.Bar(stream)
    for fold in range(3):
        display.show(Step("fold", fold, 3))
        for epoch in range(5):
            display.show(Step("epoch", epoch, 4))
    assert set(display._bars) == {"fold"}  # every whole stage has gone
    display.show(Step("fold", 0, 3))
    assert display._bars["fold"].n == 0
    display.close()
    assert display._bars == {}


def test_a_terminal_gets_a_bar_that_is_wiped():
    stream = Terminal()
    assert progress.follow(work([]), stream) == "result"
    assert "train" in stream.getvalue()
    assert stream.getvalue().rstrip(" ").endswith("\r")


def test_a_stop_ends_the_task_and_the_bar(monkeypatch):
    closed = []

    def stop(self, step):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.Lines, "show", stop)
    with pytest.raises(KeyboardInterrupt):
        progress.follow(work(closed), io.StringIO())
    assert closed == [True]


def test_a_frozen_application_without_standard_error_works(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert progress.follow(work([])) == "result"

from __future__ import annotations

import pytest

from survgui.cases.step import Step, Task, run_to_end


def work(failure: Exception | None = None) -> Task[str]:
    yield Step("read", 1, 2)
    yield Step("read", 2, 2)
    if failure:
        raise failure
    return "result"


def test_the_result_and_every_step_in_order():
    seen: list[Step] = []
    assert run_to_end(work(), seen.append) == "result"
    assert seen == [Step("read", 1, 2), Step("read", 2, 2)]
    assert run_to_end(work()) == "result"


def test_nothing_runs_before_it_is_iterated():
    work(RuntimeError("not yet"))


def test_a_failure_is_the_callers():
    with pytest.raises(RuntimeError, match="now"):
        run_to_end(work(RuntimeError("now")))

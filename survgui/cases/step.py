"""Long work is a generator of steps: whoever iterates it shows progress, and stops it by no longer asking.

task = encode(cohort)
cohort = run_to_end(task)                 # a test
for step in task: bar.update(step)        # a terminal; the generator's return value is the result
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of long work.

    Attributes:
        stage: What is being done, in a word or two, such as `encode` or `main stage`.
        done: How many units of `total` are finished.
        text: What a user reads beside the bar; holds no patient identifier.
        values: Numbers to follow over the steps, such as the losses of a training by name.
    """

    stage: str
    done: int
    total: int
    text: str = ""
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """An early result, shown until the final one comes: the estimate from what was measured, before the draws."""

    value: object


Task = Generator[Step, None, Result]
"""A generator that yields `Step`s and returns its result."""


def run_to_end(task: Task[Result], seen: Callable[[Step], None] | None = None) -> Result:
    """Iterate a task and give its result; `seen` gets every step."""
    while True:
        try:
            step = next(task)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if seen is not None:
            seen(step)

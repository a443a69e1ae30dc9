"""Progress of a task on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import NoReturn, Protocol, TextIO

from tqdm import tqdm

from survgui.cases.step import Result, Step, Task, run_to_end

SECONDS = 5.0
"""Least time between two lines of one stage where there is no terminal."""


class Display(Protocol):
    """What shows steps."""

    def show(self, step: Step) -> None:
        """Show one step."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def follow(task: Task[Result], stream: TextIO | None = None) -> Result:
    """Run a task to its end, show its steps on `stream` (default: standard error), and give its result."""
    stream = stream or sys.stderr
    # A frozen application has no standard error.
    display: Display = Bar(stream) if stream is not None and stream.isatty() else Lines(stream)
    try:
        return run_to_end(task, display.show)
    finally:
        task.close()
        display.close()


class Bar:
    """One tqdm bar a stage, wiped when the stage is over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def show(self, step: Step) -> None:
        """Move the bar to the step; tqdm itself redraws ten times a second at most."""
        if self._bar is None or step.stage != self._stage:
            self.close()
            self._stage = step.stage
            self._bar = tqdm(
                file=self._stream, desc=step.stage, total=step.total, initial=step.done, leave=False, dynamic_ncols=True
            )
        self._bar.total = step.total
        self._bar.set_postfix_str(step.text, refresh=False)
        self._bar.update(step.done - self._bar.n)

    def close(self) -> None:
        """Wipe the bar."""
        if self._bar is not None:
            self._bar.close()


class Lines:
    """A line where the stage changes, where it ends, and at most every `SECONDS` between."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._stage = ""
        self._said = float("-inf")

    def show(self, step: Step) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        if step.stage == self._stage and now - self._said < SECONDS:
            return
        self._stage, self._said = step.stage, now
        if self._stream is not None:
            text = f"  {step.text}" if step.text else ""
            print(f"{step.stage}: {step.done} of {step.total}{text}", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to tidy."""

"""Progress of a task on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import NoReturn, Protocol, TextIO

from tqdm import tqdm

from survgui.cases.step import Result, Step, Task, run_to_end

SECONDS = 5.0
"""Least time between two lines where there is no terminal, but for the first of a stage."""


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
    """A tqdm bar for each stage at work, an inner stage below the outer one, wiped when the stage is over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bars: dict[str, tqdm[NoReturn]] = {}

    def show(self, step: Step) -> None:
        """Move the stage's bar; tqdm itself redraws ten times a second at most."""
        bar = self._bars.get(step.stage)
        if bar is None or step.done < bar.n:  # a stage that comes again begins again
            bar = self._opened(step)
        bar.total = step.total
        bar.set_postfix_str(step.text, refresh=False)
        bar.update(step.done - bar.n)
        if step.done >= step.total:
            self._bars.pop(step.stage).close()

    def close(self) -> None:
        """Wipe the bars."""
        while self._bars:
            self._bars.popitem()[1].close()

    def _opened(self, step: Step) -> tqdm[NoReturn]:
        if step.stage in self._bars:
            self._bars.pop(step.stage).close()
        bar: tqdm[NoReturn] = tqdm(
            file=self._stream, desc=step.stage, total=step.total, initial=step.done, leave=False, dynamic_ncols=True
        )
        self._bars[step.stage] = bar
        return bar


class Lines:
    """A line where a stage comes for the first time, and at most every `SECONDS` after."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._stages: set[str] = set()
        self._said = float("-inf")

    def show(self, step: Step) -> None:
        """Write a line if one is due."""
        now = time.monotonic()
        if step.stage in self._stages and now - self._said < SECONDS:
            return
        self._stages.add(step.stage)
        self._said = now
        if self._stream is not None:
            text = f"  {step.text}" if step.text else ""
            print(f"{step.stage}: {step.done} of {step.total}{text}", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to tidy."""

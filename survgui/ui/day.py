"""A day's work, done by itself through the window, and how long the window's thread stood still at each stage of it.

Only for measuring: the work is real, with worker processes and files, in the workspace that `$SURVGUI_HOME` names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from survgui.cases.case import Modality, State
from survgui.errors import Trouble
from survgui.ui.window import Window
from survgui.workspace import CaseRecord

BEAT_MS = 5
LIST = 10_000
"""cases in the long list"""
SETTLE = 0.4
"""seconds after a stage's end that still count, for what is drawn late"""
PAUSE = 0.35
"""seconds between two acts of a stage"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the day.

    Attributes:
        name: What is being done.
        acts: What the user does, one after the other.
        until: When it is over; None: after the last act.
        limit: Seconds after which it is given up.
    """

    name: str
    acts: Sequence[Callable[[], object]]
    until: Callable[[], bool] | None = None
    limit: float = 180.0


@dataclass(slots=True)
class Beats:
    """What a heartbeat of the event loop saw.

    Attributes:
        gaps: ms between each beat and the one before.
        work: ms of CPU that the window's own thread took of each gap.
        trouble: Why the stage was given up, or empty.
    """

    gaps: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    trouble: str = ""

    def as_json(self) -> dict[str, Any]:
        """99th percentile and longest gap, the most CPU in one go (`busiest`), all in ms, and the trouble."""
        return {
            "usual": float(np.percentile(self.gaps, 99)) if self.gaps else 0.0,
            "longest": max(self.gaps, default=0.0),
            "busiest": max(self.work, default=0.0),
            "trouble": self.trouble,
        }


class Day(QObject):
    """Goes through the stages of a day, one after the other.

    Signals:
        begun(str): A stage begins.
        ended(): The day is over; `beats` has every stage.
    """

    begun = Signal(str)
    ended = Signal()

    def __init__(self, window: Window, quick: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.beats: dict[str, Beats] = {}
        self._window, self._training_seconds = window, 4.0 if quick else 10.0
        self._stages = iter(stages(window, self._trained_enough))
        self._stage: Stage | None = None
        self._acts: Iterator[Callable[[], object]] = iter(())
        self._over = False
        self._began = self._next = self._last = self._cpu = self._first_step = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        window.session.trouble.connect(self._trouble)

    @Slot()
    def start(self) -> None:
        """Begin with the first part."""
        self._begin()
        self._timer.start(BEAT_MS)

    def _begin(self) -> None:
        self._stage = next(self._stages, None)
        if self._stage is None:
            self._timer.stop()
            self.ended.emit()
            return
        self.begun.emit(self._stage.name)
        self.beats[self._stage.name] = Beats()
        self._acts, self._over, self._first_step = iter(self._stage.acts), False, 0.0
        self._began = self._next = self._last = time.perf_counter()
        self._cpu = time.thread_time()

    @Slot()
    def _beat(self) -> None:
        if self._stage is None:
            return
        beats = self.beats[self._stage.name]
        now, cpu = time.perf_counter(), time.thread_time()
        beats.gaps.append(1e3 * (now - self._last))
        beats.work.append(1e3 * (cpu - self._cpu))
        self._last, self._cpu = now, cpu
        if now - self._began > self._stage.limit and not beats.trouble:
            beats.trouble = f"not over after {self._stage.limit:.0f} s"
        if beats.trouble:
            self._begin()
        elif now >= self._next:
            self._go_on(self._stage, now)

    def _go_on(self, stage: Stage, now: float) -> None:
        """The next act; after the last one, wait for the end and a little longer."""
        act = next(self._acts, None)
        if act is not None:
            self._next = now + PAUSE
            act()
        elif self._over:
            self._begin()
        elif stage.until is None or stage.until():
            self._over, self._next = True, now + SETTLE

    @Slot(str, object)
    def _trouble(self, where: str, trouble: Trouble) -> None:
        if self._stage is not None:
            self.beats[self._stage.name].trouble = f"{where}: {trouble.text}"

    def _trained_enough(self) -> bool:
        """Some seconds after the first step of a training."""
        if not self._first_step and any(job.step is not None and not job.state.over for job in self._window.lanes.jobs):
            self._first_step = time.perf_counter()
        return self._first_step > 0.0 and time.perf_counter() - self._first_step > self._training_seconds


class Doing:
    """Something that is done with arguments."""

    def __init__(self, what: Callable[..., object], *arguments: object) -> None:
        self._what, self._arguments = what, arguments

    def __call__(self) -> None:
        """Do it."""
        self._what(*self._arguments)


class Until:
    """Looks whether a stage of the day is over.

    Args:
        seen: What has to be so, beside that no job is left.
        busy: Whether jobs may be left.
    """

    def __init__(self, window: Window, seen: Callable[[Window], object] | None = None, *, busy: bool = False) -> None:
        self._window, self._seen, self._busy = window, seen, busy

    def __call__(self) -> bool:
        """Whether it is."""
        idle = self._busy or not self._window.lanes.busy
        return idle and (self._seen is None or bool(self._seen(self._window)))


def stages(window: Window, trained_enough: Callable[[], bool]) -> tuple[Stage, ...]:
    """The stages of a day, in their order."""
    session, go = window.session, window.go
    idle = Until(window)
    tabs = [Doing(window.show_tab, key) for key in ("mri", "omics", "components", "compare", "slide")]
    rooms = [Doing(go, key) for key in ("cases", "cohort", "train", "models", "case")]
    themes = [Doing(window.set_theme, mode) for mode in ("dark", "light")]
    listing = (Doing(go, "cases"), Doing(_list, window, long_list()))
    searched = [Doing(_search, window, text) for text in ("c-012", "")]
    sorted_by = [Doing(_sort, window, column) for column in (0, 2, 4)]
    return (
        Stage("the workers warm up", (window.start,), Until(window, _has_model)),
        Stage("opening the demo case", (window.open_demo,), Until(window, _has_case, busy=True)),
        Stage("encoding its slide", (), Until(window, _has_estimate, busy=True)),
        Stage("predicting", (), Until(window, _has_estimate)),
        Stage("predicting without RNA", (Doing(session.hide, Modality.RNA, True),), Until(window, _has_estimate)),
        Stage("predicting with it again", (Doing(session.hide, Modality.RNA, False),), Until(window, _has_estimate)),
        Stage("opening each tab", tabs, idle),
        Stage("switching tabs", tabs, idle),
        Stage("imputing RNA beside the real one", (window.impute_now, Doing(_compare, window)), idle),
        Stage("switching the theme", themes),
        Stage("the report and its pages", (window.show_report,), Until(window, _has_pages)),
        Stage("opening each workspace", (Doing(_put_away, window), *rooms)),
        Stage("switching workspaces", rooms),
        Stage("opening a cohort", (Doing(go, "cohort"), Doing(_open_cohort, window)), idle),
        Stage("training", (Doing(go, "train"), Doing(_train, window)), trained_enough),
        Stage("stopping the training", (session.stop_training,), idle),
        Stage(f"listing {LIST:,} cases", listing, Until(window, _listed)),
        Stage("searching and sorting them", (*searched, *sorted_by)),
    )


def _has_model(window: Window) -> bool:
    return window.session.bundle_now is not None


def _has_case(window: Window) -> bool:
    return window.session.case_now is not None


def _has_estimate(window: Window) -> bool:
    return window.session.predicted_now is not None


def _has_pages(window: Window) -> bool:
    return bool(window.report.preview.pages)


def _listed(window: Window) -> bool:
    return len(window.cases.listing) == LIST


def _compare(window: Window) -> None:
    window.case_page.compare.compare_requested.emit(Modality.RNA)


def _put_away(window: Window) -> None:
    window.report.reject()


def _open_cohort(window: Window) -> None:
    window.cohort.demo_requested.emit()


def _train(window: Window) -> None:
    window.train.form.choose_preset("demo")
    window.train.start.click()


def _list(window: Window, records: tuple[CaseRecord, ...]) -> None:
    window.cases.set_records(records)


def _search(window: Window, text: str) -> None:
    window.cases.filters.search.setText(text)


def _sort(window: Window, column: int) -> None:
    window.cases.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)


def long_list(n: int = LIST) -> tuple[CaseRecord, ...]:
    """Cases as a busy department might have them."""
    draw = np.random.default_rng(0)
    risks, groups = draw.random(n) * 100.0, ("low", "intermediate", "high")
    states = (State.MEASURED, State.IMPUTED, State.ABSENT)
    picks = draw.integers(0, 3, (50, len(Modality)))  # what is measured follows a few habits
    return tuple(
        CaseRecord(
            key=f"{k:016x}",
            id=f"C-{k:05d}",
            subject=f"glioma · age {30 + k % 50}",
            modalities={m: states[pick] for m, pick in zip(Modality, picks[k % 50], strict=True)},
            bundle="demo-simulated 1.0",
            risk_group=groups[int(risks[k] // 34.0)],
            percentile=float(risks[k]),
            created=f"2024-01-{1 + k % 28:02d}T12:00:00+00:00",
            updated=f"2025-02-{1 + k % 28:02d}T12:00:00+00:00",
        )
        for k in range(n)
    )

"""The Train workspace: what to train, how it runs, what came of it beside the Cox rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import CohortFacts, Trained
from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.figures.words import plural
from survgui.ui import results
from survgui.ui.tasks import Request
from survgui.ui.title import TitleHeader
from survgui.ui.train import settings
from survgui.ui.train.fields import Method
from survgui.ui.train.form import TrainForm
from survgui.ui.train.ledger import Ledger
from survgui.ui.train.monitor import Monitor
from survgui.ui.train.must import MUST
from survgui.ui.train.progress import TrainingProgress, duration
from survgui.ui.train.runs import DONE, FAILED, RUNNING, STOPPED, Run
from survgui.ui.widgets.banner import Banner, BannerPlace, Level
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.empty import EmptyState

GAP, MARGIN = 10, 12
DRAWN_FOLDS = 5
"""that the engine draws where a cohort fixes none"""
EMPTY = (
    f"No cohort to train on. Needs ≥ {settings.LEAST_PATIENTS} patients with outcome, "
    f"{settings.LEAST_DEATHS} of whom died; you have 0."
)


class TrainPage(QWidget):
    """Starts, follows and resumes trainings.

    Signals:
        start_requested(arguments): Arguments of `ui.tasks.train`, by name.
        stop_requested(): Stop the training that runs; what it has finished is kept.
        cohort_requested(): Choose a cohort file.
        model_requested(name): Show a bundle that was published.
        runs_changed(tuple of Run): Keep these for the next session (`ui.train.runs.save`).
    """

    start_requested = Signal(object)
    stop_requested = Signal()
    cohort_requested = Signal()
    model_requested = Signal(str)
    runs_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._clock = clock
        self._facts: CohortFacts | None = None
        self._progress: TrainingProgress | None = None
        self._runs: list[Run] = []
        self._current: Run | None = None
        self._chosen: Run | None = None
        self._said = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.form, self.monitor, self.ledger = TrainForm(), Monitor(), Ledger()
        self._column.addWidget(self._made_header())
        self._over = BannerPlace()
        self._column.addLayout(self._over)
        self.empty = EmptyState(EMPTY, "Open cohort…")
        self.empty.triggered.connect(self.cohort_requested)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._made_body())
        self._column.addWidget(self._stack, 1)
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether a training runs."""
        return self._current is not None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that are listed, the latest first."""
        return tuple(self._runs)

    @Slot(object)
    def set_cohort(self, facts: CohortFacts | None) -> None:
        """Train on another cohort; a training that runs goes on with its own."""
        self._facts = facts
        if not self.running:
            self._take_cohort()

    @Slot()
    def show_open_cohort(self) -> None:
        """Train on the cohort that is open, where the form still shows that of a run."""
        if not self.running and self._facts is not None and not self.form.shows(self._facts.file):
            self._take_cohort()

    def set_taken(self, names: Iterable[str]) -> None:
        """Names of the bundles that are installed."""
        self.form.set_taken(frozenset(names))

    @Slot(object)
    def set_runs(self, runs: Sequence[Run]) -> None:
        """Runs of earlier sessions that can be resumed, the latest first."""
        own = {run.name for run in self._runs}
        self._runs += [run for run in runs if run.name not in own]
        self.ledger.set_runs(self._runs)
        self._refresh()

    @Slot(object)
    def started(self, request: Request) -> None:
        """A training was asked for, here or again from the list of jobs; what it was told is what is listed."""
        self._over.clear()
        self._chosen = None  # it goes on, or another begins: nothing waits to be resumed
        run = Run.of(request.arguments, self._title_of(request))
        before = next((known.c_index for known in self._runs if known.name == run.name), None)
        mean = before if request.arguments["resume"] else None
        self._current = replace(run, state=RUNNING, progress="starting", c_index=mean)
        folds = self._facts.folds if self._facts is not None and str(self._facts.file) == run.cohort else 0
        method = settings.method(run.method)
        epochs = method.epochs({**method.preset(run.preset).values, **run.overrides})
        self._progress = TrainingProgress(folds or DRAWN_FOLDS, epochs, method.costs)
        self._said = ""
        if not self.form.says(run):
            self.form.set_run(run)
            self._say_cohort()
        self.monitor.follow(self._progress, method)
        self.monitor.progress.where.setText("Starting…")
        self.ledger.set_rows((), math.nan, run.method)
        told = (run.name, method.title, f"preset {run.preset}", f"seed {run.seed}", f"device {run.device}")
        self.ledger.write(f"{request.title}: {', '.join(told)}")
        self._list(self._current)
        self._refresh()

    @Slot(object)
    def stepped(self, step: Step) -> None:
        """The training took a step."""
        progress, run = self._progress, self._current
        if progress is None or run is None:
            return
        folds = len(progress.fold_c)
        progress.add(step, self._clock())
        device = "" if run.device == "auto" else run.device
        self.monitor.progress.show_progress(progress, self._clock(), " · ".join(filter(None, (_seed(run), device))))
        self.monitor.curves.moved()
        self._log(step, progress)
        if len(progress.fold_c) > folds:
            mean = float(np.mean(list(progress.fold_c.values())))
            self.ledger.set_rows((), mean, run.method)
            self._list(replace(run, c_index=mean, progress=progress.where))
        self.form.stepper.set_now(_stage_of(progress))

    @Slot(object)
    def finished(self, trained: Trained) -> None:
        """The training has published its bundle."""
        run = self._end(DONE, "published")
        self.form.stepper.set_now(len(self.form.stepper.chips))
        self.monitor.progress.end(f"Published in {duration(trained.seconds)}", whole=True)
        method = run.method if run is not None else MUST.key
        self.ledger.set_rows(trained.rows, method=method)
        self.monitor.curves.set_rows(trained.rows)
        c, best = results.figure(trained.rows, method), results.best_cox(trained.rows)
        if run is not None and math.isfinite(c):
            self._list(replace(run, c_index=c))
        beside = f" beside {best:.3f} of the best Cox row" if math.isfinite(best) else ""
        figures = f": C-index {c:.3f}{beside}, cross-validated" if math.isfinite(c) else ""
        self._tell("info", f"{trained.name} is published{figures}.", (("model", "Show the model"),), trained.name)

    @Slot(object)
    def failed(self, trouble: Trouble) -> None:
        """The training ended with an error; what it had finished is kept."""
        where = self._progress.where if self._progress is not None else ""
        state = STOPPED if where and self._progress is not None and self._progress.fit >= 0 else FAILED
        self._end(state, where or "did not start")
        self.monitor.progress.end("Ended with an error", whole=False)
        self._tell("error", trouble.text[:1].upper() + trouble.text[1:])

    @Slot()
    def stopped(self) -> None:
        """The training was stopped as asked."""
        if self._current is None:
            return
        where = self._progress.where if self._progress is not None else ""
        self._chosen = self._end(STOPPED, where or "before the first fold")
        self.monitor.progress.end(
            f"Stopped: {where or 'before the first fold'}; Resume goes on from there", whole=False
        )
        self._refresh()

    def _made_header(self) -> QFrame:
        self.start = Button("Start", "primary")
        self.anew = Button("Start anew", tip="Drops what the stopped training had finished")
        self.stop = Button("Stop", icon="stop", tip="Stops after this step; it can be resumed")
        self.start.clicked.connect(self._go)
        self.anew.clicked.connect(self._start)
        self.stop.clicked.connect(self._ask_stop)
        header = TitleHeader("Train", (self.form.device, self.anew, self.stop, self.start))
        self._line = header.hint
        return header

    def _made_body(self) -> QWidget:
        body = QWidget()
        body.setProperty("kind", "page")
        self.form.changed.connect(self._refresh)
        self.form.method_chosen.connect(self._show_method)
        self.form.cohort_requested.connect(self.cohort_requested)
        self.ledger.run_chosen.connect(self._choose)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(self.monitor, 6)
        right.addWidget(self.ledger, 5)
        row = QHBoxLayout(body)
        row.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        row.setSpacing(GAP)
        row.addWidget(self.form)
        row.addLayout(right, 1)
        return body

    def _take_cohort(self) -> None:
        self._chosen = None
        self.form.set_cohort(self._facts)
        self._say_cohort()
        self._refresh()

    def _say_cohort(self) -> None:
        """What the form's cohort is, as far as it is open."""
        facts = self._facts
        if facts is not None and self.form.shows(facts.file):
            deaths = plural(int(facts.events.sum()), "death")
            folds = f"{plural(facts.folds, 'fold')} fixed" if facts.folds else f"{DRAWN_FOLDS} folds drawn"
            self._line.setText(f"{facts.name} · {plural(len(facts.ids), 'patient')} · {deaths} · {folds}")
        else:
            self._line.setText("")

    @Slot()
    def _refresh(self) -> None:
        """Offer what can be done now."""
        self._stack.setCurrentIndex(0 if self._facts is None and not self._runs and not self.running else 1)
        resumable = self._resumable()
        self.stop.setVisible(self.running)
        self.start.setVisible(not self.running)
        self.anew.setVisible(not self.running and resumable is not None and not self.form.problem)
        self.start.setText("Resume" if resumable is not None else "Start")
        self.start.setAccessibleName(self.start.text())
        self.start.setEnabled(resumable is not None or not self.form.problem)
        waits = "Go on from the last finished epoch" if resumable else "Cross-validate, fit on everybody, publish"
        self.start.setToolTip(waits if self.start.isEnabled() else self.form.problem)
        self.form.set_running(self.running)
        if not self.running and (self._progress is None or resumable is not None):
            self.form.stepper.set_now(0 if self._facts is None else 1)

    @Slot(object)
    def _show_method(self, method: Method) -> None:
        """Say what a training of another method goes through, unless one of this session is shown."""
        if self._progress is None:
            self.monitor.follow(None, method)
            self.ledger.set_rows((), method=method.key)

    def _resumable(self) -> Run | None:
        run = self._chosen
        return run if run is not None and run.state == STOPPED and self.form.says(run) else None

    @Slot(int)
    def _choose(self, row: int) -> None:
        run = self._runs[row]
        if self.running or run.state != STOPPED:
            return
        self._chosen = run
        self.form.set_run(run)
        self._say_cohort()
        self._refresh()

    @Slot()
    def _go(self) -> None:
        resumable = self._resumable()
        if resumable is None:
            self._start()
            return
        # another device than before is no other training
        self.start_requested.emit(replace(resumable, device=self.form.chosen_device).arguments(resume=True))

    @Slot()
    def _start(self) -> None:
        if not self.form.problem and not self.running:
            self.start_requested.emit(self.form.run().arguments(resume=False))

    @Slot()
    def _ask_stop(self) -> None:
        self.stop.setEnabled(False)
        self.stop.setText("Stopping…")
        self.stop_requested.emit()

    @Slot(str)
    def _acted(self, key: str) -> None:
        if self._over.banner is not None:
            self.model_requested.emit(str(self._over.banner.property("model")))

    def _title_of(self, request: Request) -> str:
        """The name of the cohort that a training is on, as far as it was ever read here; else its file's."""
        cohort = Path(str(request.arguments["cohort"]))
        if self._facts is not None and self._facts.file == cohort:
            return self._facts.name
        return next((run.title for run in self._runs if Path(run.cohort) == cohort), cohort.stem)

    def _end(self, state: str, progress: str) -> Run | None:
        """The run has ended, however it did."""
        run = self._current
        self._current = None
        self.stop.setEnabled(True)
        self.stop.setText("Stop")
        if run is not None:
            found = next((known for known in self._runs if known.name == run.name), run)
            run = replace(found, state=state, progress=progress)
            self._list(run)
            self.ledger.write(f"{run.name}: {state}, {progress}")
        if state in (STOPPED, FAILED):
            self.ledger.set_rows((), method=self.form.method.key)
        self._refresh()
        return run

    def _list(self, run: Run) -> None:
        """Put a run at the head of the list, in place of the one of its name."""
        if self._current is not None:
            self._current = run
        self._runs = [run, *(other for other in self._runs if other.name != run.name)]
        self.ledger.set_runs(self._runs)
        self.runs_changed.emit(tuple(self._runs))

    def _log(self, step: Step, progress: TrainingProgress) -> None:
        """Only what is new in words: another stage, a finished fold, a change of device."""
        here = f"{progress.where} {progress.stage}"
        if step.stage in ("folds", "device"):
            self.ledger.write(f"{progress.where}: {step.text}")
        elif here != self._said:
            self.ledger.write(": ".join(part for part in (progress.where, progress.stage) if part))
        self._said = here

    def _tell(self, level: Level, text: str, actions: tuple[tuple[str, str], ...] = (), model: str = "") -> None:
        banner = Banner(level, text, actions, self)
        banner.setProperty("model", model)
        banner.acted.connect(self._acted)
        self._over.put(banner)

    def minimumSizeHint(self) -> QSize:
        """Fits a screen of 1024 px."""
        return QSize(880, 480)


def _seed(run: Run) -> str:
    return f"seed {run.seed}"


def _stage_of(progress: TrainingProgress) -> int:
    """Which of Data, Model, Run, Validate, Publish this is."""
    if progress.stage == "evaluate":
        return 3
    return 4 if progress.fit >= progress.folds else 2

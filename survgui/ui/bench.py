"""How fast the window is on this machine, without a screen: its slide viewer, and its event loop over a day's work.

Must be called in a process of its own, from its main thread: the measurements need an event loop and run it. Who
starts these processes is `ui.measure`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from survgui.cases.display import SlideFacts
from survgui.cases.prediction import Attention
from survgui.readers.slide import open_slide
from survgui.ui import app as application
from survgui.ui import case_bench, style
from survgui.ui.case_bench import row
from survgui.ui.day import Day
from survgui.ui.slide.heat import of_slide
from survgui.ui.slide.tiles import Loader
from survgui.ui.slide.view import SlideView

SPEED = 720.0
"""px per second at which the view is panned"""
SCREENS = ((1400, 900, 8.0), (3840, 2160, 16.0))
"""width and height in px, and the target for the 95th percentile of painting in ms of CPU time"""
_FRAME_MS = 16
_PATCH = 224


def facts_of(path: Path) -> SlideFacts:
    """A slide as a worker would have described it.

    Raises:
        ReadError: It cannot be opened.
    """
    with open_slide(path) as slide:
        return SlideFacts(path, slide.mpp, levels=slide.levels, downsamples=slide.downsamples)


def everywhere(facts: SlideFacts, side: int = _PATCH) -> Attention:
    """Attention on patches all over a slide: the most that a heat map can cost."""
    wide, high = facts.levels[0]
    across, down = np.meshgrid(np.arange(0, wide - side + 1, side), np.arange(0, high - side + 1, side))
    coords = np.column_stack([across.ravel(), down.ravel()]).astype(np.int64)
    weights = np.random.default_rng(0).random(len(coords)).astype(np.float32)
    return Attention(weights / weights.sum(), coords, float(side))


def rows(slide: Path, seconds: float = 4.0, runs: int = 5) -> list[dict[str, Any]]:
    """The viewer's rows of the benchmark table.

    Args:
        slide: A slide of at least 2,000 pixels a side.
        seconds: How long each screen is panned.
        runs: How often a slide is opened, for the median.

    Returns:
        Rows with name, value, unit, `better`, target, whether it is met, and runs.

    Raises:
        ReadError: The slide cannot be opened.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["survgui"])
    style.apply(app, "light")
    facts = facts_of(slide)
    first = statistics.median(_first_sharp_view(app, facts) for _ in range(runs))
    table = [row("slide viewer, first sharp view, 1400 x 900", first, 150.0, runs)]
    for wide, high, target in SCREENS:
        paints, gap = _panned(app, facts, wide, high, seconds)
        middle, most = (float(np.percentile(paints, share)) for share in (50, 95))
        name = f"slide viewer, {wide} x {high}"
        table.append(row(f"{name}, painting while panning, median", middle, None, len(paints)))
        table.append(row(f"{name}, painting while panning, 95th percentile", most, target, len(paints)))
        table.append(row(f"{name}, longest stall while panning", gap, 33.0 + _FRAME_MS, len(paints)))
    return table


def viewer(slide: Path, quick: bool = True) -> int:
    """Print the rows of the viewer and of the case list as a line of JSON; see `rows` and `case_bench`."""
    table = [*rows(slide, 1.5 if quick else 4.0, 3 if quick else 7), *case_bench.rows(runs=3 if quick else 7)]
    sys.stdout.write(json.dumps({"rows": table}) + "\n")
    return 0


def day(quick: bool = True) -> int:
    """Go through a day's work in the workspace that `$SURVGUI_HOME` names.

    Prints a line of JSON when a stage begins, with its name as `stage`, and at the end one with `stages` and the
    `megabytes` that the window's process takes.
    """
    app = application.application()
    window = application.opened(app)
    work = Day(window, quick)
    told = _Told(app, work)
    window.show()
    QTimer.singleShot(0, work.start)
    app.exec()
    stages = {name: beats.as_json() for name, beats in work.beats.items()}
    sys.stdout.write(json.dumps({"stages": stages, "megabytes": megabytes()}) + "\n")
    window.lanes.close()
    window.close()
    told.deleteLater()
    return 0


def megabytes() -> float | None:
    """Memory that this process takes; None where the system does not tell."""
    status = Path("/proc/self/status")
    return float(status.read_text("utf-8").split("VmRSS:")[1].split()[0]) / 1024.0 if status.is_file() else None


class _Told(QObject):
    """Tells of each stage that begins, and ends the event loop with the day."""

    def __init__(self, app: QApplication, work: Day) -> None:
        super().__init__()
        self._app = app
        work.begun.connect(self._begun)
        work.ended.connect(self._ended)

    @Slot(str)
    def _begun(self, name: str) -> None:
        sys.stdout.write(json.dumps({"stage": name}) + "\n")
        sys.stdout.flush()

    @Slot()
    def _ended(self) -> None:
        self._app.exit()


class _Watch(QObject):
    """Ends the event loop once every tile in sight is there, and says after how many ms."""

    def __init__(self, app: QApplication, view: SlideView) -> None:
        super().__init__()
        self.ms = 0.0
        self._app, self._view = app, view
        self._clock = QElapsedTimer()
        self._clock.start()
        self._poll = QTimer(self)
        self._poll.setInterval(1)
        self._poll.timeout.connect(self._look)
        self._poll.start()

    @Slot()
    def _look(self) -> None:
        if not self._view.raster.missing():
            self._view.repaint()
            self.ms = self._clock.nsecsElapsed() / 1e6
            self._poll.stop()
            self._app.exit()  # `quit` would close the view


class _Pan(QObject):
    """Pans a view to and fro at a steady speed, and keeps what each frame cost."""

    def __init__(self, app: QApplication, view: SlideView, seconds: float) -> None:
        super().__init__()
        self._app = app
        self.paints: list[float] = []
        self.gap = 0.0
        self._view, self._seconds = view, seconds
        self._way = 1.0
        self._began = self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._frame)
        self._timer.start()

    @Slot()
    def _frame(self) -> None:
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        self.gap = max(self.gap, 1e3 * passed)
        view, (wide, _) = self._view, self._view.raster.extent
        if not 0.2 * wide < view.camera.x < 0.8 * wide:
            self._way = 1.0 if view.camera.x > wide / 2 else -1.0
        before = time.thread_time()
        view.push(self._way * SPEED * min(passed, 0.05), 0.0)
        view.repaint()
        self.paints.append(1e3 * (time.thread_time() - before))
        if now - self._began > self._seconds:
            self._timer.stop()
            self._app.exit()


def _shown(facts: SlideFacts, wide: int, high: int) -> tuple[Loader, SlideView]:
    loader = Loader()
    view = SlideView(loader)
    view.resize(wide, high)
    view.show()
    view.show_slide(facts)
    return loader, view


def _first_sharp_view(app: QApplication, facts: SlideFacts) -> float:
    loader, view = _shown(facts, 1400, 900)
    watch = _Watch(app, view)
    app.exec()
    _put_away(loader, view)
    return watch.ms


def _panned(
    app: QApplication, facts: SlideFacts, wide: int, high: int, seconds: float
) -> tuple[Sequence[float], float]:
    loader, view = _shown(facts, wide, high)
    view.set_heat(of_slide(everywhere(facts), facts.name, alone=True))
    view.centre_on(facts.levels[0][0] / 2, facts.levels[0][1] / 2)
    view.zoom(view.camera.downsample * 1.5)  # between two levels, so that tiles are resampled
    watch = _Watch(app, view)
    app.exec()
    pan = _Pan(app, view, seconds)
    app.exec()
    _put_away(loader, view)
    return pan.paints[1:], pan.gap if watch.ms else 0.0


def _put_away(loader: Loader, view: SlideView) -> None:
    view.show_slide(None)
    loader.close()
    view.close()
    view.deleteLater()

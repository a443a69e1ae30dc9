"""How fast a list of 10,000 cases is opened and filtered on this machine: database, folders, page and all.

Must be called in a process of its own, from its main thread, as `survgui.ui.bench`.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from survgui.cases.case import Modality, State
from survgui.cases.prediction import GROUPS
from survgui.ui import background, style
from survgui.ui.cases.page import CasesPage
from survgui.workspace import Workspace
from survgui.workspace.database import FILE
from survgui.workspace.record import words

COUNT = 10_000
OPENING, FILTERING = 500.0, 50.0
"""ms of CPU time that the design allows, in all threads"""
WORDS = ("c-0", "c-00", "female", "high", "rna", "c-0123")
_CASES = "key, id, subject, given, origin, created, updated, opened"
_PREDICTIONS = "key, run, bundle, version, sha256, risk, risk_group, percentile, states, created"
_STATES = words({Modality.RNA: State.IMPUTED, Modality.PATHOLOGY: State.MEASURED})
_GIVEN = ({Modality.RNA: "600 features"}, {Modality.PATHOLOGY: "1 slide", Modality.MRI: "4 sequences"})


def rows(count: int = COUNT, runs: int = 5) -> list[dict[str, Any]]:
    """The case list's rows of the benchmark table.

    Returns:
        Rows with name, value, unit, `better`, target, whether it is met, and runs.
    """
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["survgui"])
    style.apply(app, "light")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "workspace"
        fill(folder, count)
        page = CasesPage()
        page.resize(1400, 860)
        page.show()
        opened = statistics.median(_opened(app, page, folder) for _ in range(runs))
        filtered = [_filtered(app, page, word) for _ in range(runs) for word in WORDS]
        page.close()
        background.shared().close()
    said = f"case list, {count:,} cases, CPU time"
    return [
        row(f"{said}, checked, read and shown", opened, OPENING, runs),
        row(f"{said}, filtered as a word is typed, median", statistics.median(filtered), FILTERING, len(filtered)),
        row(f"{said}, filtered as a word is typed, longest", max(filtered), None, len(filtered)),
    ]


def fill(folder: Path, count: int) -> None:
    """Begin a workspace with so many cases, a third of them predicted; in one transaction, for speed is not shown."""
    with Workspace(folder):
        pass
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    cases, predictions = [], []
    for number in range(count):
        key, identifier = f"{number:016x}", f"C-{number:05d}"
        place = folder / "cases" / key
        place.mkdir()
        (place / "case.toml").write_text(f'id = "{identifier}"\n[modality.rna]\ntable = "rna.csv"\n')
        cases.append((key, identifier, "glioma · age 54 · female", words(_GIVEN[number % 2]), "", now, now, now))
        if number % 3 == 0:
            group = GROUPS[number % len(GROUPS)]
            predictions.append((key, "run", "tcga-glioma", "1.2", "0" * 64, 0.3, group, number % 100, _STATES, now))
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.executemany(f"INSERT INTO cases ({_CASES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", cases)
        connection.executemany(
            f"INSERT INTO predictions ({_PREDICTIONS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", predictions
        )


def _opened(app: QApplication, page: CasesPage, folder: Path) -> float:
    """ms of CPU time from nothing to a list on the screen."""
    page.set_records(())
    before = time.process_time()
    with Workspace(folder, check=True) as workspace:
        page.set_records(workspace.records())
    _Shown(app, page)
    app.exec()
    page.grab()
    return 1e3 * (time.process_time() - before)


def _filtered(app: QApplication, page: CasesPage, word: str) -> float:
    """ms of CPU time from a changed word to the filtered list on the screen."""
    page.filters.clear()
    page.grab()
    before = time.process_time()
    page.filters.search.setText(word)
    page.grab()
    return 1e3 * (time.process_time() - before)


class _Shown(QObject):
    """Ends the event loop once the list that was made ready in the background is shown."""

    def __init__(self, app: QApplication, page: CasesPage) -> None:
        super().__init__(page)
        self._app, self._page = app, page
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look)
        self._poll.start(1)

    @Slot()
    def _look(self) -> None:
        if len(self._page.listing):
            self._poll.stop()
            self._app.exit()


def row(name: str, value: float, target: float | None, runs: int) -> dict[str, Any]:
    """A line of the benchmark table in ms, where less is better; `target` is what it should not exceed."""
    met = None if target is None else value <= target
    rounded = round(value, 3)
    return {
        "name": name, "value": rounded, "unit": "ms", "better": "lower", "target": target, "met": met, "runs": runs,
    }  # fmt: skip

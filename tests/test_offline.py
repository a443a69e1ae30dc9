"""Whole runs in processes of their own, which note every socket that they or their children touch: there is none.

The note is taken by an audit hook in every Python process of the run (`sitecustomize`), which also hears of sockets
that extensions open through Python; where strace is there, the system calls themselves are looked at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_case import write_case

SITE = """
import os, sys
NOTES = os.environ["SOCKET_NOTES"]
def note(event, args):
    if event == "socket.__new__":
        if args[1] not in (2, 10, 23, 30):  # AF_INET, AF_INET6 here, on Windows and on macOS
            return
    elif not event.startswith(("socket.", "http.client", "urllib", "ftplib", "smtplib", "ssl.")):
        return
    elif event in ("socket.connect", "socket.bind", "socket.sendto") and isinstance(args[1], (str, bytes)):
        return  # a socket of the file system
    elif event == "socket.gethostname":
        return  # asks the system, nobody else
    with open(NOTES, "a") as file:
        file.write(f"{event} {args!r} {sys.argv[:3]}\\n")
sys.addaudithook(note)
with open(NOTES + ".pids", "a") as file:
    file.write(f"{os.getpid()}\\n")
"""


class Offline:
    """Runs commands and says which sockets they have touched."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(SITE)
        self._notes = folder / "sockets.txt"
        self.environment = {
            **os.environ,
            **{"SURVGUI_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "SOCKET_NOTES": str(self._notes)},
            **{"PYTHONPATH": os.pathsep.join((str(folder / "site"), str(Path(__file__).resolve().parent.parent)))},
        }

    def run(self, *arguments: object, before: tuple[str, ...] = ()) -> str:
        """A command of survgui, to its end."""
        return self.python("-m", "survgui", *arguments, before=before)

    def python(self, *arguments: object, before: tuple[str, ...] = ()) -> str:
        """Python, to its end."""
        done = subprocess.run(
            [*before, sys.executable, *map(str, arguments)],
            env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=1500,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    @property
    def touched(self) -> list[str]:
        """Sockets of the network that were made, connected or bound, and names that were looked up."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []

    @property
    def processes(self) -> int:
        """That took notes."""
        return len(set(Path(f"{self._notes}.pids").read_text().split()))


@pytest.fixture
def offline(tmp_path, home):
    return Offline(tmp_path, home)


@pytest.fixture
def case(tmp_path):
    return write_case(tmp_path / "case", "P-1")


def test_the_notes_are_taken(offline):
    """Of a connection, of one by a child, of a look-up; and not of what stays on the machine."""
    offline.python("-c", "import socket; a, b = socket.socketpair(); socket.gethostname()")
    assert offline.touched == []
    code = "import socket; s = socket.socket(); s.settimeout(0.1); s.connect_ex(('127.0.0.1', 9))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    offline.python("-c", child)
    assert any("socket.connect" in note and "127.0.0.1" in note for note in offline.touched)
    assert offline.processes == 3


def test_predict_and_report_touch_no_socket(offline, case, tmp_path):
    out = tmp_path / "out"
    offline.run("predict", case, "--bundle", "demo-simulated", "--json", out / "r.json", "--report", out / "r.pdf")
    offline.run("audit", "verify")
    assert json.loads((out / "r.json").read_text())["case"] == "P-1"
    assert (out / "r.pdf").stat().st_size > 10_000
    assert offline.touched == []


@pytest.mark.slow
def test_a_whole_day_touches_no_socket(offline, case, tmp_path):
    """The demo, a cohort, a training, a batch in processes of its own, an evaluation."""
    offline.run("demo", "--out", tmp_path / "demo", "--device", "cpu")
    offline.run(
        "simulate", tmp_path / "c", "--patients", 60, "--seed", 1, "--modalities", "clinical,rna", "--level", "features"
    )
    cohort = tmp_path / "c" / "cohort.toml"
    offline.run("cohort", "check", cohort)
    offline.run("train", cohort, "--method", "must", "--out", tmp_path / "b", "--preset", "demo", "--device", "cpu")
    offline.run("bundle", "install", tmp_path / "b")
    batch = ("predict", cohort, "--bundle", tmp_path / "b", "--csv", tmp_path / "r.csv", "--draws", 2, "--workers", 2)
    offline.run(*batch)
    offline.run("evaluate", cohort, "--methods", "cox-clinical,mask-only", "--json", tmp_path / "e.json")
    offline.run("doctor", "--json")
    assert offline.processes > 8
    assert offline.touched == []


@pytest.mark.slow
def test_the_window_and_its_workers_touch_no_socket(offline):
    code = """
from PySide6.QtCore import QTimer
from survgui import settings
from survgui.ui import app, window
from survgui.ui.logbook import Logbook
if __name__ == "__main__":
    application = app.application()
    opened = window.Window(settings.load(), Logbook())
    opened.show()
    opened.start()
    session, asked = opened.session, []
    def look():
        predicted = session.predicted_now
        if predicted is not None and not predicted.preliminary:
            opened.show_report()
            QTimer.singleShot(3000, opened.close)
            return
        if session.bundle_now is not None and not asked:
            asked.append(True)
            session.demo()
        QTimer.singleShot(200, look)
    look()
    QTimer.singleShot(600_000, application.quit)
    application.exec()
    assert session.predicted_now is not None
"""
    (offline.folder / "run.py").write_text(code)
    offline.python(offline.folder / "run.py")
    assert offline.processes >= 2
    assert offline.touched == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_system_call_opens_a_socket(offline, case, tmp_path):
    trace = tmp_path / "trace"
    before = ("strace", "-f", "-qq", "-e", "trace=socket,connect,bind,sendto", "-o", str(trace))
    offline.run("predict", case, "--bundle", "demo-simulated", "--json", tmp_path / "r.json", before=before)
    calls = trace.read_text().splitlines()
    assert not [call for call in calls if "AF_INET" in call]

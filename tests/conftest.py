"""What every test gets: a home of its own, no display, no network, and the real data where it is."""

from __future__ import annotations

import os
import socket
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and installed bundles of a test go to a folder of its own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SURVGUI_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """survgui opens no network socket; a test in which it does fails."""

    def refuse(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a socket was about to connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session", autouse=True)
def one_application(request: pytest.FixtureRequest) -> None:
    """Drawing makes do with a QGuiApplication, windows do not, and a process has one: where windows come, theirs."""
    if any("qapp" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("qapp")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real cohorts, slides and MRI; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("SURVGUI_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "cohorts").is_dir():
        pytest.skip(f"the real data is not at {folder} (set SURVGUI_DATA)")
    return folder

"""Who may change the cases: one window, its workers, and whoever comes while there is none; kills lock nobody out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from survgui.errors import StorageError
from survgui.workspace import Lease, ReadOnly, Workspace, lease
from tests.workspace.test_cases import add, text

OTHER = """
import sys
from pathlib import Path
from survgui.workspace import Lease
held = Lease(Path(sys.argv[1]))
print(held.take(), flush=True)
sys.stdin.readline()
held.release()
print("released", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_window(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with a session of its own that holds the lease."""
    environment = {name: value for name, value in os.environ.items() if name != lease.SESSION}
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    try:
        assert process.stdout.readline() == "True\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Workspace(tmp_path / "w") as workspace:
        add(workspace, "first")
    return tmp_path / "w"


def test_the_second_window_reads_and_changes_nothing(folder: Path) -> None:
    with another_window(folder) as process, Workspace(folder) as workspace:
        mine = Lease(folder)
        assert not mine.take() and mine.holder is not None and mine.holder.pid == process.pid
        (record,) = workspace.records()
        assert record.id == "first" and workspace.holder == mine.holder
        key = record.key
        for change in (
            lambda: add(workspace, "second"),
            lambda: workspace.delete([key]),
            lambda: workspace.edit_case_file(key, lambda _: "other", "all of it"),
            lambda: workspace.mark(key, "gone", ""),
        ):
            with pytest.raises(ReadOnly, match=rf"process {process.pid}\).*opened at .*Open for editing.*WRK-01"):
                change()
        assert workspace.describe(key, "else", {}) == record  # opening is no change that anybody asked for
        assert workspace.records() == (record,)
        assert workspace.case_file(key).read_text("utf-8") == text("first")


def test_it_is_taken_over_when_the_other_is_gone(folder: Path) -> None:
    mine = Lease(folder)
    with another_window(folder) as process:
        assert not mine.take()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "released\n"
        assert mine.take() and mine.held and mine.holder is None and mine.unclean == ""
        with Workspace(folder, check=True) as workspace:
            add(workspace, "second")
    mine.release()
    assert lease.holder_of(folder) is None


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_killed_window_locks_nobody_out_and_is_noticed(folder: Path) -> None:
    with another_window(folder) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lease.of_others(folder) is None
        mine = Lease(folder)
        assert mine.take() and mine.unclean.startswith("20")
        mine.release()
    after = Lease(folder)
    assert after.take() and after.unclean == ""
    after.release()


WORKERS = """
import os, sys
from pathlib import Path
from survgui.workspace import ReadOnly, Workspace
for session in sys.stdin:
    os.environ["SURVGUI_SESSION"] = session.strip()
    try:
        with Workspace(Path(sys.argv[1])) as workspace:
            workspace.add("by " + session.strip(), "", "id = 1", {})
        print("added", flush=True)
    except ReadOnly:
        print("refused", flush=True)
"""


def test_the_windows_own_workers_may_write(folder: Path) -> None:
    mine = Lease(folder)
    assert mine.take()
    assert lease.holder_of(folder) is not None and lease.of_others(folder) is None
    command = [sys.executable, "-c", WORKERS, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None

    def add_as(session: str) -> str:
        process.stdin.write(f"{session}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    assert [add_as(mine.session), add_as("stranger")] == ["added", "refused"]
    mine.release()
    assert add_as("stranger") == "added"
    process.communicate()
    with Workspace(folder) as workspace:
        assert sorted(r.id for r in workspace.records()) == sorted([f"by {mine.session}", "by stranger", "first"])


def test_nothing_is_swept_under_anothers_hands(folder: Path) -> None:
    coming = folder / "cases" / ("a" * 16)  # whose row is not written yet
    coming.mkdir()
    with another_window(folder), Workspace(folder):
        assert coming.exists()
    with Workspace(folder):
        assert not coming.exists()


def test_a_released_lease_is_not_taken_again(folder: Path) -> None:
    mine = Lease(folder)
    mine.release()
    assert not mine.take() and lease.holder_of(folder) is None


def test_a_holder_of_whom_nothing_is_known(folder: Path) -> None:
    with another_window(folder):
        (folder / lease.HOLDER).write_text("{")
        assert lease.of_others(folder) == lease.NOBODY
        with Workspace(folder) as workspace, pytest.raises(ReadOnly, match="another survgui has them"):
            add(workspace, "second")


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / lease.LOCK).mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        Lease(tmp_path).take()

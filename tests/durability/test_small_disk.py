"""A real disk of a few megabytes, filled to the last page: what every writer does on it.

The disk is a tmpfs in a mount namespace of its own, for which no right of an administrator is needed where the system
has user namespaces; the writers run in a process that was started there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from survgui.encoders import cache as features
from survgui.errors import StorageError
from tests.durability.faults import left_over
from tests.durability.writers import FILL, WRITERS, Writer

SIZE = 32 * 2**20
ROOM = (0, FILL // 2)
"""bytes that are free: none, and half of a file (a page more or less)"""
PAGE = 4096
ON_DISK = ("unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={SIZE} none "$1" && shift && exec "$@"', "sh")
"""before the folder that becomes the disk, and a command that sees it"""


@cache
def why_not() -> str:
    """Why no such disk can be had here; empty where it can."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "needs Linux with unshare"
    trial = subprocess.run([*ON_DISK, "/mnt", "true"], capture_output=True, text=True)
    return f"the system lets nobody mount a disk of his own ({trial.stderr.strip()})" if trial.returncode else ""


def fill(disk: Path, room: int) -> Path:
    """Fill a disk but for so many bytes; the file that fills it."""
    filler = disk / "filler"
    free = shutil.disk_usage(disk).free
    filler.write_bytes(bytes(max(0, free - room // PAGE * PAGE)))
    return filler


def tried(writer: Writer, room: int, disk: Path) -> dict[str, Any]:
    """What came of a writer's second version where it did not fit, and of the same once there was room."""
    folder, said = disk / writer.name / "f", ""
    folder.mkdir(parents=True)
    for n in (1, 2):
        writer.given(folder, n)
    writer.write(folder, 1)
    before = writer.found(folder)
    filler = fill(disk, room)
    try:
        writer.write(folder, 2)
    except StorageError as error:
        said = str(error)
    filler.unlink()
    came = {"said": said, "as before": writer.found(folder) == before, "left": left_over(folder)}
    writer.write(folder, 2)
    changed = writer.found(folder) != before
    shutil.rmtree(folder.parent)
    return {**came, "changed": changed}


def try_all(disk: Path) -> None:
    """Print what came of every writer with every room, as JSON; in a process that sees the disk."""
    features.SPARE = -(10**15)  # a nearly full disk is refused before it is full; here it is not noticed in time
    cells = [(writer, room) for writer in WRITERS for room in ROOM]
    print(json.dumps({f"{writer.name} {room}": tried(writer, room, disk) for writer, room in cells}))


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of every writer."""
    if why_not():
        pytest.skip(why_not())
    disk = tmp_path_factory.mktemp("disk")
    code = "import sys; from pathlib import Path; from tests.durability import test_small_disk as it; "
    done = subprocess.run(
        [*ON_DISK, str(disk), sys.executable, "-c", f"{code}it.try_all(Path(sys.argv[1]))", str(disk)],
        env={**os.environ, "SURVGUI_HOME": str(disk / "home")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOM)
@pytest.mark.parametrize("name", [pytest.param(one.name, id=one.name.replace(" ", "-")) for one in WRITERS])
def test_what_does_not_fit_changes_nothing_and_is_said(name: str, room: int, came: dict[str, dict[str, Any]]) -> None:
    found = came[f"{name} {room}"]
    assert re.search("[;:]", found["said"]), "it fitted"
    assert found == {"said": found["said"], "as before": True, "left": [], "changed": True}

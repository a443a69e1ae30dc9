"""SIGKILL before every single step of every writer: what was acknowledged stays, and half a file never counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.durability.faults import killed_at
from tests.durability.writers import WRITERS, Writer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
CORE = ("a bundle's folder", "the audit log")
CELLS = [pytest.param(w, id=w.name, marks=() if w.name in CORE else pytest.mark.slow) for w in WRITERS]


@pytest.mark.parametrize("writer", CELLS)
def test_a_kill_before_any_step_leaves_the_old_or_the_new(
    writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(name: str) -> Path:
        monkeypatch.setenv("SURVGUI_HOME", str(tmp_path / name / "home"))
        folder = tmp_path / name / "f"
        folder.mkdir(parents=True)
        for n in (1, 2, 3):
            writer.given(folder, n)
        writer.write(folder, 1)
        return folder

    folder = begun("whole")
    old = writer.found(folder)
    writer.write(folder, 2)
    new = writer.found(folder)
    assert new != old
    kills, killed, before = 0, True, 0
    while killed:
        folder = begun(str(kills))
        killed = killed_at(kills, lambda folder=folder: writer.write(folder, 2))
        found = writer.found(folder)
        parts = zip(found, old, new, strict=True) if writer.parts else [(found, old, new)]
        assert all(part in either for part, *either in parts)
        before += found == old
        writer.write(folder, 3)  # whoever comes next goes on
        assert writer.found(folder) not in (old, new, found)
        kills += killed
    assert found == new
    assert kills >= 4 and 0 < before <= kills
    print(f"{writer.name}: {kills} kills, {before} before the change counted")  # pytest -rP shows it

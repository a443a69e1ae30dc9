"""A disk that is full at any byte of any file: the old content stays, and the user is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from survgui.cases.audit import Action
from survgui.encoders import cache
from survgui.errors import StorageError
from survgui.workspace import audit
from survgui.workspace.audit import AuditLog
from tests.durability.faults import left_over, no_file_longer_than
from tests.durability.writers import FILL, WRITERS, Writer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of a file's size")
CORE = ("a bundle's folder", "the audit log", "an archive of a case")
SIZES = (0, FILL // 2, FILL - 500)
"""bytes that fit: nothing, half a file, all but its end"""
CELLS = [
    pytest.param(w, s, id=f"{w.name}-{s}", marks=() if w.name in CORE and s == FILL // 2 else pytest.mark.slow)
    for w in WRITERS
    for s in SIZES
    if s == 0 or not w.small
]


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nearly full disk is refused before it is full; here it is not noticed in time."""
    monkeypatch.setattr(cache, "SPARE", -(10**15))


@pytest.mark.parametrize(("writer", "size"), CELLS)
def test_what_does_not_fit_changes_nothing_and_is_said(writer: Writer, size: int, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for n in (1, 2):
        writer.given(folder, n)
    writer.write(folder, 1)
    before = writer.found(folder)
    with no_file_longer_than(size), pytest.raises(StorageError, match=r"[;:]"):
        writer.write(folder, 2)
    assert writer.found(folder) == before
    assert left_over(folder) == []
    writer.write(folder, 2)  # once there is room, all is as if nothing had been
    assert writer.found(folder) != before


def test_a_line_of_the_audit_log_that_fits_in_part_is_taken_back(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.record(Action.IMPORT, ["0123456789abcdef"] * 1000)  # longer than the file of its lock
    content = (tmp_path / audit.LOG).read_bytes()
    for more in range(1, 200, 12):
        with no_file_longer_than(len(content) + more), pytest.raises(StorageError, match="AUD-03"):
            log.record(Action.PREDICT, ["0123456789abcdef"])
        assert (tmp_path / audit.LOG).read_bytes() == content
    log.record(Action.PREDICT, ["0123456789abcdef"])
    assert log.verify().broken == 0 and len(log.entries()) == 2

"""A lock that ends with its process; kills are tested with the lease."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.errors import StorageError
from survgui.workspace.presence import Presence


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = Presence(tmp_path / "in" / "it"), Presence(tmp_path / "in" / "it")
    assert not first.taken()
    assert first.take() and first.take() and first.held and second.taken()
    assert not second.take() and not second.held
    first.leave()
    first.leave()
    assert not second.taken() and second.take()
    second.leave()


def test_a_look_disturbs_nobody(tmp_path: Path) -> None:
    mine, other = Presence(tmp_path / "it"), Presence(tmp_path / "it")
    assert mine.take()
    assert [other.taken() for _ in range(20)] == [True] * 20
    mine.leave()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    with pytest.raises(StorageError, match="cannot be used"):
        Presence(tmp_path / "it").take()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be used"):
        Presence(tmp_path / "file" / "it").take()

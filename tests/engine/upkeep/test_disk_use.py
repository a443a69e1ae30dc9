"""What is kept, counted by hand; what is cleared, and what stays."""

from __future__ import annotations

import pytest

from survgui import paths
from survgui.encoders import cache
from survgui.engine.upkeep import disk_use
from survgui.errors import UsageError
from survgui.workspace import Workspace

SIZES = {"features/a.h5": 10, "features/b.npz": 20, "encoders/net.onnx": 40, "evaluate/run/cell.json": 80, "logs/x": 5}


@pytest.fixture
def kept():
    for name, size in SIZES.items():
        file = paths.user_cache() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    bundle = paths.user_data() / "bundles" / "mine" / "manifest.json"
    bundle.parent.mkdir(parents=True)
    bundle.write_bytes(b"x" * 7)


def bytes_by_kind():
    return {use.kind: use.bytes for use in disk_use.usage()}


def test_nothing_is_there_at_first():
    assert {use.bytes for use in disk_use.usage()} == {0} and {use.items for use in disk_use.usage()} == {0}


def test_every_kind_has_its_bytes(kept):
    with Workspace.default() as workspace:
        record = workspace.add("C-1", "", "id = 'C-1'", {})
        found = bytes_by_kind()
        assert (found["features"], found["encoders"], found["runs"], found["bundles"]) == (30, 40, 85, 7)
        assert found["cases"] > workspace.case_file(record.key).stat().st_size and found["backups"] > 0


@pytest.mark.parametrize(("kind", "freed"), [("features", 30), ("encoders", 40), ("runs", 85)])
def test_clearing_frees_what_it_says_and_nothing_else(kept, kind, freed):
    before = bytes_by_kind()
    assert disk_use.clear(kind) == freed
    assert bytes_by_kind() == {**before, kind: 0}
    assert disk_use.clear(kind) == 0


def test_what_a_job_uses_stays(kept):
    with cache.in_use():
        cache.Slot("a").volume()
        assert disk_use.clear("features") == 20
        with pytest.raises(UsageError, match="a job is running"):
            disk_use.clear("runs")
    assert disk_use.clear("features") == 10


@pytest.mark.parametrize("kind", ["cases", "bundles", "backups", "everything"])
def test_what_cannot_be_made_again_is_not_cleared(kept, kind):
    before = bytes_by_kind()
    with pytest.raises(UsageError, match="cannot be cleared"):
        disk_use.clear(kind)
    assert bytes_by_kind() == before
    assert {use.kind for use in disk_use.usage() if use.clearable} == {"features", "encoders", "runs"}


def test_rows_that_a_batch_of_the_command_line_left_are_counted_and_cleared(home):
    left = home / "data" / "batches" / "one"
    left.mkdir(parents=True)
    (left / "row.json").write_text("a patient's row")
    (runs,) = [use for use in disk_use.usage() if use.kind == "runs"]
    assert (runs.bytes, runs.items) == (15, 1)
    assert disk_use.clear("runs") == 15 and not left.exists()

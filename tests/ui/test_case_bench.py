"""The case list's benchmark: that it measures what its rows say, never how fast."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from survgui.ui import case_bench
from survgui.workspace import Workspace


@pytest.mark.slow
def test_rows_in_a_process_of_its_own():
    """It runs an event loop, which a test has already."""
    code = "import json; from survgui.ui import case_bench; print(json.dumps(case_bench.rows(count=60, runs=1)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["target"] for row in rows] == [500.0, 50.0, None]
    assert all(row["unit"] == "ms" and row["value"] > 0 and "60 cases" in row["name"] for row in rows)
    assert [row["runs"] for row in rows] == [1, len(case_bench.WORDS), len(case_bench.WORDS)]


def test_the_workspace_that_is_measured_is_a_sound_one(tmp_path):
    case_bench.fill(tmp_path / "w", 9)
    with Workspace(tmp_path / "w", check=True) as workspace:
        records = workspace.records()
        assert len(records) == 9 and workspace.notice == ""
        assert sum(bool(record.bundle) for record in records) == 3
        assert all(workspace.case_file(record.key).is_file() for record in records)

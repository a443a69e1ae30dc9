"""The viewer's benchmark: that it measures what its rows say, never how fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from survgui.ui import bench
from tests.readers.conftest import noise, write_slide
from tests.ui.slide.conftest import facts_of


def test_rows_of_a_slide_in_a_process_of_its_own(tmp_path: Path):
    """It runs an event loop, which a test has already."""
    write_slide(tmp_path / "s.tif", noise(1400, grain=16))
    code = (
        "import json, sys, pathlib; from survgui.ui import bench; painted = []; paint = bench.SlideView.paintEvent\n"
        "bench.SlideView.paintEvent = lambda view, event: (painted.append(view.width()), paint(view, event))[1]\n"
        "print(json.dumps(bench.rows(pathlib.Path(sys.argv[1]), seconds=0.2, runs=1)))\n"
        "print('torch' in sys.modules, painted.count(3840))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.tif")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    table, rest = done.stdout.splitlines()
    rows, (torch, painted) = json.loads(table), rest.split()
    assert torch == "False"
    assert int(painted) >= rows[-1]["runs"]  # every frame of the pan was painted
    assert len({row["name"] for row in rows}) == len(rows) == 7
    assert all(row["unit"] == "ms" and row["better"] == "lower" and row["value"] > 0 for row in rows)
    assert [row["target"] for row in rows] == [150.0, None, 8.0, 49.0, None, 16.0, 49.0]
    assert all(row["met"] == (row["value"] <= row["target"]) for row in rows if row["target"])


def test_patches_all_over(tmp_path: Path):
    write_slide(tmp_path / "s.tif", noise(1000))
    given = bench.everywhere(facts_of(tmp_path / "s.tif"), side=200)
    assert len(given.weights) == len(given.coords) == 25
    assert given.coords.max() == 800
    assert given.weights.sum() == pytest.approx(1.0)


def test_a_day_in_a_process_of_its_own(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path))
    code = (
        "from survgui.ui import bench, day\n"
        "day.stages = lambda window, _: [day.Stage('rooms', [day.Doing(window.go, 'models')]), day.Stage('rest', ())]\n"
        "day.SETTLE = day.PAUSE = 0.0\n"
        "if __name__ == '__main__': raise SystemExit(bench.day())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *begun, last = map(json.loads, done.stdout.splitlines())
    assert begun == [{"stage": "rooms"}, {"stage": "rest"}]
    assert list(last["stages"]) == ["rooms", "rest"] and last["megabytes"] > 20.0
    assert last["stages"]["rooms"]["longest"] > 0.0


def test_memory_is_told_where_the_system_tells(monkeypatch):
    told = bench.megabytes()
    assert told is None or told > 20.0
    monkeypatch.setattr(bench.Path, "is_file", lambda path: False)
    assert bench.megabytes() is None

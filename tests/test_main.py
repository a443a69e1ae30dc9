from __future__ import annotations

import os

import survgui.__main__
import survgui.cli.main


def test_openmp_is_told_to_wait_before_anything_loads(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr("sys.argv", ["survgui", "doctor"])
    seen = []
    monkeypatch.setattr(survgui.cli.main, "run", lambda argv: seen.append((argv, os.environ["OMP_WAIT_POLICY"])) or 3)
    assert survgui.__main__.main() == 3
    assert seen == [(["doctor"], "PASSIVE")]

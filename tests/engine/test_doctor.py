from __future__ import annotations

import json
import platform

import pytest

from survgui.engine import doctor


@pytest.fixture
def quick(monkeypatch):
    """Without the parts that start processes or load libraries."""
    for part in ("devices", "openslide", "onnxruntime", "qt"):
        monkeypatch.setattr(doctor, part, lambda: {})
    monkeypatch.setattr(doctor, "bundles", lambda: [{"name": "demo", "sha256": "abc", "error": None}])


def test_this_machine(home, tmp_path, monkeypatch):
    monkeypatch.setattr("survgui.paths.bundle_folders", lambda: (tmp_path,))
    found = doctor.examine()
    json.dumps(found, allow_nan=False)
    assert found["python"] == platform.python_version()
    assert found["cores"] >= 1 and "cpu" in found["devices"]["names"]
    assert found["openslide"]["version"].startswith("4.") and found["qt"]["platform"] == "offscreen"
    assert "CPUExecutionProvider" in found["onnxruntime"]["providers"]
    assert found["fonts"] and found["cache"]["folder"] == str(home / "cache")
    assert found["problems"] == ["no model bundle is installed; set survgui up again, or: survgui bundle install F"]
    assert found["ok"] is False


def test_one_fault_hides_no_other(quick, monkeypatch):
    def broken():
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "qt", broken)
    monkeypatch.setattr(doctor, "fonts", list)
    found = doctor.examine()
    assert found["qt"] == {"error": "ImportError: libEGL.so.1: cannot open shared object file"}
    assert len(found["problems"]) == 2 and "libEGL" in found["problems"][0]


def test_a_damaged_bundle_is_named(monkeypatch, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{}")
    monkeypatch.setattr("survgui.paths.bundle_folders", lambda: (tmp_path,))
    assert doctor.bundles()[0]["name"] == "bad" and "manifest" in doctor.bundles()[0]["error"]


def test_a_full_disk_is_a_problem(quick, monkeypatch):
    monkeypatch.setattr(doctor, "cache", lambda: {"folder": "/cache", "free_gigabytes": 0.1})
    assert doctor.examine()["problems"] == ["less than 2 GB are free in /cache; make room, or set SURVGUI_HOME"]


def test_nothing_is_written(quick, home):
    doctor.examine()
    assert list(home.iterdir()) == []

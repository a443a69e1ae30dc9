from __future__ import annotations

import json
import logging

import pytest

from survgui import settings
from survgui.settings import Settings


@pytest.fixture
def file(home):
    path = home / "config" / "settings.json"
    path.parent.mkdir()
    return path


def test_without_a_file_there_are_defaults():
    assert settings.load() == Settings()


def test_what_is_saved_is_loaded():
    mine = Settings(device="cpu", draws=5, cache_gigabytes=1.5)
    settings.save(mine)
    assert settings.load() == mine


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00"])
def test_a_broken_file_is_no_reason_not_to_start(file, content, caplog):
    file.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert settings.load() == Settings()


def test_bad_entries_are_dropped_one_by_one(file, caplog):
    stored = {"version": 99, "draws": "many", "batch": True, "device": "cuda", "cache_gigabytes": 7, "colour": "red"}
    file.write_text(json.dumps(stored))
    with caplog.at_level(logging.WARNING):
        assert settings.load() == Settings(device="cuda", cache_gigabytes=7.0)
    assert [record.args[0] for record in caplog.records] == ["draws", "batch", "colour"]

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
    mine = Settings(device="cpu", draws=5, cache_gigabytes=1.5, theme="dark", recent_cohorts=("a/cohort.toml", "b"))
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


@pytest.mark.parametrize(
    "entry",
    [
        {"theme": "sepia"},
        {"device": "tpu"},
        {"mri_convention": ""},
        {"draws": 0},
        {"seed": -1},
        {"tile_cache_megabytes": 63},
        {"cache_gigabytes": float("nan")},
        {"recent_cohorts": ["a", 1]},
        {"recent_cohorts": "a"},
    ],
)
def test_a_value_that_a_setting_cannot_have_is_dropped(file, entry, caplog):
    file.write_text(json.dumps({**entry, "batch": 4}))
    with caplog.at_level(logging.WARNING):
        assert settings.load() == Settings(batch=4)
    assert [record.args[0] for record in caplog.records] == list(entry)


def test_every_default_may_be_set():
    file_content = json.loads(json.dumps(settings.asdict(Settings())))
    assert settings._sound(file_content) == settings.asdict(Settings())


def test_recent_cohorts_are_few_and_each_once():
    mine = Settings()
    for name in ("a", "b", "c", "a"):
        mine = settings.with_recent_cohort(mine, name, most=2)
    assert mine.recent_cohorts == ("a", "c")

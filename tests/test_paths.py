from __future__ import annotations

from pathlib import Path

from survgui import paths


def test_a_home_of_ones_own(home):
    assert (paths.user_data(), paths.user_cache(), paths.user_config(), paths.user_log()) == (
        home / "data",
        home / "cache",
        home / "config",
        home / "log",
    )


def test_without_it_the_systems_folders(monkeypatch):
    monkeypatch.delenv("SURVGUI_HOME")
    found = {paths.user_data(), paths.user_config(), paths.user_cache(), paths.user_log()}
    assert all(path.is_absolute() and "survgui" in path.parts for path in found)


def test_the_users_bundles_come_first(home):
    first, second = paths.bundle_folders()
    assert first == home / "data" / "bundles"
    assert second.name in ("models", "_models")


def test_resources_of_a_checkout_and_of_a_wheel(tmp_path, monkeypatch):
    assert paths.resource("fonts").is_dir()
    package = tmp_path / "survgui"
    (package / "_resources").mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.resource("fonts/Inter.ttf") == package / "_resources" / "fonts" / "Inter.ttf"
    assert paths.bundle_folders()[1] == Path(tmp_path, "models")

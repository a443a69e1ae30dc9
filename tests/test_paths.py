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


def test_what_is_on_a_network_share_is_told(tmp_path, monkeypatch):
    share, inner = tmp_path / "a share", tmp_path / "a share" / "local"
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nhost:/x {str(share).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n"
        f"tmpfs {str(inner).replace(' ', chr(92) + '040')} tmpfs rw 0 0\n"
    )
    monkeypatch.setattr(paths, "_MOUNTS", mounts)
    assert paths.is_shared(share) and paths.is_shared(share / "home" / "workspace")
    assert not paths.is_shared(inner / "x") and not paths.is_shared(tmp_path)
    monkeypatch.setattr(paths, "_MOUNTS", tmp_path / "none")
    assert not paths.is_shared(share)

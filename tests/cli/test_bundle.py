from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.bundle import write_manifest
from survgui.cli import bundle as module
from survgui.cli.main import run
from survgui.errors import BundleError, ChecksumMismatch


@pytest.fixture
def folder(tmp_path, manifest) -> Path:
    folder = tmp_path / "downloads" / "demo-1.0"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    write_manifest(folder, manifest)
    return folder


def packed(folder: Path, inside: str, extra: dict[str, bytes] | None = None) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in folder.iterdir():
            zipped.write(file, f"{inside}{file.name}")
        for name, content in (extra or {}).items():
            zipped.writestr(name, content)
    return archive


@pytest.mark.parametrize("form", ["folder", "flat", "nested"])
def test_install_list_and_verify(folder, form, home, capsys):
    source = folder if form == "folder" else packed(folder, "" if form == "flat" else "demo-1.0/")
    assert run(["bundle", "install", str(source)]) == 0
    installed = home / "data" / "bundles" / "demo"
    assert capsys.readouterr().out == f"{installed}\n"
    assert run(["bundle", "list"]) == 0
    assert "demo\t1.0\tmust\tsim (100 patients, simulated)\trna\n" in capsys.readouterr().out
    assert run(["bundle", "verify", "demo"]) == 0
    assert "1 files are as published" in capsys.readouterr().out


def test_damage_is_told_and_not_installed(folder, home, capsys):
    (folder / "weights.safetensors").write_bytes(b"weighty")
    for source in (folder, packed(folder, "")):
        with pytest.raises(ChecksumMismatch):
            module.install(source)
    assert not (home / "data").exists()
    assert run(["bundle", "verify", str(folder)]) == 1
    assert "install the bundle again" in capsys.readouterr().err


def test_a_new_version_takes_the_place_of_the_old(folder, home, manifest):
    module.install(folder)
    (folder / "weights.safetensors").unlink()
    (folder / "other.safetensors").write_bytes(b"new")
    write_manifest(folder, replace(manifest, version="2.0"))
    installed = module.install(folder)
    assert installed.manifest.version == "2.0"
    assert {p.name for p in installed.folder.iterdir()} == {"manifest.json", "other.safetensors"}


@pytest.mark.parametrize("name", ["../escape", "/tmp/escape", "..", ".hidden", "a/b", "", "x" * 65])
def test_a_name_that_is_no_folder(folder, manifest, name, home):
    write_manifest(folder, replace(manifest, name=name))
    with pytest.raises(BundleError, match="not a name"):
        module.install(folder)
    assert not (home / "data").exists()


def test_an_archive_cannot_write_outside(folder, home):
    archive = packed(folder, "demo/", {"../escaped.txt": b"x", "demo/../../escaped.txt": b"x", "demo/sub/y": b"y"})
    installed = module.install(archive).folder
    assert {p.name for p in installed.iterdir()} == {"manifest.json", "weights.safetensors"}
    assert not list(home.rglob("escaped.txt"))


def test_archives_that_are_none(tmp_path, folder):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(BundleError, match=r"x\.zip is neither"):
        module.install(tmp_path / "x.zip")
    with pytest.raises(BundleError, match="holds 2 manifests"):
        module.install(packed(folder, "one/", {"two/manifest.json": b"{}"}))


def test_an_archive_that_swells(folder, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 100)
    with pytest.raises(BundleError, match="that is no bundle"):
        module.install(packed(folder, ""))


def test_a_file_that_is_missing_is_one_line(tmp_path, capsys):
    assert run(["bundle", "install", str(tmp_path / "none.zip")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bundle_that_cannot_be_read_is_a_line_of_the_list(home, capsys):
    broken = home / "data" / "bundles" / "broken"
    broken.mkdir(parents=True)
    (broken / "manifest.json").write_text(json.dumps({"schema": 99}))
    assert run(["bundle", "list"]) == 0
    assert "broken\tunusable: " in capsys.readouterr().out

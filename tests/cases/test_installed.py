from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases import installed
from survgui.cases.bundle import Manifest, write_manifest
from survgui.errors import BundleError, ChecksumMismatch, UsageError
from tests.small_bundle import small_manifest


@pytest.fixture
def manifest() -> Manifest:
    return small_manifest()


@pytest.fixture
def folder(tmp_path, manifest) -> Path:
    folder = tmp_path / "downloads" / "demo-1.0"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    (folder / "README.md").write_text("# Demo", "utf-8")
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
def test_a_folder_or_an_archive_becomes_one_of_the_users_bundles(folder, form, home):
    source = folder if form == "folder" else packed(folder, "" if form == "flat" else "demo-1.0/")
    found = installed.install(source)
    assert found.folder == home / "data" / "bundles" / "demo" == installed.home() / "demo"
    assert {p.name for p in found.folder.iterdir()} == {"manifest.json", "weights.safetensors", "README.md"}


def test_damage_is_told_and_not_installed(folder, home):
    (folder / "weights.safetensors").write_bytes(b"weighty")
    for source in (folder, packed(folder, "")):
        with pytest.raises(ChecksumMismatch):
            installed.install(source)
    assert not (home / "data").exists()


def test_a_new_version_takes_the_place_of_the_old(folder, home, manifest):
    installed.install(folder)
    (folder / "weights.safetensors").unlink()
    (folder / "README.md").unlink()
    (folder / "other.safetensors").write_bytes(b"new")
    write_manifest(folder, replace(manifest, version="2.0"))
    new = installed.install(folder)
    assert new.manifest.version == "2.0"
    assert {p.name for p in new.folder.iterdir()} == {"manifest.json", "other.safetensors"}


@pytest.mark.parametrize("name", ["../escape", "/tmp/escape", "..", ".hidden", "a/b", "", "x" * 65])
def test_a_name_that_is_no_folder(folder, manifest, name, home):
    write_manifest(folder, replace(manifest, name=name))
    with pytest.raises(BundleError, match="no name"):
        installed.install(folder)
    assert not (home / "data").exists()


def test_an_archive_cannot_write_outside(folder, home):
    archive = packed(folder, "demo/", {"../escaped.txt": b"x", "demo/../../escaped.txt": b"x", "demo/sub/y": b"y"})
    unpacked = installed.install(archive).folder
    assert {p.name for p in unpacked.iterdir()} == {"manifest.json", "weights.safetensors", "README.md"}
    assert not list(home.rglob("escaped.txt"))


def test_archives_that_are_none(tmp_path, folder):
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(BundleError, match=r"x\.zip is neither"):
        installed.install(tmp_path / "x.zip")
    with pytest.raises(BundleError, match="holds 2 manifests"):
        installed.install(packed(folder, "one/", {"two/manifest.json": b"{}"}))


def test_an_archive_that_swells(folder, monkeypatch):
    monkeypatch.setattr(installed, "LARGEST", 100)
    with pytest.raises(BundleError, match="that is no bundle"):
        installed.install(packed(folder, ""))


def test_the_facts_of_a_bundle(folder, home):
    own = installed.install(folder).folder
    found = installed.facts(own)
    assert (found.name, found.card, found.error, found.sha256, found.shipped) == ("demo", "# Demo", "", "", False)
    assert found.bytes == sum(file.stat().st_size for file in own.iterdir())
    assert installed.facts(folder).shipped
    checked = installed.verified_facts(own)
    assert len(checked.sha256) == 64 and checked.error == ""


def test_a_bundle_that_cannot_be_used_says_why(folder):
    (folder / "weights.safetensors").write_bytes(b"weighty")
    damaged = installed.verified_facts(folder)
    assert damaged.sha256 == "" and "weights.safetensors is damaged" in damaged.error and damaged.manifest is not None
    (folder / "manifest.json").write_text("{}")
    broken = installed.facts(folder)
    assert broken.manifest is None and "not a survgui manifest" in broken.error and broken.name == "demo-1.0"


def test_only_the_users_own_bundles_can_be_removed(folder, home, tmp_path):
    own = installed.install(folder).folder
    (installed.home() / "notes").mkdir()
    link = installed.home() / "link"
    link.symlink_to(folder)
    for other in (folder, installed.home(), installed.home() / "notes", link, own / "..", own / ".." / ".." / "x"):
        with pytest.raises(UsageError, match="own bundles"):
            installed.remove(other)
    installed.remove(own)
    assert sorted(p.name for p in installed.home().iterdir()) == ["link", "notes"]
    assert (folder / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("name", "good"), [("glioma-2.0_b", True), ("", False), (".x", False), ("a/b", False), ("ä", False)]
)
def test_names(name, good):
    if good:
        installed.check_name(name)
    else:
        with pytest.raises(UsageError, match="no name"):
            installed.check_name(name)


@pytest.mark.parametrize(
    ("metrics", "known"),
    [((), False), (({"method": "must", "pattern": ["rna"], "c_index": 0.6},), True), (({"c_index": 0.6},), False)],
    ids=["none", "one", "not understood"],
)
def test_what_a_bundle_says_of_methods_is_read_where_it_is_listed(folder, manifest, metrics, known):
    write_manifest(folder, replace(manifest, metrics=metrics))
    found = installed.facts(folder)
    assert (found.evaluation is not None) is known and found.manifest is not None and not found.error

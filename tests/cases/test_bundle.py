from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from survgui import storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Development, Input, Manifest
from survgui.cases.case import Kind, Modality
from survgui.errors import BundleError, BundleTooNew, ChecksumMismatch

MANIFEST = Manifest(
    name="demo",
    version="1.0",
    method="must",
    created="2026-01-01",
    survgui="0.1.0",
    development=Development("sim", 100, 40, simulated=True),
    inputs={Modality.RNA: Input(Kind.VECTOR, "log", "none", "", ("A", "B"), 2, 0.8, 90)},
    config={"width": 8},
    edges_months=(0.0, 12.0, 24.0),
    horizon_months=24.0,
    thresholds=(-0.5, 0.5),
    generator="flow",
    steps=4,
    training={"seed": 1},
    metrics=({"method": "must", "c_index": 0.7},),
    intended_use="research",
    limits=("simulated",),
    evaluations=({"protocol": {"folds": 5}, "summary": []},),
    calibration={"method": "none", "rows": [{"pattern": ["rna"], "ibs": 0.2}]},
    salt="pepper",
    trained_on=frozenset({bundles.salted("pepper", "TCGA-DU-7294")}),
)


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"weights")
    (folder / "README.md").write_text("card")
    bundles.write_manifest(folder, MANIFEST)
    return folder


def change(folder: Path, **entries) -> None:
    path = folder / "manifest.json"
    storage.write_json(path, {**json.loads(path.read_text()), **entries})


def test_a_manifest_comes_back_as_it_was_with_the_hashes(folder):
    read = bundles.read_manifest(folder)
    assert set(read.files) == {"weights.safetensors", "README.md"}
    assert replace(read, files={}) == MANIFEST


def test_a_manifest_from_before_a_field_was_there_is_read(folder):
    content = json.loads((folder / "manifest.json").read_text())
    del content["evaluations"], content["calibration"]
    storage.write_json(folder / "manifest.json", content)
    read = bundles.read_manifest(folder)
    assert read.evaluations == () and read.calibration == {}


def test_a_bundle_is_opened_by_name_and_by_path(folder, tmp_path):
    for name in ("demo", str(folder)):
        opened = bundles.open_bundle(name, [tmp_path / "nowhere", tmp_path])
        assert opened.folder == folder and opened.label.name == "demo"
        assert opened.sha256 == storage.sha256(folder / "manifest.json")


def test_an_unknown_name_lists_the_known(folder, tmp_path):
    with pytest.raises(BundleError, match="no bundle 'tcga'; installed are: demo"):
        bundles.open_bundle("tcga", [tmp_path])


def test_the_first_of_a_name_wins_and_hidden_folders_do_not_count(folder, tmp_path):
    other = tmp_path / "other"
    for name in ("demo", ".demo.1.part"):
        (other / name).mkdir(parents=True)
        (other / name / "manifest.json").touch()
    assert bundles.list_bundles([tmp_path, other]) == [folder]
    assert bundles.list_bundles([other, tmp_path]) == [other / "demo"]
    assert bundles.list_bundles([tmp_path / "nowhere"]) == []


@pytest.mark.parametrize("damage", ["flip", "remove", "link"])
def test_damage_is_found(folder, damage):
    weights = folder / "weights.safetensors"
    if damage == "flip":
        weights.write_bytes(b"weighty")
    else:
        weights.unlink()
    if damage == "link":
        (folder.parent / "elsewhere").write_bytes(b"weights")
        weights.symlink_to(folder.parent / "elsewhere")
    with pytest.raises(ChecksumMismatch, match=r"weights\.safetensors is .*install the bundle again"):
        bundles.verify(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "sub/file"])
def test_a_manifest_names_only_files_beside_it(folder, name):
    change(folder, files={name: "0" * 64})
    with pytest.raises(ChecksumMismatch):
        bundles.verify(folder)


def test_a_later_version_is_told_apart_from_damage(folder):
    change(folder, schema=99, survgui="9.0")
    with pytest.raises(BundleTooNew, match=r"survgui 9\.0.*update survgui"):
        bundles.read_manifest(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"schema": 1}', '{"schema": "1"}', '{"schema": 1, "inputs": 3, "development": {}}']
)
def test_what_is_no_manifest(folder, content):
    (folder / "manifest.json").write_text(content)
    with pytest.raises(BundleError, match="demo"):
        bundles.read_manifest(folder)


def test_a_folder_without_a_manifest(tmp_path):
    with pytest.raises(BundleError, match="not a bundle"):
        bundles.read_manifest(tmp_path)


def test_who_was_trained_on_is_known_but_not_named(folder):
    read = bundles.read_manifest(folder)
    assert read.knows("TCGA-DU-7294-01A") and not read.knows("TCGA-DU-7295")
    assert "7294" not in (folder / "manifest.json").read_text()
    assert bundles.salted("salt", "TCGA-DU-7294") != bundles.salted("pepper", "TCGA-DU-7294")


def test_generators_are_those_with_a_file_and_the_networks_own_decoders(tmp_path):
    (tmp_path / "generator-mean.safetensors").write_bytes(b"mean")
    bundles.write_manifest(tmp_path, replace(MANIFEST, generator="latent", decoders=("reencode", "latent")))
    found = bundles.read_manifest(tmp_path)
    assert found.decoders == ("reencode", "latent") and found.generators == ("latent", "mean", "reencode")

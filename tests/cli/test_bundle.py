from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from survgui.cases.bundle import write_manifest
from survgui.cli.main import run


@pytest.fixture
def folder(tmp_path, manifest) -> Path:
    folder = tmp_path / "downloads" / "demo-1.0"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    write_manifest(folder, manifest)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_install_list_and_verify(folder, packed, home, capsys):
    source = shutil.make_archive(str(folder), "zip", folder) if packed else folder
    assert run(["bundle", "install", str(source)]) == 0
    installed = home / "data" / "bundles" / "demo"
    assert capsys.readouterr().out == f"{installed}\n"
    assert run(["bundle", "list"]) == 0
    assert "demo\t1.0\tmust\tsim (100 patients, simulated)\trna\n" in capsys.readouterr().out
    assert run(["bundle", "verify", "demo"]) == 0
    assert "1 files are as published" in capsys.readouterr().out


def test_damage_is_one_line(folder, capsys):
    (folder / "weights.safetensors").write_bytes(b"weighty")
    assert run(["bundle", "verify", str(folder)]) == 1
    assert "install the bundle again" in capsys.readouterr().err


def test_a_file_that_is_missing_is_one_line(tmp_path, capsys):
    assert run(["bundle", "install", str(tmp_path / "none.zip")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bundle_that_cannot_be_read_is_a_line_of_the_list(home, capsys):
    broken = home / "data" / "bundles" / "broken"
    broken.mkdir(parents=True)
    (broken / "manifest.json").write_text(json.dumps({"schema": 99}))
    assert run(["bundle", "list"]) == 0
    assert "broken\tunusable: " in capsys.readouterr().out


def test_evaluations_reach_the_bundle_and_the_path_of_its_card_is_said(folder, tmp_path, engine, capsys):
    seen = []

    def record(bundle, evaluations):
        seen.extend(evaluations)
        return bundle

    engine("survgui.engine.evaluation.record", record=record)
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"cohort": name}))
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert run(["bundle", "card", str(folder), "--evaluation", *files]) == 0
    assert seen == [{"cohort": "a"}, {"cohort": "b"}]
    assert capsys.readouterr().out == f"{folder / 'README.md'}\n"


@pytest.mark.parametrize(("content", "code"), [(None, "EVA-11"), ("{", "EVA-12"), ("[]", "EVA-13")])
def test_files_that_are_no_evaluation(folder, tmp_path, capsys, content, code):
    if content is not None:
        (tmp_path / "e.json").write_text(content)
    assert run(["bundle", "card", str(folder), "--evaluation", str(tmp_path / "e.json")]) == 1
    assert code in capsys.readouterr().err


class Read(str):
    """A cohort by its name."""

    def require_sound(self) -> None:
        """Nothing was wrong."""


def test_an_encoder_is_pre_trained_with_what_was_asked_for_and_the_path_of_the_card_is_said(
    folder, tmp_path, engine, task, capsys
):
    seen = []

    def pretrain_alone(cohort, modality, config, **how):
        seen.append((cohort, str(modality), config, how["others"], how["seed"]))
        return task("an encoder")

    def add_encoder(bundle, made, note):
        seen.append((made, note))
        return bundle

    engine("survgui.readers.cohort", load_cohort=lambda path: Read(path.name))
    engine("survgui.nets.device", pick=str)
    engine(
        "survgui.engine.masked.alone", pretrain_alone=pretrain_alone, add_encoder=add_encoder,
        config_of=lambda bundle, epochs: epochs,
    )  # fmt: skip
    words = "--cohort a.toml --modality mri --epochs 7 --judge b.toml c.toml --seed 3 --note soft"
    assert run(["bundle", "encoder", str(folder), *words.split()]) == 0
    assert seen == [("a.toml", "mri", 7, ["b.toml", "c.toml"], 3), ("an encoder", "soft")]
    assert capsys.readouterr().out == f"{folder / 'README.md'}\n"

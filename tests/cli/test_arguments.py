from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Block
from survgui.cli import arguments as common


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("cohort.toml", '[outcome]\ntable = "a.csv"', True),
        ("mine.toml", '[outcome]\ntable = "a.csv"', True),
        ("case.toml", 'id = "C-1"\n[outcome]\ntable = "a.csv"', False),
        ("case.toml", 'id = "C-1"', False),
        ("cohort.toml", "not = toml = ", True),
        ("case.toml", "not = toml = ", False),
        ("slide.svs", "II", False),
    ],
)
def test_a_cohort_is_told_from_a_case(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_text(content)
    assert common.is_cohort([path]) is expected


def test_folders_and_lists_of_files(tmp_path):
    assert not common.is_cohort([tmp_path])
    (tmp_path / "cohort.toml").touch()
    assert common.is_cohort([tmp_path])
    assert not common.is_cohort([tmp_path, tmp_path])


def test_a_cohort_file_that_is_missing_is_still_asked_for_as_a_cohort():
    assert common.is_cohort([Path("nowhere/cohort.toml")])


def test_lists():
    assert common.names("must, cox-rna-clinical,") == ("must", "cox-rna-clinical")
    assert common.modalities("rna,mri") == (Modality.RNA, Modality.MRI)
    with pytest.raises(argparse.ArgumentTypeError, match="no modality 'dna'"):
        common.modalities("rna,dna")


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf"])
def test_numbers_above_zero(text):
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        common.positive(text)
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        common.count(text)


def test_paths_are_printed_absolute_and_alone(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    common.show_paths([Path("a.json"), Path("b c.pdf")])
    assert capsys.readouterr().out == f"{tmp_path / 'a.json'}\n{tmp_path / 'b c.pdf'}\n"


@pytest.fixture
def with_slide(cohort):
    files = {"P1": (Source(Modality.PATHOLOGY, Path("a.svs")),)}
    return replace(cohort, blocks={Modality.PATHOLOGY: Block(Modality.PATHOLOGY, Kind.BAG, (), {}, files)})


@pytest.fixture
def encoding(engine, task):
    engine("survgui.engine.encode", encode=lambda _, device, encoder: task(f"{encoder} on {device}"))


def test_only_what_has_files_is_encoded(encoding, cohort, with_slide, bundle):
    assert common.with_features(cohort, "cpu", ["must"]) is common.with_features_for(bundle, cohort, "cpu") is cohort
    assert common.with_features(with_slide, "cpu", ["must"]) == "efficientnet-lite0 on cpu"


@pytest.mark.parametrize(
    ("methods", "encoder", "expected"),
    [
        (["imputmae"], "", "tiles-256"),
        (["imputmae-scratch", "imputmae"], "", "tiles-256"),
        (["imputmae", "cox-all"], "", "efficientnet-lite0"),
        (["imputmae", "cox-all"], "tiles-256", "tiles-256"),
    ],
)
def test_methods_decide_the_encoder_where_none_is_named(encoding, with_slide, methods, encoder, expected):
    assert common.with_features(with_slide, "cpu", methods, encoder) == f"{expected} on cpu"


def test_a_bundle_decides_the_encoder(encoding, with_slide, bundle):
    assert common.with_features_for(bundle, with_slide, "cpu") == "efficientnet-lite0 on cpu"
    taken = {Modality.PATHOLOGY: Input(Kind.TILES, "mixed", "none", "tiles-256", (), 0, 0.7, 90)}
    tiled = replace(bundle, manifest=replace(bundle.manifest, inputs=taken))
    assert common.with_features_for(tiled, with_slide, "cpu") == "tiles-256 on cpu"

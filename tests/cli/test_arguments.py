from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

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


def test_only_what_has_files_is_encoded(engine, task, cohort):
    engine("survgui.engine.encode", encode=lambda cohort, device: task(f"encoded on {device}"))
    assert common.with_features(cohort, "cpu") is cohort
    files = {"P1": (Source(Modality.PATHOLOGY, Path("a.svs")),)}
    slides = Block(Modality.PATHOLOGY, Kind.BAG, (), {}, files)
    assert common.with_features(replace(cohort, blocks={Modality.PATHOLOGY: slides}), "cpu") == "encoded on cpu"

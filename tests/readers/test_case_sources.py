"""The files that a case file names, and case files that name them elsewhere: inverted, and read by the case reader."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from survgui.cases.case import Modality
from survgui.readers import case_sources
from survgui.readers.files import files_by_patient
from survgui.readers.spec import read_case_spec

CASE = """id = "C-1"
[outcome]
table = "clinical.csv"
time = "months"
event = "dead"
[modality.rna]
table = "rna.csv"
columns = "*_rna"
groups = "sets.gmt"
[modality.pathology]
files = ["slides/a[[]1].svs", "slides/b.svs"]
mpp = {"slides/b.svs" = 0.5}
[modality.mri]
files = "mri/{sequence}.nii.gz"
sequences = ["t1", "flair"]
"""


def written(folder: Path) -> Path:
    for name in ("slides/a[1].svs", "slides/b.svs", "mri/t1.nii.gz", "mri/flair.nii.gz"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(name.encode())
    (folder / "case.toml").write_text(CASE)
    return folder / "case.toml"


def test_every_file_is_named_once_there_or_not(tmp_path: Path) -> None:
    found = case_sources.named(read_case_spec(written(tmp_path)))
    names = ["clinical.csv", "rna.csv", "sets.gmt", "slides/a[1].svs", "slides/b.svs", "mri/t1.nii.gz"]
    assert sorted(found) == sorted(tmp_path / name for name in [*names, "mri/flair.nii.gz"])


def test_moving_there_and_back_is_the_same_case(tmp_path: Path) -> None:
    file = written(tmp_path)
    before = read_case_spec(file)
    there = {path: Path("/else where") / path.name for path in case_sources.named(before)}
    text = case_sources.elsewhere(CASE, tmp_path, there)
    content = tomllib.loads(text)["modality"]
    assert content["rna"]["table"] == "/else where/rna.csv" and content["rna"]["groups"] == "/else where/sets.gmt"
    assert content["pathology"]["files"] == ["/else where/a[[]1].svs", "/else where/b.svs"]
    assert content["pathology"]["mpp"] == {"/else where/b.svs": 0.5}
    assert content["mri"]["files"] == "mri/{sequence}.nii.gz"  # a pattern stays
    back = case_sources.elsewhere(text, tmp_path, {new: old for old, new in there.items()})
    assert tomllib.loads(back) == tomllib.loads(CASE)


def test_patterns_are_spelled_out_as_the_same_files(tmp_path: Path) -> None:
    file = written(tmp_path)
    spec = read_case_spec(file)
    file.write_text(case_sources.spelled_out(CASE, spec))
    again = read_case_spec(file)
    for modality in (Modality.PATHOLOGY, Modality.MRI):
        of = [files_by_patient(one.blocks[modality], ("C-1",))["C-1"] for one in (spec, again)]
        assert sorted(of[0], key=str) == sorted(of[1], key=str)
    assert sorted(case_sources.named(again)) == sorted(case_sources.named(spec))


def test_a_file_stands_for_all_that_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "slide").mkdir()
    names = ["slide.mrxs", "slide/Data0000.dat", "slide/Slidedat.ini", "alone.svs"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    assert case_sources.parts(tmp_path / "slide.mrxs") == tuple(sorted(tmp_path / name for name in names[:3]))
    assert case_sources.parts(tmp_path / "alone.svs") == (tmp_path / "alone.svs",)
    one = case_sources.fingerprint((tmp_path / "alone.svs",))
    assert one == hashlib.sha256(b"alone.svs").hexdigest()
    whole = case_sources.fingerprint(case_sources.parts(tmp_path / "slide.mrxs"))
    (tmp_path / "slide" / "Data0000.dat").write_bytes(b"other")
    assert case_sources.fingerprint(case_sources.parts(tmp_path / "slide.mrxs")) != whole


def test_files_of_a_list_are_named_too_and_leave_it_when_they_are_spelled_out(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "list.csv").write_text("case,file\nC-1,slides/b.svs\nC-2,slides/a[1].svs\n")
    file.write_text('id = "C-1"\n[modality.pathology]\nlist = "list.csv"\n')
    spec = read_case_spec(file)
    assert case_sources.named(spec) == (tmp_path / "list.csv", tmp_path / "slides/b.svs")
    plain = tomllib.loads(case_sources.spelled_out(file.read_text(), spec))["modality"]["pathology"]
    assert plain == {"files": [str(tmp_path / "slides/b.svs")]}

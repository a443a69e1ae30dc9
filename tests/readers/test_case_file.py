"""A written case file says what the loose files said, whatever they are called."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, item_bytes
from survgui.engine.simulation import demo_case
from survgui.errors import CohortError, UsageError
from survgui.readers.case_file import as_toml, dumps, named_files, relocated, with_pixel_size, without
from survgui.readers.cohort import load_case
from survgui.readers.files import files_by_patient
from survgui.readers.recognise import Finding, case_id, recognise
from survgui.readers.spec import BlockSpec, TableSpec, read_case_spec

NIFTI = b"\x5c\x01\0\0" + b"\0" * 60
TIFF = b"II*\0" + b"\0" * 60
ODD = [
    *("plain", "two words", 'quo"te', "apostrophe's", "back\\slash", "tab\tand\nline", "del\x7f", "hash # = [x]"),
    *("star*", "what?", "[a-z]", "[!x]", "[[]", "]", "{case}", "{sequence}", "{", "a{case}*b", "**", "$HOME", "%s"),
    *("Grüße", "日本語", "🧠 scan", "e\u0301", "\u202eevil", "-dash", ".hidden", "trailing ", "a\\[b\\]", "\\u0041"),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_case(tmp_path_factory.mktemp("demo") / "C-0039")


def case_of(folder: Path, text: str) -> Cohort:
    folder.mkdir(exist_ok=True)
    (folder / "case.toml").write_text(text, "utf-8", newline="\n")
    return load_case([folder / "case.toml"])


def same(written: Cohort, loose: Cohort) -> None:
    assert written.ids == loose.ids
    assert set(written.blocks) == set(loose.blocks)
    patient = loose.ids[0]
    for modality, block in loose.blocks.items():
        other = written.blocks[modality]
        assert (other.kind, other.names, other.unit, other.transform) == (
            *(block.kind, block.names, block.unit, block.transform),
        )
        assert sorted(map(str, other.files.get(patient, ()))) == sorted(map(str, block.files.get(patient, ())))
        assert {p: item_bytes(i) for p, i in other.items.items()} == {p: item_bytes(i) for p, i in block.items.items()}
    assert {n: (s.path, s.row) for n, s in written.origin.items()} == {
        n: (s.path, s.row) for n, s in loose.origin.items()
    }


def test_the_demo_reads_the_same_from_its_written_file(demo: Path, tmp_path: Path) -> None:
    paths = [demo / "slide.svs", demo / "rna.csv", demo / "clinical.csv", demo / "mri"]
    findings = recognise(paths)
    loose = load_case(paths)
    same(case_of(tmp_path, as_toml(case_id(paths, findings), findings)), loose)
    assert set(loose.blocks) == {Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI}


def test_a_table_of_many_patients_keeps_its_column(tmp_path: Path) -> None:
    lines = ["age,patient_id,sex", *(f"{40 + n},P-{n:03d},F" for n in range(30))]
    path = tmp_path / "clinical.csv"
    path.write_text("\n".join(lines))
    findings = recognise([path])
    written = case_of(tmp_path / "case", as_toml("P-017", findings))
    same(written, load_case([path], patient="P-017"))
    assert written.blocks[Modality.CLINICAL].items["P-017"] == (57.0, "F")
    assert tomllib.loads((tmp_path / "case" / "case.toml").read_text())["modality"]["clinical"]["case"] == "patient_id"
    with pytest.raises(UsageError, match="P-099 is not one of them"):
        as_toml("P-099", findings)


def test_tables_without_ids_and_with_cases_in_columns(tmp_path: Path) -> None:
    genes = ["TP53", "EGFR", "KRAS", "PTEN", "IDH1", "MYC"]
    (tmp_path / "clinical.csv").write_text("age,sex\n60,F\n")
    (tmp_path / "rna.csv").write_text("gene,S1,S2\n" + "".join(f"{g},1.{n},2.{n}\n" for n, g in enumerate(genes)))
    paths = [tmp_path / "clinical.csv", tmp_path / "rna.csv"]
    findings = recognise(paths)
    assert findings[0].spec and findings[0].spec.table and findings[0].spec.table.case == ""
    written = case_of(tmp_path / "case", as_toml("S2", findings))
    same(written, load_case(paths, patient="S2"))
    assert written.blocks[Modality.RNA].items["S2"] == pytest.approx(np.array([2.0, 2.1, 2.2, 2.3, 2.4, 2.5]))


def test_real_files_read_the_same(shared_data: Path, tmp_path: Path) -> None:
    """MRI of one patient, a slide of nobody in particular, and a table of 600 patients with three modalities."""
    table = shared_data / "tcga_omics" / "porpoise_tcga_gbmlgg_all_clean.csv.zip"
    paths = [shared_data / "mri" / "TCGA-DU-7294", shared_data / "wsi" / "CMU-1-Small-Region.svs", table]
    findings = recognise(paths)
    loose = load_case(paths, patient="TCGA-DU-7294")
    same(case_of(tmp_path, as_toml("TCGA-DU-7294", findings)), loose)
    assert {Modality.MRI, Modality.PATHOLOGY, Modality.RNA, Modality.CNV, Modality.MUTATION} <= set(loose.blocks)
    assert all(block.patients for block in loose.blocks.values())


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids such names")
@pytest.mark.parametrize("folder", [0, 1, 2])
def test_any_name_comes_back(tmp_path: Path, folder: int) -> None:
    """Every odd name as a file, in folders of odd names; many at a time so that none is taken for another."""
    names = np.random.default_rng(folder).permutation(np.array(ODD, dtype=object)).tolist()
    where = tmp_path / names[0] / names[1]
    where.mkdir(parents=True)
    findings = []
    for number, name in enumerate(ODD):
        slide, volume = where / f"{name}.svs", where / f"{name}.nii"
        slide.write_bytes(TIFF)
        volume.write_bytes(NIFTI)
        findings.append(Finding(slide, Modality.PATHOLOGY, "slide", ""))
        findings.append(Finding(volume, Modality.MRI, ("t1", "t1c", "t2", "flair")[number % 4], ""))
    table = TableSpec(where / f"{names[2]}.csv", case=names[3], filter={names[4]: (names[5], 3, True, 1.5)})
    spec = BlockSpec(Modality.RNA, where, table, columns=(names[6], names[7]))
    findings.append(Finding(table.path, Modality.RNA, "table", "", spec=spec, patients=("a", names[8].strip())))
    text = as_toml(names[8], findings, {where / f"{name}.svs": 0.5 for name in ODD[::2]})
    (tmp_path / "case.toml").write_text(text, "utf-8", newline="\n")
    read = read_case_spec(tmp_path / "case.toml")
    assert read.id == names[8].strip()
    assert replace(read.blocks[Modality.RNA], folder=where) == spec
    slides = files_by_patient(read.blocks[Modality.PATHOLOGY], (read.id,))[read.id]
    assert {s.path: s.mpp for s in slides} == {
        where / f"{name}.svs": 0.5 if number % 2 == 0 else None for number, name in enumerate(ODD)
    }
    volumes = files_by_patient(read.blocks[Modality.MRI], (read.id,))[read.id]
    assert {v.path: v.role for v in volumes} == {f.path: f.role for f in findings if f.modality is Modality.MRI}
    found = named_files(read)
    assert set(found[Modality.PATHOLOGY]) == {s.path for s in slides} and found[Modality.RNA] == (table.path,)


def test_random_texts_come_back() -> None:
    draw = np.random.default_rng(0)
    for _ in range(300):
        points = draw.integers(0, 0x250, draw.integers(0, 12)).tolist() + draw.integers(0x1F300, 0x1F6FF, 2).tolist()
        text = "".join(map(chr, points))
        content = {"id": text, text: {"a": [text, 1, 2.5, True], "b": {text: {"c": -3}}, "empty": {}}}
        assert tomllib.loads(dumps(content)) == content


def test_relative_paths_stay_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.svs").write_bytes(TIFF)
    monkeypatch.chdir(tmp_path / "a")
    for name in ("x.svs", "../a/x.svs"):
        text = as_toml("p", [Finding(Path(name), Modality.PATHOLOGY, "slide", "")], {Path(name): 0.25})
        (tmp_path / "case.toml").write_text(text)
        block = read_case_spec(tmp_path / "case.toml").blocks[Modality.PATHOLOGY]
        ((source,),) = files_by_patient(block, ("p",)).values()
        assert source.path.samefile(tmp_path / "a" / "x.svs") and source.mpp == 0.25


def test_what_cannot_be_a_case(tmp_path: Path) -> None:
    slide = Finding(tmp_path / "x.svs", Modality.PATHOLOGY, "slide", "")
    with pytest.raises(UsageError, match="no id"):
        as_toml("  ", [slide])
    with pytest.raises(UsageError, match="none of the files"):
        as_toml("p", [replace(slide, modality=None)])
    with pytest.raises(UsageError, match="no text"):
        as_toml("p", [replace(slide, path=tmp_path / "x\udcff.svs")])
    with pytest.raises(TypeError):
        dumps({"id": None})


def test_of_two_tables_of_one_modality_the_first_counts(tmp_path: Path) -> None:
    for name in ("clinical_a.csv", "clinical_b.csv"):
        (tmp_path / name).write_text("age,sex\n60,F\n")
    paths = [tmp_path / "clinical_a.csv", tmp_path / "clinical_b.csv"]
    same(case_of(tmp_path / "case", as_toml("clinical", recognise(paths))), load_case(paths, patient="clinical"))


def test_a_users_own_case_file_may_move(demo: Path, tmp_path: Path) -> None:
    same(case_of(tmp_path / "moved", relocated(demo / "case.toml")), load_case([demo]))


def test_every_path_of_a_case_file_moves(tmp_path: Path) -> None:
    home = tmp_path / "the [old] place"
    home.mkdir()
    (home / "case.toml").write_text(
        'id = "P"\n[outcome]\ntable = "o.csv"\ntime = "t"\nevent = "e"\n'
        '[modality.rna]\ntable = "sub/r.csv"\ngroups = "g.gmt"\ntransform = "log1p"\n'
        '[modality.pathology]\nfiles = ["s/{case}*.svs", "/abs/x.svs"]\nmpp = { "s/P.svs" = 0.3 }\n'
        '[modality.mri.files]\nt1 = "m/*.nii"\n'
    )
    (home / "s").mkdir()
    (home / "s" / "P.svs").write_bytes(TIFF)
    (tmp_path / "case.toml").write_text(relocated(home / "case.toml"))
    before, after = read_case_spec(home / "case.toml"), read_case_spec(tmp_path / "case.toml")
    rna = after.blocks[Modality.RNA]
    assert rna.table == before.blocks[Modality.RNA].table and rna.transform == "log1p"
    assert rna.groups == home / "g.gmt"
    assert after.outcome == before.outcome
    slides = files_by_patient(after.blocks[Modality.PATHOLOGY], ("P",))["P"]
    assert [(s.path, s.mpp) for s in slides] == [(home / "s" / "P.svs", 0.3)]
    assert named_files(after)[Modality.PATHOLOGY] == (Path("/abs/x.svs"),)
    assert after.blocks[Modality.MRI].files[0].endswith("place/m/*.nii")
    (home / "case.toml").write_text('idd = "P"')
    with pytest.raises(CohortError, match="idd"):
        relocated(home / "case.toml")


def test_a_pixel_size_is_kept_per_slide(demo: Path, tmp_path: Path) -> None:
    text = (demo / "case.toml").read_text("utf-8")
    changed = with_pixel_size(text, demo, demo / "slide.svs", 0.25)
    changed = with_pixel_size(changed, demo, tmp_path / "other.svs", 0.5)
    sizes = tomllib.loads(changed)["modality"]["pathology"]["mpp"]
    assert sizes == {"slide.svs": 0.25, (tmp_path / "other.svs").as_posix(): 0.5}
    again = with_pixel_size(changed, demo, demo / "slide.svs", 0.3)
    copy = tmp_path / "case.toml"
    copy.write_text(again)
    block = replace(read_case_spec(copy).blocks[Modality.PATHOLOGY], folder=demo, slide_mpp={demo / "slide.svs": 0.3})
    assert files_by_patient(block, ("P",))["P"][0].mpp == 0.3
    for wrong in (0.01, 11.0):
        with pytest.raises(UsageError, match="no pixel size"):
            with_pixel_size(text, demo, demo / "slide.svs", wrong)
    with pytest.raises(UsageError, match="no slide"):
        with_pixel_size('id = "P"\n', demo, demo / "slide.svs", 0.3)
    with pytest.raises(UsageError, match="for all slides"):
        with_pixel_size('id = "P"\n[modality.pathology]\nfiles = "x"\nmpp = 0.5\n', demo, demo / "slide.svs", 0.3)


def test_a_modality_can_be_taken_out(demo: Path, tmp_path: Path) -> None:
    text = without((demo / "case.toml").read_text("utf-8"), Modality.RNA)
    (tmp_path / "case.toml").write_text(text)
    before, after = read_case_spec(demo), read_case_spec(tmp_path)
    assert set(before.blocks) - set(after.blocks) == {Modality.RNA}
    assert after.blocks[Modality.CLINICAL].ordered == before.blocks[Modality.CLINICAL].ordered

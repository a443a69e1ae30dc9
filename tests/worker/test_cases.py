"""Dropped files become a case, cases open whatever is broken in them, and the demo is there once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Bag
from survgui.cases.display import CaseFacts, Recognised
from survgui.cases.step import Step, run_to_end
from survgui.engine.simulation import demo_case
from survgui.errors import CohortError, ReadError, UsageError
from survgui.readers.bag import write_bag
from survgui.readers.cohort import load_case
from survgui.readers.recognise import Finding
from survgui.worker import cases, dropped
from survgui.workspace import CaseRecord, Workspace


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_case(tmp_path_factory.mktemp("simulated") / "case")


@pytest.fixture
def patient(simulated: Path, tmp_path: Path) -> Path:
    """Files of one patient, whose case file is not there."""
    folder = shutil.copytree(simulated, tmp_path / "P-001")
    (folder / "case.toml").unlink()
    return folder


def recognised(*paths: Path) -> Recognised:
    return run_to_end(dropped.recognise(paths))


def adopted(found: Recognised, patient: str = "P-001", mpp: float | None = None) -> CaseRecord:
    return run_to_end(cases.adopt(found.findings, patient, mpp))


def opened(record: CaseRecord) -> CaseFacts:
    return run_to_end(cases.open(record.key))


def add_slide(path: Path, mpp: float | None) -> None:
    import tifffile

    pixels = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    resolution = None if mpp is None else (10_000 / mpp, 10_000 / mpp)
    unit = None if mpp is None else "CENTIMETER"
    tifffile.imwrite(path, pixels, tile=(256, 256), resolution=resolution, resolutionunit=unit, metadata=None)


def test_files_of_which_nothing_can_be_used_become_no_case(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "TCGA-2Y-A9GS.h5", "w") as file:  # coordinates without features
        file["coords"] = np.zeros((3, 2), dtype=np.int64)
    with pytest.raises(UsageError, match=r"nothing of these files can be used: .*features"):
        adopted(recognised(tmp_path / "TCGA-2Y-A9GS.h5"))
    with Workspace.default() as workspace:
        assert not workspace.records()


def test_files_become_a_case_that_opens(patient: Path) -> None:
    found = recognised(patient)
    assert found.patient == "P-001" and not found.question
    assert {f.role for f in found.findings} == {"slide", "table", "t1", "t1c", "t2", "flair", "segmentation"}
    assert [(s.path, s.mpp, s.error) for s in found.slides] == [(patient / "slide.svs", 0.5, "")]
    record = adopted(found)
    facts = opened(record)
    assert record.id == facts.id == "P-001" and record.subject == facts.subject == "age 51 · male · G3"
    assert (
        facts.given
        == record.details
        == {
            Modality.CLINICAL: "6 fields",
            Modality.PATHOLOGY: "1 slide",
            Modality.RNA: "600 features",
            Modality.MRI: "4 sequences",
        }
    )
    assert [s.role for s in facts.sequences] == ["flair", "segmentation", "t1", "t1c", "t2"]
    assert facts.slides[0].levels[0] == (2048, 2048) and not facts.without_pixel_size


def test_the_case_holds_what_the_loose_files_hold(patient: Path) -> None:
    facts = opened(adopted(recognised(patient)))
    written, loose = load_case([facts.file]), load_case([patient])
    assert {m: b.files for m, b in written.blocks.items()} == {m: b.files for m, b in loose.blocks.items()}
    assert written.blocks[Modality.CLINICAL].items == loose.blocks[Modality.CLINICAL].items
    assert np.array_equal(written.blocks[Modality.RNA].items["P-001"], loose.blocks[Modality.RNA].items["P-001"])


def test_no_step_names_a_file_or_a_patient(patient: Path) -> None:
    steps: list[Step] = []
    found = run_to_end(dropped.recognise([patient]), steps.append)
    record = run_to_end(cases.adopt(found.findings, "MUSTERMANN", None), steps.append)
    run_to_end(cases.open(record.key), steps.append)
    run_to_end(cases.delete([record.key]), steps.append)
    words = " ".join(f"{step.stage} {step.text}" for step in steps)
    assert steps and not [name for name in ("P-001", "svs", "csv", "MUSTERMANN") if name in words]


def test_a_bad_file_costs_only_itself(patient: Path) -> None:
    (patient / "slide.svs").write_bytes((patient / "slide.svs").read_bytes()[:3000])
    (patient / "empty.csv").write_bytes(b"")
    found = recognised(patient)
    assert found.slides[0].error and [f.path.name for f in found.findings if f.error] == ["empty.csv"]
    facts = opened(adopted(found))
    assert facts.slides[0].error and Modality.PATHOLOGY not in facts.given
    assert set(facts.given) == {Modality.CLINICAL, Modality.RNA, Modality.MRI}


def test_a_missing_pixel_size_is_given_once(patient: Path) -> None:
    add_slide(patient / "slide.svs", None)
    add_slide(patient / "second.tif", 0.25)
    found = recognised(patient)
    assert {s.name: s.mpp for s in found.slides} == {"second.tif": pytest.approx(0.25), "slide.svs": None}
    unknown = opened(adopted(found))
    assert [s.name for s in unknown.without_pixel_size] == ["slide.svs"]
    given = opened(adopted(found, mpp=0.5))
    assert {s.name: (s.mpp, s.mpp_by_user) for s in given.slides} == {
        "second.tif": (pytest.approx(0.25), False),
        "slide.svs": (0.5, True),
    }
    later = run_to_end(cases.set_pixel_size(unknown.key, patient / "slide.svs", 0.4))
    assert {s.name: s.mpp for s in later.slides} == {"second.tif": pytest.approx(0.25), "slide.svs": 0.4}
    assert later.given[Modality.PATHOLOGY] == "2 slides"
    with pytest.raises(UsageError, match="no pixel size"):
        run_to_end(cases.set_pixel_size(unknown.key, patient / "slide.svs", 40.0))


def test_slides_given_with_features_are_still_shown(patient: Path) -> None:
    values = np.random.default_rng(0).normal(size=(7, 16)).astype(np.float32)
    write_bag(patient / "slide.h5", Bag(values, np.arange(14).reshape(7, 2) * 256, 256.0), {"encoder": "e"})
    facts = opened(adopted(recognised(patient)))
    assert [slide.name for slide in facts.slides] == ["slide.svs"]
    assert facts.given[Modality.PATHOLOGY] == "1 slide · 7 patches"
    assert load_case([facts.file]).blocks[Modality.PATHOLOGY].items


def test_what_the_user_corrects_is_what_counts(patient: Path) -> None:
    (patient / "values.csv").write_text("x,alpha,beta\nP-001,1.5,2\n")
    changed = []
    for finding in recognised(patient).findings:
        name = finding.path.name
        if name == "values.csv":
            changed.append(replace(finding, modality=Modality.CNV))
        elif name == "rna.csv":
            changed.append(replace(finding, modality=None))
        elif name == "t1.nii.gz":
            changed.append(replace(finding, role="t2"))
        else:
            changed.append(finding)
    facts = opened(run_to_end(cases.adopt(changed, "P-001", None)))
    assert facts.given[Modality.CNV] == "2 features" and Modality.RNA not in facts.given
    assert sorted(s.role for s in facts.sequences) == ["flair", "segmentation", "t1c", "t2", "t2"]


def test_files_of_several_patients_are_a_question(patient: Path) -> None:
    for name in ("TCGA-DU-7294_t1.nii", "TCGA-FG-6692_t2.nii"):
        (patient / name).write_bytes(b"\x5c\x01\0\0" + b"\0" * 400)
    found = recognised(patient)
    assert found.patient == "" and "2 patients" in found.question and found.findings


def test_nothing_usable_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\0\1\2")
    with pytest.raises(UsageError, match="none of the files"):
        adopted(recognised(tmp_path / "x.bin"))
    with Workspace.default() as workspace:
        assert workspace.records() == ()


def test_a_users_own_case_file_is_taken_as_it_stands(simulated: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(simulated, tmp_path / "case")
    for given in (folder, folder / "case.toml"):
        found = recognised(given)
        assert found.findings[0].role == "case" and found.patient == "DEMO-01"
        assert {f.modality for f in found.findings[1:]} == {
            *(Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI),
        }
        assert [slide.mpp for slide in found.slides] == [0.5]
        facts = opened(adopted(found))
        cohort = load_case([facts.file])
        assert cohort.blocks[Modality.RNA].transform == "log1p" and cohort.blocks[Modality.CLINICAL].ordered
    (folder / "case.toml").write_text("id = 3")
    with pytest.raises(CohortError, match="id = 3"):
        recognised(folder)


def test_a_cohort_file_is_one_by_what_it_says(tmp_path: Path, shared_data: Path) -> None:
    real = shared_data / "cohorts" / "tcga-gbmlgg.toml"
    (tmp_path / "cohort.toml").write_text("name = broken")
    for given, path in ((real, real), (tmp_path, tmp_path / "cohort.toml")):
        found = recognised(given)
        assert (found.kind, found.path, found.findings) == ("cohort", path, ())


def test_a_case_is_no_cohort_whatever_its_file_is_called(simulated: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(simulated, tmp_path / "case")
    file = (folder / "case.toml").rename(folder / "case of the cohort.toml")
    found = recognised(file)
    assert found.kind == "case" and found.findings[0].role == "case" and found.patient == "DEMO-01"


def test_a_bundle_is_told_from_a_zipped_table(patient: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "manifest.json").write_text("{}")
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "model"))
    for given in (model, archive):
        found = recognised(given)
        assert (found.kind, found.path) == ("bundle", given)
    table = Path(shutil.make_archive(str(tmp_path / "rna"), "zip", patient, "rna.csv"))
    found = recognised(table)
    assert found.kind == "case" and [f.modality for f in found.findings] == [Modality.RNA]


def test_files_that_have_gone_are_said(patient: Path) -> None:
    record = adopted(recognised(patient))
    (patient / "slide.svs").unlink()
    (patient / "mri" / "t1.nii.gz").unlink()
    (patient / "rna.csv").unlink()
    facts = opened(record)
    assert [(s.name, bool(s.error)) for s in facts.slides] == [("slide.svs", True)]
    assert {s.role: bool(s.error) for s in facts.sequences} == {
        **dict.fromkeys(("flair", "segmentation", "t1c", "t2"), False),
        "t1": True,
    }
    assert set(facts.given) == {Modality.CLINICAL, Modality.MRI} and facts.given[Modality.MRI] == "3 sequences"
    with Workspace.default() as workspace:
        assert workspace.record(record.key).missing.endswith("2 other files are no longer where the case was made from")
    shutil.copy(patient / "mri" / "t2.nii.gz", patient / "mri" / "t1.nii.gz")
    (patient / "rna.csv").write_text("id,TP53\nP-001,1\n")
    add_slide(patient / "slide.svs", 0.5)
    opened(record)
    with Workspace.default() as workspace:
        assert workspace.record(record.key).missing == ""


def test_the_demo_is_there_once() -> None:
    first, second = run_to_end(cases.demo(True)), run_to_end(cases.demo(True))
    assert first == second and first.id == "DEMO-01" and first.demo
    partial = run_to_end(cases.demo(False))
    assert set(first.modalities) - set(partial.modalities) == {Modality.RNA}
    facts = opened(partial)
    assert all(slide.path.is_relative_to(facts.file.parent) and not slide.error for slide in facts.slides)
    assert not (facts.file.parent / "rna.csv").exists()
    with Workspace.default() as workspace:
        assert len(workspace.records()) == 2
        assert list((facts.file.parent.parent.parent / "drafts").iterdir()) == []


def test_the_pixel_size_of_the_demo_can_be_overruled() -> None:
    record = run_to_end(cases.demo(True))
    slide = opened(record).slides[0]
    facts = run_to_end(cases.set_pixel_size(record.key, slide.path, 0.25))
    assert (facts.slides[0].mpp, facts.slides[0].mpp_by_user) == (0.25, True)
    assert load_case([facts.file]).blocks[Modality.CLINICAL].ordered


def test_deleted_cases_are_gone_and_the_users_files_stay(patient: Path) -> None:
    record = adopted(recognised(patient))
    before = sorted(p.name for p in patient.rglob("*"))
    run_to_end(cases.delete([record.key]))
    assert sorted(p.name for p in patient.rglob("*")) == before
    with pytest.raises(UsageError, match="no longer in the list"):
        opened(record)


def test_findings_and_facts_travel_between_processes(patient: Path) -> None:
    from multiprocessing.reduction import ForkingPickler

    (patient / "empty.csv").write_bytes(b"")
    found = recognised(patient)
    again: Recognised = ForkingPickler.loads(ForkingPickler.dumps(found))
    assert [(f.path, f.modality, f.spec, str(f.error)) for f in again.findings] == [
        (f.path, f.modality, f.spec, str(f.error)) for f in found.findings
    ]
    assert again.slides == found.slides
    record = adopted(again)
    assert ForkingPickler.loads(ForkingPickler.dumps(record)) == record


def test_a_table_that_went_before_it_was_confirmed_is_named(tmp_path: Path) -> None:
    findings = (Finding(tmp_path / "gone.csv", Modality.RNA, "table", ""),)
    with pytest.raises(ReadError, match=r"gone\.csv"):
        run_to_end(cases.adopt(findings, "p", None))


def test_an_outcome_that_cannot_be_read_keeps_nobody_from_being_added(simulated: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(simulated, tmp_path / "case")
    text = (folder / "case.toml").read_text() + '\n[outcome]\ntable = "none.csv"\ntime = "t"\nevent = "e"\n'
    (folder / "case.toml").write_text(text)
    record = adopted(recognised(folder))
    assert any("none.csv" in note.text for note in run_to_end(cases.open(record.key)).notes)


def test_a_case_that_cannot_be_opened_is_not_added(
    simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(simulated, tmp_path / "case")
    found = recognised(folder)

    def refuse(paths: object) -> None:
        raise ReadError(folder, "the drive is gone")

    monkeypatch.setattr(cases, "load_case", refuse)
    with pytest.raises(ReadError, match="the drive is gone"):
        adopted(found)
    with Workspace.default() as workspace:
        assert workspace.records() == ()


def test_recognising_and_opening_load_neither_torch_nor_qt(patient: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from survgui.worker import cases, dropped\n"
        "from survgui.cases.step import run_to_end\n"
        f"found = run_to_end(dropped.recognise([Path({str(patient)!r})]))\n"
        "record = run_to_end(cases.adopt(found.findings, 'p', None)); run_to_end(cases.open(record.key))\n"
        "print(*{'torch', 'PySide6', 'sksurv', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []

"""No patient is ever given what another's is: names of files, samples, slides, rows and ids that lead astray."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Proposal, ProposedSource, Use
from survgui.cases.step import run_to_end
from survgui.errors import UsageError
from survgui.importing import load, propose
from survgui.readers.cohort import CohortFile, load_case, load_cohort
from survgui.readers.rows import owner_of, rows_by_patient
from tests.importing import makers

PATIENTS = [f"P-{k:03d}" for k in range(12)]
VALUES = dict(zip(PATIENTS, makers.values(len(PATIENTS)), strict=True))


def outcome(folder: Path, patients: Sequence[str] = PATIENTS) -> None:
    days, events = makers.outcome(patients)
    rows = [(patient, days[k], events[k]) for k, patient in enumerate(patients)]
    makers.table(folder / "clinical.csv", ["case_id", "survival_days", "event"], rows, ",")


def rna(folder: Path, names: dict[str, str]) -> None:
    """Values of the patients, each under a name, in another order."""
    rows = [(name, *VALUES[patient]) for name, patient in reversed(names.items())]
    makers.table(folder / "rna.csv", ["id", *makers.GENES], rows, ",")


def samples(folder: Path, rows: Sequence[tuple[str, str]]) -> None:
    makers.table(folder / "samples.csv", ["PATIENT_ID", "SAMPLE_ID"], rows, ",")


def slides(folder: Path, *names: str) -> None:
    for seed, name in enumerate(names):
        makers.features(folder / name, 3, seed=seed)


def proposed(folder: Path) -> Proposal:
    return run_to_end(propose([folder / "in"], folder / "workspace"))


def the(proposal: Proposal, modality: str) -> ProposedSource:
    (source,) = [source for source in proposal.sources if source.modality == modality]
    return source


def owned(proposal: Proposal) -> dict[str, str]:
    """Patient of each file by its name with its folder."""
    return {f"{path.parent.name}/{path.name}": who for who, path in the(proposal, "pathology").members}


def test_rows_in_another_order_stay_their_patients(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    rna(tmp_path / "in", {patient: patient for patient in PATIENTS})
    block = run_to_end(load(proposed(tmp_path))).blocks[Modality.RNA]
    for patient in PATIENTS:
        assert block.items[patient] == pytest.approx(VALUES[patient], abs=1e-3)


def test_a_sample_of_two_patients_is_nobodys(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    rna(tmp_path / "in", {f"S{k}": patient for k, patient in enumerate(PATIENTS)})
    samples(tmp_path / "in", [*((patient, f"S{k}") for k, patient in enumerate(PATIENTS)), (PATIENTS[5], "S3")])
    proposal = proposed(tmp_path)
    assert [note.code for note in the(proposal, "rna").notes] == ["IMP-11"]
    block = run_to_end(load(proposal)).blocks[Modality.RNA]
    assert block.patients == frozenset(PATIENTS) - {PATIENTS[3]}
    assert block.items[PATIENTS[5]] == pytest.approx(VALUES[PATIENTS[5]], abs=1e-3)


def test_ids_that_are_patients_and_other_patients_samples_are_not_guessed(tmp_path: Path) -> None:
    numbers = [str(100 + k) for k in range(12)]
    outcome(tmp_path / "in", numbers)
    rna(tmp_path / "in", dict(zip(numbers, PATIENTS, strict=True)))
    samples(tmp_path / "in", [(number, numbers[k - 1]) for k, number in enumerate(numbers)])
    source = the(proposed(tmp_path), "rna")
    assert source.use is Use.NONE and [note.code for note in source.notes] == ["IMP-11"]


def test_a_slide_of_two_patients_is_nobodys(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    slides(tmp_path / "in", "h5/slide1.h5", "h5/slide2.h5")
    rows = [(PATIENTS[1], "slide1"), (PATIENTS[2], "slide2"), (PATIENTS[3], "slide2")]
    makers.table(tmp_path / "in" / "slides.csv", ["case_id", "slide_id"], rows, ",")
    proposal = proposed(tmp_path)
    assert owned(proposal) == {"h5/slide1.h5": PATIENTS[1]}
    assert [note.code for note in the(proposal, "pathology").notes] == ["IMP-04"]


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ((f"{PATIENTS[1]}/slide.h5", f"{PATIENTS[2]}/slide.h5"), {f"{PATIENTS[1]}/slide.h5": PATIENTS[1]}),
        (("monday/slide.h5", "tuesday/slide.h5"), {}),
        (("monday/slide.h5", "tuesday/other.h5"), {"monday/slide.h5": PATIENTS[1]}),
    ],
    ids=["folders of patients", "folders of days", "one of the name"],
)
def test_files_of_one_name_are_not_all_the_one_that_the_table_means(
    tmp_path: Path, names: tuple[str, ...], wanted: dict[str, str]
) -> None:
    outcome(tmp_path / "in")
    slides(tmp_path / "in", *names)
    makers.table(tmp_path / "in" / "slides.csv", ["case_id", "slide_id"], [(PATIENTS[1], "slide")], ",")
    assert owned(proposed(tmp_path)) == wanted


def test_a_feature_file_with_two_patients_in_its_name_is_nobodys(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    slides(tmp_path / "in", f"h5/{PATIENTS[1]}.h5", f"h5/{PATIENTS[1]}_{PATIENTS[2]}.h5", f"h5/{PATIENTS[2]}0.h5")
    assert owned(proposed(tmp_path)) == {f"h5/{PATIENTS[1]}.h5": PATIENTS[1]}


def test_those_without_an_id_are_no_patient_together() -> None:
    ids = ["NA", "nan", "P1", "-", "", "Unknown", "NA", " NA ", "NA12878"]
    assert rows_by_patient(ids, range(len(ids))) == {"P1": [2], "NA12878": [8]}


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([("S1", "P1"), ("S1", "P1")], {"S1": "P1"}),
        ([("S1", "P1"), ("S1", "P2"), ("S1", "P1")], {"S1": ""}),
        ([("S1", "TCGA-AA-0001"), ("S1", "TCGA-AA-0001-01A")], {"S1": "TCGA-AA-0001"}),
        ([("S1", "NA"), ("NA", "P1"), ("", "P2")], {}),
    ],
    ids=["said twice", "said of two", "patient and sample", "blanks"],
)
def test_whose_a_name_is(pairs: list[tuple[str, str]], wanted: dict[str, str]) -> None:
    assert owner_of(pairs) == wanted


@pytest.mark.parametrize("files", ["{case}*.h5", "*{case}*.h5"])
def test_a_cohort_and_its_patients_one_by_one_have_the_same_files(tmp_path: Path, files: str) -> None:
    ids = ["P1", "P10", "P1-2", "01", "1", "1.0"]
    outcome(tmp_path, ids)
    for seed, patient in enumerate(ids):
        makers.features(tmp_path / f"{patient}.h5", 2, seed=seed)
    text = 'name = "x"\n[outcome]\ntable = "clinical.csv"\ntime = "survival_days"\nunit = "days"\nevent = "event"\n'
    (tmp_path / "cohort.toml").write_text(f'{text}[modality.pathology]\nfiles = "{files}"\n')
    whole, file = load_cohort(tmp_path / "cohort.toml"), CohortFile(tmp_path / "cohort.toml")
    for seed, patient in enumerate(ids):
        alone, _ = file.case(patient)
        mine = np.random.default_rng(seed).normal(size=(2, 8)).astype(np.float32)
        for cohort in (whole, alone):
            assert np.array_equal(cohort.blocks[Modality.PATHOLOGY].items[patient].values, mine)


@pytest.mark.parametrize(
    ("names", "ids"),
    [(("rna", "clinical"), ("P-001", "P-002")), (("TCGA-AA-0001-rna", "clinical"), ("TCGA-AA-0001", "TCGA-AA-0002"))],
    ids=["tables", "a name and a table"],
)
@pytest.mark.parametrize("whole", [False, True], ids=["files", "folder"])
def test_loose_files_of_two_patients_are_no_case(
    tmp_path: Path, names: tuple[str, str], ids: tuple[str, str], whole: bool
) -> None:
    (tmp_path / "case").mkdir()
    files = [tmp_path / "case" / f"{name}.csv" for name in names]
    makers.table(files[0], ["id", *makers.GENES], [(ids[0], *VALUES[PATIENTS[0]])], ",")
    makers.table(files[1], ["id", "age", "sex"], [(ids[1], 54, "M")], ",")
    with pytest.raises(UsageError, match="the files are of 2 patients"):
        load_case([tmp_path / "case"] if whole else files)
    makers.table(files[1], ["id", "age", "sex"], [(ids[0], 54, "M")], ",")
    assert set(load_case(files).blocks) == {Modality.RNA, Modality.CLINICAL}


@pytest.mark.parametrize(
    ("case", "row", "his"),
    [("P-1", "P-9", True), ("TCGA-AA-0001", "P-9", True), ("TCGA-AA-0001", "TCGA-AA-0002", False)],
)
def test_the_only_row_of_a_table_is_the_cases_unless_it_is_surely_anothers(
    tmp_path: Path, case: str, row: str, his: bool
) -> None:
    makers.table(tmp_path / "rna.csv", ["id", *makers.GENES], [(row, *VALUES[PATIENTS[0]])], ",")
    (tmp_path / "case.toml").write_text(f'id = "{case}"\n[modality.rna]\ntable = "rna.csv"\n')
    cohort = load_case([tmp_path])
    assert bool(cohort.blocks[Modality.RNA].items) is his
    assert [note.code for note in cohort.notes if note.level == "warning"] == ["BLK-03" if his else "BLK-02"]


def test_tables_that_are_made_of_files_called_alike_are_not_each_other(tmp_path: Path) -> None:
    """`study.rna.csv` and `study.cna.csv` name samples: each becomes a table of patients, of its own."""
    outcome(tmp_path / "in")
    samples(tmp_path / "in", [(patient, f"S{k}") for k, patient in enumerate(PATIENTS)])
    calls = np.random.default_rng(3).integers(-2, 3, (len(PATIENTS), len(makers.GENES)))
    numbers = {"rna": [VALUES[patient] for patient in PATIENTS], "cna": calls}
    for name, values in numbers.items():
        rows = [(f"S{k}", *row) for k, row in enumerate(values)]
        makers.table(tmp_path / "in" / f"study.{name}.csv", ["id", *makers.GENES], rows, ",")
    blocks = run_to_end(load(proposed(tmp_path))).blocks
    for k, patient in enumerate(PATIENTS):
        assert blocks[Modality.RNA].items[patient] == pytest.approx(VALUES[patient], abs=1e-3)
        assert list(blocks[Modality.CNV].items[patient]) == list(calls[k])


def test_folders_of_features_that_are_called_alike_are_not_each_other(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    rows = [(patient, f"s{k}") for k, patient in enumerate(PATIENTS)]
    makers.table(tmp_path / "in" / "slides.csv", ["case_id", "slide_id"], rows, ",")
    for encoder in ("one", "two"):
        slides(tmp_path / "in", *(f"{encoder}/h5_files/s{k}.h5" for k in range(len(PATIENTS))))
    found = [source for source in proposed(tmp_path).sources if source.modality is Modality.PATHOLOGY]
    assert len({source.key for source in found}) == 2
    for source in found:
        assert source.made is not None
        mine = {path.as_posix() for path in source.paths}
        assert mine == {line.split(",")[1] for line in source.made.read_text().splitlines()[1:]}


def test_tables_of_one_patient_each_that_are_called_alike_are_sources_of_their_own(tmp_path: Path) -> None:
    outcome(tmp_path / "in")
    for column in ("TPM", "FPKM"):
        for patient in PATIENTS:
            rows = [(gene, VALUES[patient][n] + (column == "TPM")) for n, gene in enumerate(makers.GENES)]
            makers.table(tmp_path / "in" / column / f"{patient}.tsv", ["gene", column], rows)
    found = [source for source in proposed(tmp_path).sources if source.modality is Modality.RNA]
    assert len({source.key for source in found}) == len({source.made for source in found}) == 2
    tables = [pd.read_parquet(source.made) for source in found if source.made is not None]
    for patient in PATIENTS:
        assert sorted(table[patient][0] - VALUES[patient][0] for table in tables) == pytest.approx([0, 1], abs=1e-3)

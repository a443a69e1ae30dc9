"""cohort.toml and case.toml: what is written is what is meant, or an error that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Modality, Outcome
from survgui.errors import CohortError
from survgui.readers.spec import SEQUENCES, OutcomeSpec, read_case_spec, read_cohort_spec

FULL = """
name = "Example"
[outcome]
table = "clinical.csv"
filter = { type = ["GBM", "LGG"], grade = 4 }
case = "case_id"
time = "t"
unit = "days"
event = "dead"
event_value = ["yes", 1]
[splits]
table = "splits.csv"
case = "case_id"
fold = "fold"
part = "part"
train = "train"
test = "val"
[modality.clinical]
table = "clinical.xlsx"
sheet = "S1"
columns = ["age", "stage"]
[modality.clinical.ordered]
stage = ["I", "II"]
[modality.rna]
table = "../rna.csv.zip"
columns = "*_rnaseq"
transform = "signed-log1p"
groups = "signatures.csv"
unit = "z-score"
[modality.mirna]
table = "mirna.tsv"
orientation = "cases-in-columns"
rows = "mean"
[modality.pathology]
files = "slides/{case}*.svs"
mpp = 0.5
[modality.mri]
files = ["mri/{case}_{sequence}.nii.gz"]
"""
OUTCOME = '[outcome]\ntable = "c.csv"\ntime = "t"\nevent = "e"\n'


def write(tmp_path: Path, text: str, name: str = "cohort.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_every_key_of_the_contract(tmp_path: Path) -> None:
    spec = read_cohort_spec(write(tmp_path, FULL))
    assert (spec.name, spec.path) == ("Example", tmp_path / "cohort.toml")
    assert spec.outcome.table.path == tmp_path / "clinical.csv"
    assert spec.outcome.table.filter == {"type": ("GBM", "LGG"), "grade": (4,)}
    assert (spec.outcome.unit, spec.outcome.event_value) == ("days", ("yes", 1))
    assert spec.splits is not None and (spec.splits.train, spec.splits.test) == ("train", "val")
    rna, mirna, mri = (spec.blocks[m] for m in (Modality.RNA, Modality.MIRNA, Modality.MRI))
    assert (rna.columns, rna.transform, rna.unit) == ("*_rnaseq", "signed-log1p", "z-score")
    assert rna.groups == tmp_path / "signatures.csv"
    assert mirna.table is not None and (mirna.table.orientation, mirna.rows) == ("cases-in-columns", "mean")
    assert (mri.files, mri.sequences) == (("mri/{case}_{sequence}.nii.gz",), SEQUENCES)
    clinical = spec.blocks[Modality.CLINICAL]
    assert (clinical.columns, clinical.ordered) == (("age", "stage"), {"stage": ("I", "II")})
    assert spec.blocks[Modality.PATHOLOGY].mpp == 0.5


def test_a_folder_stands_for_the_file_in_it(tmp_path: Path) -> None:
    write(tmp_path, OUTCOME)
    assert read_cohort_spec(tmp_path).name == tmp_path.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[outcom]\n", r"cohort.toml: unknown key 'outcom'; did you mean 'outcome'\?.*COH-01"),
        ("name = 'x'\n", r"table \[outcome\] is missing.*COH-02"),
        ('[outcome]\ntable = "c.csv"\nevent = "e"\n', r"\[outcome\]: the key 'time' is missing.*COH-02"),
        (OUTCOME + 'unit = "weeks"\n', r"'weeks' is not known.*days, months, years.*COH-03"),
        (OUTCOME + "case = 3\n", r"\[outcome\]: case = 3 must be a text.*COH-03"),
        (OUTCOME + "filter = 3\n", "filter = 3.*COH-03"),
        (OUTCOME + '[modality.rna]\ntable = "r"\ncolums = "*"\n', r"\[modality.rna\]: unknown key 'colums'.*'columns'"),
        (OUTCOME + '[modality.rnaa]\ntable = "r"\n', r"\[modality\]: unknown key 'rnaa'; did you mean 'rna'\?"),
        (OUTCOME + "[modality.rna]\n", "one of `table`, `files` and `list`"),
        (OUTCOME + '[modality.rna]\ntable = "r"\nfiles = "f"\n', "one of `table`, `files` and `list`"),
        (OUTCOME + '[modality.rna]\ntable = "r"\nrows = "median"\n', "first, mean, bag"),
        (OUTCOME + '[modality.pathology]\nfiles = "f"\nmpp = 0\n', "no pixel size"),
        (OUTCOME + '[modality.pathology]\nfiles = "f"\nmpp = true\n', "mpp = True must be a number"),
        (OUTCOME + '[modality.rna]\ntable = "r"\nunit = "z"\n', "'z' is not known"),
        ("[outcome\n", r"not valid TOML.*line 1.*COH-05"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CohortError, match=said):
        read_cohort_spec(write(tmp_path, text))


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"cohort.toml is not there.*COH-04"):
        read_cohort_spec(tmp_path)


def test_a_case_with_its_outcome_said_outright(tmp_path: Path) -> None:
    text = 'id = "C-0039"\n[outcome]\ntime = 2\nunit = "years"\nevent = true\n[modality.rna]\ntable = "r.csv"\n'
    spec = read_case_spec(write(tmp_path, text, "case.toml"))
    assert (spec.id, spec.outcome) == ("C-0039", Outcome(24.0, True))
    assert list(spec.blocks) == [Modality.RNA]


def test_a_case_with_its_outcome_in_a_table(tmp_path: Path) -> None:
    spec = read_case_spec(write(tmp_path, 'id = "1"\n' + OUTCOME, "case.toml"))
    assert isinstance(spec.outcome, OutcomeSpec)
    assert read_case_spec(write(tmp_path, 'id = "1"\n', "case.toml")).outcome is None


def test_a_case_needs_an_id(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"the key 'id' is missing.*COH-02"):
        read_case_spec(write(tmp_path, "", "case.toml"))


def test_the_real_cohorts_parse(shared_data: Path) -> None:
    specs = [read_cohort_spec(path) for path in sorted((shared_data / "cohorts").glob("*.toml"))]
    assert all(spec.blocks for spec in specs)


def test_files_may_say_what_they_are(tmp_path: Path) -> None:
    text = 'id = "P"\n[modality.mri.files]\nT1 = "a.nii"\nsegmentation = ["b.nii", "c.nii"]\n'
    (tmp_path / "case.toml").write_text(text)
    block = read_case_spec(tmp_path).blocks[Modality.MRI]
    assert (block.files, block.roles) == (("a.nii", "b.nii", "c.nii"), ("t1", "segmentation", "segmentation"))


def test_the_pixel_size_of_all_slides_or_of_single_ones(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('id = "P"\n[modality.pathology]\nfiles = "*.svs"\nmpp = 0.5\n')
    block = read_case_spec(tmp_path).blocks[Modality.PATHOLOGY]
    assert (block.mpp, block.slide_mpp) == (0.5, {})
    (tmp_path / "case.toml").write_text(
        'id = "P"\n[modality.pathology]\nfiles = "*.svs"\nmpp = { "a.svs" = 1, "/b/c.svs" = 0.25 }\n'
    )
    block = read_case_spec(tmp_path).blocks[Modality.PATHOLOGY]
    assert (block.mpp, block.slide_mpp) == (None, {tmp_path / "a.svs": 1.0, Path("/b/c.svs"): 0.25})
    (tmp_path / "case.toml").write_text('id = "P"\n[modality.pathology]\nfiles = "*"\nmpp = { "a" = 99 }\n')
    with pytest.raises(CohortError, match="99 is no pixel size"):
        read_case_spec(tmp_path)


def test_only_a_lone_case_has_tables_without_ids(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text('id = "P"\n[modality.rna]\ntable = "r.csv"\ncase = ""\n')
    table = read_case_spec(tmp_path).blocks[Modality.RNA].table
    assert table is not None and table.case == ""
    with pytest.raises(CohortError, match="case is empty"):
        read_cohort_spec(write(tmp_path, OUTCOME + '[modality.rna]\ntable = "r"\ncase = ""\n'))


def test_a_folder_or_a_table_that_is_no_cohort_yet_is_to_be_imported(tmp_path: Path) -> None:
    (tmp_path / "clinical.csv").write_text("id,age\nP1,50\n")
    with pytest.raises(CohortError, match=r"cohort.toml is not there .*survgui cohort import FOLDER.*COH-04"):
        read_cohort_spec(tmp_path)
    with pytest.raises(CohortError, match=r"clinical.csv is not valid TOML, .*survgui cohort import FOLDER.*COH-05"):
        read_cohort_spec(tmp_path / "clinical.csv")

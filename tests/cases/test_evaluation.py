import json
from dataclasses import replace

import pytest

from survgui.cases.bundle import read_manifest
from survgui.cases.evaluation import COX, Cell, Difference, mismatches, of_manifest, read_evaluation
from survgui.errors import ReadError
from tests.conftest import REPOSITORY
from tests.ui.evaluation import samples


@pytest.fixture
def read(tmp_path):
    def write(content):
        file = tmp_path / "evaluation.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return read_evaluation(file)

    return write


@pytest.fixture(scope="module")
def manifest():
    return read_manifest(REPOSITORY / "models" / "tcga-glioma")


def test_figures_are_those_of_the_file(read):
    found = read(samples.content())
    assert (found.cohort, found.patients, found.events, found.folds, found.seeds) == ("Small cohort", 40, 20, 2, 2)
    cell = found.cell("must", ("clinical", "rna"))
    assert cell == Cell(pytest.approx(0.68), 0.02, pytest.approx(0.765), 0.15, 2)
    assert found.cell("cox-rna-clinical", ("pathology",)).reason == samples.WHY
    assert found.cell("rsf", ("rna",)) == Cell(reason="not evaluated")
    assert found.difference("cox-specialist", ("rna",)) == Difference(0.004, 0.003)
    assert found.difference("cox-all", ("rna",)) is None and found.notes == {"cmta": "pathways are gene groups"}


def test_test_patients_are_counted_once_whatever_the_seeds(read):
    found = read(samples.content())
    assert found.cell("must", ("rna",)).patients == 20 + 19
    assert found.cell("must", ("clinical",)).patients is None
    stated = samples.content(summary=[{**samples.row("must", ["rna"], 0.6), "n": 12}])
    assert read(stated).cell("must", ("rna",)).patients == 12  # what the summary says counts


def test_rows_go_from_everything_measured_to_one_alone(read):
    found = read(samples.content())
    assert found.modalities == ("clinical", "pathology", "rna")
    assert found.patterns == (
        ("clinical", "pathology", "rna"),
        *(("clinical", "pathology"), ("clinical", "rna"), ("pathology", "rna")),
        *(("clinical",), ("pathology",), ("rna",)),
    )


def test_everything_given_is_complete_by_another_name(read):
    rows = [samples.row("must", ["complete"], 0.7), *(samples.row("must", [m], 0.6) for m in samples.MODALITIES)]
    found = read(samples.content(summary=rows))
    assert found.patterns[0] == samples.MODALITIES and found.cell("must", samples.MODALITIES).c_index == 0.7


def test_the_cox_rows_are_there_even_where_nobody_evaluated_them(read):
    found = read(samples.content(summary=[samples.row(m, ["natural"], 0.6) for m in ("cmta", "must", "rsf")]))
    assert found.methods == ("must", *COX, "rsf", "cmta")


def test_the_best_may_be_a_cox_row_and_ties_are_shared(read):
    found = read(samples.content())
    assert found.best(("rna",)) == {"cox-specialist"}
    rows = [samples.row("must", ["rna"], 0.7001), samples.row("cox-all", ["rna"], 0.7004)]
    assert read(samples.content(summary=rows)).best(("rna",)) == {"must", "cox-all"}
    assert found.best(("rna",), ["rsf"]) == found.best(("rna",), ["must", "rsf"]) == frozenset()  # nobody alone


def test_simulated_patients_have_an_oracle(read):
    found = read(samples.content(simulated=True))
    assert found.oracle[("rna",)] == 0.8
    assert found.cell("must", ("natural",)).oracle_share == pytest.approx(0.7 / 0.8)
    assert read(samples.content()).oracle == {}


def test_an_evaluation_of_another_cohort_is_told(read):
    found = read(samples.content())
    assert mismatches(found, "Small cohort", 40) == ()
    name, number = mismatches(found, "Other", 41)
    assert "Small cohort" in name and "Other" in name and "40" in number and "41" in number


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not readable"),
        ("[]", "no evaluation"),
        ({"cases": []}, "no evaluation"),
        ({"summary": []}, "not complete"),
        ({"cohort": "A", "summary": [{"method": "must"}]}, "not complete"),
        ("[" * 100_000, "not readable"),
    ],
)
def test_what_is_no_evaluation_is_refused(read, content, said):
    with pytest.raises(ReadError, match=said):
        read(content)


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(ReadError, match="no longer there"):
        read_evaluation(tmp_path / "gone.json")


def test_figures_that_are_no_numbers_are_none(read):
    odd = {**samples.row("must", ["rna"], 0.6), "c_index": float("nan"), "cs": "high", "n_folds": True}
    assert read(samples.content(summary=[odd])).cell("must", ("rna",)).c_index is None


def test_a_bundle_without_an_evaluation_shows_its_own_cross_validation(manifest):
    found = of_manifest(replace(manifest, evaluations=()))
    stored = next(r for r in manifest.metrics if r["method"] == "must" and r["pattern"] == ["natural"])
    assert found.cell("must", ("natural",)).c_index == stored["c_index"]
    assert (found.patients, found.events) == (manifest.development.patients, manifest.development.events)
    assert of_manifest(replace(manifest, metrics=(), evaluations=())) is None


def test_methods_of_one_pattern_come_from_the_same_folds(manifest):
    """An evaluation has `natural`, so the bundle's own `natural` rows are not mixed in; its other patterns stay."""
    later = {"cohort": "TCGA-GBMLGG", "summary": [samples.row("must", ["natural"], 0.5)], "notes": ["seen twice"]}
    found = of_manifest(replace(manifest, evaluations=(later,)))
    assert found.cell("must", ("natural",)).c_index == 0.5
    assert found.cell("cox-all", ("natural",)).reason == "not evaluated"
    assert found.cell("cox-all", ("complete",)).c_index is not None and found.remarks == ("seen twice",)


def test_of_two_evaluations_the_later_figure_counts_and_a_missing_one_takes_nothing_away(manifest):
    first = {"summary": [samples.row("must", ["rna"], 0.6), samples.row("cmta", ["rna"], 0.5)]}
    then = {"summary": [samples.row("must", ["rna"], 0.65), samples.row("cmta", ["rna"], None)]}
    found = of_manifest(replace(manifest, metrics=(), evaluations=(first, then)))
    assert found.cell("must", ("rna",)).c_index == 0.65 and found.cell("cmta", ("rna",)).c_index == 0.5


def test_what_was_hidden_is_said_in_words(read):
    missing = {"mechanism": "mnar", "rate": 0.3, "measured": {"rna": 40, "mri": 9}, "left": {"rna": 28, "mri": 6}}
    found = read(samples.content(protocol={"patients": 40, "missing": missing}))
    assert found.hidden == "30 % hidden by the risk (mnar), left: rna 28 of 40, mri 6 of 9"
    assert read(samples.content()).hidden == ""
    assert read(samples.content(protocol={"missing": {"mechanism": "new"}})).hidden == "some hidden (new)"

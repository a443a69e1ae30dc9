import json

import pytest

from survgui.cases.evaluation import Difference, Evaluation, mismatches
from survgui.cases.study import StudyResult, read_result
from survgui.errors import ReadError
from tests.ui.evaluation import samples, study_samples


@pytest.fixture
def read(tmp_path):
    def write(content):
        file = tmp_path / "study.json"
        file.write_text(json.dumps(content), "utf-8")
        return read_result(file)

    return write


def test_a_study_is_told_from_an_evaluation(read):
    assert isinstance(read(samples.content()), Evaluation)
    assert isinstance(read(study_samples.ratios()), StudyResult)


def test_figures_are_those_of_the_file(read):
    found = read(study_samples.ratios())
    assert found.values == ("0.25", "0.5", "0.75", "0.9", "1.0") and found.default == "0.5" and found.of_setting
    first = found.rows[0]
    assert (first.c_index, first.deviation, first.cs, first.binned, first.folds, first.patients) == (
        0.835, 0.02, 0.86, 0.85, 5, 40,
    )  # fmt: skip
    assert first.change == Difference(pytest.approx(-0.006), 0.004) and found.rows[1].change is None
    assert first.errors == {"rna": 0.9 - 0.0625, "mri": pytest.approx(0.875)} and found.modalities == ("rna", "mri")
    assert found.rows[-1].c_index is None and "between 0 and 1" in found.rows[-1].reason
    assert found.references == {"cox-clinical": 0.842, "cox-all": 0.85, "mask-only": None}
    assert (found.patients, found.events, found.folds, found.seeds) == (5, 2, 5, 1) and found.ridge == {"rna": 0.87}


def test_values_stand_where_they_belong_and_are_said_in_words(read):
    ratios = read(study_samples.ratios())
    assert ratios.place("0.25") == 0.25 and ratios.said("0.25") == "0.25"
    protocol = {**study_samples.ratios()["protocol"], "setting": "width"}
    summary = [study_samples.row(v, "imputmae", 0.8, None, {}) for v in (16, 64)]
    widths = read(study_samples.ratios(protocol=protocol, summary=summary))
    assert [widths.place(v) for v in widths.values] == [4, 6]
    missing = read(study_samples.missingness())
    assert [missing.said(v) for v in missing.values] == [
        "as measured", "at random (mcar)", "by what was observed (mar)", "by the risk (mnar)", "by whole sites (site)",
    ]  # fmt: skip
    assert missing.rate == 0.3 and not missing.of_setting and len(missing.first) == 20


def test_a_study_of_another_cohort_is_told(read):
    found = read(study_samples.ratios())
    assert mismatches(found, "Small cohort", 5) == () and len(mismatches(found, "Other", 7)) == 2


@pytest.mark.parametrize("change", [{"protocol": None}, {"summary": [5]}, {"reference": None}, {"cohort": None}])
def test_what_is_not_complete_is_refused(read, change):
    content = {**study_samples.ratios(), **change}
    if change == {"cohort": None}:
        del content["cohort"]
    with pytest.raises(ReadError, match="the study is not complete"):
        read(content)


def test_a_value_that_is_no_number_of_a_setting_is_refused(read):
    with pytest.raises(ReadError, match="not complete"):
        read(study_samples.ratios(summary=[study_samples.row("half", "imputmae", 0.8, None, {})]))

import json

import pytest

from survgui import paths
from survgui.cases.step import run_to_end
from survgui.errors import ReadError
from survgui.worker import evaluations
from tests.ui.evaluation import samples, study_samples


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "evaluation.json"
    made.write_text(json.dumps(samples.content()), "utf-8")
    return made


def opened(cohort, path=None):
    return run_to_end(evaluations.open(cohort, path))


def test_what_was_opened_for_a_cohort_is_remembered_for_it_alone(file, tmp_path, home):
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    assert opened(one) is None
    found = opened(one, file)
    assert found.file == file and found.evaluation.cohort == "Small cohort"
    assert opened(one) == found and opened(other) is None


def test_the_last_one_counts_and_one_that_is_gone_is_forgotten_quietly(file, tmp_path, home):
    cohort, later = tmp_path / "cohort.toml", tmp_path / "later.json"
    later.write_text(json.dumps(samples.content(cohort="Later")), "utf-8")
    opened(cohort, file)
    opened(cohort, later)
    assert opened(cohort).evaluation.cohort == "Later"
    later.write_text("no longer JSON", "utf-8")
    assert opened(cohort) is None
    later.unlink()
    assert opened(cohort) is None


def test_what_is_chosen_and_is_no_evaluation_is_told_and_not_remembered(file, tmp_path, home):
    cohort, wrong = tmp_path / "cohort.toml", tmp_path / "wrong.json"
    wrong.write_text("{}", "utf-8")
    opened(cohort, file)
    with pytest.raises(ReadError, match="no evaluation"):
        opened(cohort, wrong)
    assert opened(cohort).file == file


def test_a_study_is_opened_like_an_evaluation(tmp_path, home):
    file = tmp_path / "study.json"
    file.write_text(json.dumps(study_samples.ratios()), "utf-8")
    assert opened(tmp_path / "cohort.toml", file).evaluation.name == "mask-ratio"
    assert opened(tmp_path / "cohort.toml").file == file


@pytest.mark.parametrize("stored", ["{", "[]", '{"evaluations": 5}'])
def test_a_list_that_cannot_be_read_is_as_good_as_none(file, tmp_path, home, stored):
    paths.user_data().mkdir(parents=True, exist_ok=True)
    (paths.user_data() / "evaluations.json").write_text(stored, "utf-8")
    cohort = tmp_path / "cohort.toml"
    assert opened(cohort) is None
    opened(cohort, file)
    assert opened(cohort).file == file


def test_the_list_does_not_grow_for_ever(file, tmp_path, home, monkeypatch):
    monkeypatch.setattr(evaluations, "MOST", 2)
    cohorts = [tmp_path / f"{k}.toml" for k in range(3)]
    for cohort in cohorts:
        opened(cohort, file)
    assert [opened(cohort) is not None for cohort in cohorts] == [False, True, True]

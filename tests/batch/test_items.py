from __future__ import annotations

import os

import pytest

from survgui.batch.items import (
    case_folders,
    check_reports,
    content,
    content_key,
    items_of_cases,
    items_of_cohort,
    sources_of,
)
from survgui.cases.batch import Action, Item, Order
from survgui.errors import UsageError

COHORT = """
name = "two"
[outcome]
table = "clinical.csv"
case = "id"
time = "months"
event = "died"
event_value = 1
[modality.clinical]
table = "clinical.csv"
case = "id"
columns = ["age"]
[modality.pathology]
files = "slides/{case}.svs"
"""


@pytest.fixture
def cohort(tmp_path):
    (tmp_path / "cohort.toml").write_text(COHORT)
    (tmp_path / "clinical.csv").write_text("id,months,died,age\nA-1,3,1,50\nB-2,4,0,60\n")
    (tmp_path / "slides").mkdir()
    for name in ("A-1", "B-2"):
        (tmp_path / "slides" / f"{name}.svs").write_text(name)
    return tmp_path


def case(folder, text='id = "X"\n'):
    folder.mkdir(parents=True)
    (folder / "case.toml").write_text(text)
    return folder


def test_a_cohort_is_its_patients_and_each_has_its_own_files(cohort):
    for path in (cohort, cohort / "cohort.toml"):
        assert [(i.name, i.patient) for i in items_of_cohort(path)] == [("A-1", "A-1"), ("B-2", "B-2")]
    found = [file.relative_to(cohort).as_posix() for file in sources_of(items_of_cohort(cohort)[1])]
    assert found == ["cohort.toml", "clinical.csv", "slides/B-2.svs"]


def test_a_folder_of_cases_and_several_case_files_are_cases_and_one_case_is_not(tmp_path):
    one, two = case(tmp_path / "all" / "one"), case(tmp_path / "all" / "two", "nonsense")
    (tmp_path / "all" / "three").mkdir()
    (tmp_path / "all" / ".hidden").mkdir()
    assert case_folders([tmp_path / "all"]) == [one, tmp_path / "all" / "three", two]
    assert case_folders([one / "case.toml", two]) == [one / "case.toml", two]
    assert case_folders([one]) == case_folders([one / "case.toml"]) == case_folders([]) == []
    assert case_folders([one / "case.toml", tmp_path / "slide.svs"]) == []
    (tmp_path / "loose" / "mri").mkdir(parents=True)
    assert case_folders([tmp_path / "loose"]) == []
    assert [item.name for item in items_of_cases(case_folders([tmp_path / "all"]))] == ["X", "three", "two"]


def test_two_cases_of_one_id_are_refused_for_their_rows_could_not_be_told_apart(tmp_path):
    with pytest.raises(UsageError, match="two and one are both the case X"):
        items_of_cases([case(tmp_path / "one"), case(tmp_path / "two")])


def test_the_key_is_of_contents_and_settings_and_of_nothing_else(cohort):
    a, b = items_of_cohort(cohort)
    order = Order(Action.PREDICT)
    first = content_key(a, order, "program", "bundle")
    assert first == content_key(a, order, "program", "bundle")
    others = [content_key(b, order, "program", "bundle"), content_key(a, order, "other", "bundle")]
    others += [
        content_key(a, order, "program", "other"),
        content_key(a, Order(Action.PREDICT, seed=1), "program", "bundle"),
    ]
    (cohort / "slides" / "B-2.svs").write_text("another slide of somebody else")
    assert content_key(a, order, "program", "bundle") == first
    (cohort / "slides" / "A-1.svs").write_text("another slide")
    others.append(content_key(a, order, "program", "bundle"))
    assert len({first, *others}) == 6


def test_a_series_counts_with_every_file_of_it(cohort):
    text = COHORT.replace('files = "slides/{case}.svs"', 'files = "slides/{case}.mrxs"')
    (cohort / "cohort.toml").write_text(text)
    beside = cohort / "slides" / "A-1"
    beside.mkdir()
    for file in (beside.with_suffix(".mrxs"), beside / "Data0000.dat"):
        file.write_text("a slide")
    a, _ = items_of_cohort(cohort)
    before = content_key(a, Order(Action.PREDICT), "program", "bundle")
    (beside / "Data0000.dat").write_text("another slide")
    assert content_key(a, Order(Action.PREDICT), "program", "bundle") != before


def test_reports_that_would_be_one_file_somewhere_are_refused(tmp_path):
    items = [Item(name, (tmp_path,)) for name in ("Jürgen", "Ju\u0308RGEN")]
    check_reports(items, Order(Action.PREDICT))
    check_reports(items[:1] * 2, Order(Action.REPORT, reports=tmp_path))
    with pytest.raises(UsageError, match="would be one file"):
        check_reports(items, Order(Action.REPORT, reports=tmp_path))


def test_what_is_no_file_is_said_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert content(tmp_path / "pipe") == "no file" and content(tmp_path / "nothing") == "gone"
    broken = Item("x", (case(tmp_path / "broken", "id = [") / "case.toml",))
    assert sources_of(broken) == [tmp_path / "broken" / "case.toml"]

"""Asking again: what failed is submitted anew, and what it then brings is shown where it belongs."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.errors import Trouble
from tests.ui import pretended, samples
from tests.ui.cohort import facts as cohorts

M = Modality
BROKEN = Trouble("ReadError", "The worker ended.", "", "")
COHORT = Path("cohort.toml")


@pytest.fixture
def window(qtbot, monkeypatch):
    made = pretended.opened_window(qtbot, monkeypatch)
    pretended.with_bundles(made)
    pretended.with_case(made)
    pretended.with_estimate(made, states=samples.FOUR_MEASURED)
    return made


def failed(window, name):
    """The last job of this name, which the worker did not survive."""
    window.lanes.fail(name, BROKEN)
    return window.lanes.last(name)


def again(window, name):
    """Ask again for the last job of this name, which has failed; what was asked then."""
    job = failed(window, name)
    assert window.wiring.retry.possible(job)
    window.jobs.retry.emit(job)
    new = window.lanes.last(name)
    assert new is not job, "it was submitted anew"
    return new


ASKED = [
    ("dropped.recognise", lambda s: s.recognise([Path("a.svs"), Path("b.csv")])),
    ("cases.adopt", lambda s: s.adopt(("finding",), "C-7", 0.5)),
    ("cases.open", lambda s: s.open_case("other")),
    ("cases.demo", lambda s: s.demo()),
    ("cases.set_pixel_size", lambda s: s.set_pixel_size(Path("a.svs"), 0.25)),
    ("cases.delete", lambda s: s.delete_cases(["x", "y"])),
    ("predictions.predict", lambda s: s.predict()),
    ("predictions.compare", lambda s: s.compare(M.RNA)),
    ("pictures.omics", lambda s: s.read_omics()),
    ("pictures.volume", lambda s: s.read_volume("flair")),
    ("cohorts.open", lambda s: s.open_cohort(COHORT)),
    ("cohorts.demo", lambda s: s.demo_cohort()),
    ("bundles.listing", lambda s: s.refresh_bundles()),
    ("bundles.verify", lambda s: s.verify_bundle(Path("b"))),
    ("bundles.install", lambda s: s.install_bundle(Path("b.zip"))),
    ("bundles.remove", lambda s: s.remove_bundle(Path("b"))),
]


@pytest.mark.parametrize(("name", "ask"), ASKED, ids=[name for name, _ in ASKED])
def test_the_same_is_asked_again(window, name, ask):
    ask(window.session)
    first = window.lanes.last(name).request
    assert again(window, name).request == first


def test_a_comparison_is_shown_when_it_comes_at_last(window):
    window.session.compare(M.RNA)
    again(window, "predictions.compare")
    assert not window.case_page.compare.button.isEnabled(), "it is being computed"
    window.lanes.give("predictions.compare", samples.comparison())
    assert window.case_page.compare.result.isVisible()


def test_a_cohort_is_shown_when_it_comes_at_last(window):
    window.wiring.open_cohort(COHORT)
    again(window, "cohorts.open")
    window.lanes.give("cohorts.open", cohorts.facts(file=COHORT))
    assert window.cohort.facts.file == COHORT


def test_a_report_is_asked_for_with_its_dialog(window):
    window.show_report()
    job = failed(window, "predictions.report")
    window.report.reject()
    window.jobs.retry.emit(job)
    assert window.report.isVisible() and window.lanes.names().count("predictions.report") == 2
    window.report.reject()


def test_what_was_hidden_is_hidden_again(window):
    window.session.hide(M.RNA, True)
    job = failed(window, "predictions.predict")
    assert window.session.hidden == frozenset()
    window.jobs.retry.emit(job)
    assert window.lanes.last("predictions.predict").request.arguments["hide"] == {M.RNA}
    assert window.session.hidden == {M.RNA}


def test_a_prediction_of_a_case_that_is_no_longer_open_goes_on_as_a_batch(window):
    window.session.predict()
    job = failed(window, "predictions.predict")
    window.session.close_case()
    assert window.wiring.retry.possible(job)
    window.jobs.retry.emit(job)
    (item,) = window.lanes.last("batches.run").request.arguments["items"]
    assert item.name == job.request.arguments["key"]


def test_a_batch_that_was_stopped_goes_on(window):
    window.session.predict_many(["other"])
    job = failed(window, "batches.run")
    assert window.wiring.retry.possible(job)
    window.jobs.retry.emit(job)
    new = window.lanes.last("batches.run")
    assert new is not job and new.request == job.request
    assert not window.wiring.retry.possible(job), "it runs already"


def test_a_training_goes_on_but_not_twice(window):
    window.session.train({"cohort": COHORT, "out": Path("out"), "name": "mine"})
    job = failed(window, "training.train")
    window.jobs.retry.emit(job)
    new = window.lanes.last("training.train")
    assert new is not job and new.request.arguments["resume"] is True
    assert not window.wiring.retry.possible(job)


def test_the_availability_is_asked_of_the_cohort_that_is_open(window):
    window.session.open_cohort(COHORT)
    window.lanes.give("cohorts.open", cohorts.facts(file=COHORT))
    window.session.read_mask_risk()
    again(window, "cohorts.mask_risk")
    job = failed(window, "cohorts.mask_risk")
    window.session.open_cohort(Path("other.toml"))
    window.lanes.give("cohorts.open", cohorts.facts(file=Path("other.toml")))
    assert not window.wiring.retry.possible(job)


@pytest.mark.parametrize("name", ["predictions.compare", "pictures.omics", "pictures.volume", "predictions.report"])
def test_what_nobody_could_see_any_more_is_not_offered(window, qtbot, name):
    window.session.compare(M.RNA)
    window.session.read_omics()
    window.session.read_volume("t1c")
    window.session.prepare_report()
    job = failed(window, name)
    window.show_jobs()
    window.jobs.list.setCurrentIndex(next(i for i in rows(window) if window.jobs.model.job(i) is job))
    assert window.jobs.retry_button.isVisible()
    pretended.with_case(window, key="another")
    assert not window.jobs.retry_button.isVisible()
    before = window.lanes.names()
    window.wiring.retry.again(job)
    assert window.lanes.names() == before


def rows(window):
    model = window.jobs.model
    return [model.index(row, 0) for row in range(model.rowCount())]


def test_the_button_asks_again(window, qtbot):
    window.session.read_volume("t1c")
    job = failed(window, "pictures.volume")
    window.show_jobs()
    window.jobs.list.setCurrentIndex(next(i for i in rows(window) if window.jobs.model.job(i) is job))
    qtbot.mouseClick(window.jobs.retry_button, Qt.MouseButton.LeftButton)
    assert window.lanes.last("pictures.volume") is not job

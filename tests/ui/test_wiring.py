"""Which signal goes where: what a worker answers is seen on the right page, and what a page asks reaches a worker."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from survgui import settings
from survgui.cases.case import Modality, State
from survgui.cases.cohort import Note
from survgui.cases.display import Recognised, Trained, VolumeImage
from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.readers.recognise import Finding
from survgui.ui import background
from survgui.ui.train import runs
from survgui.ui.wiring import STOPPED, STOPPED_ANEW
from survgui.workspace import CaseRecord
from tests.report import sample
from tests.ui import pretended, samples
from tests.ui.cohort import facts as cohorts
from tests.ui.cohort.test_evaluation import opened, trained

M, S = Modality, State
BROKEN = Trouble("ReadError", "The file is empty; copy it again.", "SLD-02", "readers.slide:12")


@pytest.fixture
def window(qtbot, monkeypatch):
    made = pretended.opened_window(qtbot, monkeypatch)
    pretended.with_bundles(made)
    return made


def record(key="ab12", **more):
    given = {"id": "C-7", "subject": "", "modalities": {M.RNA: "given"}, "bundle": "", "risk_group": ""}
    times = {"percentile": None, "created": "2026-01-01T00:00:00+00:00", "updated": "2026-01-01T00:00:00+00:00"}
    return CaseRecord(**{"key": key, **given, **times, **more})


def recognised(tmp_path):
    return Recognised("C-7", (Finding(tmp_path / "slide.svs", M.PATHOLOGY, "slide", "a slide by its first bytes"),))


def volume(role="t1c"):
    voxels = np.zeros((4, 4, 4), np.uint16)
    return VolumeImage(role, voxels, 0.0, 1.0, np.eye(4), (1.0, 1.0, 1.0), (0.0, 1.0))


def with_cohort(window, folder):
    """A cohort that can be trained on was opened."""
    file = folder / "cohort.toml"
    window.session.open_cohort(file)
    window.lanes.give("cohorts.open", cohorts.facts(120, 60, file=file))


# The open case


def test_a_case_is_shown_in_header_views_and_docks(window):
    case = pretended.with_case(window, notes=(Note("warning", "SLD-01", "a level is missing"),))
    assert window.header.name.text() == case.id and window.case_page.isVisible()
    assert window.footer.checks.text() == "Checks 1"
    assert [note.text for note in window.checks.notes] == ["a level is missing"]


def test_what_was_estimated_is_shown_everywhere(window):
    pretended.with_case(window)
    made = pretended.with_estimate(window)
    p = made.prediction
    assert window.case_page.risk.estimate.number.isVisible()
    assert {m: chip.state for m, chip in window.header.chips.items()} == {
        m: p.states[m] for m in Modality if m in p.states
    }
    assert window.footer.last.text() == f"Last run {p.seconds:.2f} s · Flow, 4 steps · seed {p.seed}"
    assert p.device.upper() in window.footer.device.text().upper()


def test_the_first_estimate_is_there_while_the_draws_are_made(window):
    pretended.with_case(window)
    window.session.predict()
    window.lanes.begin("predictions.predict")
    window.lanes.last("predictions.predict").take("part", samples.predicted(preliminary=True))
    assert window.case_page.risk.estimate.number.isVisible() and window.case_page.risk.busy.isVisible()
    assert window.header.predict_button.text() == "Stop"
    window.lanes.last("predictions.predict").take("done", samples.predicted())
    assert not window.case_page.risk.busy.isVisible()


def test_a_warning_is_said_once_though_case_and_estimate_have_it(window):
    same = "a level is missing"
    pretended.with_case(window, notes=(Note("warning", "SLD-01", same), Note("info", "X", "only for the record")))
    pretended.with_estimate(window, warnings=(same, "the bundle was trained on simulated patients"))
    assert window.footer.checks.text() == "Checks 2"


def test_hiding_by_a_chip_predicts_anew(window, qtbot):
    pretended.with_case(window)
    pretended.with_estimate(window, states=samples.FOUR_MEASURED)
    qtbot.mouseClick(window.header.chips[M.RNA], Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    hide = next(action for action in menu.actions() if action.isCheckable())
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(hide).center())
    assert window.lanes.last("predictions.predict").request.arguments["hide"] == {M.RNA}


def test_choosing_another_model_empties_the_estimate(window):
    pretended.with_bundles(window, "one", "two")
    pretended.with_case(window)
    pretended.with_estimate(window)
    window.header.bundle_chosen.emit("two")
    assert window.session.bundle_now.name == "two" and window.case_page.risk.empty.isVisible()
    assert window.header.models.currentData() == "two"


def test_mri_omics_and_comparison_are_asked_for_and_shown(window):
    pretended.with_case(window)
    pretended.with_estimate(window, states=samples.FOUR_MEASURED)
    page = window.case_page
    page.mri.volume_requested.emit("t1c")
    assert window.lanes.last("pictures.volume").request.arguments["role"] == "t1c"
    page.omics.requested.emit()
    assert window.lanes.last("pictures.omics").state.value == "waiting"
    window.show_tab("compare")
    page.compare.hide_and_impute()
    assert not page.compare.button.isEnabled(), "it is being computed"
    window.lanes.give("predictions.compare", samples.comparison())
    assert page.compare.result.isVisible() and page.compare.button.isEnabled()


@pytest.mark.parametrize("over", ["failed", "cancelled"])
def test_a_comparison_that_came_to_nothing_can_be_asked_for_again(window, over):
    pretended.with_case(window)
    pretended.with_estimate(window, states=samples.FOUR_MEASURED)
    window.show_tab("compare")
    window.case_page.compare.hide_and_impute()
    window.lanes.begin("predictions.compare")
    window.lanes.last("predictions.compare").take(over, BROKEN if over == "failed" else None)
    assert window.case_page.compare.button.isEnabled()
    assert (window.case_page.compare.trouble is not None) is (over == "failed")


def test_a_failed_prediction_is_said_and_the_button_predicts_again(window):
    pretended.with_case(window)
    window.session.predict()
    window.lanes.fail("predictions.predict", BROKEN)
    assert BROKEN.text in [label.text() for label in window.case_page.risk.empty.findChildren(QLabel)]
    assert window.header.predict_button.text().startswith("Predict")
    assert not window.case_page.risk.busy.isVisible()
    assert window.footer.log.text() == "Log 1"


def test_a_hidden_modality_is_measured_again_where_its_prediction_is_stopped(window):
    pretended.with_case(window)
    made = pretended.with_estimate(window, states=samples.FOUR_MEASURED)
    window.header.hide_asked.emit(M.RNA, True)
    chip = window.header.chips[M.RNA]
    assert chip.accessibleName() == "RNA-seq: hidden"
    window.lanes.begin("predictions.predict")
    job = window.lanes.last("predictions.predict")
    job.take("part", samples.predicted(preliminary=True))
    window.header.stop.emit()
    job.take("cancelled", None)
    assert chip.state is S.MEASURED and chip.accessibleName().startswith("RNA-seq: measured")
    assert window.session.predicted_now is made
    assert STOPPED_ANEW in [label.text() for label in window.case_page.risk.stale.findChildren(QLabel)]


def test_a_prediction_that_is_stopped_for_the_first_time_leaves_no_estimate(window):
    pretended.with_case(window)
    window.session.predict()
    window.lanes.begin("predictions.predict")
    job = window.lanes.last("predictions.predict")
    job.take("part", samples.predicted(preliminary=True))
    window.header.stop.emit()
    job.take("cancelled", None)
    assert not window.case_page.risk.area.isVisible()
    assert STOPPED in [label.text() for label in window.case_page.risk.empty.findChildren(QLabel)]


# Dropped files


def test_recognised_files_are_confirmed_on_a_sheet_and_become_a_case(window, qtbot, tmp_path):
    window.session.recognise([tmp_path / "slide.svs"])
    window.lanes.give("dropped.recognise", recognised(tmp_path))
    sheet = window.wiring.sheet
    assert sheet.isVisible()
    qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)
    assert window.lanes.last("cases.adopt").request.arguments["patient"] == "C-7"
    window.lanes.give("cases.adopt", record())
    assert window.lanes.last("cases.open").request.arguments["key"] == "ab12"
    window.lanes.give("cases.open", samples.case_facts(key="ab12"))
    assert window.wiring.sheet is None and window.case_page.isVisible() and not sheet.isVisible()


@pytest.mark.parametrize("over", ["failed", "cancelled"])
def test_a_case_that_could_not_be_made_leaves_the_sheet_to_correct_it(window, qtbot, tmp_path, over):
    window.session.recognise([tmp_path / "slide.svs"])
    window.lanes.give("dropped.recognise", recognised(tmp_path))
    sheet = window.wiring.sheet
    qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)
    assert not sheet.create_button.isEnabled()
    window.lanes.begin("cases.adopt")
    window.lanes.last("cases.adopt").take(over, BROKEN if over == "failed" else None)
    assert sheet.isVisible() and sheet.trouble.isVisible() and sheet.create_button.isEnabled()


def test_no_name_that_was_ever_seen_comes_into_the_log(window, qtbot, tmp_path):
    """Of the list, of what was dropped, of what was found in it, and what the user has typed."""
    window.session.records.emit((record("k1", id="Listed Patient"),))
    folder = tmp_path / "mueller hans"
    window._take([folder])
    table = Finding(folder / "eva s.csv", M.RNA, "table", "by its columns", patients=("in table",))
    window.lanes.give("dropped.recognise", Recognised("by name", (table,)))
    sheet = window.wiring.sheet
    sheet.patient.setText("typed by hand")
    qtbot.mouseClick(sheet.create_button, Qt.MouseButton.LeftButton)
    names = ("listed patient", "mueller hans", "eva s", "in table", "by name", "typed by hand")
    window.logbook.add("error", "import", f"not to be kept: {', '.join(names)}.")
    qtbot.waitUntil(lambda: bool(window.logbook.entries))
    assert [name for name in names if name in window.logbook.entries[-1].text] == []


def test_cancelling_the_sheet_makes_nothing(window, qtbot, tmp_path):
    window.session.recognise([tmp_path / "slide.svs"])
    window.lanes.give("dropped.recognise", recognised(tmp_path))
    qtbot.mouseClick(window.wiring.sheet.cancel_button, Qt.MouseButton.LeftButton)
    assert window.wiring.sheet is None and "cases.adopt" not in window.lanes.names()


def test_files_dropped_again_take_the_place_of_the_first(window, tmp_path):
    for _ in range(2):
        window.session.recognise([tmp_path / "slide.svs"])
        window.lanes.give("dropped.recognise", recognised(tmp_path))
    sheets = [w for w in window.frame.children() if type(w).__name__ == "ImportSheet" and w.isVisible()]
    assert sheets == [window.wiring.sheet]


# Cases, cohorts, trainings, models


def test_the_list_of_cases_is_on_two_pages_and_opens_one(window, qtbot):
    window.session.records.emit((record("k1"), record("k2", id="C-8")))
    assert [card.record.key for card in window.welcome.cards] == ["k1", "k2"]
    window.go("case")
    qtbot.mouseClick(window.welcome.cards[1], Qt.MouseButton.LeftButton)
    assert window.lanes.last("cases.open").request.arguments["key"] == "k2"
    assert len(window.cases.listing) == 2


def test_deleting_the_open_case_closes_it(window, qtbot):
    case = pretended.with_case(window)
    window.cases.delete_requested.emit([case.key])
    assert window.session.case_now is None
    window.go("case")
    assert window.welcome.isVisible()
    with qtbot.waitSignal(window.session.records):
        window.lanes.give("cases.delete", None)


def test_an_evaluation_of_the_open_cohort_comes_and_goes_with_it(window, tmp_path):
    with_cohort(window, tmp_path)
    window.go("cohort")
    window.cohort.tabs.button("evaluation").click()
    assert window.lanes.last("evaluations.open").request.arguments["path"] is None
    window.lanes.give("evaluations.open", None)  # none was opened before
    pane = window.cohort.evaluation
    assert pane.empty.isVisible()
    pane.open_requested.emit(tmp_path / "all.json")
    late = window.lanes.last("evaluations.open")
    assert late.request.arguments == {"cohort": tmp_path / "cohort.toml", "path": tmp_path / "all.json"}
    window.lanes.give("evaluations.open", opened("Small cohort", 120))
    assert pane.view.isVisible() and not pane.warning.isVisible()
    window.lanes.fail("evaluations.open", BROKEN)
    window.session.open_cohort(tmp_path / "other.toml")
    window.lanes.give("cohorts.open", cohorts.facts(file=tmp_path / "other.toml", name="Other"))
    assert pane.empty.isVisible()


def test_a_cohort_shows_the_figures_of_a_model_that_was_trained_on_it(window, tmp_path):
    with_cohort(window, tmp_path)
    window.session.refresh_bundles()
    window.lanes.give("bundles.listing", (trained(),))
    window.go("cohort")
    window.cohort.tabs.button("evaluation").click()
    assert window.cohort.evaluation.sources.key == "own" and window.cohort.evaluation.view.isVisible()


def test_a_cohort_is_shown_on_both_pages_and_remembered(window, tmp_path):
    file = tmp_path / "cohort.toml"
    window.wiring.open_cohort(file)
    assert window.cohort.isVisible() and not window.cohort.open.isEnabled()
    window.lanes.give("cohorts.open", cohorts.facts(file=file))
    assert window.cohort.facts.name == "Small cohort" and window.cohort.open.isEnabled()
    background.shared().close()
    assert settings.load().recent_cohorts == (str(file),)
    window.cohort.train_requested.emit(file)
    assert window.train.isVisible()


@pytest.mark.parametrize("over", ["failed", "cancelled"])
def test_a_cohort_that_did_not_come_leaves_the_page_ready(window, tmp_path, over):
    window.wiring.open_cohort(tmp_path / "cohort.toml")
    window.lanes.begin("cohorts.open")
    window.lanes.last("cohorts.open").take(over, BROKEN if over == "failed" else None)
    assert window.cohort.open.isEnabled() and window.cohort.facts is None


def test_the_check_of_a_cohort_can_be_asked_for_again_where_the_next_one_does_not_come(window, tmp_path):
    with_cohort(window, tmp_path)
    window.go("cohort")
    card = window.cohort.risk
    card.button.click()
    assert not card.button.isEnabled()
    window.wiring.open_cohort(tmp_path / "other.toml")
    window.lanes.fail("cohorts.open", BROKEN)
    assert card.button.isVisible() and card.button.isEnabled()


def test_a_training_is_started_followed_stopped_and_kept(window, qtbot, tmp_path):
    with_cohort(window, tmp_path)
    window.go("train")
    assert window.train.start.isEnabled(), window.train.start.toolTip()
    qtbot.mouseClick(window.train.start, Qt.MouseButton.LeftButton)
    job = window.lanes.last("training.train")
    assert window.train.running and window.train.stop.isVisible()
    job.take("begun", None)
    job.take("step", Step("fit", 1, 10, "epoch 1", values={"loss": 0.5}))
    qtbot.mouseClick(window.train.stop, Qt.MouseButton.LeftButton)
    assert job.state.value == "cancelling"
    job.take("cancelled", None)
    assert not window.train.running and window.train.start.text() == "Resume"
    background.shared().close()
    name = job.request.arguments["name"]
    runs.checkpoints(name).mkdir(parents=True)  # as the worker leaves them
    assert [(run.name, run.state) for run in runs.load()] == [(name, runs.STOPPED)]
    qtbot.mouseClick(window.train.start, Qt.MouseButton.LeftButton)
    assert window.lanes.last("training.train").request.arguments["resume"] is True


def test_a_trained_model_is_listed(window, qtbot, tmp_path):
    with_cohort(window, tmp_path)
    window.go("train")
    qtbot.mouseClick(window.train.start, Qt.MouseButton.LeftButton)
    window.lanes.give("training.train", Trained("pilot", tmp_path / "pilot", rows=(), seconds=61.0))
    assert not window.train.running
    window.lanes.give("bundles.listing", (pretended.bundle_facts("one"), pretended.bundle_facts("pilot", "pilot")))
    window.train.model_requested.emit("pilot")
    assert window.models.isVisible()
    assert [card.facts.name for card in window.models.list.cards if card.isChecked()] == ["pilot"]


def test_a_verified_model_says_so_and_a_damaged_one_is_never_used(window):
    window.models.verify_requested.emit(Path("demo-simulated"))
    damaged = pretended.bundle_facts("demo-simulated", "demo-simulated", error="weights.safetensors has changed")
    window.lanes.give("bundles.verify", damaged)
    assert [card.facts.error for card in window.models.list.cards] == ["weights.safetensors has changed"]
    assert window.header.models.count() == 0


def test_the_model_that_is_preferred_is_used_and_kept(window):
    pretended.with_bundles(window, "one", "two")
    window.models.default_chosen.emit("two")
    assert window.session.bundle_now.name == "two"
    background.shared().close()
    assert settings.load().default_bundle == "two"


# Report, troubles


def test_a_report_that_failed_is_said_in_its_dialog(window):
    pretended.with_case(window)
    pretended.with_estimate(window)
    window.show_report()
    window.lanes.fail("predictions.report", BROKEN)
    assert not window.report.save_button.isEnabled() and window.toasts.texts == []
    window.report.retry.emit()
    assert window.lanes.names().count("predictions.report") == 2
    window.report.reject()


def test_a_report_shows_what_was_compared_as_data_in_the_session(window, monkeypatch):
    pretended.with_case(window)
    made = pretended.with_estimate(window, states=samples.FOUR_MEASURED)
    window.session.compare(M.RNA)
    found = sample.reconstruction()
    window.lanes.give("predictions.compare", replace(samples.comparison(), reconstruction=found))
    printed = []
    monkeypatch.setattr(window.report, "set_content", printed.append)
    window.session.prepare_report()
    window.lanes.give("predictions.report", made.content)
    assert printed[-1].pictures.compared == (found,)
    window.session.predict_without(frozenset({M.CLINICAL}))  # the comparison had it on both sides
    window.lanes.give("predictions.predict", made)
    window.session.prepare_report()
    window.lanes.give("predictions.report", made.content)
    assert printed[-1].pictures.compared == ()
    window.report.reject()


def test_a_saved_report_is_told_without_the_folder(window, tmp_path):
    window.report.saved.emit([tmp_path / "report-1.pdf", tmp_path / "report-1.json"], "draft")
    assert window.toasts.texts == ["The draft report was saved: report-1.pdf, report-1.json."]


@pytest.mark.parametrize(("name", "where"), [("pictures.volume", "mri"), ("pictures.omics", "omics")])
def test_what_a_view_asked_for_in_vain_is_said_there(window, name, where):
    pretended.with_case(window)
    window.session.read_volume("t1c")
    window.session.read_omics()
    window.show_tab(where)
    window.lanes.fail(name, BROKEN)
    assert window.toasts.texts == [] and window.footer.log.text() == "Log 1"


def test_the_log_never_holds_the_patients_id(window):
    case = pretended.with_case(window)
    window.wiring.show_trouble("predict", Trouble("ReadError", f"{case.id} in /data/{case.id}/slide.svs is empty."))
    (entry,) = window.logbook.entries
    assert case.id not in entry.text and "/data" not in entry.text


def test_a_file_that_could_not_be_written_is_said(window):
    window.wiring.not_saved(Trouble("StorageError", "The disk is full."))
    assert window.toasts.texts == ["The disk is full."]


def test_the_volume_that_came_is_shown(window):
    pretended.with_case(window)
    window.session.read_volume("t1c")
    window.lanes.give("pictures.volume", volume())
    window.show_tab("mri")
    assert window.case_page.mri.isVisible() and window.toasts.texts == []

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.display import Trained
from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.ui import tasks
from survgui.ui.train.page import EMPTY, TrainPage
from survgui.ui.train.runs import DONE, FAILED, RUNNING, STOPPED, Run
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.labels import Label
from tests.ui.cohort.facts import facts

BIG = facts(n=100, deaths=40)
ROWS = (
    {"method": "must", "pattern": ["natural"], "c_index": 0.869, "c_index_sd": 0.017, "cs": 0.892},
    {"method": "cox-all", "pattern": ["natural"], "c_index": 0.874, "c_index_sd": 0.015, "cs": 0.894},
)
EARLIER = Run("must-05", "elsewhere/c.toml", "C", "demo", 7, "cpu", {"width": 128}, STOPPED, "fold 3 of 5", 0.86)


class Clock:
    now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.fixture
def page(qtbot):
    made = TrainPage(clock=Clock())
    qtbot.addWidget(made)
    made.resize(1330, 790)
    made.show()
    return made


def take_on(page, run=None, resume=False):
    """The session has asked a worker for a training, by default for what the form says."""
    page.started(tasks.train(**(run or page.form.run()).arguments(resume=resume)))


@pytest.fixture
def running(page, qtbot):
    page.set_cohort(BIG)
    page.start.click()
    take_on(page)
    return page


def said(page):
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def banner(page):
    found = [b for b in page.findChildren(Banner) if not b.isHidden()]
    return found[0] if found else None


def steps(page, folds=1):
    for k in range(1, folds + 1):
        for stage, total in (("warm-up", 8), ("main", 20), ("generator", 300)):
            values = {"loss": 1.0, "survival": 0.8, "shared": 0.2}
            page.stepped(Step(f"fold {k}: {stage}", total, total, "loss 1.000", values))
        page.stepped(Step("folds", k, 5, f"C-index 0.8{k}0", {"fold c-index": 0.8 + k / 100}))


def test_without_a_cohort_there_is_one_sentence_and_one_action(page, qtbot):
    assert EMPTY in said(page)
    with qtbot.waitSignal(page.cohort_requested):
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert not page.start.isEnabled()


def test_start_asks_for_what_the_task_takes(page, qtbot):
    page.set_cohort(BIG)
    page.form.preset.setCurrentIndex(1)
    page.form.seed.setText("3")
    with qtbot.waitSignal(page.start_requested) as asked:
        qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    request = tasks.train(**asked.args[0])
    assert request.arguments["cohort"] == Path("cohorts/small.toml")
    assert request.arguments["preset"] == "demo"
    assert request.arguments["seed"] == 3
    assert request.arguments["resume"] is False


def test_a_cohort_that_is_too_small_cannot_be_started_on(page):
    page.set_cohort(facts(n=40, deaths=10))
    assert not page.start.isEnabled()
    assert "you have 40 and 10" in page.start.toolTip()
    assert any("you have 40 and 10" in text for text in said(page))


def test_while_it_runs_it_can_only_be_stopped(running, qtbot):
    assert running.running
    assert not running.start.isVisible()
    assert not running.form.name.isEnabled()
    with qtbot.waitSignal(running.stop_requested):
        qtbot.mouseClick(running.stop, Qt.MouseButton.LeftButton)
    assert not running.stop.isEnabled()
    assert running.runs[0].state == RUNNING


def test_steps_move_everything(running, qtbot):
    steps(running, folds=2)
    running.stepped(Step("fold 3: main", 14, 20, "", {"loss": 1.0, "survival": 0.6}))
    assert "fold 3 of 5 · seed 0" in said(running)
    assert running.form.stepper.chips[2].place == "now"
    assert running.runs[0].c_index == pytest.approx(0.815)
    names = running.ledger.rows.model_
    assert (names.index(0, 0).data(), names.index(0, 1).data()) == ("MUST (running)", "0.815")
    qtbot.waitUntil(lambda: running.monitor.curves.folds.currentIndex() == 1)
    log = running.ledger.log.toPlainText()
    assert "fold 2 of 5: generator" in log
    assert "C-index 0.820" in log
    assert log.count("fold 3 of 5: main") == 1
    running.stepped(Step("evaluate", 1, 20, "cox-all, fold 1 of 5, seed 0"))
    assert running.form.stepper.chips[3].place == "now"
    running.stepped(Step("whole cohort: main", 1, 20))
    assert running.form.stepper.chips[4].place == "now"


def test_the_end_shows_the_rows_and_the_model(running, qtbot):
    steps(running, folds=5)
    running.finished(Trained(Path("m"), "small-cohort", 810.0, ROWS))
    assert running.runs[0].state == DONE
    assert running.runs[0].c_index == 0.869
    assert "Published in 14 min" in said(running)
    assert [chip.place for chip in running.form.stepper.chips] == ["done"] * 5
    assert running.ledger.rows.model_.index(0, 4).data() == "−0.005"
    assert "0.869 beside 0.874 of the best Cox row" in banner(running).text.text()
    with qtbot.waitSignal(running.model_requested) as asked:
        banner(running).button("model").click()
    assert asked.args == ["small-cohort"]
    assert running.start.text() == "Start"
    assert running.start.isEnabled()


def test_a_stopped_training_can_be_resumed_or_started_anew(running, qtbot):
    steps(running)
    running.stop.click()
    running.stopped()
    assert running.runs[0].state == STOPPED
    assert running.start.text() == "Resume"
    assert running.anew.isVisible()
    with qtbot.waitSignal(running.start_requested) as asked:
        qtbot.mouseClick(running.start, Qt.MouseButton.LeftButton)
    assert asked.args[0]["resume"] is True
    take_on(running, resume=True)
    assert running.stop.isEnabled()
    running.stopped()
    with qtbot.waitSignal(running.start_requested) as asked:
        qtbot.mouseClick(running.anew, Qt.MouseButton.LeftButton)
    assert asked.args[0]["resume"] is False


def test_other_settings_are_another_training(running):
    steps(running)
    running.stopped()
    running.form.seed.setText("1")
    assert running.start.text() == "Start"
    running.form.seed.setText("0")
    assert running.start.text() == "Resume"


def test_a_run_of_an_earlier_session_goes_on_without_its_cohort_being_open(page, qtbot):
    page.set_runs([EARLIER])
    assert EMPTY not in said(page)
    page.ledger.runs.selectRow(0)
    assert page.start.text() == "Resume"
    with qtbot.waitSignal(page.start_requested) as asked:
        page.start.click()
    assert asked.args[0] == EARLIER.arguments(resume=True)
    take_on(page, EARLIER, resume=True)
    assert page.runs[0].c_index == 0.86
    page.stepped(Step("folds", 1, 5, "C-index 0.900", {"fold c-index": 0.9}))
    assert page.runs[0].name == "must-05"


def test_a_training_that_is_done_again_from_the_list_of_jobs_is_listed_as_what_it_is(running, qtbot):
    again = running.form.run()
    steps(running)
    running.failed(Trouble("Crashed", "The worker process ended. Run it again."))
    running.set_cohort(facts(n=80, deaths=50, name="Other", file=Path("cohorts/other.toml"), folds=3))
    running.form.name.setText("other")
    running.form.preset.setCurrentIndex(1)
    take_on(running, again, resume=True)
    assert (running.runs[0].name, running.runs[0].preset) == ("small-cohort", "small")
    assert (running.runs[0].cohort, running.runs[0].title) == ("cohorts/small.toml", "Small cohort")
    assert "other" not in [run.name for run in running.runs]
    assert running.form.says(again), "the page shows what runs"


def test_what_was_stopped_goes_on_with_its_own_cohort_on_the_device_that_is_shown(page, qtbot):
    page.set_cohort(BIG)
    page.set_runs([EARLIER])
    page.ledger.runs.selectRow(0)
    page.form.device.setCurrentIndex(0)
    assert page.start.text() == "Resume" and not page.anew.isVisible()
    assert any("C is not open" in text for text in said(page))
    with qtbot.waitSignal(page.start_requested) as asked:
        page.start.click()
    assert asked.args[0] == replace(EARLIER, device="auto").arguments(resume=True)


def test_the_open_cohort_comes_back_when_it_is_asked_for(page):
    page.set_cohort(BIG)
    page.set_runs([EARLIER])
    page.ledger.runs.selectRow(0)
    assert not any("100 patients" in text for text in said(page))
    page.show_open_cohort()
    assert page.start.text() == "Start" and page.form.run().cohort == "cohorts/small.toml"
    assert any("100 patients" in text for text in said(page))


def test_a_training_that_is_done_again_needs_no_cohort_that_is_open(page):
    take_on(page, EARLIER, resume=True)
    assert replace(page.runs[0], state=STOPPED, progress="fold 3 of 5", c_index=0.86) == replace(EARLIER, title="c")


def test_a_failure_keeps_what_was_finished(running):
    steps(running)
    running.failed(Trouble("Crashed", "The worker process ended. Run it again."))
    assert running.runs[0].state == STOPPED
    assert banner(running).text.text() == "The worker process ended. Run it again."
    assert not running.running


def test_a_failure_before_the_first_fold_leaves_nothing_to_resume(running):
    running.stepped(Step("read", 0, 1, "reading the tables"))
    running.failed(Trouble("CohortError", "nobody died in the training part of fold 1"))
    assert running.runs[0].state == FAILED
    assert running.start.text() == "Start"


def test_runs_are_handed_out_to_be_kept(page, qtbot):
    page.set_cohort(BIG)
    page.start.click()
    with qtbot.waitSignal(page.runs_changed) as kept:
        take_on(page)
    assert kept.args[0][0] == replace(page.runs[0], state=RUNNING)


def test_a_cohort_that_is_opened_meanwhile_does_not_disturb(running):
    steps(running)
    running.set_cohort(facts(n=80, deaths=50, name="Other", folds=3))
    running.stepped(Step("fold 2: main", 1, 20))
    assert any(text.startswith("fold 2 of 5") for text in said(running))
    assert running.form.name.text() == "small-cohort"


def test_steps_that_come_after_the_end_are_not_taken(page):
    page.stepped(Step("fold 1: main", 1, 20))
    page.stopped()
    assert page.runs == ()


def test_an_imputmae_training_from_its_choice_to_its_rows(page, qtbot):
    page.set_cohort(BIG)
    qtbot.keyClick(page.form.kind, Qt.Key.Key_Down)
    assert [chip.text for chip in page.monitor.progress.chips] == ["pre-training", "fine-tuning", "generator"]
    assert page.ledger.rows.model_.index(0, 0).data() == "impuTMAE"
    with qtbot.waitSignal(page.start_requested) as asked:
        qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    assert asked.args[0]["method"] == "imputmae"
    page.started(tasks.train(**asked.args[0]))
    page.stepped(Step("fold 1: pre-training", 30, 60, "", {"loss": 1.5, "rna": 0.8, "clinical": 0.7}))
    assert page.monitor.progress.chips[0].text == "pre-training · 30 / 60"
    page.stepped(Step("folds", 1, 5, "C-index 0.840", {"fold c-index": 0.84}))
    assert page.ledger.rows.model_.index(0, 0).data() == "impuTMAE (running)"
    page.stopped()
    assert page.runs[0].method == "imputmae" and page.start.text() == "Resume"
    take_on(page, page.runs[0], resume=True)
    rows = ({**ROWS[0], "method": "imputmae", "c_index": 0.851}, ROWS[1])
    page.finished(Trained(Path("m"), "small-cohort", 810.0, rows))
    assert page.runs[0].c_index == 0.851
    assert page.start.text() == "Start" and not page.anew.isVisible(), "what was resumed is over"
    assert "0.851 beside 0.874 of the best Cox row" in banner(page).text.text()
    assert [page.ledger.rows.model_.index(r, 0).data() for r in (0, 3)] == ["impuTMAE", "Cox, all blocks"]

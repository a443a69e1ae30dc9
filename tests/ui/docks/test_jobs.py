import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.ui import style
from survgui.ui.docks.jobs import JobsPanel, JobsStrip, clock, fraction, report_of, stage_text
from survgui.ui.jobs import State
from survgui.ui.logbook import Scrubber
from survgui.ui.progress import Progress
from tests.ui.docks.jobs_sample import FakeLanes
from tests.worker.tasks import ask

LEFT = Qt.MouseButton.LeftButton
GONE = Trouble("ReadError", "The slide is gone.", "SLD-01", "survgui.readers.slide:41 in opened")


@pytest.fixture
def fake(qapp):
    made = FakeLanes()
    yield made
    made.deleteLater()


@pytest.fixture
def strip(fake, qtbot):
    made = JobsStrip(fake)
    qtbot.addWidget(made)
    made.resize(620, 30)
    made.show()
    return made


@pytest.fixture
def panel(fake, qtbot):
    made = JobsPanel(fake, Scrubber(["Ada Example"]))
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    return made


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (41.4, "0:41"), (59.6, "1:00"), (725, "12:05"), (3760, "1:02:40"), (-3, "0:00")]
)
def test_durations_as_they_are_read(seconds, text):
    assert clock(seconds) == text


def test_a_strip_without_jobs_says_so(strip):
    assert strip._title.text() == "Nothing running."
    assert not strip._cancel.isVisible()
    assert not strip._bar.isVisible()


def test_the_strip_follows_the_running_job(strip, fake, monkeypatch):
    job = fake.add("Encode slide")
    fake.add("Predict")
    strip.set_device("cuda:0")
    job.take("begun", None)
    monkeypatch.setattr(Progress, "seconds_left", lambda self, now: 41.0)
    job.take("step", Step("encode", 312, 1248, "tiles"))
    assert (strip._title.text(), strip._left.text()) == ("Encode slide", "0:41 left")
    assert strip._stage.text() == "encode · tiles · cuda:0"
    assert strip._bar.value() == 250
    assert strip._queued.text() == "1 waiting"
    assert strip._queued.isVisible()


def test_an_unknown_amount_is_no_number(strip, fake):
    job = fake.add("Load model")
    job.take("begun", None)
    assert fraction(job) is None
    assert strip._bar.maximum() == 0
    job.take("step", Step("load", 0, 0))
    assert fraction(job) is None


def test_cancel_is_asked_of_the_job_that_is_shown(strip, fake, qtbot):
    job = fake.add("Encode slide")
    job.take("begun", None)
    with qtbot.waitSignal(strip.cancel_asked) as asked:
        qtbot.mouseClick(strip._cancel, LEFT)
    assert asked.args == [job] and not job.state.over
    job.cancel()
    assert job.state is State.CANCELLING
    assert strip._stage.text() == "cancelling …"
    assert not strip._cancel.isEnabled()
    job.take("cancelled", None)
    assert strip._title.text() == "Nothing running."
    assert not strip._timer.isActive()


def test_the_strip_opens_the_list(strip, qtbot):
    with qtbot.waitSignal(strip.opened):
        qtbot.mouseClick(strip._open, LEFT)


def test_the_list_has_the_latest_first(panel, fake):
    assert panel.empty.isVisible()
    titles = ("Recognise files", "Encode slide", "Predict")
    jobs = [fake.add(title) for title in titles]
    assert panel.list.isVisible()
    assert [panel.model.job(panel.model.index(k)) for k in range(3)] == jobs[::-1]
    jobs[0].take("begun", None)
    jobs[0].take("done", None)
    assert panel.model.data(panel.model.index(2)).startswith("Recognise files, done, 0:0")
    fake.jobs.remove(jobs[0])
    fake.changed.emit()
    assert panel.model.rowCount() == 2


def test_of_a_failed_job_the_reason_can_be_read_copied_and_it_be_repeated(panel, fake, qtbot):
    job = fake.add("Open case", path="/secret/ada.svs")
    job.take("begun", None)
    job.take("failed", GONE)
    assert not panel._aside.isVisible(), "the list has the room while none is chosen"
    panel.list.setCurrentIndex(panel.model.index(0))
    assert panel._aside.isVisible() and panel._text.text() == "The slide is gone."
    assert not panel._details.isVisible()
    qtbot.mouseClick(panel.details_button, LEFT)
    assert panel._details.isVisible()
    assert panel._details.text() == GONE.details
    qtbot.mouseClick(panel.copy_button, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert copied == report_of(job, Scrubber())
    assert "[SLD-01]" in copied
    assert "secret" not in copied
    with qtbot.waitSignal(panel.retry) as asked:
        qtbot.mouseClick(panel.retry_button, LEFT)
    assert asked.args == [job]


def test_what_is_copied_names_nobody(panel, fake, qtbot):
    job = fake.add("Recognise files")
    job.take("begun", None)
    job.take("failed", Trouble("UsageError", "Ada Example holds 5,001 files; see C:\\Ada\\notes.csv"))
    panel.list.setCurrentIndex(panel.model.index(0))
    qtbot.mouseClick(panel.copy_button, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert "[hidden] holds 5,001 files" in copied and "ada" not in copied.lower()


def test_what_cannot_be_done_again_is_not_offered(panel, fake):
    failed = fake.add("Read MRI")
    failed.take("begun", None)
    failed.take("failed", GONE)
    panel.list.setCurrentIndex(panel.model.index(0))
    assert panel.retry_button.isVisible()
    panel.set_repeatable(lambda job: job is not failed)
    assert not panel.retry_button.isVisible()
    panel.set_repeatable(lambda job: job is failed)
    assert panel.retry_button.isVisible()


def test_a_job_is_cancelled_from_the_list(panel, fake, qtbot):
    job = fake.add("Predict")
    panel.list.setCurrentIndex(panel.model.index(0))
    assert not panel.retry_button.isVisible()
    with qtbot.waitSignal(panel.cancel_asked) as asked:
        qtbot.mouseClick(panel.cancel_button, LEFT)
    assert asked.args == [job]
    job.cancel()
    assert job.state is State.CANCELLED
    assert not panel.cancel_button.isVisible()
    assert panel.retry_button.isVisible()


def test_the_choice_stays_with_its_job(panel, fake):
    job = fake.add("Predict")
    panel.list.setCurrentIndex(panel.model.index(0))
    fake.add("Encode slide")
    assert panel.job is job


def test_rows_are_drawn_in_either_theme(panel, fake, qapp):
    job = fake.add("Encode slide")
    job.take("begun", None)
    job.take("step", Step("encode", 1, 2))
    for mode in ("light", "dark"):
        style.apply(qapp, mode)
        shown = panel.list.viewport().grab().toImage()
        seen = {shown.pixelColor(x, 31).name() for x in range(shown.width())}
        assert style.colour("accent").name() in seen
        assert style.colour("grid").name() in seen
    style.apply(qapp, "light")


def test_words_of_a_stage(fake):
    job = fake.add("Encode slide")
    assert stage_text(job) == ""
    job.take("begun", None)
    assert stage_text(job) == "starting"
    job.take("step", Step("encode", 1, 2, "3 of 4 slides"))
    assert stage_text(job) == "encode · 3 of 4 slides"


def test_with_real_lanes_a_job_comes_and_ends(lanes, qtbot):
    strip, panel = JobsStrip(lanes), JobsPanel(lanes, Scrubber())
    for widget in (strip, panel):
        qtbot.addWidget(widget)
        widget.show()
    job = lanes.submit(ask("count", steps=3))
    qtbot.waitUntil(lambda: job.state is State.DONE, timeout=60_000)
    assert strip._title.text() == "Nothing running."
    assert panel.model.data(panel.model.index(0)).startswith("Count, done")

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from survgui.cases.cohort import Note
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.outcome_step import OutcomeStep
from tests.ui.cohort.wizard import samples


@pytest.fixture
def step(qtbot):
    made = OutcomeStep(Draft())
    qtbot.addWidget(made)
    made._draft.begin(samples.proposal())
    made.resize(1300, 700)
    made.show()
    made.begin()
    made.set_table(samples.table())
    return made


def test_the_mapping_is_said_in_words_and_drawn(step):
    assert "1 = death: 2 rows of 6" in step.words.text()
    step._draft.set_outcome(samples.outcome())
    assert step.words.text() == "1 = death: 2 events of 6 patients"
    assert "median follow-up 24" in step._right._hint.text()


def test_nothing_of_the_import_before_is_left_where_there_is_no_outcome(step):
    step._draft.set_outcome(samples.outcome())
    step._draft.begin(samples.proposal(endpoints=(), endpoint=""))
    assert step._right._hint.text() == "" and step.time.currentText() == step.events.currentText() == ""


def test_a_box_turns_the_meaning_round_at_once(step, qtbot):
    with qtbot.waitSignal(step.read_requested) as asked:
        qtbot.mouseClick(step._boxes["0"], Qt.MouseButton.LeftButton, pos=QPoint(8, step._boxes["0"].height() // 2))
    assert step.words.text() == "0 or 1 = death: 6 rows of 6" and asked.args[0].event_value == (0, 1)
    step._boxes["0"].click()
    step._boxes["1"].click()
    assert step._draft.proposal.outcome.event_value == (1,), "something must mean it"


def test_unit_columns_and_endpoint(step, qtbot):
    qtbot.mouseClick(step.unit.button("days"), Qt.MouseButton.LeftButton)
    assert step._draft.proposal.outcome.unit == "days"
    step.events.setCurrentText("PFI")
    step.events.activated.emit(step.events.currentIndex())
    assert step._draft.proposal.outcome.coding == (("no", 3), ("yes", 3)) and list(step._boxes) == ["no", "yes"]
    step.endpoints.setCurrentIndex(1)
    step.endpoints.activated.emit(1)
    assert step._draft.proposal.endpoint == "clinical#PFI"
    assert step.words.text().startswith("1 = progression")


def test_notes_stand_beside_the_mapping(step):
    changed = replace(samples.endpoint(), notes=(samples.broken(),))
    step._draft.set_outcome(replace(samples.outcome(), endpoint=changed))
    said = [label.text() for label in step._notes.findChildren(type(step.words)) if not label.isHidden()]
    assert any("two outcomes in lines 3 and 9" in text for text in said)


def test_without_an_endpoint_it_says_what_to_do(step):
    step._draft.begin(samples.proposal(endpoints=(), endpoint=""))
    assert not step.time.isEnabled() and step.tables.isEnabled() and step.tables.count() == 4
    step.tables.setCurrentIndex(0)
    step.tables.activated.emit(0)
    assert step._draft.proposal.outcome.path == samples.CLINICAL
    step._draft.edit_endpoint("table", samples.endpoint("DSS", time="", event="", coding=()))
    assert step._right._hint.text() == "choose the columns of time and event"


def test_without_an_endpoint_what_a_table_lacks_stands_there(step):
    lacks = Note("warning", "IMP-10", "pts.csv: write the dates as year-month-day")
    other = Note("warning", "IMP-04", "nobody's files")
    step._draft.begin(samples.proposal(endpoints=(), endpoint="", notes=(lacks, other)))
    said = " ".join(label.text() for label in step._notes.findChildren(type(step.words)) if not label.isHidden())
    assert "write the dates as year-month-day" in said and "nobody's files" not in said

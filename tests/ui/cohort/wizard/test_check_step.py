from survgui.ui.cohort.wizard.check_step import CheckStep, forest_of, matching_columns
from survgui.ui.cohort.wizard.draft import Draft
from tests.ui.cohort.wizard import samples


def test_a_review_is_shown_and_what_cannot_be_is_said(qtbot):
    step = CheckStep(Draft())
    qtbot.addWidget(step)
    step._draft.begin(samples.proposal())
    assert step.currentIndex() == 0
    step.set_failed("clinical.csv is not there any more; put it back")
    assert step.currentIndex() == 0
    step._draft.set_review(samples.review())
    assert step.currentIndex() == 1
    assert [number.text() for number, _ in step._numbers.values()] == ["5", "2", "24\u202fmo"]
    assert step._numbers["events"][1].text() == "death: 40\u202f%"
    step.resize(1300, 700)
    step.grab()


def test_cards_stand_below_each_other_without_gaps_where_the_notes_are_folded(qtbot):
    step = CheckStep(Draft())
    qtbot.addWidget(step)
    step.resize(1300, 900)
    step.show()
    step._draft.begin(samples.proposal())
    step._draft.set_review(samples.review(carried=samples.review().carried[1:]))
    qtbot.wait(20)
    assert not step.notes.toggle.isChecked()
    risk = step.verdict.parentWidget()
    assert step.notes.y() - (risk.y() + risk.height()) == 10


def test_the_mask_is_judged(qtbot):
    step = CheckStep(Draft())
    qtbot.addWidget(step)
    step.set_mask(0.71)
    assert "C = 0.71" in step.verdict.text() and step.verdict.property("kind") == "warn"
    step.reset_mask()
    assert "being cross-validated" in step.verdict.text()


def test_ratios_and_their_reasons():
    rows = forest_of(samples.review()).rows
    assert rows[0].words == "2.50 (1.20–5.20)" and rows[1].words == "everybody has it"


def test_who_is_measured_and_who_is_without():
    columns = {c.title: list(c.values) for c in matching_columns(samples.proposal(), samples.review())}
    assert columns["Modality"] == ["Clinical", "RNA-seq"]
    assert columns["In it"] == [6, 4] and columns["Measured"] == [5, 3] and columns["Without"] == [0, 2]

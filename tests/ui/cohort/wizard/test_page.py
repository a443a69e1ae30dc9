"""The wizard over pretended workers: what is asked for when, and what a late or failed answer does."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit

from survgui.cases.case import Modality
from survgui.cases.proposal import Use
from survgui.errors import Trouble
from survgui.ui.cohort.wizard.page import CHECK, FILES, FOLDS, OUTCOME, REPORT, ImportPage
from tests.ui.cohort.wizard import samples
from tests.ui.pretended import PretendedLanes

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot):
    lanes = PretendedLanes()
    made = ImportPage(lanes)
    qtbot.addWidget(made)
    made.resize(1300, 800)
    made.show()
    yield made
    lanes.close()


@pytest.fixture
def begun(page):
    page.give([Path("study")])
    page.imports.lanes.give("imports.propose", samples.proposal(workspace=Path("work")))
    return page


def reviewed(page):
    page.imports.lanes.give("imports.review", samples.review())


def test_from_files_to_what_is_recognised(page):
    lanes = page.imports.lanes
    assert not page.next.isEnabled() and not page.steps.chips[1].isEnabled()
    page.give([Path("study")])
    assert page.files.currentIndex() == 0 and lanes.last("imports.propose").request.arguments["paths"] == (
        Path("study"),
    )
    lanes.give("imports.propose", samples.proposal())
    assert page.files.currentIndex() == 1 and page.next.isEnabled() and page.next.text() == "Next: outcome"
    assert page.header.hint.text().startswith("study · OS: 6 patients")


def test_more_files_are_looked_at_with_those_before(begun):
    begun.give([Path("more.csv")])
    lanes = begun.imports.lanes
    assert lanes.last("imports.propose").request.arguments["paths"] == (Path("study"), Path("more.csv"))
    assert "imports.discard" not in lanes.names(), "what was unpacked is needed until the others are there"
    lanes.give("imports.propose", samples.proposal(name="both"))
    assert lanes.last("imports.discard").request.arguments == {"workspace": Path("work")}
    assert begun.draft.proposal.name == "both"


def test_files_that_come_while_the_first_are_looked_at_are_taken_with_them(page):
    page.give([Path("study")])
    page.give([Path("more")])
    lanes = page.imports.lanes
    assert lanes.last("imports.propose").request.arguments["paths"] == (Path("study"), Path("more"))
    page.files.zone.stop.click()
    page.give([Path("other")])
    assert lanes.last("imports.propose").request.arguments["paths"] == (Path("other"),)


@pytest.mark.parametrize("way", ["stopped", "failed"])
def test_further_files_that_come_to_nothing_leave_the_import(begun, way):
    lanes, before = begun.imports.lanes, begun.draft.proposal
    begun.go(OUTCOME)
    begun.give([Path("more.csv"), Path("most.csv")])
    begun.give([Path("last.csv")])
    assert begun.step == FILES and not begun.next.isEnabled() and begun.files.currentIndex() == 0
    if way == "stopped":
        begun.files.zone.stop.click()
    else:
        lanes.fail("imports.propose", Trouble("UsageError", "more.csv is not there"))
    assert begun.draft.proposal == before and begun.paths == (Path("study"),) and begun.files.currentIndex() == 1
    assert begun.next.isEnabled() and "imports.discard" not in lanes.names()


def test_further_files_take_changes_only_after_a_question(begun, qtbot):
    begun.draft.edit_source("use", replace(begun.draft.proposal.source("rna"), chosen=False))
    changed = begun.draft.proposal
    begun.give([Path("more.csv")])
    qtbot.keyClick(begun.question, Qt.Key.Key_Escape)
    assert begun.draft.proposal == changed and begun.imports.lanes.names().count("imports.propose") == 1
    begun.give([Path("more.csv")])
    begun.question.button("more").click()
    assert begun.imports.lanes.last("imports.propose").request.arguments["paths"] == (Path("study"), Path("more.csv"))


def test_every_step_asks_for_what_it_shows(begun, qtbot):
    lanes = begun.imports.lanes
    for step, asked in ((OUTCOME, "imports.outcome"), (CHECK, "imports.review"), (FOLDS, ""), (REPORT, "")):
        qtbot.mouseClick(begun.next, Qt.MouseButton.LeftButton)
        assert begun.step == step and (not asked or asked in lanes.names())
        if step == OUTCOME:
            lanes.give("imports.outcome", samples.outcome())
            lanes.give("imports.recount", samples.proposal(workspace=Path("work")))
        if step == CHECK:
            reviewed(begun)
            lanes.give("imports.mask_risk", 0.66)
    assert begun.draft.review.facts.mask_c_index == 0.66 and "C = 0.66" in begun.check.verdict.text()
    assert lanes.names().count("imports.review") == 1, "nothing has changed since"
    assert lanes.names().count("imports.outcome") == 1
    assert begun.next.isHidden()


FIELDS = QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView


def controls(page):
    """What can be worked on the step that is shown; of exclusive buttons the one that is chosen."""
    found = [w for kind in FIELDS for w in page.findChildren(kind) if w.isVisible() and w.isEnabled()]
    inner = [w for w in found if isinstance(w.parent(), FIELDS)]  # the field of a box, the corner of a table
    return [w for w in found if w not in inner and w.focusPolicy() & Qt.FocusPolicy.TabFocus]


def reached(page, qtbot):
    page.header.setFocus()
    found = []
    for _ in range(80):
        qtbot.keyClick(page.focusWidget() or page, Qt.Key.Key_Tab)
        if page.focusWidget() in found:
            break
        found.append(page.focusWidget())
    return found


def test_every_control_of_every_step_is_reached_by_tab_in_order_and_has_a_name(begun, qtbot):
    for step in (FILES, OUTCOME, CHECK, FOLDS, REPORT):
        if step != FILES:
            begun.next.setFocus()
            qtbot.keyClick(begun.next, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda step=step: begun.step == step)
        if step == OUTCOME:
            begun.imports.lanes.give("imports.outcome", samples.outcome())
        if step == CHECK:
            reviewed(begun)
        order = reached(begun, qtbot)
        missing = [w.accessibleName() or w for w in controls(begun) if w not in order]
        assert not missing, f"step {step + 1}"
        assert all(w.accessibleName() or getattr(w, "text", str)() for w in order if isinstance(w, FIELDS))
        here = [w for w in order if w in (begun.cancel, begun.steps.chips[0], begun.next)]
        assert here == [begun.cancel, begun.steps.chips[0], begun.next][: len(here)]


def test_a_source_read_again_takes_its_place(begun):
    lanes, before = begun.imports.lanes, begun.draft.proposal
    begun.files.list.taken.emit("notes", (Use.MODALITY, Modality.CNV))
    sent = lanes.last("imports.revise").request.arguments
    assert sent["proposal"] == before and sent["source"].modality is Modality.CNV
    read = replace(begun.draft.proposal.source("notes"), patients=5, matched=5)
    lanes.give("imports.revise", begun.draft.proposal.with_source(read))
    assert begun.draft.proposal.source("notes").patients == 5
    begun.undo.click()
    assert begun.draft.proposal == before


def test_what_cannot_be_read_that_way_is_undone_and_said(begun):
    before = begun.draft.proposal
    begun.files.list.taken.emit("notes", (Use.MODALITY, Modality.MRI))
    begun.imports.lanes.fail("imports.revise", Trouble("UsageError", "notes.csv has no columns that could be MRI"))
    assert begun.draft.proposal == before and "no columns that could be MRI" in begun.over.banner.text.text()


def test_an_edit_meanwhile_stays(begun):
    lanes = begun.imports.lanes
    begun.files.list.taken.emit("notes", (Use.MODALITY, Modality.CNV))
    asked = begun.draft.proposal
    begun.draft.edit_source("use of rna.tsv", replace(asked.source("rna"), chosen=False))
    read = replace(asked.source("notes"), patients=5)
    lanes.give("imports.revise", asked.with_source(read))
    assert begun.draft.proposal.source("notes").patients == 5 and not begun.draft.proposal.source("rna").chosen


def test_the_key_of_undo_is_the_imports(begun, qtbot):
    begun.draft.edit_source("use", replace(begun.draft.proposal.source("rna"), chosen=False))
    qtbot.keyClick(begun, Qt.Key.Key_Z, CTRL)
    assert begun.draft.proposal.source("rna").chosen
    qtbot.keyClick(begun, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert not begun.draft.proposal.source("rna").chosen and "use" in begun.undo.toolTip()


def test_without_an_outcome_nothing_is_checked(page):
    page.give([Path("study")])
    page.imports.lanes.give("imports.propose", samples.proposal(endpoints=(), endpoint=""))
    page.go(CHECK)
    assert page.step == FILES
    page.go(OUTCOME)
    assert page.step == OUTCOME and not page.next.isEnabled() and "columns of the outcome" in page.says.text()
    page.draft.edit_endpoint("table", samples.endpoint("DSS", time="", event=""))
    assert not page.next.isEnabled() and "time and event" in page.says.text()
    page.draft.edit_endpoint("time", samples.endpoint("DSS"))
    assert page.next.isEnabled()


def test_other_folds_are_judged_again(begun):
    lanes = begun.imports.lanes
    begun.go(FOLDS)
    lanes.give("imports.review", samples.review(sites=12))
    begun.folds.how.button("site").click()
    assert begun.draft.review is None and lanes.names().count("imports.review") == 2
    assert lanes.last("imports.review").request.arguments["proposal"].splits.by_site


def test_a_failed_recognition_says_why_and_waits_for_others(page):
    page.give([Path("study")])
    page.imports.lanes.fail("imports.propose", Trouble("UsageError", "study is not there; give files that are"))
    assert page.files.currentIndex() == 0 and page.over.banner.text.text().startswith("Study is not there")
    assert not page.files.zone.files.isHidden()


def test_written_and_gone_on_with(begun, qtbot, tmp_path):
    begun.go(REPORT)
    reviewed(begun)
    begun.finish.set_folder(tmp_path)
    begun.finish.write.click()
    begun.imports.lanes.give("imports.write", tmp_path / "cohort.toml")
    with qtbot.waitSignal(begun.open_requested) as opened:
        begun.finish.open.click()
    assert opened.args == [tmp_path / "cohort.toml"]


def test_closing_tidies_up(begun, qtbot):
    with qtbot.waitSignal(begun.closed):
        begun.cancel.click()
    assert begun.draft.proposal is None and "imports.discard" in begun.imports.lanes.names()


def test_closing_asks_before_changes_are_lost(begun, qtbot):
    begun.draft.edit_source("use", replace(begun.draft.proposal.source("rna"), chosen=False))
    with qtbot.assertNotEmitted(begun.closed):
        begun.cancel.click()
        qtbot.keyClick(begun.question, Qt.Key.Key_Escape)
    assert begun.unwritten and begun.draft.undoable
    begun.cancel.click()
    with qtbot.waitSignal(begun.closed):
        begun.question.button("close").click()
    assert not begun.unwritten and begun.draft.proposal is None


def test_a_review_of_what_is_another_cohort_by_now_is_not_shown(begun):
    begun.go(CHECK)
    begun.go(FILES)
    begun.files.editor.edited.emit("use", replace(begun.draft.proposal.source("rna"), chosen=False))
    reviewed(begun)
    assert begun.draft.review is None
    begun.go(CHECK)
    assert begun.imports.lanes.names().count("imports.review") == 2
    reviewed(begun)
    assert begun.draft.review is not None


def test_counts_that_come_late_leave_what_was_changed_meanwhile(begun):
    begun.go(OUTCOME)
    lanes = begun.imports.lanes
    lanes.give("imports.outcome", samples.outcome())
    asked = begun.draft.proposal
    begun.go(FOLDS)
    begun.folds.folds.setValue(3)
    begun.folds.folds.editingFinished.emit()
    few = replace(asked, sources=tuple(replace(s, matched=2) for s in asked.sources))
    lanes.give("imports.recount", few)
    assert begun.draft.proposal.splits.folds == 3 and begun.draft.proposal.source("rna").matched == 2


def test_counts_that_come_late_leave_the_review(begun):
    begun.go(OUTCOME)
    begun.go(CHECK)
    lanes = begun.imports.lanes
    lanes.give("imports.outcome", samples.outcome())
    reviewed(begun)
    lanes.give("imports.recount", replace(begun.draft.proposal, notes=(samples.broken(),)))
    assert begun.draft.review is not None and lanes.names().count("imports.review") == 1

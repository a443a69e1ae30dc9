import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.review import Twins
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.folds_step import FoldsStep, leaks
from tests.ui.cohort.wizard import samples


@pytest.fixture
def step(qtbot):
    made = FoldsStep(Draft())
    qtbot.addWidget(made)
    made._draft.begin(samples.proposal())
    made.resize(1200, 700)
    made.show()
    return made


def test_by_site_by_a_file_and_not_frozen(step, qtbot):
    for key in ("site", "file"):
        with qtbot.waitSignal(step.review_requested):
            qtbot.mouseClick(step.how.button(key), Qt.MouseButton.LeftButton)
        plan = step._draft.proposal.splits
        assert (plan.by_site, plan.key) == ((True, "") if key == "site" else (False, "folds"))
    assert step._drawing.isHidden()
    step.frozen.click()
    assert step._draft.proposal.splits is None and "its own folds" in step.explained.text()
    assert not step.how.isEnabled()


def test_number_and_seed(step, qtbot):
    step.folds.setValue(3)
    step.seed.setValue(7)
    with qtbot.waitSignal(step.review_requested):
        step.seed.editingFinished.emit()
    assert (step._draft.proposal.splits.folds, step._draft.proposal.splits.seed) == (3, 7)


def test_a_fold_is_told_with_what_is_measured_in_it(step):
    step._draft.set_review(samples.review())
    model = step.measured.model_
    heads = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(model.columnCount())]
    assert heads == ["Fold", "Tests on", "Clinical", "RNA-seq"] and model.rowCount() == 3
    said = [model.data(model.index(1, place)) for place in range(4)]
    assert [text.replace("\u202f", " ") for text in said] == ["2", "2", "2 · 100 %", "1 · 50 %"]
    step._draft.set_review(None)
    assert model.rowCount() == 0


def test_without_folds_nothing_is_claimed_of_them(step, qtbot):
    step._draft.set_review(samples.review(folds=(), digest=""))
    qtbot.wait(20)
    said = [label.text() for label in step._leaks.findChildren(QLabel) if label.isVisibleTo(step)]
    assert any("too few patients for folds" in text for text in said) and not any("✓" in text for text in said)
    assert step._card.isHidden() and step._measured.isHidden()
    step._draft.set_review(samples.review())
    assert step._measured.isVisible() and step._card.isVisible()


def test_the_hash_stands_with_frozen_folds(step):
    step._draft.set_review(samples.review())
    assert step.hash.text().endswith("abab")


def test_by_site_needs_ids_that_name_sites(step):
    step._draft.set_review(samples.review())
    assert not step.how.button("site").isEnabled() and "no sites" in step.how.button("site").toolTip()
    step._draft.set_review(samples.review(sites=12))
    assert step.how.button("site").isEnabled()


def test_leaks_are_found_or_said_not_to_be():
    found, fine = leaks(samples.review(), ())
    assert found == [] and len(fine) == 2
    twins = (Twins(Modality.RNA, ("P1", "P2"), "the same values", True),)
    gap = Note("warning", "IMP-05", "38 of 411 patients are in no fold")
    found, fine = leaks(samples.review(twins=twins), (gap,))
    assert [note.code for note in found] == ["COH-16", "IMP-05"] and fine == ["No patient is on both sides of a fold."]

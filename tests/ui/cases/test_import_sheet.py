"""The sheet in which dropped files become a case."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from survgui.cases.case import Modality
from survgui.ui import style
from survgui.ui.cases.import_sheet import ImportSheet
from tests.ui.cases.samples import broken, found, slide, table


@pytest.fixture
def ground(qapp, qtbot):
    style.apply(qapp, "light")
    made = QWidget()
    made.resize(1200, 800)
    qtbot.addWidget(made)
    made.below = QPushButton("below", made)
    made.below.setGeometry(550, 380, 100, 40)
    made.show()
    return made


def sheet(ground, *findings, **more):
    return ImportSheet(found(*findings, **more), ground)


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_one_click_makes_a_case_of_good_files(ground, qtbot):
    shown = sheet(ground, slide(), table("rna.csv", Modality.RNA))
    assert shown.says.text() == "The case will have Slide and RNA-seq." and shown.hint.text() == "2 files, all used"
    with qtbot.waitSignal(shown.accepted, timeout=1000) as accepted:
        click(qtbot, shown.create_button)
    assert accepted.args == [shown.entries.findings, "C-0001", None]


def test_it_waits_until_the_case_is_there(ground, qtbot):
    shown = sheet(ground, slide())
    click(qtbot, shown.create_button)
    assert shown.isVisible() and not shown.create_button.isEnabled() and "Reading" in shown.says.text()
    with qtbot.assertNotEmitted(shown.accepted):
        qtbot.keyClick(shown.patient, Qt.Key.Key_Return)
    shown.done()
    assert not shown.isVisible()


def test_what_failed_can_be_corrected(ground, qtbot):
    shown = sheet(ground, slide())
    click(qtbot, shown.create_button)
    shown.failed("slide.svs: the file is not there")
    assert shown.trouble.isVisible() and "not there" in shown.trouble.text.text()
    with qtbot.waitSignal(shown.accepted, timeout=1000):
        click(qtbot, shown.create_button)
    assert not shown.trouble.isVisible()


def test_without_an_id_there_is_no_case(ground, qtbot):
    shown = sheet(ground, slide(), patient="", question="the files are of 2 patients (A, B); give those of one")
    assert shown.question.isVisible() and shown.question.text.text().startswith("The files are of 2 patients")
    assert not shown.create_button.isEnabled() and "id" in shown.says.text()
    assert ground.focusWidget() is shown.patient
    qtbot.keyClicks(shown.patient, " C-7 ")
    with qtbot.waitSignal(shown.accepted, timeout=1000) as accepted:
        qtbot.keyClick(shown.patient, Qt.Key.Key_Return)
    assert accepted.args[1] == "C-7"


def test_the_id_decides_which_tables_are_used(ground, qtbot):
    many = tuple(f"P-{n}" for n in range(40))
    shown = sheet(ground, table("clinical.csv", Modality.CLINICAL, patients=many))
    assert not shown.create_button.isEnabled() and shown.says.text().startswith("Give the id of one patient")
    assert shown.patient.text() == "" and shown.patient.placeholderText() == "one of the 40 in the tables"
    qtbot.keyClicks(shown.patient, "P-1")
    assert shown.patient.completer().completionCount() == 11  # P-1 and P-10 to P-19
    assert shown.create_button.isEnabled()
    shown.patient.completer().popup().hide()


def test_a_pixel_size_is_asked_for_once_and_need_not_be_given(ground, qtbot):
    shown = sheet(ground, slide("a.svs"), slide("b.svs"), mpp=None)
    assert shown.pixel.isVisible() and shown.pixel_text.text().startswith("2 slides")
    click(qtbot, shown.pixel.usual[0.5])
    with qtbot.waitSignal(shown.accepted, timeout=1000) as accepted:
        qtbot.keyClick(shown.pixel.edit, Qt.Key.Key_Return)
    assert accepted.args[2] == 0.5
    other = sheet(ground, slide("a.svs"), mpp=None)
    with qtbot.waitSignal(other.accepted, timeout=1000) as accepted:
        click(qtbot, other.create_button)
    assert accepted.args[2] is None


def test_a_wrong_pixel_size_is_not_taken(ground, qtbot):
    shown = sheet(ground, slide(), mpp=None)
    qtbot.keyClicks(shown.pixel.edit, "40")
    assert shown.pixel_problem.isVisible() and not shown.create_button.isEnabled()
    with qtbot.assertNotEmitted(shown.accepted):
        qtbot.keyClick(shown.pixel.edit, Qt.Key.Key_Return)
    shown.pixel.edit.clear()
    assert shown.create_button.isEnabled() and not shown.pixel_problem.isVisible()


def test_a_slide_that_says_it_is_not_asked(ground):
    assert not sheet(ground, slide(), mpp=0.25).pixel.isVisible()


def test_the_pixel_size_of_one_slide_is_changed(ground, qtbot):
    shown = sheet(ground, slide("a.svs"), slide("b.svs"))
    assert not shown.pixel.isVisible()
    shown.list.size_wanted.emit(1)
    assert shown.pixel.isVisible() and "pixels of b.svs" in shown.pixel_text.text()
    qtbot.keyClicks(shown.pixel.edit, "99")
    assert not shown.create_button.isEnabled()
    shown.pixel.edit.clear()
    qtbot.keyClicks(shown.pixel.edit, "0,5")
    with qtbot.waitSignal(shown.accepted, timeout=1000) as accepted:
        click(qtbot, shown.create_button)
    findings, _, mpp = accepted.args
    assert ([finding.mpp for finding in findings], mpp) == ([None, 0.5], None)


def test_bad_files_are_shown_and_good_ones_go_on(ground, qtbot):
    shown = sheet(ground, broken(), table("rna.csv", Modality.RNA))
    assert shown.hint.text() == "1 of 2 files used"
    with qtbot.waitSignal(shown.accepted, timeout=1000) as accepted:
        click(qtbot, shown.create_button)
    assert [f.modality for f in accepted.args[0]] == [None, Modality.RNA]


def test_a_correction_in_the_list_changes_the_case(ground, qtbot):
    shown = sheet(ground, slide(), table("rna.csv", Modality.RNA))
    shown.list.open_menu(1)
    action = next(a for a in shown.list.menu.actions() if a.text() == "Copy number")
    shown.list.menu.close()
    action.trigger()
    assert shown.says.text() == "The case will have Slide and Copy number."


@pytest.mark.parametrize("by", ["button", "escape"])
def test_cancelling_keeps_nothing(ground, qtbot, by):
    shown = sheet(ground, slide())
    with qtbot.waitSignal(shown.cancelled, timeout=1000), qtbot.assertNotEmitted(shown.accepted):
        if by == "button":
            click(qtbot, shown.cancel_button)
        else:
            qtbot.keyClick(shown.create_button, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_it_covers_its_parent_and_follows_it(ground):
    shown = sheet(ground, *(table(f"{n}.csv", None) for n in range(60)))
    for size in ((1200, 800), (900, 500), (1600, 1000)):
        ground.resize(*size)
        assert shown.geometry() == ground.rect()
        assert shown.rect().contains(shown._card.geometry())


def test_tab_stays_in_the_sheet(ground, qtbot):
    shown = sheet(ground, slide(), mpp=None)
    seen = []
    for _ in range(10):
        qtbot.keyClick(ground.focusWidget(), Qt.Key.Key_Tab)
        seen.append(ground.focusWidget())
    assert all(shown.isAncestorOf(widget) for widget in seen)
    assert {shown.patient, shown.list, shown.pixel.edit, shown.cancel_button, shown.create_button} <= set(seen)
    qtbot.keyClick(seen[-1], Qt.Key.Key_Backtab)
    assert ground.focusWidget() is seen[-2]


def test_what_lies_below_gets_no_click(ground, qtbot):
    sheet(ground, slide())
    at = ground.below.mapTo(ground, ground.below.rect().center())
    assert ground.childAt(at) is not ground.below


def test_a_case_file_keeps_its_patient(ground):
    from survgui.readers.recognise import Finding
    from tests.ui.cases.samples import FOLDER

    shown = sheet(ground, Finding(FOLDER / "case.toml", None, "case", "it says"), slide())
    assert shown.patient.isReadOnly() and shown.create_button.isEnabled()


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        (slide(), False),
        (table("rna.csv", Modality.RNA, patients=("P-1", "P-2")), True),
        (table("features.csv", None, patients=()), True),
    ],
    ids=["slide", "many", "unknown"],
)
def test_a_cohort_is_offered_where_a_file_may_be_of_one(ground, given, offered):
    assert sheet(ground, given).cohort_button.isVisible() is offered

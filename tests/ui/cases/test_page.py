"""The Cases workspace, clicked through."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QLabel

from survgui.ui import background, style
from survgui.ui.cases.listing import ID, RISK
from survgui.ui.cases.page import AT_ONCE, CasesPage
from tests.ui.cases.samples import four, predicted, record

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qapp, qtbot):
    style.apply(qapp, "light")
    made = CasesPage()
    made.resize(1320, 800)
    qtbot.addWidget(made)
    made.show()
    return made


def ids(page):
    return [page.table.model_.data(page.table.model_.index(row, ID)) for row in range(page.table.model_.rowCount())]


def cell(page, row, column=ID):
    return page.table.visualRect(page.table.model_.index(row, column)).center()


def select(page, qtbot, *rows):
    for place, row in enumerate(rows):
        keys = Qt.KeyboardModifier.ControlModifier if place else Qt.KeyboardModifier.NoModifier
        qtbot.mouseClick(page.table.viewport(), LEFT, keys, cell(page, row))


def test_until_the_list_was_read_nobody_is_told_that_it_is_empty(page):
    assert page.empty.isVisible() and not page.empty.button.isVisible()
    assert any("Reading the list" in label.text() for label in page.empty.findChildren(QLabel))


def test_a_list_that_cannot_be_read_is_not_waited_for(page):
    page.set_unread()
    assert any("could not be read" in label.text() for label in page.empty.findChildren(QLabel))
    page.set_records(())
    page.set_unread()  # a later failure, of something else that was done with the list
    assert not any("could not be read" in label.text() for label in page.empty.findChildren(QLabel))


def test_an_empty_workspace_has_one_sentence_and_one_action(page, qtbot):
    page.set_records(())
    assert page.empty.isVisible() and not page.table.isVisible() and not page.filters.isVisible()
    with qtbot.waitSignal(page.demo_requested, timeout=1000):
        qtbot.mouseClick(page.empty.button, LEFT)


def test_cases_are_listed_as_they_come(page):
    page.set_records(four())
    assert ids(page) == ["C-0001", "C-0002", "C-0003", "C-0004"] and page.says.text() == "4 cases"
    assert page.details.name.text() == "No case selected"
    assert not page.delete.isEnabled() and not page.predict.isEnabled()


def test_a_new_case_is_asked_for(page, qtbot):
    page.set_records(four())
    with qtbot.waitSignal(page.import_requested, timeout=1000):
        qtbot.mouseClick(page.new_case, LEFT)


def test_a_click_shows_a_case_and_a_double_click_opens_it(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 1)
    assert page.details.name.text() == "C-0002"
    with qtbot.waitSignal(page.opened, timeout=1000) as opened:
        qtbot.mouseDClick(page.table.viewport(), LEFT, pos=cell(page, 1))
    assert opened.args == [four()[1].key]


def test_enter_and_the_button_open_it_too(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 2)
    with qtbot.waitSignal(page.opened, timeout=1000) as opened:
        qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert opened.args == [four()[2].key]
    with qtbot.waitSignal(page.opened, timeout=1000) as opened:
        qtbot.mouseClick(page.details.open_button, LEFT)
    assert opened.args == [four()[2].key]


def test_search_and_chips_narrow_the_list(page, qtbot):
    page.set_records(four())
    qtbot.keyClicks(page.filters.search, "tcga slide")
    assert ids(page) == ["C-0001", "C-0002"] and page.says.text() == "2 of 4 cases"
    qtbot.mouseClick(page.filters.chips["low"], LEFT)
    assert ids(page) == ["C-0002"]
    page.filters.search.clear()
    qtbot.keyClicks(page.filters.search, "nobody")
    assert page.no_match.isVisible() and not page.table.isVisible()
    qtbot.mouseClick(page.no_match.button, LEFT)
    assert len(ids(page)) == 4 and page.filters.text == ""


def test_find_goes_to_the_search_field(page, qtbot):
    page.set_records(four())
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.focusWidget() is page.filters.search


def test_sorting_by_risk_puts_those_without_last(page, qtbot):
    page.set_records(four())
    head = page.table.horizontalHeader()
    for expected in (["C-0002", "C-0001"], ["C-0001", "C-0002"]):
        at = head.sectionViewportPosition(RISK) + 40
        qtbot.mouseClick(head.viewport(), LEFT, pos=head.rect().center().__class__(at, 10))
        assert ids(page)[:2] == expected and ids(page)[2:] == ["C-0003", "C-0004"]


def test_several_cases_are_predicted_together(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 0, 2)
    assert page.details.name.text() == "2 cases"
    with qtbot.waitSignal(page.predict_many, timeout=1000) as asked:
        qtbot.mouseClick(page.predict, LEFT)
    assert asked.args == [[four()[0].key, four()[2].key]]


def test_nothing_is_added_or_deleted_where_another_window_has_the_cases(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 0)
    page.set_read_only(True)
    assert not page.delete.isEnabled() and not page.new_case.isEnabled() and page.predict.isEnabled()
    assert not page.details.relink_button.isEnabled()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert not page.question.isVisible()
    page.set_read_only(False)
    assert page.delete.isEnabled() and page.new_case.isEnabled()


def test_missing_files_are_asked_for_beside_the_list(page, qtbot):
    page.resize(1400, 800)
    page.set_records(four())
    select(page, qtbot, 3)
    with qtbot.waitSignal(page.relink_requested, timeout=1000) as asked:
        qtbot.mouseClick(page.details.relink_button, LEFT)
    assert asked.args == [[four()[3].key]]


def test_deleting_asks_first_and_names_the_number(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 0, 1, 3)
    with qtbot.assertNotEmitted(page.delete_requested):
        qtbot.mouseClick(page.delete, LEFT)
        assert page.question.isVisible() and page.question.title.text() == "Delete 3 cases?"
        assert "Your own files" in page.question.text.text() and "encoded" in page.question.text.text()
        qtbot.mouseClick(page.question.button("cancel"), LEFT)
    assert not page.question.isVisible()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    with qtbot.waitSignal(page.delete_requested, timeout=1000) as asked:
        qtbot.mouseClick(page.question.button("delete"), LEFT)
    assert asked.args == [[four()[n].key for n in (0, 1, 3)]]


def test_escape_deletes_nothing(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 0)
    page.delete.click()
    with qtbot.assertNotEmitted(page.delete_requested):
        qtbot.keyClick(page.question.button("cancel"), Qt.Key.Key_Escape)
    assert not page.question.isVisible()


def test_what_was_selected_stays_selected_in_a_new_list(page, qtbot):
    page.set_records(four())
    select(page, qtbot, 0, 2, 3)
    kept = [r.key for r in page.selected()]
    page.filters.chips["mri"].click()
    page.filters.clear()
    page.set_records((record(9), *four()[:3]))
    assert ids(page)[0] == "C-0009"
    assert [r.key for r in page.selected()] == [key for key in kept if key in [r.key for r in page.selected()]]


def test_a_reload_keeps_selection_order_and_filter(page, qtbot):
    page.set_records(four())
    qtbot.keyClicks(page.filters.search, "slide")
    page.table.sortByColumn(ID, Qt.SortOrder.DescendingOrder)
    select(page, qtbot, 0, 2)
    assert [r.id for r in page.selected()] == ["C-0003", "C-0001"]
    page.set_records((predicted(7, "low", 5.0), *four()))
    assert ids(page) == ["C-0007", "C-0003", "C-0002", "C-0001"]
    assert [r.id for r in page.selected()] == ["C-0003", "C-0001"]


def test_of_two_long_lists_the_later_one_is_shown(page, qtbot):
    page.set_records([record(n) for n in range(AT_ONCE + 1)])
    page.set_records([record(n) for n in range(AT_ONCE + 2)])
    page.set_records(four())
    background.shared().run(list, done=(done := []).append)
    qtbot.waitUntil(lambda: done == [[]])
    assert len(page.listing) == 4
    page.set_records([record(n) for n in range(AT_ONCE + 2)])
    qtbot.waitUntil(lambda: len(page.listing) == AT_ONCE + 2)
    assert page.table.model_.rowCount() == AT_ONCE + 2


def test_all_of_ten_thousand_can_be_selected_and_stay_so(page, qtbot):
    records = [record(n) for n in range(10_000)]
    page.set_records(records)
    qtbot.waitUntil(lambda: len(page.listing) == 10_000)
    page.table.selectAll()
    assert len(page.selected()) == 10_000 and page.details.name.text() == "10\u202f000 cases"
    page.table.selectionModel().select(
        page.table.model_.index(5, 0),
        QItemSelectionModel.SelectionFlag.Deselect | QItemSelectionModel.SelectionFlag.Rows,
    )
    before = page.listing
    page.set_records(records)
    qtbot.waitUntil(lambda: page.listing is not before)
    assert [r.key for r in page.selected()] == [r.key for n, r in enumerate(records) if n != 5]


def test_where_it_is_narrow_the_list_has_the_room(page, qtbot):
    page.set_records(four())
    assert page.details.isVisible()
    page.resize(1050, 640)
    assert not page.details.isVisible() and page.table.isVisible()
    qtbot.waitUntil(lambda: page.table.horizontalScrollBar().maximum() == 0)


def test_no_record_shows_in_an_object_name_or_title(page):
    page.set_records([record(1, id="MUSTERMANN")])
    names = [w.objectName() + w.windowTitle() for w in page.findChildren(type(page).__mro__[1])]
    assert not [name for name in names if "MUSTERMANN" in name]

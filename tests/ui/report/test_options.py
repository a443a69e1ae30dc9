from PySide6.QtCore import Qt

from survgui.report import ALL, ALWAYS, Section
from survgui.ui.report.options import Options
from survgui.ui.widgets.buttons import Switch


def switch_of(options, title):
    return next(s for s in options.findChildren(Switch) if s.text() == title)


def test_every_section_is_on_and_can_be_switched_off(qtbot):
    options = Options()
    qtbot.addWidget(options)
    options.show()
    assert options.sections == ALL
    with qtbot.waitSignal(options.changed):
        switch_of(options, "MRI").click()
    assert options.sections == ALL - {Section.MRI}


def test_what_must_stay_cannot_be_switched_off(qtbot):
    options = Options()
    qtbot.addWidget(options)
    options.show()
    for title in ALWAYS:
        switch_of(options, title).click()
        assert switch_of(options, title).isChecked()
        assert not switch_of(options, title).isEnabled()


def test_a_section_that_the_case_has_nothing_for_is_greyed_with_the_reason(qtbot):
    options = Options()
    qtbot.addWidget(options)
    options.set_available(ALL - {Section.GENES})
    greyed = switch_of(options, Section.GENES.title)
    assert not greyed.isEnabled()
    assert "has none" in greyed.toolTip()


def test_the_id_is_off_at_first_and_the_text_says_what_is_printed(qtbot):
    options = Options()
    qtbot.addWidget(options)
    options.set_pseudonym("Case 7F3A")
    assert not options.print_id.isChecked()
    assert "Case 7F3A" in options.about_id.text()
    options.print_id.click()
    assert options.about_id.text().startswith("The id stands on every page")


def test_the_next_case_begins_without_what_was_said_of_the_last(qtbot):
    options = Options()
    qtbot.addWidget(options)
    options.show()
    qtbot.keyClicks(options.reviewer, "N. N.")
    qtbot.keyClicks(options.comment, "  seen ")
    qtbot.mouseClick(options.opinion.button("agree"), Qt.MouseButton.LeftButton)
    options.print_id.click()
    assert (options.chosen_comment, options.chosen_opinion) == ("seen", "agree")
    options.clear_sign_off()
    assert (options.chosen_comment, options.chosen_opinion) == ("", "")
    assert not options.print_id.isChecked()
    assert options.reviewer.text() == "N. N."

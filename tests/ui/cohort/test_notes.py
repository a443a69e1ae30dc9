from survgui.cases.cohort import Note
from survgui.ui.cohort.notes import TALLEST, NotesCard, summary
from survgui.ui.widgets.labels import Label

INFO = Note("info", "BLK-01", "rna: 569 of 569 patients")
WARNING = Note("warning", "MSK-01", "missingness carries risk")
ERROR = Note("error", "OUT-02", "nobody died")


def shown(card):
    return [label.text() for label in card.findChildren(Label) if label.isVisible()]


def test_levels_are_counted_the_worst_first():
    assert summary([INFO, WARNING, INFO, ERROR]) == "1 error · 1 warning · 2 facts"
    assert summary([]) == "nothing to note"


def test_facts_are_folded_away_and_the_button_shows_them(qtbot):
    card = NotesCard()
    qtbot.addWidget(card)
    card.set_notes([INFO])
    card.show()
    assert INFO.text not in shown(card)
    card.toggle.click()
    assert {INFO.text, INFO.code} <= set(shown(card))
    card.toggle.click()
    assert INFO.text not in shown(card)


def test_an_error_is_shown_at_once_above_the_rest_and_in_its_own_style(qtbot):
    card = NotesCard()
    qtbot.addWidget(card)
    card.set_notes([INFO, WARNING, ERROR])
    card.show()
    notes = [INFO.text, WARNING.text, ERROR.text]
    texts = [label for label in card.findChildren(Label) if label.text() in notes]
    assert [label.text() for label in texts] == [ERROR.text, WARNING.text, INFO.text]
    assert [label.property("kind") for label in texts] == ["error", "warn", "body"]
    assert all(label.isVisible() for label in texts)


def test_many_notes_take_the_room_that_their_place_has(qtbot):
    tall = {}
    for fills in (False, True):
        card = NotesCard(fills=fills)
        qtbot.addWidget(card)
        card.set_notes([WARNING] * 40)
        card.resize(500, 900)
        card.show()
        tall[fills] = card._list.height()
    assert tall[False] == TALLEST < 600 < tall[True]

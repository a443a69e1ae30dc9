from PySide6.QtWidgets import QLabel

from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label


def test_a_card_has_a_title_a_hint_and_a_body(qtbot):
    card = Card("Runs", "compare")
    qtbot.addWidget(card)
    card.body.addWidget(Label("inside"))
    card.resize(300, 200)
    card.show()
    texts = {label.text(): label for label in card.findChildren(QLabel)}
    assert set(texts) == {"Runs", "compare", "inside"}
    assert texts["inside"].y() > texts["Runs"].y()
    assert texts["compare"].geometry().right() > texts["Runs"].geometry().right()


def test_the_hint_hides_when_it_says_nothing(qtbot):
    card = Card("Runs", "compare")
    qtbot.addWidget(card)
    card.show()
    hint = next(label for label in card.findChildren(QLabel) if label.text() == "compare")
    card.set_hint("")
    assert not hint.isVisible()
    card.set_hint("n = 3")
    assert hint.isVisible() and hint.text() == "n = 3"


def test_the_title_is_the_accessible_name(qtbot):
    card = Card("Runs")
    qtbot.addWidget(card)
    card.set_title("Other")
    assert card.accessibleName() == "Other"

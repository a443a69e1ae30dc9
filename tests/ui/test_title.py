from survgui.ui.title import TitleHeader


def test_it_says_a_title_and_a_hint(qtbot):
    header = TitleHeader()
    qtbot.addWidget(header)
    header.say("Cases", "everything that was opened")
    assert (header.title.text(), header.hint.text()) == ("Cases", "everything that was opened")
    header.say("survgui")
    assert header.hint.text() == ""

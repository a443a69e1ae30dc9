from PySide6.QtWidgets import QPushButton

from survgui.ui.widgets.head import HEIGHT, Head
from survgui.ui.widgets.labels import Label


def test_the_title_comes_first_and_the_rest_behind_it(qtbot):
    head = Head("Relink", 12)
    qtbot.addWidget(head)
    button = QPushButton("Close")
    head.row.addWidget(button)
    assert (head.minimumHeight(), head.maximumHeight(), head.row.spacing()) == (HEIGHT, HEIGHT, 12)
    first = head.row.itemAt(0).widget()
    assert isinstance(first, Label) and first.text() == "Relink" and first.property("kind") == "title"
    assert head.row.itemAt(1).widget() is button


def test_without_a_spacing_it_is_the_styles(qtbot):
    one, other = Head("A"), Head("B", 1)
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    assert one.row.spacing() > 1 == other.row.spacing()

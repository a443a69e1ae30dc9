from PySide6.QtWidgets import QWidget

from survgui.ui.widgets.flow import FlowBox


def box(qtbot, *widths):
    made = FlowBox()
    qtbot.addWidget(made)
    for wide in widths:
        item = QWidget()
        item.setFixedSize(wide, 20)
        made.add(item)
    return made


def places(made):
    return [(item.x(), item.y()) for item in made.findChildren(QWidget) if item.isVisible()]


def test_what_does_not_fit_goes_on_in_the_next_line(qtbot):
    made = box(qtbot, 60, 30, 50)
    made.resize(100, 60)
    made.show()
    assert places(made) == [(0, 0), (66, 0), (0, 26)]  # 60 + 6 + 30 = 96
    assert made.heightForWidth(100) == 46
    assert made.heightForWidth(152) == 20
    assert made.heightForWidth(40) == 72  # one a line, the widest beyond the edge


def test_it_asks_for_no_more_than_its_widest_item(qtbot):
    made = box(qtbot, 60, 30)
    assert (made.minimumSizeHint().width(), made.sizeHint().height()) == (60, 20)


def test_clearing_leaves_nothing(qtbot):
    made = box(qtbot, 60, 30)
    made.show()
    made.clear()
    assert not places(made) and made.heightForWidth(100) == 0
    made.add(QWidget())
    assert len(places(made)) == 1, "what comes to a box that is seen is seen"


def test_what_is_hidden_takes_no_room_and_comes_back(qtbot):
    made = box(qtbot, 60, 30, 50)
    made.resize(100, 60)
    middle = made.findChildren(QWidget)[1]
    middle.hide()
    made.show()
    qtbot.waitUntil(lambda: places(made) == [(0, 0), (0, 26)])
    assert made.heightForWidth(120) == 20
    middle.show()
    qtbot.waitUntil(lambda: len(places(made)) == 3)
    hidden = QWidget()
    hidden.hide()
    made.add(hidden)
    assert hidden.isHidden()


def test_what_is_apart_keeps_off_the_one_before(qtbot):
    made = box(qtbot, 60, 30)
    made.findChildren(QWidget)[1].setProperty("apart", True)
    made.resize(200, 60)
    made.show()
    assert places(made) == [(0, 0), (78, 0)]  # 60 + 6 + 2 * 6

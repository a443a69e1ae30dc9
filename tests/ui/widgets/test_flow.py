from PySide6.QtWidgets import QWidget

from survgui.ui.widgets.flow import FlowBox


def box(qtbot, *widths):
    made = FlowBox()
    qtbot.addWidget(made)
    for wide in widths:
        item = QWidget()
        item.setFixedSize(wide, 20)
        made.flow.addWidget(item)
    return made


def places(made):
    return [(made.flow.itemAt(k).geometry().x(), made.flow.itemAt(k).geometry().y()) for k in range(made.flow.count())]


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
    made.flow.clear()
    assert made.flow.count() == 0
    assert made.flow.itemAt(0) is None
    assert made.flow.takeAt(3) is None
    assert all(child.isHidden() for child in made.findChildren(QWidget))

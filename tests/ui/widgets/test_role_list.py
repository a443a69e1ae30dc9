"""A list with a button on each row, by mouse and by keys."""

import pytest
from PySide6.QtCore import QSize, QStringListModel, Qt

from survgui.cases.case import Modality
from survgui.ui import style
from survgui.ui.widgets.role_list import Offer, RoleList, RoleRows, icon_of

OFFERS = Offer("RNA-seq", True), Offer("Not used"), Offer("More…", None, apart=True)


class Rows(RoleRows):
    def sizeHint(self, option, index):
        return QSize(320, 50)

    def draw(self, canvas, painter, row, place):
        pass


class Roles(RoleList):
    def offers(self, row):
        return OFFERS if row == 0 else OFFERS[:1]

    def answer(self, row):
        return OFFERS[0].words, "text"


@pytest.fixture
def shown(qapp, qtbot):
    style.apply(qapp, "light")
    made = Roles(QStringListModel(["a", "b"]), "Files")
    made.setItemDelegate(Rows(made))
    made.resize(600, 200)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.menu.close()


def test_a_click_on_the_button_opens_the_menu_and_an_entry_is_told(shown, qtbot):
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.pill(0).center())
    actions = [action for action in shown.menu.actions() if not action.isSeparator()]
    assert [a.text() for a in actions] == ["RNA-seq", "Not used", "More…"] and shown.menu.actions()[2].isSeparator()
    assert [a.isChecked() for a in actions] == [True, False, False] and not actions[2].isCheckable()
    with qtbot.waitSignal(shown.picked) as picked:
        actions[2].trigger()
    assert picked.args == [0, 2]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2])
def test_keys_open_the_menu_where_there_is_a_choice(shown, qtbot, key):
    shown.setCurrentIndex(shown.model().index(1, 0))
    qtbot.keyClick(shown, key)
    assert not shown.menu.isVisible()
    shown.setCurrentIndex(shown.model().index(0, 0))
    qtbot.keyClick(shown, key)
    assert shown.menu.isVisible()


def test_only_a_row_with_a_choice_looks_like_a_button(shown):
    image = shown.viewport().grab().toImage()
    corner = [image.copy(shown.pill(row).adjusted(-1, -1, 1, 1)) for row in (0, 1)]
    assert corner[0] != corner[1]


def test_icons_are_of_what_is_measured():
    assert [icon_of(m) for m in (None, Modality.MRI, Modality.MIRNA)] == ["file", "mri", "omics"]

from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.cases.proposal import Use
from survgui.ui.cohort.wizard.source_list import SourceList
from tests.ui.cohort.wizard import samples


def shown(qtbot):
    made = SourceList()
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.set_proposal(samples.proposal())
    made.show()
    return made


def test_the_one_looked_at_stays(qtbot):
    made = shown(qtbot)
    assert made.key == "clinical"
    made.setCurrentIndex(made.model().index(1))
    made.set_proposal(samples.proposal(name="other"))
    assert made.key == "rna"
    made.set_proposal(None)
    assert made.key == ""


def test_the_menu_says_what_it_is_taken_for_and_changes_it(qtbot):
    made = shown(qtbot)
    qtbot.mouseClick(made.viewport(), Qt.MouseButton.LeftButton, pos=made.pill(1).center())
    actions = {action.text(): action for action in made.menu.actions() if action.text()}
    assert [text for text, action in actions.items() if action.isChecked()] == ["RNA-seq"]
    with qtbot.waitSignal(made.taken) as taken:
        actions["Methylation"].trigger()
    assert taken.args == ["rna", (Use.MODALITY, Modality.DNAM)]
    made.menu.close()


def test_a_row_is_read_aloud(qtbot):
    made = shown(qtbot)
    said = made.model().data(made.model().index(1), Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("rna.tsv: RNA-seq, used; UCSC Xena matrix; 4 patients")
    made.grab()

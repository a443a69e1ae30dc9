from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.ui.cohort.wizard.editor import SourceEditor, columns_of
from tests.ui.cohort.wizard import samples


@pytest.fixture
def editor(qtbot):
    made = SourceEditor()
    qtbot.addWidget(made)
    return made


def test_fields_are_those_of_the_source(editor):
    proposal = samples.proposal()
    editor.set_source(proposal.source("rna"))
    there = {name for name in ("case", "columns", "rows", "transform", "value") if not getattr(editor, name).isHidden()}
    assert there == {"rows", "transform"} and editor.orientation.key == "cases-in-columns"
    editor.set_source(proposal.source("clinical"))
    assert editor.rows.isHidden() and not editor.columns.isHidden() and editor.sheet.isHidden()
    editor.set_source(None)
    assert editor.isHidden()


def test_columns_come_with_the_table_and_change_the_ids(editor, qtbot):
    source = samples.proposal().source("clinical")
    with qtbot.waitSignal(editor.look_requested):
        editor.set_source(source)
    editor.set_table(samples.table(samples.RNA))
    assert editor.case.count() == 2, "another table's columns are not these"
    editor.set_table(samples.table())
    assert editor.case.count() == 6 and editor.case.currentText() == "id"
    with qtbot.waitSignal(editor.edited) as edited:
        editor.case.setCurrentText("PFI")
        editor.case.activated.emit(editor.case.currentIndex())
    assert edited.args[0] == "patient ids of clinical.csv" and edited.args[1].plan.case == "PFI"


def test_a_turn_of_the_table_forgets_columns(editor, qtbot):
    editor.set_source(replace(samples.proposal().source("rna")))
    with qtbot.waitSignal(editor.edited) as edited:
        editor.show()
        qtbot.mouseClick(editor.orientation.button("cases-in-rows"), Qt.MouseButton.LeftButton)
    assert edited.args[1].plan.orientation == "cases-in-rows" and edited.args[1].plan.columns is None


@pytest.mark.parametrize(
    ("typed", "columns"), [("", None), ("*_rnaseq", "*_rnaseq"), ("age", ("age",)), ("age, sex ,", ("age", "sex"))]
)
def test_columns_as_they_are_typed(typed, columns):
    assert columns_of(typed) == columns

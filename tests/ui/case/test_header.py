"""The case's header: what its chips, buttons and menu say and ask for."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from survgui.cases.case import Modality, State
from survgui.ui.case.header import HIDDEN, CaseHeader
from tests.ui import samples
from tests.ui.pretended import bundle_facts

M, S = Modality, State


@pytest.fixture
def header(qtbot):
    made = CaseHeader()
    qtbot.addWidget(made)
    made.resize(1300, 52)
    made.show()
    made.set_bundles((bundle_facts("one"), bundle_facts("two")), bundle_facts("one"))
    return made


def states(header):
    return {modality: chip.state for modality, chip in header.chips.items()}


def choose(qtbot, words):
    """Click an entry of the menu that is open."""
    menu = QApplication.activePopupWidget()
    action = next(action for action in menu.actions() if action.text() == words)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def entries(qtbot, header, modality):
    qtbot.mouseClick(header.chips[modality], Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    return [] if menu is None else [action.text() for action in menu.actions()]


def test_without_a_case_there_are_no_chips_and_nothing_to_report(header):
    assert header.name.text() == "No case" and header.chips == {}
    assert not header.report_button.isEnabled()


def test_a_chip_for_each_modality_of_the_case_and_of_the_bundle(header):
    header.set_case(samples.case_facts())
    assert header.name.text() == "C-0039"
    assert states(header) == {
        M.CLINICAL: S.MEASURED,
        M.PATHOLOGY: S.MEASURED,
        M.RNA: S.ABSENT,  # only the bundle takes it
        M.MRI: S.MEASURED,
    }
    assert header.chips[M.MRI].detail == "4 seq"


def test_what_the_model_does_not_take_is_unused_from_the_start(header, qtbot):
    one = bundle_facts("one")
    less = {m: taken for m, taken in one.manifest.inputs.items() if m is not M.MRI}
    header.set_case(samples.case_facts())
    header.set_bundles((one,), replace(one, manifest=replace(one.manifest, inputs=less)))
    assert states(header)[M.MRI] is S.UNUSED and states(header)[M.PATHOLOGY] is S.MEASURED
    assert entries(qtbot, header, M.MRI) == ["Look at MRI"]
    QApplication.activePopupWidget().close()
    header.set_bundles((), None)
    assert states(header)[M.MRI] is S.MEASURED, "there is no model that could leave it out"


def test_the_chips_take_the_states_of_the_estimate(header):
    header.set_case(samples.case_facts())
    given = {M.CLINICAL: S.MEASURED, M.PATHOLOGY: S.MEASURED, M.RNA: S.IMPUTED, M.MRI: S.UNUSED}
    header.set_predicted(samples.predicted(given), frozenset())
    assert states(header) == given
    assert "imputed" in header.chips[M.RNA].accessibleName()
    header.set_predicted(None, frozenset())
    assert states(header)[M.RNA] is S.ABSENT


def test_the_chips_keep_the_states_of_the_estimate_when_the_models_are_listed_again(header):
    header.set_case(samples.case_facts())
    header.set_predicted(samples.predicted({M.PATHOLOGY: S.MEASURED, M.RNA: S.IMPUTED}), frozenset())
    header.set_bundles((bundle_facts("one"), bundle_facts("three")), bundle_facts("one"))
    assert states(header)[M.RNA] is S.IMPUTED
    header.set_case(None)
    assert header.chips == {}


def test_a_first_estimate_cannot_be_reported(header):
    header.set_case(samples.case_facts())
    header.set_predicted(samples.predicted(preliminary=True), frozenset())
    assert not header.report_button.isEnabled()
    header.set_predicted(samples.predicted(), frozenset())
    assert header.report_button.isEnabled()


def test_bundles_that_cannot_be_used_are_not_offered(header):
    broken = bundle_facts("broken", error="damaged")
    header.set_bundles((bundle_facts("one"), broken, bundle_facts("two")), bundle_facts("two"))
    assert [header.models.itemData(row) for row in range(header.models.count())] == ["one", "two"]
    assert header.models.currentData() == "two"
    header.set_bundles((broken,), None)
    assert not header.models.isEnabled()


def test_choosing_a_model_asks_for_it_by_name(header, qtbot):
    header.models.setFocus()
    with qtbot.waitSignal(header.bundle_chosen) as chosen:
        qtbot.keyClick(header.models, Qt.Key.Key_Down)
    assert chosen.args == ["two"]


def test_the_button_predicts_and_while_predicting_stops(header, qtbot):
    header.set_case(samples.case_facts())
    with qtbot.waitSignal(header.predict):
        qtbot.mouseClick(header.predict_button, Qt.MouseButton.LeftButton)
    header.set_busy(True)
    assert header.predict_button.text() == header.predict_button.accessibleName() == "Stop"
    with qtbot.waitSignal(header.stop), qtbot.assertNotEmitted(header.predict):
        qtbot.mouseClick(header.predict_button, Qt.MouseButton.LeftButton)
    header.set_busy(False)
    assert header.predict_button.accessibleName() == "Predict"


def test_why_nothing_can_be_predicted_is_on_the_button(header):
    header.set_can_predict("No model is installed.")
    assert not header.predict_button.isEnabled()
    assert header.predict_button.toolTip() == "No model is installed."
    header.set_can_predict("")
    assert header.predict_button.isEnabled() and "F5" in header.predict_button.toolTip()


def test_a_chips_menu_shows_its_tab(header, qtbot):
    header.set_case(samples.case_facts())
    assert entries(qtbot, header, M.MRI) == ["Look at MRI", "Predict as if it were missing"]
    with qtbot.waitSignal(header.tab_asked) as asked:
        choose(qtbot, "Look at MRI")
    assert asked.args == ["mri"]


def test_a_chips_menu_hides_what_was_measured_and_takes_it_back(header, qtbot):
    header.set_case(samples.case_facts())
    entries(qtbot, header, M.MRI)
    with qtbot.waitSignal(header.hide_asked) as asked:
        choose(qtbot, "Predict as if it were missing")
    assert asked.args == [M.MRI, True]
    header.set_predicted(samples.predicted({M.MRI: S.IMPUTED}), frozenset({M.MRI}))
    entries(qtbot, header, M.MRI)
    with qtbot.waitSignal(header.hide_asked) as asked:
        choose(qtbot, "Predict as if it were missing")
    assert asked.args == [M.MRI, False]


def test_what_is_hidden_says_so_before_it_is_predicted_and_is_imputed_after(header, qtbot):
    header.set_case(samples.case_facts())
    header.set_hidden(frozenset({M.MRI}))
    chip = header.chips[M.MRI]
    assert chip.accessibleName() == "MRI: hidden" and chip.toolTip().endswith(HIDDEN)
    header.set_predicted(samples.predicted({M.MRI: S.IMPUTED}), frozenset({M.MRI}))
    assert chip.accessibleName() == "MRI: imputed" and chip.toolTip().endswith(HIDDEN)
    header.set_hidden(frozenset())
    header.set_predicted(None, frozenset())
    assert states(header)[M.MRI] is S.MEASURED and chip.detail == "4 seq"


def test_what_is_absent_cannot_be_hidden(header, qtbot):
    header.set_case(samples.case_facts())
    assert entries(qtbot, header, M.RNA) == ["Look at RNA-seq"]
    QApplication.activePopupWidget().close()


def test_clinical_fields_have_no_tab(header, qtbot):
    header.set_case(samples.case_facts())
    assert entries(qtbot, header, M.CLINICAL) == ["Predict as if it were missing"]
    QApplication.activePopupWidget().close()


@pytest.mark.parametrize("wide", [1052, 1200, 1332, 1852])
def test_the_id_and_the_chips_are_whole_at_every_width(header, qtbot, wide):
    header.resize(wide, 52)
    header.set_case(samples.case_facts())
    header.set_predicted(samples.predicted(), frozenset())
    qtbot.waitUntil(lambda: all(c.width() == c.sizeHint().width() for c in header.chips.values()))
    assert header.name.width() >= header.name.sizeHint().width()
    for chip in header.chips.values():
        assert chip.width() >= chip.sizeHint().width()
        assert chip.geometry().right() < header.models.x()

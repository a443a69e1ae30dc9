from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality, State
from survgui.ui import style
from survgui.ui.compare.pane import NO_CASE, ComparePane
from tests.report import sample
from tests.ui import samples

M, S = Modality, State


@pytest.fixture
def pane(qtbot, qapp):
    style.apply(qapp, "light")
    made = ComparePane()
    qtbot.addWidget(made)
    made.resize(900, 740)
    made.show()
    return made


@pytest.fixture
def ready(pane):
    pane.set_case(samples.case_facts())
    pane.set_predicted(samples.predicted(samples.FOUR_MEASURED))
    return pane


def test_why_nothing_can_be_compared_is_said(pane):
    assert pane.reason == NO_CASE
    pane.set_case(samples.case_facts())
    assert pane.reason.startswith("Not predicted yet.")
    pane.set_predicted(samples.predicted({M.CLINICAL: S.IMPUTED, M.RNA: S.IMPUTED}))
    assert "Nothing that this bundle takes was measured" in pane.reason
    pane.set_predicted(samples.predicted({M.CLINICAL: S.IMPUTED, M.RNA: S.MEASURED}))
    assert pane.reason.startswith("Only RNA-seq was measured")
    assert not pane.button.isVisible()
    pane.set_predicted(samples.predicted(samples.FOUR_MEASURED))
    assert pane.reason == ""
    assert pane.button.isVisible()


def test_an_estimate_can_be_asked_for_first(pane, qtbot):
    pane.set_case(samples.case_facts())
    with qtbot.waitSignal(pane.predict_requested):
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)


def test_only_what_was_measured_can_be_hidden(ready):
    assert ready.measured == (M.CLINICAL, M.PATHOLOGY, M.RNA, M.CNV)
    with pytest.raises(KeyError):
        ready.choice.button("dnam")


def test_the_chosen_modality_is_asked_for(ready, qtbot):
    qtbot.mouseClick(ready.choice.button("rna"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(ready.compare_requested) as asked:
        qtbot.mouseClick(ready.button, Qt.MouseButton.LeftButton)
    assert asked.args == [M.RNA]


def test_the_choice_outlives_a_new_estimate(ready):
    ready.choice.set_chosen("cnv")
    ready.set_predicted(samples.predicted(samples.FOUR_MEASURED))
    assert ready.choice.key == "cnv"


def test_nothing_is_asked_for_while_it_runs(ready, qtbot):
    ready.set_busy("Imputing RNA-seq · draw 7 of 20")
    assert not ready.button.isEnabled()
    assert ready.doing.text() == "Imputing RNA-seq · draw 7 of 20"
    with qtbot.assertNotEmitted(ready.compare_requested):
        ready.hide_and_impute()
    ready.set_busy(None)
    assert ready.button.isEnabled()
    assert not ready.bar.isVisible()


def test_a_comparison_takes_the_place_of_the_explanation(ready):
    assert ready.empty.isVisible()
    ready.set_comparison(samples.comparison())
    assert ready.result.isVisible()
    assert not ready.empty.isVisible()
    assert ready.choice.key == "rna"
    ready.set_comparison(None)
    assert ready.empty.isVisible()


def test_a_comparison_of_another_case_is_gone(ready):
    ready.set_comparison(samples.comparison())
    ready.set_case(replace(samples.case_facts(), notes=()))
    assert ready.result.isVisible()  # the same case, read again
    ready.set_case(samples.case_facts("ffff0000"))
    assert not ready.result.isVisible()


def test_a_failure_is_said_until_the_next_try(ready, qtbot):
    ready.show_trouble("The device's memory is exhausted.")
    banner = ready.trouble
    qtbot.waitUntil(banner.isVisible)
    assert banner.text.text() == "The device's memory is exhausted."
    qtbot.mouseClick(ready.button, Qt.MouseButton.LeftButton)
    assert ready.trouble is None
    assert not banner.isVisible()


def test_the_comparison_fits_the_tab(ready, qtbot):
    ready.set_comparison(samples.comparison())
    note = ready.result.map_note
    qtbot.waitUntil(lambda: note.isVisible() and note.mapTo(ready, note.rect().bottomLeft()).y() <= ready.height())
    assert ready.result.map.height() > 200


def test_what_was_compared_as_data_is_kept_for_the_report_until_the_estimate_changes(ready):
    for modality in (M.RNA, M.PATHOLOGY, M.RNA):
        made = replace(samples.comparison(), modality=modality, reconstruction=sample.reconstruction(modality))
        ready.set_comparison(made)
    assert [found.modality for found in ready.reconstructions] == [M.RNA, M.PATHOLOGY]
    assert ready.reconstructions[0] is made.reconstruction
    ready.set_comparison(samples.comparison())  # of components alone
    assert len(ready.reconstructions) == 2
    ready.set_comparison(None)
    assert ready.reconstructions == ()


def test_data_are_offered_beside_the_estimate_where_the_model_makes_them(ready, qtbot):
    ready.set_comparison(samples.comparison())
    assert not ready.result.parts.isVisible()
    ready.set_comparison(replace(samples.comparison(), reconstruction=sample.reconstruction()))
    qtbot.mouseClick(ready.result.parts.button("data"), Qt.MouseButton.LeftButton)
    assert ready.result.imputed.table.isVisible() and not ready.result.curves.isVisible()
    ready.set_comparison(None)
    assert not ready.result.parts.isVisible()

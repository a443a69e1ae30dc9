from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from survgui.cases.case import Modality, State
from survgui.cases.display import CohortMap
from survgui.ui import style, words
from survgui.ui.components.pane import MEASURED_NOTHING, ComponentsPane, component_columns
from tests.ui import samples

M, S = Modality, State


@pytest.fixture
def pane(qtbot, qapp):
    style.apply(qapp, "light")
    made = ComponentsPane()
    qtbot.addWidget(made)
    made.resize(900, 740)
    made.show()
    return made


def test_without_an_estimate_one_can_be_asked_for(pane, qtbot):
    assert pane.empty.isVisible()
    with qtbot.waitSignal(pane.predict_requested):
        qtbot.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)


def test_no_whiskers_are_explained_before_there_are_any(pane):
    pane.set_predicted(samples.predicted(preliminary=True))
    assert not pane.contributions_note.isVisible()
    pane.set_predicted(samples.predicted())
    assert pane.contributions_note.isVisible() and "Whiskers" in pane.contributions_note.text()


def test_everything_fits_the_tab(pane, qtbot):
    pane.set_predicted(samples.predicted())
    qtbot.waitUntil(lambda: pane.map.isVisible() and pane.map.height() > 200)
    bottom = pane.fidelity_note.mapTo(pane, pane.fidelity_note.rect().bottomLeft()).y()
    assert bottom <= pane.height()
    assert pane.table.verticalScrollBar().maximum() == 0


def test_the_table_holds_every_component_and_its_share(pane):
    p = samples.predicted()
    pane.set_predicted(p)
    names, states, values, spreads, shares = component_columns(p.content.contributions)
    assert names.values[0] == "shared by all"
    assert list(values.values) == [c.value for c in p.content.contributions]
    assert sum(shares.values) == pytest.approx(1.0)
    row = list(states.values).index("imputed")
    assert spreads.text(row).count(" to ") == 1
    assert spreads.text(0) == ""
    assert pane.table.model_.rowCount() == len(p.content.contributions)


def test_what_was_measured_and_imputed_is_said(pane):
    p = samples.predicted()
    pane.set_predicted(p)
    assert pane.inputs.text() == words.inputs_sentence(p)


def test_fidelity_is_shown_of_what_was_measured(pane):
    pane.set_predicted(samples.predicted())
    assert pane.fidelity.isVisible()
    assert pane.fidelity.rendering("csv")().decode().count("\n") == 2 + 3
    pane.set_predicted(samples.predicted({M.CLINICAL: S.IMPUTED, M.RNA: S.IMPUTED}))
    assert not pane.fidelity.isVisible()
    assert pane.fidelity_note.text() == MEASURED_NOTHING


def test_a_model_that_recomposes_nothing_has_no_fidelity_and_nothing_shared(pane):
    pane.set_predicted(samples.predicted())
    assert pane.fidelity_note.isVisible()
    pane.set_predicted(without_shared())
    assert not pane.fidelity_note.isVisible() and not pane.fidelity.isVisible()
    assert pane.table.model_.index(0, 0).data() == "Clinical"
    assert "Shared" not in pane.contributions_note.text()
    pane.set_predicted(samples.predicted())
    assert pane.fidelity_note.isVisible()


def without_shared():
    """What a network predicts that has one latent for each modality."""
    parts = samples.predicted().prediction.contributions
    return samples.predicted(fidelity={}, contributions=parts[1:])


def test_the_map_says_who_is_near_and_nothing_more(pane):
    pane.set_predicted(samples.predicted())
    assert pane.map_note.text().startswith("Of the 20 development patients nearest to this case: ")
    place = QPointF(pane.map.width() / 2, pane.map.height() / 2)
    assert pane.map.tip_at(place)[1].startswith("Of the 20 development patients nearest to here: ")


def test_a_bundle_without_a_map_says_so(pane):
    nothing = CohortMap(np.zeros((0, 2)), np.zeros(0, "<U4"), np.zeros(0, bool), np.zeros(2), np.zeros((1, 2)))
    pane.set_predicted(replace(samples.predicted(), map=nothing))
    assert not pane.map.isVisible()
    assert pane.map_note.text() == "This bundle has no cohort map."
    pane.set_predicted(samples.predicted())
    assert pane.map.isVisible()


def test_another_case_starts_empty(pane):
    pane.set_predicted(samples.predicted())
    pane.set_predicted(None)
    assert pane.empty.isVisible()
    assert pane.map.figure is None

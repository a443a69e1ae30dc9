from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.display import Trial, Trials
from survgui.ui.drawing import Drawing
from tests.ui import samples
from tests.ui.pretended import bundle_facts, opened_window, with_case, with_estimate

RNA = Modality.RNA


@pytest.fixture
def window(qtbot, monkeypatch, home):
    """A case predicted with a bundle that holds every generator; RNA and copy number were imputed."""
    made = opened_window(qtbot, monkeypatch)
    facts = bundle_facts()
    files = {f"generator-{name}.safetensors": "0" for name in ("gaussian", "flow", "ddim", "mean")}
    facts = replace(facts, manifest=replace(facts.manifest, files=files, generator="gaussian", steps=1))
    made.session.refresh_bundles()
    made.lanes.give("bundles.listing", (facts,))
    with_case(made)
    with_estimate(made)
    yield made
    made.lanes.close()


def asked(window, name="predictions.predict"):
    arguments = window.lanes.last(name).request.arguments
    return arguments["generator"], arguments["steps"], arguments["draws"]


def test_a_choice_predicts_again_is_remembered_and_shown_in_both_places(window):
    before = window.lanes.names().count("predictions.predict")
    assert asked(window) == ("", 0, 20) and window.case_page.risk.drawing.text() == "fan: 20 × Gaussian"
    window.case_page.risk.drawing.drawing_chosen.emit(Drawing("flow", 8, 5))
    assert window.lanes.names().count("predictions.predict") == before + 1 and asked(window) == ("flow", 8, 5)
    assert (window.settings.generator, window.settings.steps, window.settings.draws) == ("flow", 8, 5)
    assert window.case_page.risk.drawing.text() == "fan: 5 × Flow 8"
    assert window.case_page.compare.drawing.text() == "Flow, 8 steps · 5 draws"


def test_what_is_compared_is_compared_again(window):
    window.session.compare(RNA)
    window.lanes.give("predictions.compare", samples.comparison())
    window.case_page.compare.drawing.drawing_chosen.emit(Drawing("ddim", 50, 20))
    assert asked(window, "predictions.compare") == ("ddim", 50, 20)
    assert window.lanes.last("predictions.compare").request.arguments["modality"] is RNA


def test_where_nothing_was_imputed_nothing_is_predicted_again(window):
    window.session.predict()
    window.lanes.give("predictions.predict", samples.predicted({Modality.CLINICAL: samples.S.MEASURED}))
    before = len(window.lanes.jobs)
    window.case_page.compare.drawing.drawing_chosen.emit(Drawing("mean", 0, 20))
    assert len(window.lanes.jobs) == before and window.settings.generator == "mean"


def test_generators_are_laid_beside_each_other_for_the_open_case(window, qtbot):
    page = window.case_page.compare
    window.show_tab("compare")
    page.choice.set_chosen("clinical")
    page.all.click()
    assert not page.button.isEnabled() and page.doing.text() == "Drawing with every generator"
    request = window.lanes.last("predictions.generators").request
    assert request.arguments["modality"] is Modality.CLINICAL
    window.lanes.give("predictions.generators", Trials(Modality.CLINICAL, (Trial("mean", 1, 1, 0.5, None, 1.0),)))
    assert page.trials.isVisible() and page.button.isEnabled()
    window.session.hide(Modality.CLINICAL, True)
    assert not page.trials.isVisible()  # they were drawn from something that is hidden now


def test_generators_of_another_case_are_dropped(window):
    window.session.try_generators(Modality.CLINICAL)
    late = window.lanes.last("predictions.generators")
    window.session.open_case("ffff0000")
    window.lanes.give("cases.open", samples.case_facts("ffff0000"))
    late.take("done", Trials(Modality.CLINICAL, ()))
    assert not window.case_page.compare.trials.isVisible()

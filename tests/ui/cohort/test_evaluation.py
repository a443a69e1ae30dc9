import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from survgui.cases.evaluation import Opened, of_manifest
from survgui.cases.study import read_result
from survgui.ui.cohort.evaluation import EMPTY, EvaluationPane, with_outcome
from survgui.ui.widgets import files
from survgui.ui.widgets.labels import Label
from tests.ui.cohort.facts import facts
from tests.ui.evaluation import samples, study_samples
from tests.ui.models.bundles import shipped

LEFT = Qt.MouseButton.LeftButton


def trained(name="own", cohort="Small cohort", **content):
    """A bundle that was trained on a cohort, with its evaluation."""
    manifest = shipped().manifest
    development = replace(manifest.development, cohort=cohort, patients=5, events=2)
    evaluations = (samples.content(**content),)
    made = replace(manifest, name=name, development=development, metrics=(), evaluations=evaluations)
    return shipped(manifest=made, folder=Path(name))


def opened(cohort="Small cohort", patients=5):
    manifest = trained(cohort=cohort).manifest
    return Opened(Path("results") / "all.json", replace(of_manifest(manifest), cohort=cohort, patients=patients))


@pytest.fixture
def pane(qtbot):
    made = EvaluationPane()
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.set_cohort(facts())
    return made


def said(pane):
    return [label.text() for label in pane.findChildren(Label) if label.isVisible()]


def test_without_an_evaluation_there_is_a_sentence_and_an_action(pane, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(files, "ask_open", lambda *given: asked.append(given))
    assert EMPTY in said(pane) and not pane.sources.isVisible()
    qtbot.mouseClick(pane.empty.button, LEFT)
    with qtbot.waitSignal(pane.open_requested) as requested:
        asked[0][3](Path("chosen.json"))
    assert requested.args == [Path("chosen.json")]


def test_patients_of_an_evaluation_have_an_outcome_and_something_measured():
    assert with_outcome(facts()) == 5  # of six one outcome is not known
    nothing = np.zeros(6, bool)
    assert with_outcome(facts(present=dict.fromkeys(facts().present, nothing))) == 0
    assert with_outcome(facts(present={})) == 0


def test_what_was_read_is_shown_with_its_name(pane):
    pane.set_opened(opened())
    assert pane.view.isVisible() and pane.shown is pane.view.evaluation
    assert pane.sources.button("file").text() == "all.json" and not pane.warning.isVisible()


def test_figures_of_others_are_shown_with_a_warning(pane):
    pane.set_opened(opened("Other", 7))
    assert "The evaluation is of Other" in pane.warning.text() and "has 7 patients" in pane.warning.text()
    assert pane.warning.isVisible() and pane.view.isVisible()


def test_a_bundle_that_was_trained_on_the_cohort_stands_beside_the_file(pane, qtbot):
    pane.set_bundles((shipped(), trained(), trained("elsewhere", "Other cohort")))
    assert pane.view.isVisible() and pane.sources.key == "own" and pane.path.text() == ""
    pane.set_opened(opened())
    assert pane.sources.key == "file" and pane.path.text() == str(Path("results") / "all.json")
    qtbot.mouseClick(pane.sources.button("own"), LEFT)
    assert pane.shown == pane.view.evaluation and pane.sources.key == "own"
    pane.set_bundles((shipped(), trained(), trained("second")))
    assert pane.sources.key == "own"  # what was chosen stays
    with pytest.raises(KeyError):
        pane.sources.button("elsewhere")


def test_another_cohort_shows_nothing_of_the_one_before(pane):
    pane.set_opened(opened())
    pane.set_cohort(facts(name="Another"))
    assert EMPTY in said(pane) and pane.view.evaluation is None
    pane.set_cohort(None)
    assert pane.shown is None


def test_a_study_is_shown_in_the_place_of_an_evaluation(pane, tmp_path):
    file = tmp_path / "ratio.json"
    file.write_text(json.dumps(study_samples.ratios(cohort="Other")), "utf-8")
    pane.set_opened(opened())
    pane.set_opened(Opened(file, read_result(file)))
    assert pane.study.isVisible() and not pane.view.isVisible() and pane.shown is pane.study.study
    assert pane.view.evaluation is None and pane.sources.button("file").text() == "ratio.json"
    assert "The evaluation is of Other" in pane.warning.text()
    pane.set_opened(opened())
    assert pane.view.isVisible() and pane.study.study is None

from dataclasses import replace

import pytest

from survgui.ui.evaluation.view import NO_PATTERNS, EvaluationView
from survgui.ui.widgets.labels import Label
from tests.ui.evaluation.test_tables import evaluation  # noqa: F401  # a fixture


@pytest.fixture
def view(qtbot):
    made = EvaluationView()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def said(view):
    return [label.text() for label in view.findChildren(Label) if label.isVisible()]


def test_both_figures_can_be_saved_with_their_numbers(view, evaluation):  # noqa: F811
    view.set_evaluation(evaluation)
    methods, patterns = view.methods.rendering("csv"), view.heat.rendering("csv")
    assert "Cox, one for every pattern" in methods().decode()
    header, rows = patterns.numbers
    assert header[2:4] == ["MUST", "MUST, mean fill"] and len(rows) == 7
    assert view.heat.rendering("svg")().startswith(b"<") and view.heat.rendering("pdf")().startswith(b"%PDF")
    assert view.heat.rendering("png")().startswith(b"\x89PNG")


def test_an_evaluation_without_patterns_says_how_to_get_them(view, evaluation):  # noqa: F811
    natural = {key: cell for key, cell in evaluation.cells.items() if key[1] == ("natural",)}
    view.set_evaluation(evaluation)
    assert NO_PATTERNS not in said(view)
    view.set_evaluation(replace(evaluation, cells=natural, remarks=("seen twice",)))
    assert NO_PATTERNS in said(view) and not view.heat.isVisible() and "seen twice" in said(view)


def test_nothing_is_left_of_what_was_shown(view, evaluation):  # noqa: F811
    view.set_evaluation(evaluation)
    view.set_evaluation(None)
    for figure in (view.methods, view.heat):
        with pytest.raises(ValueError, match="no figure"):
            figure.rendering("png")


def test_the_same_evaluation_again_leaves_the_place_that_was_scrolled_to(view, evaluation, qtbot):  # noqa: F811
    view.set_evaluation(evaluation)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 40)
    view.verticalScrollBar().setValue(40)
    view.set_evaluation(replace(evaluation))
    assert view.verticalScrollBar().value() == 40
    view.set_evaluation(replace(evaluation, cohort="Other"))
    assert view.verticalScrollBar().value() == 0

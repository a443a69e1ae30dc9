import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.display import CohortMap
from survgui.ui.compare.result import COMPONENTS, CompareResult, overlay, signed_points
from tests.report import sample
from tests.ui import samples


@pytest.fixture
def result(qtbot):
    made = CompareResult()
    qtbot.addWidget(made)
    qtbot.addWidget(made.parts)
    made.resize(900, 690)
    made.show()
    return made


def test_numbers_stand_beside_each_other_with_their_change(result):
    c = samples.comparison()
    result.set_comparison(c)
    cells = {key: label.text() for key, label in result.numbers.cells.items()}
    before, after = c.real.prediction.risk, c.imputed.prediction.risk
    assert cells["risk", "measured"] == f"{before:.2f}".replace("-", "−")
    assert cells["risk", "imputed"] == f"{after:.2f}".replace("-", "−")
    assert cells["risk", "change"] == "−0.22"
    change = 100 * (c.imputed.content.at_horizon.survival - c.real.content.at_horizon.survival)
    assert cells["survival", "change"] == f"+{change:.1f} pp"
    assert "from high to intermediate" in result.numbers.spoken.text()
    assert [badge.accessibleName().split(",")[0] for badge in result.numbers.groups] == [
        "risk group high",
        "risk group intermediate",
    ]


@pytest.mark.parametrize(
    ("share", "said"), [(0.031, "+3.1 pp"), (-0.12, "−12 pp"), (0.0, "0.0 pp"), (-0.0004, "0.0 pp"), (0.0996, "+10 pp")]
)
def test_changes_of_a_probability_are_in_percentage_points(share, said):
    assert signed_points(share) == said


def test_the_real_curve_is_solid_and_the_imputed_one_beside_it():
    c = samples.comparison()
    figure = overlay(c)
    assert figure.patient is c.real.content.curve
    assert figure.beside is c.imputed.content.curve
    assert figure.imputed is False  # the real curve has no fan


def test_every_plot_has_numbers_to_save(result):
    c = samples.comparison()
    result.set_comparison(c)
    rows = {}
    for view in (result.curves, result.strip, result.scatter, result.ranks, result.map):
        text = view.rendering("csv")().decode().split("\n", 1)[1]
        rows[view] = list(csv.DictReader(io.StringIO(text)))
    assert len(rows[result.strip]) == len(c.cosine)
    assert [float(r["measured"]) for r in rows[result.scatter]] == pytest.approx(c.real_part.tolist())
    assert sum(int(r["values"]) for r in rows[result.ranks]) == len(c.ranks)
    measured = next(r for r in rows[result.map] if r["point"] == "measured")
    assert (float(measured["component_1"]), float(measured["component_2"])) == tuple(c.real_point)


def test_how_often_the_spread_held_is_said(result):
    result.set_comparison(replace(samples.comparison(), inside=0.86))
    assert result.scatter_note.text() == (
        "Inside the 5–95\u202f% spread: 86\u202f% of 64 values; 90\u202f% would be ideal."
    )


def test_without_a_map_the_rest_is_shown(result):
    c = samples.comparison()
    nothing = CohortMap(np.zeros((0, 2)), np.zeros(0, "<U4"), np.zeros(0, bool), np.zeros(2), np.zeros((1, 2)))
    result.set_comparison(replace(c, imputed=replace(c.imputed, map=nothing)))
    assert not result.map.isVisible()
    assert result.map_note.text() == "This bundle has no cohort map."
    assert result.scatter.isVisible()


def test_both_curves_can_be_explored(result):
    c = samples.comparison()
    result.set_comparison(c)
    plot = result.curves.explorer.plots()
    at, other = c.real.content.at_horizon, c.imputed.content.at_horizon
    measured, imputed = plot.series[:2]
    assert (measured.name, imputed.name) == ("measured", "imputed")
    assert measured.at(at.months) == pytest.approx(at.survival)
    assert imputed.band_at(at.months) == pytest.approx((other.low, other.high))
    assert plot.title == "RNA-seq measured and imputed"


def test_a_model_that_imputes_components_says_so_and_offers_no_data(result):
    result.set_comparison(samples.comparison())
    assert result.components.text() == COMPONENTS and result.components.isVisible()
    assert not result.imputed.isVisible()
    assert result.scatter.isVisible()


def test_the_data_take_the_place_of_the_estimate_where_they_are_asked_for(result):
    both = replace(samples.comparison(), reconstruction=sample.reconstruction())
    result.set_comparison(both)
    assert result.curves.isVisible() and not result.imputed.isVisible() and not result.components.isVisible()
    result.parts.button("data").click()
    assert result.imputed.scatter.isVisible() and not result.curves.isVisible()
    result.set_comparison(both)  # the next comparison is looked at in the same way
    assert result.imputed.scatter.isVisible()
    result.set_comparison(samples.comparison())  # of a bundle without data, the estimate
    assert result.curves.isVisible() and not result.imputed.isVisible()

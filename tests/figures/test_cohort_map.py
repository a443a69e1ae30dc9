from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from survgui.cases.display import CohortMap
from survgui.figures.canvas import Rect
from survgui.figures.cohort_map import (
    MOST,
    CohortMapFigure,
    cohort_map_table,
    contour,
    draw_cohort_map,
    map_scales,
    nearest,
)
from tests.report.recorder import Recorder, drawn
from tests.ui import samples

FIGURES = {
    "case and draws": CohortMapFigure(samples.cohort_map()),
    "measured beside imputed": CohortMapFigure(samples.cohort_map(), np.array([2.3, 1.9])),
    "nothing imputed": CohortMapFigure(samples.cohort_map(draws=1)),
    "shares unknown": CohortMapFigure(replace(samples.cohort_map(), explained=None)),
    "one group": CohortMapFigure(replace(samples.cohort_map(n=30), groups=np.array(["high"] * 30))),
}


@pytest.mark.parametrize("wide", [240.0, 360.0])
@pytest.mark.parametrize("name", FIGURES)
def test_labels_have_their_room(name, wide):
    drawn(partial(draw_cohort_map, figure=FIGURES[name]), wide, 300.0)


def test_both_axes_have_one_scale_and_places_are_found_again():
    rect = Rect(10.0, 20.0, 400.0, 250.0)
    s = map_scales(rect, FIGURES["case and draws"])
    assert s.x(1.0) - s.x(0.0) == pytest.approx(s.y(0.0) - s.y(1.0))
    assert s.value(s.x(1.7), s.y(-0.4)) == pytest.approx([1.7, -0.4])
    m = FIGURES["case and draws"].map
    for point in (*m.cohort, *m.cloud, m.case):
        assert s.inner.x <= s.x(point[0]) <= s.inner.right
        assert s.inner.y <= s.y(point[1]) <= s.inner.bottom


def test_groups_differ_by_shape_and_outcomes_by_filling():
    def painted(group, died):
        m = CohortMap(np.zeros((1, 2)), np.array([group]), np.array([died]), np.ones(2), np.ones((1, 2)))
        recorder = Recorder()
        draw_cohort_map(recorder, Rect(0.0, 0.0, 240.0, 240.0), CohortMapFigure(m))
        fills = [f for f in recorder.fills if f.colour == group and f.opacity < 1.0]
        inks = [i for i in recorder.inks if i.colour == group]
        boxes = [r for r, f in recorder.boxes + recorder.frames if f.colour == group and f.opacity < 1.0]
        return len(fills), len(inks), len(boxes)

    assert painted("low", True) == (1, 0, 0)
    assert painted("low", False) == (0, 1, 0)
    assert painted("intermediate", False) == (0, 1, 1)
    filled, hollow = painted("high", True), painted("high", False)
    assert filled == (1, 0, 0)
    assert hollow == (0, 1, 0)


def test_the_nearest_are_summed_up():
    m = CohortMap(
        np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [9.0, 9.0]]),
        np.array(["low", "high", "high", "intermediate"]),
        np.array([False, True, False, True]),
        np.zeros(2),
        np.zeros((1, 2)),
    )
    near = nearest(m, np.zeros(2), 3)
    assert (near.patients, near.deaths, near.groups) == (3, 1, (("low", 1), ("high", 2)))
    assert nearest(m, np.zeros(2)).patients == 4  # no more than there are


def test_a_contour_holds_the_share_it_names():
    cloud = np.random.default_rng(0).multivariate_normal([3.0, -1.0], [[2.0, 0.9], [0.9, 1.0]], 20_000)
    inverse = np.linalg.inv(np.cov(cloud.T))
    centred = cloud - cloud.mean(axis=0)
    distance = np.einsum("ni,ij,nj->n", centred, inverse, centred)
    for share in (0.5, 0.9):
        ring = contour(cloud, share) - cloud.mean(axis=0)
        edge = np.einsum("ni,ij,nj->n", ring, inverse, ring)
        assert edge == pytest.approx(edge[0])
        assert np.mean(distance <= edge[0]) == pytest.approx(share, abs=0.01)
    assert contour(cloud[:2], 0.9) is None


def test_the_table_names_no_patient():
    m = samples.cohort_map(draws=4, n=7)
    header, rows = cohort_map_table(CohortMapFigure(m, np.array([0.5, 0.25])))
    assert header == ["point", "component_1", "component_2", "risk_group", "died"]
    assert [row[0] for row in rows] == ["this case", "measured", *["draw"] * 4, *["development"] * 7]
    assert rows[1][1:3] == [0.5, 0.25]
    assert rows[-1] == ["development", *m.cohort[-1], str(m.groups[-1]), bool(m.events[-1])]


def test_of_a_large_cohort_some_are_drawn_and_all_are_counted():
    recorder = Recorder()
    draw_cohort_map(recorder, Rect(0.0, 0.0, 400.0, 300.0), CohortMapFigure(samples.cohort_map(n=2 * MOST + 1)))
    said = {text for _, text in recorder.texts}
    assert "1 in 3 drawn" in said
    died = np.count_nonzero(samples.cohort_map(n=2 * MOST + 1).events)
    assert any(text.replace("\u202f", "") == f"died {died}" for text in said)

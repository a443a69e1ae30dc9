from functools import partial

import numpy as np
import pytest

from survgui.cases.reconstruction import FeatureReconstruction, ImputedFeature
from survgui.figures.imputed_features import (
    agreement,
    draw_features,
    draw_imputed_features,
    features_table,
    imputed_features_height,
)
from tests.report.recorder import drawn

REAL = np.array([1.0, -2.0, 0.5, 3.0], dtype=np.float32)
FIGURE = FeatureReconstruction(("TP53", "EGFR", "IDH1", "ATRX"), REAL, 0.5 * REAL, 0.5 * REAL - 0.25, 0.5 * REAL + 0.5)


class Discs:
    """Keeps the centre of each disc."""

    def __init__(self):
        self.centres, self.lines = [], []

    def disc(self, x, y, radius, fill=None, ink=None):
        self.centres.append((x, y))

    def line(self, points, ink):
        self.lines.append((list(points), ink))

    def text(self, *parts):
        pass


def test_points_lie_where_both_values_say():
    from survgui.figures.canvas import Rect

    canvas = Discs()
    draw_features(canvas, Rect(0.0, 0.0, 300.0, 280.0), FIGURE)
    diagonal = next(points for points, ink in canvas.lines if ink.colour == "faint")
    (x0, y0), (x1, y1) = diagonal
    across = [(x - x0) / (x1 - x0) for x, _ in canvas.centres]
    up = [(y - y0) / (y1 - y0) for _, y in canvas.centres]
    reach = 3.0 * 1.05
    assert across == pytest.approx(((REAL + reach) / (2 * reach)).tolist(), abs=1e-6)
    assert up == pytest.approx(((0.5 * REAL + reach) / (2 * reach)).tolist(), abs=1e-6)
    mean = next(points for points, ink in canvas.lines if ink.dash)
    assert mean[0][1] == mean[1][1] == pytest.approx((y0 + y1) / 2)


@pytest.mark.parametrize("wide", [220.0, 420.0])
def test_the_scatter_says_how_many_and_how_near(wide):
    made = drawn(partial(draw_features, features=FIGURE), wide, 260.0)
    assert agreement(FIGURE) == "r = 1.00, n = 4 features"
    assert agreement(FIGURE) in [text for _, text in made.texts]


def test_without_variation_only_the_number_is_said():
    flat = FeatureReconstruction(("AGE",), REAL[:1], REAL[:1], REAL[:1], REAL[:1])
    assert agreement(flat) == "n = 1 feature"
    drawn(partial(draw_features, features=flat), 260.0, 220.0)


def test_the_table_holds_the_spread_and_the_difference():
    header, rows = features_table(FIGURE)
    assert header[0] == "feature" and len(header) == 6
    assert rows[1] == ["EGFR", -2.0, -1.0, -1.25, -0.5, 1.0]


def test_imputed_features_are_hatched_with_whiskers_inside_the_axis():
    features = (ImputedFeature("TP53", -1.0, -1.5, -0.5), ImputedFeature("EGFR", 0.5, 0.0, 9.0))
    made = drawn(partial(draw_imputed_features, features=features, reach=2.0), 340.0, imputed_features_height(features))
    dashed = [rect for rect, ink in made.frames if ink.dash]
    assert [round(d.width / dashed[1].width, 3) for d in dashed] == [2.0, 1.0]
    whiskers = [points for points, ink in made.lines if ink.colour == "text" and points[0][1] == points[1][1]]
    assert len(whiskers) == 2
    assert (whiskers[0][1][0] - whiskers[0][0][0]) == pytest.approx(dashed[0].width)  # 1 SD, as long as the bar
    assert [text for _, text in made.texts if "." in text][:2] == ["−1.00", "+0.50"]

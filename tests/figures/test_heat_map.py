import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from survgui.figures.canvas import Rect
from survgui.figures.heat_map import (
    STRONGEST,
    HeatMap,
    draw_heat_map,
    head_height,
    heat_map_cells,
    heat_map_heads,
    heat_map_height,
    heat_map_table,
    three,
)
from survgui.figures.theme import DARK, LIGHT
from tests.report.recorder import drawn

NAN = float("nan")
FIGURE = HeatMap(
    modalities=("Clinical", "Slide", "RNA"),
    given=np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 1]], bool),
    methods=("MUST", "Cox, per pattern", "Cox, clinical"),
    own=1,
    values=np.array([[0.80, 0.82, 0.78], [0.75, 0.74, NAN], [0.7, 0.7004, 0.60], [NAN, NAN, NAN]]),
    patients=np.array([40.0, 50.0, NAN, 1200.0]),
    oracle=np.full(4, NAN),
)


def linear(hexadecimal):
    parts = [int(hexadecimal[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return np.array([p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts])


def over(theme, fill):
    """sRGB of a fill over the panel, 0 to 1."""
    front, back = ([int(theme[role][k : k + 2], 16) / 255 for k in (1, 3, 5)] for role in (fill.colour, "panel"))
    return np.array(front) * fill.opacity + np.array(back) * (1 - fill.opacity)


def hexadecimal(rgb):
    return "#" + "".join(f"{round(255 * value):02x}" for value in rgb)


def oklab(rgb):
    """Björn Ottosson's perceptual space, from sRGB 0 to 1."""
    lms = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]) @ linear(
        hexadecimal(rgb)
    )
    return np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]) @ np.cbrt(lms)


@pytest.mark.parametrize("wide", [620.0, 760.0, 1400.0])
@pytest.mark.parametrize("figure", [FIGURE, replace(FIGURE, oracle=np.array([0.9, 0.8, NAN, 0.7]))])
def test_nothing_overlaps_at_any_width(wide, figure):
    made = drawn(partial(draw_heat_map, figure=figure), wide, heat_map_height(figure))
    said = [text for _, text in made.texts]
    assert {".800", ".820", ".780", ".750", "everything measured", "2 of 3 measured", "1\u202f200"} <= set(said)
    assert ("oracle" in said) == bool(np.isfinite(figure.oracle).any())


def test_hollow_cells_and_rings():
    made = drawn(partial(draw_heat_map, figure=FIGURE), 700.0, heat_map_height(FIGURE))
    rings = [ink for ink in made.inks if ink.width == 1.5 and ink.colour == "text"]
    assert len(rings) == 1 + 1 + 2 + 1  # the Cox row's, the model's, a tie to three decimals, and the key's
    assert sum(ink.dash == (3.0, 2.0) for ink in made.inks) == 4 + 1
    alone = replace(FIGURE, values=np.array([[0.8, NAN, NAN]] * 4))
    assert not alone.best.any()  # nobody is the best alone
    assert FIGURE.best.tolist()[0] == [False, True, False] and not FIGURE.best[3].any()


def test_colours_change_at_the_median_and_are_full_where_nine_of_ten_are_nearer():
    known = np.sort(FIGURE.values[np.isfinite(FIGURE.values)])
    assert FIGURE.middle == pytest.approx((known[3] + known[4]) / 2)
    assert FIGURE.reach == pytest.approx(np.quantile(np.abs(known - FIGURE.middle), 0.9))
    above, below = FIGURE.shade(FIGURE.middle + 9), FIGURE.shade(FIGURE.middle - 9)
    assert (above.colour, below.colour) == ("low", "intermediate") and above.opacity == below.opacity == STRONGEST
    assert FIGURE.shade(FIGURE.middle).opacity == 0.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("side", [-1, 1])
def test_equal_steps_look_equal_and_text_stays_readable(theme, side):
    steps = [oklab(over(theme, FIGURE.shade(FIGURE.middle + side * FIGURE.reach * k / 5))) for k in range(6)]
    apart = [np.linalg.norm(b - a) for a, b in itertools.pairwise(steps)]
    assert max(apart) < 1.35 * min(apart)
    full = over(theme, FIGURE.shade(FIGURE.middle + side * FIGURE.reach))
    lights = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (hexadecimal(full), theme["text"]))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


def test_every_cell_and_head_can_be_pointed_at():
    rect = Rect(5.0, 7.0, 700.0, heat_map_height(FIGURE))
    cells = heat_map_cells(rect, FIGURE)
    assert {(r, c) for _, r, c in cells} == {(r, c) for r in range(4) for c in (-1, 0, 1, 2)}
    top = min(at.y for at, *_ in cells)
    assert top > rect.y + head_height(FIGURE)
    boxes = [(at.x, at.y, at.right, at.bottom) for at, *_ in cells]
    for k, (x, y, right, bottom) in enumerate(boxes):
        assert not any(x < r and right > a and y < b and bottom > t for a, t, r, b in boxes[k + 1 :])
    heads = heat_map_heads(rect, FIGURE)
    assert [at.x for at, _ in heads] == [at.x for at, r, c in cells if r == 0 and c >= 0]


def test_table_has_what_is_drawn():
    header, rows = heat_map_table(FIGURE)
    assert header == ["given", "patients", "MUST", "Cox, per pattern", "Cox, clinical"]
    assert rows[1] == ["Clinical+Slide", 50.0, 0.75, 0.74, None] and rows[2][1] is None
    header, rows = heat_map_table(replace(FIGURE, oracle=np.array([0.9, NAN, NAN, NAN])))
    assert header[-1] == "oracle" and [row[-1] for row in rows] == [0.9, None, None, None]


def test_without_any_figure():
    empty = replace(FIGURE, values=np.full((4, 3), NAN))
    drawn(partial(draw_heat_map, figure=empty), 700.0, heat_map_height(empty))
    assert (empty.middle, empty.reach) == (0.5, 0.02) and not empty.best.any()


@pytest.mark.parametrize(("value", "said"), [(0.8694, ".869"), (1.0, "1.000"), (0.0004, ".000"), (0.9996, "1.000")])
def test_three_decimals(value, said):
    assert three(value) == said

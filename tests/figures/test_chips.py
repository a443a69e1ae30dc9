from survgui.cases.case import State
from survgui.figures.canvas import Rect
from survgui.figures.chips import draw_bar, draw_swatch
from tests.report.recorder import Recorder

S = State


def test_each_state_looks_its_own():
    swatches = []
    for state in S:
        canvas = Recorder()
        draw_swatch(canvas, Rect(0, 0, 8, 8), state)
        swatches.append((tuple(canvas.fills), tuple(canvas.inks)))
    assert len(set(swatches)) == len(list(S))


def test_only_a_measured_bar_is_solid():
    made = {state: Recorder() for state in (S.MEASURED, S.IMPUTED)}
    for state, canvas in made.items():
        draw_bar(canvas, Rect(0, 0, 40, 8), "high", state)
    assert [fill.opacity for fill in made[S.MEASURED].fills] == [1.0]
    assert made[S.MEASURED].inks == []
    assert all(fill.opacity < 0.2 for fill in made[S.IMPUTED].fills)
    assert any(ink.dash for ink in made[S.IMPUTED].inks)

from functools import partial

from survgui.cases.case import Modality, State
from survgui.cases.report import InputRow
from survgui.figures.fidelity import draw_fidelity, fidelity_height, fidelity_table, with_fidelity
from tests.report.recorder import drawn

M, S = Modality, State
ROWS = (
    InputRow(M.CLINICAL, S.MEASURED, fidelity=0.5, usual=0.75),
    InputRow(M.RNA, S.IMPUTED),
    InputRow(M.MRI, S.MEASURED, fidelity=1.0, usual=0.6),
    InputRow(M.CNV, S.MEASURED, fidelity=-0.2),
)


def test_bars_are_as_long_as_their_cosine_and_never_negative():
    made = drawn(partial(draw_fidelity, rows=ROWS), 330.0, fidelity_height(ROWS))
    tracks = [r for r, fill in made.boxes if fill.colour == "grid"]
    bars = [r for r, fill in made.boxes if fill.colour in ("soft", "warn")]
    assert [bar.width / tracks[0].width for bar in bars] == [0.5, 1.0, 0.0]


def test_what_is_below_the_usual_stands_out():
    made = drawn(partial(draw_fidelity, rows=ROWS), 330.0, fidelity_height(ROWS))
    assert [fill.colour for _, fill in made.boxes if fill.colour != "grid"] == ["warn", "soft", "soft"]


def test_only_what_was_measured_is_listed():
    assert [row.modality for row in with_fidelity(ROWS)] == [M.CLINICAL, M.MRI, M.CNV]
    header, rows = fidelity_table(ROWS)
    assert header == ["modality", "fidelity", "development_5th_percentile"]
    assert rows[0] == ["clinical", 0.5, 0.75]
    assert rows[2] == ["cnv", -0.2, None]

import pytest

from survgui.figures.theme import Type, width
from survgui.figures.type import Run, elide, wrap

KIND = Type(10.0)


def plain(lines):
    return ["".join(run.text for run in line) for line in lines]


@pytest.mark.parametrize("wide", [30.0, 80.0, 200.0, 1000.0])
def test_no_line_is_wider_than_its_room_and_no_word_is_lost(wide):
    text = "Every modality that the model takes was measured " + "x" * 90 + " so no value moves the estimate."
    lines = plain(wrap([Run(text, KIND)], wide))
    assert all(width(line, KIND) <= wide + 1e-6 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_styles_survive_the_breaking():
    bold = Type(10.0, 600)
    lines = wrap([Run("measured", bold), Run(" · 3120 patches at some size", KIND)], 90.0)
    assert lines[0][0] == Run("measured", bold)
    assert all(run.kind == KIND for line in lines[1:] for run in line)


def test_a_number_stays_with_its_unit():
    for wide in range(30, 120):
        assert any("38\u202f%" in line for line in plain(wrap([Run("alive are 38\u202f% of all", KIND)], float(wide))))


def test_too_many_lines_end_in_an_ellipsis():
    lines = plain(wrap([Run("word " * 50, KIND)], 60.0, most=3))
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert width(lines[-1], KIND) <= 60.0


def test_a_long_id_keeps_both_ends():
    made = elide("TCGA-DU-7294-01A-11R-9999", KIND, 90.0)
    assert made.startswith("TCGA")
    assert made.endswith("999")
    assert width(made, KIND) <= 90.0
    assert elide("short", KIND, 90.0) == "short"
    assert elide("anything", KIND, 0.0) == "…"

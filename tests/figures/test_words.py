import pytest

from survgui.cases.case import State
from survgui.figures.words import (
    component,
    count,
    inside,
    listed,
    months,
    ordinal,
    percent,
    plain,
    plural,
    signed,
    span,
    state_role,
)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.38, "38 %"),
        (0.0712, "7.1 %"),
        (0.0996, "10 %"),
        (0.987, "99 %"),
        (0.9951, "99.5 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
    ],
)
def test_a_probability_has_two_digits_and_is_never_rounded_to_certainty(share, text):
    assert percent(share).replace("\u202f", " ") == text


def test_signs_are_typographic():
    assert signed(-0.123) == "\u22120.12"
    assert signed(0.41) == "+0.41"
    assert signed(-0.001) == "0.00"
    assert plain(-1.5) == "\u22121.50"


def test_thousands_are_parted_by_a_space_that_does_not_break():
    assert count(3120) == "3\u202f120"
    assert plural(1, "death") == "1 death"
    assert plural(2000, "patient") == "2\u202f000 patients"


def test_ranges_and_lists():
    assert span(0.29, 0.47) == "29–47\u202f%"
    assert [listed(["A", "B", "C"][:n]) for n in range(4)] == ["", "A", "A and B", "A, B and C"]


def test_ordinals():
    assert [ordinal(n) for n in (0, 1, 2, 3, 11, 12, 21, 87, 100)] == (
        ["0th", "1st", "2nd", "3rd", "11th", "12th", "21st", "87th", "100th"]
    )


def test_a_title_inside_a_sentence():
    assert [inside(t) for t in ("Copy number", "RNA-seq", "miRNA", "MRI")] == ["copy number", "RNA-seq", "miRNA", "MRI"]


def test_a_component_is_the_shared_part_or_a_modality():
    assert [component(name) for name in ("shared", "rna", "other")] == ["shared by all", "RNA-seq", "other"]


def test_whole_months_have_no_decimals():
    assert [months(value) for value in (24.0, 19.44, 19.97)] == ["24", "19.4", "20"]


def test_a_state_that_needs_care_has_the_colour_of_warnings():
    assert [state_role(s) for s in (State.MEASURED, State.IMPUTED, State.UNUSABLE, State.ABSENT, State.UNUSED)] == (
        ["text", "accent", "warn", "soft", "soft"]
    )

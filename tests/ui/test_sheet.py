import re

import pytest

from survgui.figures.theme import DARK, LIGHT
from survgui.ui.sheet import sheet
from tests.figures.test_theme import contrast

PAIRS = [
    *((role, ground) for role in ("text", "soft") for ground in ("panel", "background")),
    ("text", "tint"),
    ("accent", "panel"),
    ("accent", "tint"),
    ("panel", "accent"),
    ("panel", "text"),
    ("warn", "panel"),
    ("warn", "warn_tint"),
    ("text", "warn_tint"),
    ("good", "panel"),
    ("high_text", "panel"),
    ("low_text", "panel"),
    ("intermediate_text", "panel"),
]
"""Every pair of text and ground in the sheet and in painted widgets; what is disabled is exempt (WCAG 1.4.3)."""


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_words_stand_out_from_their_ground(theme, pair):
    assert contrast(theme[pair[0]], theme[pair[1]]) >= 4.5


def blocks(theme):
    text = re.sub(r"\s+", " ", sheet(theme))
    return re.findall(r"([^{}]+)\{([^{}]*)\}", text)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_rule_of_the_sheet_sets_a_pair_that_is_not_among_those_checked(theme):
    roles = {
        value: name
        for name in (
            "panel",
            "background",
            "text",
            "soft",
            "accent",
            "tint",
            "warn",
            "good",
            "high_text",
            "warn_tint",
            "faint",
            "grid",
        )
        for value in [theme[name]]
    }
    checked = {(theme[a], theme[b]) for a, b in PAIRS}
    guilty = []
    for selector, body in blocks(theme):
        colour = re.search(r"(?<![-\w])color: (#\w+)", body)
        ground = re.search(r"(?<![-\w])background(?:-color)?: (#\w+)", body)
        if colour and ground and ":disabled" not in selector and (colour[1], ground[1]) not in checked:
            guilty.append((selector.strip(), roles.get(colour[1], colour[1]), roles.get(ground[1], ground[1])))
    assert not guilty


def test_the_two_themes_differ_in_every_colour_that_is_text():
    assert sheet(LIGHT) != sheet(DARK)
    assert LIGHT.text not in sheet(DARK)

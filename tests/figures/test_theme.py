import pytest

from survgui.figures.theme import DARK, FAMILY, LIGHT, Type, load_fonts, text_role, width


def contrast(one, other):
    """WCAG 2 contrast ratio."""

    def light(role):
        parts = [int(role[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        return sum(
            w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4)
            for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    a, b = sorted((light(one), light(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    "role", ["text", "soft", "accent", "warn", "good", "low_text", "intermediate_text", "high_text"]
)
def test_text_can_be_read(theme, role):
    assert contrast(theme[role], theme["panel"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("group", ["low", "intermediate", "high"])
def test_a_badge_can_be_read(theme, group):
    ink, panel = (int(theme[r][1:], 16) for r in (group, "panel"))
    tint = "".join(f"{round(0.14 * (ink >> s & 255) + 0.86 * (panel >> s & 255)):02x}" for s in (16, 8, 0))
    assert contrast(theme[text_role(group)], "#" + tint) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_notice_can_be_read(theme):
    assert contrast(theme["warn"], theme["warn_tint"]) >= 4.5


def test_the_shipped_typeface_is_there_in_four_weights():
    assert load_fonts() == FAMILY
    assert len({width("Hamburgefonts", Type(10.0, weight)) for weight in (400, 500, 600, 700)}) == 4


def test_digits_are_tabular():
    assert len({round(width(str(d) * 10, Type(10.0)), 6) for d in range(10)}) == 1

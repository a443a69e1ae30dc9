from survgui.figures.theme import Type
from survgui.figures.type import Run
from survgui.report.blocks import BODY, SOFT, Paragraph


def test_a_paragraph_of_one_style_is_one_run():
    assert Paragraph.of("text") == Paragraph((Run("text", BODY),), None)
    assert Paragraph.of("text", SOFT, 3) == Paragraph((Run("text", SOFT),), 3)


def test_what_is_soft_differs_by_its_colour_alone():
    assert Type(BODY.px, BODY.weight, "soft") == SOFT

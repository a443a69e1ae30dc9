from functools import partial
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from survgui.figures.application import offscreen
from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect, image
from survgui.figures.dots import Dots, draw_dots
from survgui.figures.export import csv_text, pdf, png, svg
from survgui.figures.svg import SvgCanvas
from survgui.figures.theme import DARK, LIGHT, Type, text_role

RESEARCH = "For Research Use Only. Not for use in diagnostic procedures."
DRAW = partial(draw_dots, figure=Dots(10, 20))


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


def test_one_application_for_all():
    assert offscreen() is offscreen() is QGuiApplication.instance()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_png_is_drawn_on_the_themes_panel(theme):
    made = QImage.fromData(png(DRAW, 200.0, 60.0, theme))
    assert (made.width(), made.height()) == (400, 152)
    assert made.pixelColor(0, 0) == QColor(theme["panel"])
    colours = {made.pixelColor(x, y).name() for x in range(0, 400, 3) for y in range(0, 152, 3)}
    assert theme["accent"].lower() in colours


def test_svg_is_xml_with_text_and_the_line():
    root = ElementTree.fromstring(svg(DRAW, 200.0, 60.0, about="a < b").decode())
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert RESEARCH in texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 100
    assert root.get("aria-label") == "a < b"


def test_pdf_of_a_figure_has_its_size():
    made = pdf(DRAW, 200.0, 84.0)
    assert made.startswith(b"%PDF")
    assert b"/MediaBox [0 0 150" in made


def test_svg_without_a_theme_follows_the_page():
    canvas = SvgCanvas(None)
    canvas.box(Rect(0, 0, 4, 4), Fill("warn_tint", 0.5), Ink("accent", 1.0, (2.0, 1.0), 0.5))
    canvas.text(0, 0, '<&"', Type(9, 400, "#FFFFFF"), "end")
    made = canvas.document(4, 4, "x")
    ElementTree.fromstring(made)
    assert "fill:var(--warn-tint)" in made
    assert "stroke:var(--accent)" in made
    assert "stroke-dasharray:2,1" in made
    assert "fill:#FFFFFF" in made


def test_csv_names_its_use_and_runs_no_formula():
    made = csv_text(["a", "b"], [["=1+1", -0.5], ["@x", None], ["RNA, seq", 2]])
    assert made.splitlines() == [f"# {RESEARCH}", "a,b", "'=1+1,-0.5", "'@x,", '"RNA, seq",2']


def test_an_image_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 255, (3, 5, 3), dtype=np.uint8)
    made = image(pixels)
    assert [made.pixelColor(4, 2).red(), made.pixelColor(4, 2).blue()] == [pixels[2, 4, 0], pixels[2, 4, 2]]
    grey = image(pixels[:, :, 0])
    assert grey.pixelColor(1, 1).green() == pixels[1, 1, 0]


def test_a_dash_is_measured_in_px_not_in_pen_widths():
    offscreen()
    made = QImage(100, 9, QImage.Format.Format_RGB32)
    made.fill(QColor("white"))
    painter = QPainter(made)
    PainterCanvas(painter, LIGHT).line([(0.0, 4.5), (100.0, 4.5)], Ink("#000000", 3.0, (10.0, 10.0)))
    painter.end()
    dark = [made.pixelColor(x, 4).red() < 128 for x in range(100)]
    assert dark == [(x // 10) % 2 == 0 for x in range(100)]


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

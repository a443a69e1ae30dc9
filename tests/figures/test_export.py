from functools import partial
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QImage

from survgui.figures.dots import Dots, draw_dots
from survgui.figures.export import csv_text, pdf, png, svg
from survgui.figures.theme import DARK, LIGHT

RESEARCH = "For Research Use Only. Not for use in diagnostic procedures."
DRAW = partial(draw_dots, figure=Dots(10, 20))


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


def test_csv_names_its_use_and_runs_no_formula():
    made = csv_text(["a", "b"], [["=1+1", -0.5], ["@x", None], ["RNA, seq", 2]])
    assert made.splitlines() == [f"# {RESEARCH}", "a,b", "'=1+1,-0.5", "'@x,", '"RNA, seq",2']

"""Modalities and risk groups, small."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from survgui.cases.case import Modality, State
from survgui.figures.canvas import PainterCanvas
from survgui.figures.theme import LIGHT
from survgui.ui.cases import marks

ALL = dict.fromkeys(Modality, State.MEASURED)


def drawn(modalities, wide):
    image = QImage(800, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.panel))
    painter = QPainter(image)
    marks.draw_marks(PainterCanvas(painter, LIGHT), 10.0, 15.0, wide, modalities)
    painter.end()
    return image


def last_ink(image):
    """The column of the last pixel that is not ground."""
    ground = QColor(LIGHT.panel).rgb()
    return max(x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) != ground)


@pytest.mark.parametrize("wide", [90.0, 160.0, 300.0, 700.0])
def test_marks_stay_in_their_place(qapp, wide):
    assert last_ink(drawn(ALL, wide)) <= 10 + wide


def test_what_does_not_fit_is_counted_and_only_then(qapp):
    assert drawn(ALL, 700.0) == drawn(ALL, 750.0)
    assert last_ink(drawn(ALL, 200.0)) < last_ink(drawn(ALL, 700.0))
    two = {Modality.RNA: State.MEASURED, Modality.MRI: State.MEASURED}
    assert drawn(two, 95.0) == drawn(two, 700.0)


def test_the_states_differ_in_more_than_words(qapp):
    images = [drawn({Modality.RNA: state}, 100.0).copy(8, 8, 14, 14) for state in State]
    assert all(a != b for n, a in enumerate(images) for b in images[:n])
    assert drawn({Modality.RNA: "given"}, 100.0) == drawn({Modality.RNA: State.MEASURED}, 100.0)


def test_in_words():
    said = marks.in_words({Modality.PATHOLOGY: State.MEASURED, Modality.RNA: State.IMPUTED, Modality.MRI: "given"})
    assert said == "Slide, RNA-seq (imputed), MRI"
    assert marks.badge_text("high", 87.2) == "High · 87th pct"
    assert marks.badge_text("low", None) == "Low" and marks.badge_text("", None) == ""


def test_a_badge_is_as_wide_as_it_says(qapp):
    image = QImage(300, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.panel))
    painter = QPainter(image)
    marks.draw_badge(PainterCanvas(painter, LIGHT), 10.0, 15.0, "high", "High · 87th pct")
    painter.end()
    assert abs(last_ink(image) - 10 - marks.badge_width("High · 87th pct")) <= 1.5

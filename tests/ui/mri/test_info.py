from __future__ import annotations

import numpy as np

from survgui.figures.words import MINUS, THIN
from survgui.ui.mri.info import InfoCard, number
from survgui.ui.mri.scene import Scene
from tests.ui.mri.scans import MARKER, SHAPE, image


def test_it_says_what_lies_under_the_crosshair(qtbot):
    affine = np.diag([2.0, 1.0, 3.0, 1.0])
    affine[:3, 3] = [-80.0, 0.0, 10.0]
    scene = Scene()
    card = InfoCard(scene)
    qtbot.addWidget(card)
    assert {label.text() for label in card.values.values()} == {""}
    scene.show(image(affine=affine, notes=("the sform is missing",)))
    scene.move(MARKER)
    card.show_volume()
    assert {key: label.text() for key, label in card.values.items()} == {
        "voxel": "26 · 32 · 21",
        "world": f"{MINUS}30.0 · +31.0 · +70.0",
        "value": "2000",
        "window": "0 to 2000",
        "grid": "30 × 36 × 24",
        "spacing": f"2 × 1 × 3{THIN}mm",
    }
    assert card.notes.text() == "The sform is missing"
    scene.show(None)
    card.show_volume()
    assert card.notes.isHidden()


def test_switches_are_there_for_what_there_is(qtbot):
    scene = Scene()
    card = InfoCard(scene)
    qtbot.addWidget(card)
    scene.show(image())
    card.show_volume()
    assert not card.outline.isEnabled()
    assert not card.box.isEnabled()
    scene.show(image(outline=np.zeros(SHAPE, bool), box=((0, 3), (0, 3), (0, 3))))
    card.show_volume()
    assert card.outline.isEnabled()
    assert card.box.isEnabled()


def test_numbers_have_four_digits_and_a_real_minus():
    assert [number(v) for v in (12345.6, -0.123456, 17.0)] == ["12346", f"{MINUS}0.1235", "17"]

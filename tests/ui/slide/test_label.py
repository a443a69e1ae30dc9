"""A label image is shown with what it means; nothing of it is in the title, and it can be saved nowhere."""

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QPushButton

from survgui.ui.slide.label import NOTE, LabelDialog


@pytest.fixture
def dialog(qtbot):
    pixels = np.zeros((40, 90, 3), np.uint8)
    pixels[:, :45] = 200, 30, 40
    made = LabelDialog("label", pixels)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_image_as_it_is_with_what_is_said_of_it(dialog):
    image = dialog.picture.image
    assert (image.width(), image.height()) == (90, 40)
    assert image.pixelColor(10, 10).getRgb()[:3] == (200, 30, 40)
    assert image.pixelColor(80, 10).getRgb()[:3] == (0, 0, 0)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert NOTE in texts and any("Research Use Only" in text for text in texts)
    assert dialog.windowTitle() == "Label image"


def test_there_is_nothing_to_save_or_copy_it_with(dialog):
    assert [button.text() for button in dialog.findChildren(QPushButton)] == ["Close"]
    assert not dialog.findChildren(QAction)


def test_a_small_image_is_not_blown_up(dialog):
    dialog.resize(1000, 800)
    grabbed = dialog.picture.grab().toImage()
    red = [x for x in range(grabbed.width()) if grabbed.pixelColor(x, grabbed.height() // 2).getRgb()[:2] == (200, 30)]
    assert 80 <= len(red) <= 2 * 45 + 2

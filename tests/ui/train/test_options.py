import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.ui.train.imputmae import IMPUTMAE
from survgui.ui.train.options import Options
from survgui.ui.widgets.labels import Label

SMALL = IMPUTMAE.preset("small")


@pytest.fixture
def options(qtbot):
    made = Options(IMPUTMAE)
    qtbot.addWidget(made)
    made.show()
    return made


def label(options, text):
    return next(found for found in options.findChildren(Label) if found.text() == text)


def test_it_starts_with_the_first_presets_values(options):
    assert options.values(SMALL) == (dict(SMALL.values), {})


def test_a_preset_is_taken_at_once_with_what_differs_from_it(options, qtbot):
    published, heard = IMPUTMAE.preset("published"), []
    options.changed.connect(lambda: heard.append(True))
    options.take(published, {"freezing": "none", "width": 128})
    assert options.values(published)[0] == {**published.values, "freezing": "none", "width": 128}
    assert len(heard) == 1


def test_what_cannot_be_read_keeps_the_presets_value_and_is_said(options, qtbot):
    edit = options.field("mask_ratio")
    edit.selectAll()
    qtbot.keyClicks(edit, "2")
    values, wrong = options.values(SMALL)
    assert values["mask_ratio"] == 0.5
    assert wrong == {"mask_ratio": "Mask ratio: between 0 and 1"}


def test_how_an_encoder_is_frozen_is_explained(options, qtbot):
    assert label(options, "Encoders stay as pre-trained; the head learns.").isVisible()
    qtbot.keyClick(options.field("freezing"), Qt.Key.Key_Down)
    assert label(options, "Images frozen; of tables the last layer learns on.").isVisible()


def test_a_row_is_marked_where_one_of_its_settings_differs(options):
    options.mark({"epochs"}, {"width"})
    assert label(options, "Epochs").property("kind") == "accent"
    assert label(options, "Fusion").property("kind") == "soft"
    assert options.field("width").property("wrong") is True


def test_what_a_cohort_lacks_is_not_asked_for(options):
    options.show_for({Modality.RNA, Modality.MRI})
    assert not options.field("tile_patch").isVisible()
    assert options.field("sequences").isVisible() and options.field("volume_side").isVisible()
    options.show_for({Modality.RNA})
    assert not options.field("sequences").isVisible()
    options.show_for(None)
    assert options.field("tile_patch").isVisible()

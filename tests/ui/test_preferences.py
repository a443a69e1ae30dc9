import dataclasses

import pytest
from PySide6.QtCore import Qt

from survgui.settings import CHOICES, RANGES, Settings
from survgui.ui.preferences import CONVENTIONS, DEVICES, GENERATORS, THEMES, Preferences

LEFT = Qt.MouseButton.LeftButton
MINE = Settings(
    device="cpu",
    draws=7,
    batch=4,
    cache_gigabytes=2.5,
    theme="dark",
    default_bundle="tcga-glioma",
    generator="flow",
    steps=8,
    seed=11,
    mri_convention="neurological",
    tile_cache_megabytes=128,
    recent_cohorts=("cohort.toml",),
    audit_label="Reader 2",
)


@pytest.fixture
def dialog(qtbot):
    made = Preferences()
    qtbot.addWidget(made)
    made.open()
    return made


def test_every_setting_is_shown_as_it_is(dialog):
    told = []
    dialog.changed.connect(told.append)
    dialog.set_settings(MINE)
    assert dialog.settings == MINE
    assert told == []
    defaults = Settings()
    assert all(getattr(MINE, field.name) != getattr(defaults, field.name) for field in dataclasses.fields(MINE))


def test_a_choice_applies_at_once_and_only_once(dialog, qtbot):
    told = []
    dialog.changed.connect(told.append)
    qtbot.mouseClick(dialog.theme.button("dark"), LEFT)
    qtbot.mouseClick(dialog.theme.button("dark"), LEFT)
    assert told == [Settings(theme="dark")]


def test_a_number_is_taken_when_it_is_whole(dialog, qtbot):
    told = []
    dialog.changed.connect(told.append)
    dialog.draws.selectAll()
    qtbot.keyClicks(dialog.draws, "150")
    assert told == []
    qtbot.keyClick(dialog.draws, Qt.Key.Key_Return)
    assert [settings.draws for settings in told] == [150]


@pytest.mark.parametrize(
    ("field", "name"),
    [("draws", "draws"), ("seed", "seed"), ("batch", "batch"), ("tiles", "tile_cache_megabytes"),
     ("features", "cache_gigabytes")],
)  # fmt: skip
def test_numbers_stay_within_their_range(dialog, field, name):
    low, high = RANGES[name]
    widget = getattr(dialog, field)
    widget.setValue(widget.maximum())
    assert getattr(dialog.settings, name) == high
    widget.setValue(type(widget.value())(low - 1))
    assert getattr(dialog.settings, name) == low


@pytest.mark.parametrize(
    ("options", "name"),
    [(THEMES, "theme"), (DEVICES, "device"), (GENERATORS, "generator"), (CONVENTIONS, "mri_convention")],
)
def test_every_word_that_a_setting_takes_is_offered(options, name):
    assert {key for key, _ in options} == set(CHOICES[name])


def test_bundles_are_offered_by_name_and_a_missing_one_stays_chosen(dialog):
    dialog.set_settings(MINE)
    dialog.set_bundles(("demo-simulated",))
    offered = [dialog.bundle.itemText(k) for k in range(dialog.bundle.count())]
    assert offered == ["The first installed", "demo-simulated", "tcga-glioma"]
    assert dialog.settings.default_bundle == "tcga-glioma"


def test_reset_keeps_the_recent_cohorts(dialog, qtbot):
    dialog.set_settings(MINE)
    with qtbot.waitSignal(dialog.changed) as told:
        qtbot.mouseClick(dialog.reset_button, LEFT)
    assert told.args == [Settings(recent_cohorts=("cohort.toml",))]
    assert dialog.theme.key == "system"


def test_each_choice_has_a_line_that_explains_it(dialog):
    for field in (dialog.theme, dialog.device, dialog.draws, dialog.seed, dialog.bundle, dialog.convention,
                  dialog.tiles, dialog.features, dialog.generator, dialog.batch):  # fmt: skip
        assert field.accessibleName()
        assert len(field.toolTip()) > 20


def test_escape_closes(dialog, qtbot):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_it_begins_at_the_first_choice(dialog):
    assert dialog.theme.button("system").hasFocus()


def test_what_the_audit_log_calls_you_is_taken_when_it_is_whole(dialog, qtbot):
    told = []
    dialog.changed.connect(told.append)
    dialog.label.setFocus()
    qtbot.keyClicks(dialog.label, " Reader 2 ")
    assert told == []
    qtbot.keyClick(dialog.label, Qt.Key.Key_Return)
    assert [settings.audit_label for settings in told] == ["Reader 2"]

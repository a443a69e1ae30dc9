from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.ui.train.form import TrainForm
from survgui.ui.train.runs import STOPPED
from survgui.ui.widgets.chips import ModalityChip
from survgui.ui.widgets.labels import Elided
from tests.ui.cohort.facts import facts

BIG = facts(n=100, deaths=40)


@pytest.fixture
def form(qtbot):
    made = TrainForm()
    qtbot.addWidget(made)
    made.set_cohort(BIG)
    made.resize(334, 740)
    made.show()
    return made


def type_into(qtbot, edit, text):
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_it_starts_with_the_cohorts_name_and_the_presets_values(form):
    run = form.run()
    assert (run.name, run.preset, run.seed, run.device, run.overrides) == ("small-cohort", "small", 0, "auto", {})
    assert run.title == "Small cohort"
    assert form.field("width").text() == "64"
    chips = [chip for chip in form.findChildren(ModalityChip) if not chip.isHidden()]
    assert [(chip.modality.title, chip.detail) for chip in chips] == [("Clinical", "100"), ("RNA-seq", "66")]


def test_what_differs_from_the_preset_is_an_override_until_it_is_undone(form, qtbot):
    type_into(qtbot, form.field("width"), "128")
    type_into(qtbot, form.field("learning_rate"), "2e-4")
    assert form.run().overrides == {"width": 128, "learning_rate": 2e-4}
    qtbot.mouseClick(form.back, Qt.MouseButton.LeftButton)
    assert form.run().overrides == {}
    assert not form.back.isVisible()


def test_another_preset_brings_its_own_values(form):
    form.preset.setCurrentIndex(2)
    run = form.run()
    assert (run.preset, run.overrides) == ("published", {})
    assert form.field("rank").text() == "64"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [("width", "66", "multiple of 4"), ("rank", "63", "less than the width"), ("epochs", "x", "whole number")],
)
def test_what_cannot_be_is_said_and_marked(form, qtbot, key, text, said):
    with qtbot.waitSignal(form.changed):
        type_into(qtbot, form.field(key), text)
    assert said in form.problem
    assert said in form.warning.text()
    assert form.warning.isVisible()
    with pytest.raises(ValueError, match=said):
        form.run()


def test_seed_and_name_are_checked(form, qtbot):
    type_into(qtbot, form.seed, "-1")
    assert "Seed" in form.problem
    type_into(qtbot, form.seed, "3")
    assert form.run().seed == 3
    type_into(qtbot, form.name, "a/b")
    assert "name" in form.problem


@pytest.mark.parametrize(
    ("cohort", "said"),
    [
        (None, "Open a cohort"),
        (facts(n=100, deaths=19), "you have 100 and 19"),
        (facts(n=100, deaths=40, notes=(Note("error", "X-1", "bad"),)), "found errors"),
    ],
)
def test_why_a_cohort_cannot_be_trained_on(form, cohort, said):
    form.set_cohort(cohort)
    assert said in form.problem


def test_few_deaths_warn_and_allow(form):
    form.set_cohort(facts(n=100, deaths=25))
    assert form.problem == ""
    assert "patients with events; you have 25" in form.warning.text()


def test_a_name_that_is_taken_warns(form):
    form.set_taken(frozenset({"small-cohort"}))
    assert "replace" in form.warning.text()
    assert form.problem == ""


def test_nothing_can_be_changed_while_a_training_runs(form):
    form.set_running(True)
    assert not form.field("width").isEnabled()
    assert not form.device.isEnabled()
    form.set_running(False)
    assert form.field("width").isEnabled()


def test_a_run_is_shown_again_as_it_was_told(form, qtbot):
    told = replace(form.run(), name="must-05", preset="published", seed=4, device="cpu", overrides={"epochs": 30})
    form.set_run(replace(told, state=STOPPED))
    assert form.says(told)
    assert form.run() == told
    form.device.setCurrentIndex(2)
    assert form.says(told), "a training goes on wherever there is room"
    type_into(qtbot, form.seed, "5")
    assert not form.says(told)


def test_a_run_on_another_cohort_is_shown_with_that_cohort(form):
    told = replace(form.run(), cohort="elsewhere/c.toml", title="Other cohort")
    assert not form.says(told)
    form.set_run(told)
    assert form.says(told)
    shown = next(label for label in form.findChildren(Elided) if label.accessibleName() == "cohort")
    assert (shown.text(), shown.toolTip()) == ("Other cohort", "elsewhere/c.toml")
    assert [chip for chip in form.findChildren(ModalityChip) if not chip.isHidden()] == []
    assert "Other cohort is not open" in form.problem and form.warning.isVisible()
    form.set_cohort(BIG)
    assert form.problem == "" and not form.says(told) and shown.text() == "Small cohort"


def choose_imputmae(form, qtbot):
    qtbot.keyClick(form.kind, Qt.Key.Key_Down)
    assert form.method.title == "impuTMAE"


def test_another_method_has_its_own_settings_and_keeps_the_presets_name(form, qtbot):
    form.choose_preset("demo")
    choose_imputmae(form, qtbot)
    run = form.run()
    assert (run.method, run.preset, run.overrides) == ("imputmae", "demo", {})
    assert form.field("pretrain_epochs").isVisible() and form.field("pretrain_epochs").text() == "20"
    qtbot.keyClick(form.field("freezing"), Qt.Key.Key_Down)
    type_into(qtbot, form.field("mask_ratio"), "0.75")
    assert form.run().overrides == {"freezing": "published", "mask_ratio": 0.75}
    qtbot.mouseClick(form.back, Qt.MouseButton.LeftButton)
    assert form.run().overrides == {}
    qtbot.keyClick(form.kind, Qt.Key.Key_Up)
    assert form.run().method == "must" and form.field("rank").isVisible()


def test_what_no_masked_autoencoder_has_is_said(form, qtbot):
    choose_imputmae(form, qtbot)
    type_into(qtbot, form.field("width"), "68")
    assert "multiple of 8" in form.warning.text()
    type_into(qtbot, form.field("mask_ratios"), "genes=0.5")
    assert "rna=0.5,mri=0.75" in form.warning.text()


def test_a_run_of_another_method_is_shown_as_it_was_told(form, qtbot):
    told = replace(form.run(), method="imputmae", preset="published", overrides={"sequences": "t1c,flair"})
    form.set_run(told)
    assert form.says(told) and form.run() == told and form.kind.currentText() == "impuTMAE"
    form.kind.setCurrentIndex(0)
    assert not form.says(told)


def test_slide_files_are_said_to_be_taken_as_pixels_and_to_cost_time(form, qtbot):
    has = {Modality.PATHOLOGY: np.ones(100, bool)}
    form.set_cohort(replace(BIG, present={**BIG.present, **has}, features={**BIG.features, Modality.PATHOLOGY: 0}))
    assert not form.slides.isVisible()
    choose_imputmae(form, qtbot)
    assert form.slides.isVisible() and "tiles of pixels" in form.slides.text() and "time" in form.slides.text()
    assert form.field("tile_patch").isVisible()
    form.set_cohort(replace(BIG, present={**BIG.present, **has}, features={**BIG.features, Modality.PATHOLOGY: 1280}))
    assert not form.slides.isVisible()

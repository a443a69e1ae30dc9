import math

import pytest

from survgui.cases.case import Modality
from survgui.cases.step import Step
from survgui.ui.train.imputmae import IMPUTMAE
from survgui.ui.train.monitor import FOLDS, LOSSES, STYLES, Monitor
from survgui.ui.train.must import MUST
from survgui.ui.train.progress import TrainingProgress
from survgui.ui.widgets.labels import Label

EPOCHS = {"warm-up": 2, "main": 4, "generator": 10}
MASKED = {"pre-training": 60, "fine-tuning": 20, "generator": 0}


@pytest.fixture
def monitor(qtbot):
    made = Monitor()
    qtbot.addWidget(made)
    made.resize(980, 400)
    made.show()
    return made


def progress():
    made = TrainingProgress(5, EPOCHS, MUST.costs)
    made.add(Step("fold 1: warm-up", 2, 2, "", {"loss": 2.0, "survival": 2.0}), 0.0)
    made.add(Step("folds", 1, 5, "", {"fold c-index": 0.86}), 10.0)
    made.add(Step("fold 2: main", 3, 4, "", {"loss": 1.5, "survival": 1.0, "shared": 0.5}), 20.0)
    return made


def csv(plot):
    return plot.view.rendering("csv")().decode().splitlines()[1:]


def test_before_a_training_both_plots_say_so(monitor):
    shown = [label.text() for label in monitor.findChildren(Label) if label.isVisible()]
    assert LOSSES in shown and FOLDS in shown


def test_the_card_says_where_a_training_is(monitor):
    monitor.progress.show_progress(progress(), 20.0, "seed 0")
    assert [(c.text, c.place) for c in monitor.progress.chips] == [
        ("warm-up", "done"),
        ("main · 3 / 4", "now"),
        ("generator", "later"),
    ]
    assert monitor.progress.where.text() == "fold 2 of 5 · seed 0"
    assert monitor.progress.left.text().endswith("left")
    assert 0 < monitor.progress.bar.value() < 1000
    monitor.progress.end("Published in 1 min", whole=True)
    assert monitor.progress.bar.value() == 1000
    assert monitor.progress.left.isHidden()


def test_many_steps_are_drawn_at_once_and_soon(monitor, qtbot, monkeypatch):
    followed = progress()
    monitor.curves.follow(followed)
    for epoch in range(50):
        followed.add(Step("fold 2: main", 4, 4, "", {"survival": 1.0 / (epoch + 1)}), 20.0)
        monitor.curves.moved()
    assert len(csv(monitor.curves.losses)) == 3  # as it was: header and the two terms of one epoch
    qtbot.waitUntil(lambda: len(csv(monitor.curves.losses)) == 53)


def test_lines_are_of_the_network_until_the_generator_learns(monitor):
    followed = progress()
    monitor.curves.follow(followed)
    assert csv(monitor.curves.losses)[1:] == ["survival,5.0,1.0", "shared,5.0,0.5"]
    followed.add(Step("fold 2: generator", 1, 10, "", {"loss": 0.7, "generator": 0.7}), 30.0)
    monitor.curves.redraw()
    assert monitor.curves.part.key == "generator"
    assert csv(monitor.curves.losses)[1:] == ["generator,1.0,0.7"]


def test_what_the_user_looks_at_stays(monitor):
    followed = progress()
    monitor.curves.follow(followed)
    monitor.curves.part.button("network").click()
    followed.add(Step("fold 2: generator", 1, 10, "", {"generator": 0.7}), 30.0)
    monitor.curves.redraw()
    assert monitor.curves.part.key == "network"


def test_folds_get_the_best_cox_row_beside_them_at_the_end(monitor):
    monitor.curves.follow(progress())
    assert csv(monitor.curves.folds)[1:] == ["MUST,1,0.86"]
    row = {"method": "cox-all", "pattern": ["natural"], "c_index": 0.874}
    monitor.curves.set_rows([row, {**row, "method": "cox-clinical", "c_index": None}])
    assert csv(monitor.curves.folds)[1:] == ["MUST,1,0.86", "best Cox,mean,0.874"]


def test_a_loss_that_is_no_number_breaks_the_line_and_not_the_window(monitor, qtbot):
    followed = progress()
    followed.add(Step("fold 2: main", 4, 4, "", {"survival": math.nan, "shared": math.nan}), 20.0)
    monitor.curves.follow(followed)
    assert not monitor.grab().isNull()
    assert "survival,6.0,nan" in csv(monitor.curves.losses)


def test_losses_and_folds_can_be_explored(monitor):
    monitor.curves.follow(progress())
    losses, folds = (plot.view.explorer.plots() for plot in (monitor.curves.losses, monitor.curves.folds))
    assert losses.spoken(5.0) == "epoch 5; survival 1.000; shared 0.500"
    assert losses.subject == "fold 2 of 5, training part"
    assert folds.spoken(1.0) == "fold 1; MUST 0.860; MUST mean 0.860"


@pytest.fixture
def masked(monitor):
    """The first epochs of an impuTMAE training."""
    made = TrainingProgress(5, MASKED, IMPUTMAE.costs)
    made.add(Step("fold 1: pre-training", 12, 60, "", {"loss": 1.9, "rna": 1.0, "dnam": 0.9}), 0.0)
    monitor.progress.set_stages(tuple(IMPUTMAE.stages))
    monitor.curves.follow(made, IMPUTMAE)
    return made


def test_another_methods_stages_are_shown(monitor, masked):
    monitor.progress.show_progress(masked, 20.0, "")
    texts = [(c.text, c.place) for c in monitor.progress.chips]
    assert texts == [("pre-training · 12 / 60", "now"), ("fine-tuning", "later"), ("generator", "later")]
    masked.add(Step("fold 1: generator", 1, 1), 30.0)
    monitor.progress.show_progress(masked, 30.0, "")
    assert (monitor.progress.chips[2].text, monitor.progress.chips[2].place) == ("generator", "now")


def test_reconstruction_is_drawn_by_modality_and_survival_apart(monitor, masked):
    assert monitor.curves.part.key == "pre-training"
    assert csv(monitor.curves.losses)[1:] == ["RNA,12.0,1.0", "DNAm,12.0,0.9"]
    masked.add(Step("fold 1: fine-tuning", 1, 20, "", {"loss": 2.1, "survival": 2.1}), 30.0)
    monitor.curves.redraw()
    assert monitor.curves.part.key == "fine-tuning"
    assert csv(monitor.curves.losses)[1:] == ["survival,1.0,2.1"]
    monitor.curves.part.button("pre-training").click()
    assert csv(monitor.curves.losses)[1:] == ["RNA,12.0,1.0", "DNAm,12.0,0.9"]


def test_folds_are_named_after_the_method(monitor, masked):
    masked.add(Step("folds", 1, 5, "", {"fold c-index": 0.84}), 40.0)
    monitor.curves.redraw()
    assert csv(monitor.curves.folds)[1:] == ["impuTMAE,1,0.84"]


def test_no_two_terms_that_are_drawn_together_look_alike():
    assert len({STYLES[str(m)] for m in Modality}) == len(Modality)

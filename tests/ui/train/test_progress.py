import pytest

from survgui.cases.step import Step
from survgui.ui.train.progress import TrainingProgress, duration

EPOCHS = {"warm-up": 2, "main": 4, "generator": 10}
COSTS = {"warm-up": 1.0, "main": 2.0, "generator": 0.1}
NETWORK = ("warm-up", "main")


def made(folds=5):
    return TrainingProgress(folds, EPOCHS, COSTS)


def fold(progress, k, now=0.0, seconds=1.0):
    """All epochs of a fold; gives the time after it."""
    for stage, total in EPOCHS.items():
        for epoch in range(total):
            now += seconds
            progress.add(Step(f"fold {k}: {stage}", epoch + 1, total, "", {"loss": 1.0, "survival": 1.0}), now)
    progress.add(Step("folds", k, progress.folds, "", {"fold c-index": 0.8 + k / 100}), now)
    return now


def test_losses_are_lines_over_the_epochs_of_the_present_fit():
    p = made()
    p.add(Step("fold 1: warm-up", 1, 2, "", {"loss": 3.0, "survival": 3.0}), 0.0)
    p.add(Step("fold 1: warm-up", 2, 2, "", {"loss": 2.0, "survival": 2.0}), 1.0)
    p.add(Step("fold 1: main", 1, 4, "", {"loss": 1.5, "survival": 1.0, "shared": 0.5}), 2.0)
    lines = p.lines(NETWORK)
    assert set(lines) == {"survival", "shared"}  # the sum is no term
    assert lines["survival"][0].tolist() == [1.0, 2.0, 3.0]
    assert lines["survival"][1].tolist() == [3.0, 2.0, 1.0]
    assert lines["shared"][0].tolist() == [3.0]
    assert p.lines(["generator"]) == {}
    assert (p.limit(NETWORK), p.limit(["generator"]), p.limit([])) == (6, 10, 0)
    assert p.where == "fold 1 of 5"


def test_a_loss_without_terms_is_drawn_itself():
    p = made()
    p.add(Step("whole cohort: generator", 1, 10, "", {"loss": 0.4}), 0.0)
    assert p.lines(["generator"])["loss"][1].tolist() == [0.4]
    assert p.where == "whole cohort"


def test_the_next_fold_starts_anew_with_its_first_epoch_and_not_before():
    p = made()
    now = fold(p, 1)
    assert p.lines(NETWORK)
    p.add(Step("fold 2: warm-up", 1, 2, "", {"survival": 9.0}), now)
    assert p.lines(NETWORK)["survival"][1].tolist() == [9.0]
    assert p.drawn == 1


def test_stages_of_another_method_are_told_by_their_names():
    epochs = {"pre-training": 60, "fine-tuning": 20, "generator": 0}
    p = TrainingProgress(5, epochs, dict.fromkeys(epochs, 1.0))
    p.add(Step("fold 2: pre-training", 30, 60, "", {"loss": 1.5, "rna": 0.8, "dnam": 0.7}), 0.0)
    assert p.share == pytest.approx((1 + 30 / 80) / 6)
    assert set(p.lines(["pre-training"])) == {"rna", "dnam"} and p.lines(["fine-tuning"]) == {}
    p.add(Step("fold 2: fine-tuning", 20, 20, "", {"loss": 2.0, "survival": 2.0}), 1.0)
    p.add(Step("fold 2: generator", 1, 1), 1.0)
    assert p.share == pytest.approx(2 / 6)
    assert p.lines(["fine-tuning"])["survival"][0].tolist() == [20.0]


def test_folds_that_an_earlier_run_finished_count_without_their_epochs():
    p = made()
    for k in (1, 2, 3):
        p.add(Step("folds", k, 5, "", {"fold c-index": 0.8}), float(k))
    assert p.fold_c == {0: 0.8, 1: 0.8, 2: 0.8}
    assert p.share == pytest.approx(3 / 6)


def test_the_share_grows_to_one_and_never_falls():
    p, now, seen = made(), 0.0, []
    p.add(Step("read", 0, 1), now)
    for k in range(1, 6):
        now = fold(p, k, now)
        seen.append(p.share)
    p.add(Step("evaluate", 3, 20, "cox-all, fold 1 of 5, seed 0"), now)
    p.add(Step("patterns", 1, 14, "cox-all"), now)
    assert p.share == seen[-1] == pytest.approx(5 / 6)
    for stage, total in EPOCHS.items():
        p.add(Step(f"whole cohort: {stage}", total, total), now)
        seen.append(p.share)
    assert seen == sorted(seen)
    assert p.share == pytest.approx(1.0)


def test_what_is_left_follows_from_the_pace():
    p = made()
    assert p.seconds_left(0.0) is None
    p.add(Step("read", 1, 1), 0.0)
    assert p.seconds_left(0.0) is None
    now = fold(p, 1, 0.0, seconds=1.0)
    now = fold(p, 2, now, seconds=1.0)
    assert p.seconds_left(now) == pytest.approx(2 * now, rel=1e-6)  # two of six fits are done


def test_after_a_resume_only_what_is_done_now_counts():
    p = made()
    for k in (1, 2, 3):
        p.add(Step("folds", k, 5, ""), 0.0)
    began = p.share  # reached at once: the clock starts with the first step
    now = fold(p, 4, 0.0, seconds=2.0)
    assert p.seconds_left(now) == pytest.approx(now / (p.share - 1 / 6) * (1 - p.share))
    assert p.share > began


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (42.0, "42 s"), (200.0, "3 min"), (5399.0, "1 h 30 min"), (7500.0, "2 h 05 min")],
)
def test_durations_in_words(seconds, said):
    assert duration(seconds) == said

import json
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.step import run_to_end
from survgui.engine import calibrating
from survgui.engine.calibrating import Forecasted
from survgui.engine.methods.contract import CannotRun, Forecast
from survgui.survival.curves import survival_at
from survgui.survival.metrics import Followed
from survgui.survival.recalibration import OWN, Recalibration, fit_recalibration, read

EDGES = np.linspace(0.0, 80.0, 9)
RNA, BOTH, CLINICAL = frozenset({"rna"}), frozenset({"clinical", "rna"}), frozenset({"clinical"})


def forecasted(n, level=0.0, slope=1.0, measured=BOTH, seed=0, folds=5):
    """A model that takes hazards exp(level + slope * x) / 30 for exp(x) / 30."""
    draw = np.random.default_rng(seed)
    x = 0.8 * draw.standard_normal(n)
    death, censored = draw.exponential(30 * np.exp(-level - slope * x)), draw.uniform(5, 79, n)
    outcome = Followed(np.minimum(death, censored), death <= censored)
    survival = np.exp(-np.outer(np.exp(x) / 30, EDGES))
    return Forecasted(EDGES, survival, outcome, np.arange(n) % folds, (measured,) * n)


@pytest.fixture(scope="module")
def found():
    forecasts = {
        ("natural",): forecasted(600, 0.1, 0.95),
        ("clinical", "rna"): forecasted(600, 0.1, 0.95),
        ("rna",): forecasted(600, 0.6, 0.6, RNA, seed=1),
        ("clinical",): forecasted(8, 3.0, 1.0, CLINICAL, seed=2),
    }
    return calibrating.calibration(forecasts, 24.0)


def test_every_pattern_gets_its_own_correction_and_few_deaths_borrow(found):
    corrections, _ = found
    assert set(corrections.patterns) == {RNA, BOTH, CLINICAL}
    rna, both = corrections.of({"rna"}), corrections.of({"rna", "clinical"})
    assert rna.beta == pytest.approx(0.6, abs=0.15) and both.beta == pytest.approx(0.95, abs=0.15)
    # the level at risk 0, where log H' = alpha: planted 0.6 + 0.4 log(24 / 30)
    assert rna.alpha == pytest.approx(0.6 + 0.4 * np.log(24 / 30), abs=0.15)
    alone = corrections.patterns[CLINICAL].recalibration.risks(np.array(0.0))
    everyone = corrections.everyone.recalibration.risks(np.array(0.0))
    assert everyone < alone < everyone + 1.0 < 3.0


def test_figures_before_and_after(found):
    _, content = found
    rna = next(f for f in content["figures"] if f["pattern"] == ["rna"])
    assert (rna["n"], len(rna["before"]["bands"]), len(rna["after"]["smooth"])) == (600, 10, 21)
    assert rna["before"]["slope"] == pytest.approx(0.6, abs=0.15)
    assert rna["after"]["slope"] == pytest.approx(1.0, abs=0.2) and rna["after"]["o_e"] == pytest.approx(1.0, abs=0.1)
    assert rna["after"]["ici"] < rna["before"]["ici"] and rna["after"]["ibs"] < rna["before"]["ibs"]
    assert rna["before"]["d_calibration_p"] < 0.01 < rna["after"]["d_calibration_p"]


def test_what_is_calibrated_stays_put():
    corrections, content = calibrating.calibration({("natural",): forecasted(1500)}, 24.0)
    own = corrections.of(BOTH)
    assert own.alpha == pytest.approx(0, abs=0.08) and own.beta == pytest.approx(1, abs=0.08)
    (figures,) = content["figures"]
    assert figures["after"]["ibs"] == pytest.approx(figures["before"]["ibs"], abs=0.001)


def test_a_fold_is_corrected_by_what_the_others_say():
    f = forecasted(300, 0.5, folds=3)
    forecasts = {("natural",): f}
    crossed = calibrating._crossed(forecasts, 24.0)[("natural",)]
    without = calibrating.recalibrations({("natural",): f.rows(f.folds != 1)}, 24.0)
    expected = without.of(BOTH).curves(EDGES, f.survival[f.folds == 1], 24.0)
    assert np.array_equal(crossed[f.folds == 1], expected)
    changed = replace(f, outcome=Followed(f.outcome.months, f.outcome.events ^ (f.folds == 1)))
    again = calibrating._crossed({("natural",): changed}, 24.0)[("natural",)]
    assert np.array_equal(again[f.folds == 1], expected), "its own outcome has no say"


def test_of_many_patterns_the_principal_ones_have_curves_and_a_place_in_the_card():
    names = [("natural",), ("complete",), ("a", "b", "c", "d"), ("a", "b", "c"), ("a", "b"), ("a",)]
    content = calibrating.calibration({name: forecasted(40) for name in names}, 24.0)[1]
    assert [tuple(f["pattern"]) for f in content["figures"]] == names
    assert [bool(f["before"]["bands"]) for f in content["figures"]] == [True, True, True, True, False, True]
    assert [bool(f["after"]["smooth"]) for f in content["figures"]] == [True, True, True, True, False, True]
    card = calibrating.as_markdown(content)
    assert "| a + b + c |" in card and "| a + b |" not in card


def test_one_fold_has_no_honest_after():
    _, content = calibrating.calibration({("natural",): forecasted(60, folds=1)}, 24.0)
    assert content["figures"][0]["after"] is None


def test_the_manifest_keeps_them(found):
    corrections, content = found
    assert read(json.loads(json.dumps(content))) == corrections


def test_pooling_keeps_every_curve():
    first, second = forecasted(5), forecasted(3, seed=1)
    coarse = np.array([0.0, 7.0, 33.0, 90.0])
    second = replace(second, edges=coarse, survival=survival_at(EDGES, second.survival, coarse))
    both = calibrating.pooled([first, second])
    at = np.array([3.0, 24.0, 50.0, 79.0])
    assert survival_at(both.edges, both.survival[:5], at) == pytest.approx(survival_at(EDGES, first.survival, at))
    assert survival_at(both.edges, both.survival[5:], at) == pytest.approx(survival_at(coarse, second.survival, at))
    assert len(both) == 8 and len(both.outcome) == 8


def test_the_card_shows_every_pattern_before_and_after(found):
    _, content = found
    rows = [line for line in calibrating.as_markdown(content).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(content["figures"]) and {row.count("|") for row in rows} == {9}
    rna = next(row for row in rows if row.startswith("| rna |")).split(" | ")
    figures = next(f for f in content["figures"] if f["pattern"] == ["rna"])
    assert rna[1:3] == ["600", str(figures["deaths"])]
    assert rna[3] == f"{figures['before']['slope']:.2f} → {figures['after']['slope']:.2f}"
    lone = calibrating.calibration({("natural",): forecasted(60, folds=1)}, 24.0)[1]
    assert "→ –" in calibrating.as_markdown(lone)


class Oldest:
    """Says that the older die first, from whatever it is shown."""

    def predict(self, cohort, ids):
        block = cohort.blocks["clinical"]
        ages = np.array([block.items[i][0] if i in block.items else 60.0 for i in ids])
        return Forecast(ages / 10, EDGES, np.exp(-np.outer(np.exp((ages - 60) / 10) / 30, EDGES)))


def test_what_was_said_of_the_test_parts_is_heard_again(cohort):
    folds, patterns = {}, [("natural",), ("complete",), ("clinical", "pathology"), ("rna",)]
    for split in cohort.folds(3):
        cell, arrays = run_to_end(calibrating.listening(cohort, Oldest(), "oldest", split, patterns, 0, 0.0))
        assert [tuple(row["pattern"]) for row in cell["rows"]] == patterns
        folds[split.fold] = arrays
    forecasts = calibrating.heard(cohort, folds, {"clinical", "rna"})
    backwards = {fold: dict(reversed(arrays.items())) for fold, arrays in folds.items()}
    again = calibrating.heard(cohort, backwards, {"clinical", "rna"})
    assert list(again) == list(forecasts) == patterns, "whatever the order in the file"
    natural = forecasts[("natural",)]
    assert len(natural) == 120 and sorted(natural.outcome.months) == sorted(cohort.months)
    assert set(natural.measured) == {BOTH, CLINICAL}, "the bundle does not take slides"
    assert len(forecasts[("rna",)]) == 80 and set(forecasts[("rna",)].measured) == {RNA}
    own = {i: age for i, (age, *_) in cohort.blocks["clinical"].items.items()}
    tested = [i for split in cohort.folds(3) for i in split.test]
    hazards = np.exp((np.array([own[i] for i in tested]) - 60) / 10) / 30
    assert natural.survival == pytest.approx(np.exp(-np.outer(hazards, EDGES)))
    months = dict(zip(cohort.ids, cohort.months, strict=True))
    assert natural.outcome.months == pytest.approx([months[i] for i in tested])


class Mute(Oldest):
    """Says no number where it is shown nothing but slides, and refuses RNA."""

    def predict(self, cohort, ids):
        forecast, shown = super().predict(cohort, ids), {m for m, block in cohort.blocks.items() if block.patients}
        if shown == {"rna"}:
            raise CannotRun("it needs more")
        return replace(forecast, survival=forecast.survival * (np.nan if shown == {"pathology"} else 1))


def test_what_was_said_and_then_refused_is_not_taken_for_another_patterns(cohort):
    patterns = [("pathology",), ("rna",), ("natural",), ("clinical",)]
    split = cohort.folds(3)[0]
    cell, arrays = run_to_end(calibrating.listening(cohort, Mute(), "mute", split, patterns, 0, 0.0))
    assert set(cell["reasons"]) == {"pathology", "rna"} and len(cell["rows"]) == 2
    forecasts = calibrating.heard(cohort, {0: arrays}, {"clinical", "rna"})
    assert list(forecasts) == [("natural",), ("clinical",)]
    assert all(len(f) == len(split.test) and np.isfinite(f.survival).all() for f in forecasts.values())


class Choosy(Oldest):
    """Cannot use the RNA of patients whose number is divisible by five, and says so."""

    def predict(self, cohort, ids):
        refused = {i for i in ids if int("".join(filter(str.isdigit, i))) % 5 == 0}
        used = tuple(frozenset(cohort.pattern(i)) - ({"rna"} if i in refused else set()) for i in ids)
        return replace(super().predict(cohort, ids), measured=used)


def test_whose_rna_cannot_be_used_is_of_the_pattern_without_rna(cohort):
    patterns = [("natural",), ("complete",), ("clinical", "rna"), ("clinical",)]
    folds = {}
    for split in cohort.folds(3):
        task = calibrating.listening(cohort, Choosy(), "choosy", split, patterns, 0, 0.0)
        folds[split.fold] = run_to_end(task)[1]
    forecasts = calibrating.heard(cohort, folds, {"clinical", "rna"})
    with_rna = cohort.blocks["rna"].patients
    usable = [i for i in with_rna if int("".join(filter(str.isdigit, i))) % 5]
    assert 0 < len(usable) < len(with_rna) == len(forecasts[("clinical", "rna")])
    assert forecasts[("clinical", "rna")].measured.count(BOTH) == len(usable)
    found = calibrating.recalibrations(forecasts, 24.0)
    assert {m: fit.patients for m, fit in found.patterns.items()} == {BOTH: len(usable), CLINICAL: len(cohort)}


def test_alpha_and_beta_are_those_of_the_pooled_fit():
    f = forecasted(200, 0.4, 0.8)
    corrections = calibrating.recalibrations({("natural",): f, ("complete",): f}, 24.0)
    pooled = fit_recalibration(f.outcome, f.edges, f.survival, 24.0, prior=OWN)
    assert corrections.everyone.recalibration.alpha == pytest.approx(pooled.alpha, abs=1e-4)
    assert corrections.everyone.recalibration.beta == pytest.approx(pooled.beta, abs=1e-4)


def test_a_correction_is_kept_only_where_it_gains(found):
    corrections, content = found
    for figure in content["figures"]:
        given = frozenset(figure["pattern"])
        if given in corrections.patterns and figure["after"]["ibs"] >= figure["before"]["ibs"]:
            assert corrections.patterns[given].recalibration == Recalibration()
    worse = [{**f, "after": {**f["before"], "ibs": 1.0}} for f in content["figures"]]
    silenced = calibrating._where_better(corrections, worse)
    assert all(fit.recalibration == Recalibration() for fit in silenced.patterns.values())
    better = [{**f, "after": {**f["before"], "ibs": 0.0}} for f in content["figures"]]
    assert calibrating._where_better(corrections, better) == corrections

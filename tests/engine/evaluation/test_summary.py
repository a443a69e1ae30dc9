import numpy as np
import pytest
from scipy.stats import ttest_rel

from survgui.engine.evaluation.protocol import FIGURES
from survgui.engine.evaluation.summary import differences, fold_means, summarise

NATURAL = ("natural",)


def rows(method, values, pattern=NATURAL, n=20, **more):
    """Rows of {(fold, seed): C-index}."""
    empty = dict.fromkeys(FIGURES)
    return [{"method": method, "pattern": list(pattern), "fold": f, "seed": s, "n": n, **empty, "c_index": c, **more}
            for (f, s), c in values.items()]  # fmt: skip


def test_the_summary_is_the_mean_over_folds(result):
    rows = [r["c_index"] for r in result["rows"] if r["method"] == "cox-all" and r["pattern"] == ["natural"]]
    (summary,) = (s for s in result["summary"] if s["method"] == "cox-all" and s["pattern"] == ["natural"])
    assert summary["c_index"] == pytest.approx(np.mean(rows))
    assert summary["c_index_sd"] == pytest.approx(np.std(rows, ddof=1))
    assert summary["n_folds"] == 5 and summary["reason"] is None and summary["n"] == 120


def test_seeds_are_averaged_within_a_fold_first():
    """Fold 0 with two seeds counts as much as fold 1 with one: (.65 + .8) / 2."""
    found = rows("must", {(0, 0): 0.6, (0, 1): 0.7, (1, 0): 0.8})
    assert fold_means(found, "c_index") == {0: pytest.approx(0.65), 1: 0.8}
    (summary,) = summarise(found, {}, ["must"], [NATURAL])
    assert summary["c_index"] == pytest.approx(0.725) and summary["c_index_sd"] == pytest.approx(0.15 / np.sqrt(2))
    assert summary["n"] == 40  # every patient once, whatever the seeds


def test_differences_are_those_of_a_paired_test():
    """The standard error is the denominator of the paired t statistic (scipy)."""
    draw = np.random.default_rng(0)
    ours, theirs = draw.normal(0.7, 0.05, (2, 5))
    found = rows("must", {(f, 0): c for f, c in enumerate(ours)}) + rows(
        "cox-all", {(f, 0): c for f, c in enumerate(theirs)}
    )
    forward, backward = differences(found, ["must", "cox-all"], [NATURAL])
    assert (forward["method"], forward["reference"], forward["n_folds"]) == ("must", "cox-all", 5)
    statistic = ttest_rel(ours, theirs).statistic
    assert forward["c_index"] / forward["standard_error"] == pytest.approx(statistic)
    assert backward["c_index"] == pytest.approx(-forward["c_index"])
    assert backward["standard_error"] == pytest.approx(forward["standard_error"])


def test_only_folds_of_the_same_patients_are_compared():
    found = rows("must", {(0, 0): 0.7, (1, 0): 0.6, (2, 0): 0.5}) + rows("rsf", {(0, 0): 0.6, (2, 0): None})
    found += rows("rsf", {(1, 0): 0.9}, n=19)
    (gap,) = differences(found, ["must", "rsf"], [NATURAL])
    assert gap == {"method": "rsf", "reference": "must", "pattern": ["natural"], "c_index": pytest.approx(-0.1),
                   "standard_error": None, "n_folds": 1}  # fmt: skip


def test_where_a_reference_is_not_there_nothing_is_held_against_it():
    assert differences(rows("rsf", {(0, 0): 0.6}), ["rsf", "must"], [NATURAL]) == []


def test_the_best_possible_is_said_where_it_is_known():
    found = rows("must", {(0, 0): 0.6}, ("rna",)) + rows("must", {(0, 0): 0.6})
    known, unknown = summarise(found, {}, ["must"], [("rna",), NATURAL], {"rna": 0.8})
    assert known["oracle_c"] == 0.8 and known["c_over_oracle"] == pytest.approx(0.75)
    assert "oracle_c" not in unknown


def test_notes_of_rows_and_folds_without_a_figure_are_kept():
    found = rows("must", {(0, 0): 0.6}, note="few") + rows("must", {(1, 0): 0.6}, note="few")
    (summary,) = summarise(found, {("must", "natural"): "nobody died"}, ["must"], [NATURAL])
    assert summary["note"] == "few; a fold has no figure: nobody died" and summary["reason"] is None
    (empty,) = summarise([], {("must", "natural"): "nobody died"}, ["must"], [NATURAL])
    assert empty["c_index"] is None and empty["reason"] == "nobody died" and empty["n"] == 0

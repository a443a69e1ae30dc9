import json
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.step import run_to_end
from survgui.engine.evaluation import cells
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.evaluation.missingness import impose
from survgui.engine.study.plan import STUDIES, Asked
from survgui.engine.study.running import run_study
from survgui.errors import CohortError, UsageError
from tests.engine.evaluation.conftest import OPTIONS

STUDY = replace(STUDIES["mask-ratio"], references=("mask-only",))
RATIO = Asked(STUDY, (0.25, 0.5, 0.9, 1.0), seeds=2)


@pytest.fixture(scope="module")
def result(cohort, standin):
    standin.clear()
    found = run_to_end(run_study(cohort, RATIO, OPTIONS))
    return {**found, "fitted": [c.mask_ratio for c in standin]}


def by_value(result):
    return {row["value"]: row for row in result["summary"]}


def test_every_value_is_fitted_on_every_fold_with_every_seed_and_the_references_once(result):
    assert result["fitted"] == [0.25] * 10 + [0.5] * 10 + [0.9] * 10
    assert len(result["rows"]) == 30 and {row["method"] for row in result["rows"]} == {"imputmae"}
    assert set(result["reference"]) == {"mask-only"} and 0.3 < result["reference"]["mask-only"] < 0.7
    assert STUDIES["width"].references == ("cox-clinical", "cox-all", "mask-only")
    json.dumps(result, allow_nan=False)


def test_more_noise_is_a_lower_figure_and_the_difference_is_paired(result):
    found = by_value(result)
    assert found[0.25]["c_index"] > found[0.5]["c_index"] > found[0.9]["c_index"]
    folds = {v: [np.mean([r["c_index"] for r in result["rows"] if (r["value"], r["fold"]) == (v, fold)])
                 for fold in range(5)] for v in (0.25, 0.5)}  # fmt: skip
    gaps = np.subtract(folds[0.25], folds[0.5])
    told = found[0.25]["difference"]
    assert told["c_index"] == pytest.approx(gaps.mean()) and told["n_folds"] == 5
    assert told["standard_error"] == pytest.approx(gaps.std(ddof=1) / 5**0.5)
    assert found[0.25]["c_index_sd"] == pytest.approx(np.std(folds[0.25], ddof=1))
    assert found[0.5]["difference"] is None and result["protocol"]["default"] == 0.5


def test_a_value_that_cannot_be_is_a_row_with_its_reason(result):
    found = by_value(result)[1.0]
    assert found["c_index"] is None and "between 0 and 1" in found["reason"]


def test_the_protocol_says_what_was_varied_and_what_was_not(result, cohort):
    said = result["protocol"]
    assert (said["setting"], said["values"], said["seeds"]) == ("mask_ratio", [0.25, 0.5, 0.9, 1.0], 2)
    assert "mask_ratio" not in said["config"] and said["config"]["width"] == 64 and said["preset"] == "small"
    assert said["patients"] == len(cohort) and "equidistant" in said["bins"]


def test_a_study_that_was_stopped_goes_on_and_gives_the_same(cohort, fitted, tmp_path):
    few = replace(cohort, splits=cohort.folds()[:2])
    asked = replace(RATIO, values=(0.25, 0.5), seeds=1)
    whole = run_to_end(run_study(few, asked, OPTIONS))
    stopped = run_study(few, asked, OPTIONS, work=tmp_path)
    next(step for step in stopped if step.done == 3)
    stopped.close()
    fitted.clear()
    again = run_to_end(run_study(few, asked, OPTIONS, work=tmp_path))
    assert len(fitted) == 1 and timeless(again) == timeless(whole)
    fitted.clear()
    more = replace(asked, values=(0.25, 0.75))
    run_to_end(run_study(few, more, OPTIONS, work=tmp_path))
    assert [c.mask_ratio for c in fitted] == [0.75] * 2  # the other value lies there
    run_to_end(run_study(few, more, OPTIONS, work=tmp_path, resume=False))
    assert len(list(tmp_path.iterdir())) == 6


def timeless(result):
    return {**result, "rows": [{**row, "seconds": 0} for row in result["rows"]]}


def test_missingness_is_an_evaluation_of_the_thinned_cohort(cohort):
    asked = Asked(STUDIES["missingness"], ("none", "mar", "site"), ("cox-clinical", "mask-only"), rate=0.4)
    cohort = replace(cohort, splits=cohort.folds()[:2])
    result = run_to_end(run_study(cohort, asked, OPTIONS))
    found = {(row["value"], row["method"]): row for row in result["summary"]}
    for value, thinned in (("none", cohort), ("mar", impose(cohort, "mar", 0.4))):
        for line in run_to_end(evaluate(thinned, ["cox-clinical", "mask-only"], OPTIONS))["summary"]:
            assert found[value, line["method"]]["c_index"] == line["c_index"]
    assert "barcodes" in found["site", "cox-clinical"]["reason"] and result["reference"] == {}
    assert found["mar", "cox-clinical"]["difference"]["c_index"] == pytest.approx(
        found["mar", "cox-clinical"]["c_index"] - found["none", "cox-clinical"]["c_index"]
    )
    assert result["protocol"]["missing"]["mar"]["rate"] == 0.4 and "site" not in result["protocol"]["missing"]


def test_what_is_asked_of_a_fitted_model_is_in_its_rows(cohort, fitted, monkeypatch):
    def told(model, cohort, split, options):
        mse = 1.0 + options.imputmae.mask_ratio + split.fold
        return {"rna": {"n": 16, "mse": mse, "mean_mse": 2.0, "ridge_mse": 1.5, "correlation": None, "patches": 24}}
        yield  # a task without steps

    monkeypatch.setattr("survgui.engine.study.running.held_out", told)
    result = run_to_end(run_study(cohort, Asked(STUDY, (0.25, 0.5)), OPTIONS))
    assert result["rows"][1]["reconstruction"] == {"rna": (1.0 + 0.25 + 1) / 2}
    assert by_value(result)[0.5]["reconstruction"] == {"rna": pytest.approx(1.75)}  # folds 0 to 4: 2 of 1.5 + fold
    assert result["reference_reconstruction"] == {"rna": 0.75}


def test_what_cannot_be_is_refused_before_anything_goes(cohort, tmp_path, fitted):
    (tmp_path / "cell.json").touch()
    for asked, why in ((replace(RATIO, values=(1.0,)), "no value of mask-ratio"),
                       (replace(RATIO, methods=("none",)), "unknown method"),
                       (replace(RATIO, patterns=("mri",)), "pattern 'mri'")):  # fmt: skip
        with pytest.raises(UsageError, match=why):
            run_to_end(run_study(cohort, asked, OPTIONS, work=tmp_path, resume=False))
    with pytest.raises(CohortError, match="at least 30"):
        run_to_end(run_study(cohort.keep(cohort.ids[:20]), RATIO, OPTIONS, work=tmp_path, resume=False))
    assert (tmp_path / "cell.json").exists() and fitted == []


def test_the_cells_of_a_study_are_told_apart(cohort):
    split = cohort.folds()[0]
    jobs = [cells.Job(cohort, (("natural",),), replace(OPTIONS, imputmae=replace(OPTIONS.imputmae, width=w)))
            for w in (32, 64)]  # fmt: skip
    assert len({cells.cell_name("d", job, cells.Cell("imputmae", split, 0)) for job in jobs}) == 2

import json
from dataclasses import replace

import numpy as np
import pytest

from survgui import __version__
from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.evaluation import cells
from survgui.engine.evaluation import comparison as module
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.evaluation.tables import as_text
from survgui.engine.methods.contract import Options
from survgui.engine.spread import Where
from survgui.errors import CohortError, UsageError
from survgui.nets.must import PRESETS, MustConfig
from tests.engine.evaluation.conftest import OPTIONS


def test_the_object_is_the_contracts(result):
    row = result["rows"][0]
    assert set(row) == {"method", "fold", "seed", "pattern", "n", "events", "c_index", "uno_c", "ibs", "cs",
                        "cs_binned", "d_calibration_p", "seconds"}  # fmt: skip
    assert {"method", "pattern", "c_index", "c_index_sd", "cs", "n_folds", "reason"} <= set(result["summary"][0])
    assert {(d["method"], d["reference"]) for d in result["differences"]} >= {("mask-only", "cox-all")}
    assert "missingness" in result["notes"]["mask-only"]
    json.dumps(result, allow_nan=False)


def test_the_protocol_says_with_what_it_was_computed(result):
    said = json.loads(json.dumps(result["protocol"]))
    assert MustConfig(**said["config"]) == OPTIONS.config and said["survgui"] == __version__ and said["device"] == "cpu"
    assert said["preset"] is None  # a preset whose settings are overridden is none


def test_the_protocol_names_the_preset(cohort):
    found = run_to_end(evaluate(cohort, ["mask-only"], Options(PRESETS["published"])))
    assert found["protocol"]["preset"] == "published" and found["protocol"]["bins"].startswith("4 (must")


def test_every_patient_is_tested_once_on_what_he_has(result, cohort):
    rows = [r for r in result["rows"] if r["method"] == "cox-all" and r["pattern"] == ["natural"]]
    assert sum(r["n"] for r in rows) == len(cohort)
    complete = [r for r in result["rows"] if r["method"] == "cox-all" and r["pattern"] == ["complete"]]
    assert sum(r["n"] for r in complete) == 80  # two of three have RNA


def test_what_cannot_run_is_a_row_with_its_reason(result):
    (summary,) = (s for s in result["summary"] if s["method"] == "cox-clinical" and s["pattern"] == ["rna"])
    assert summary["c_index"] is None and "clinical" in summary["reason"]


def test_a_finished_cell_is_not_computed_again(cohort, tmp_path, monkeypatch):
    first = run_to_end(evaluate(cohort, ["cox-all"], OPTIONS, work=tmp_path))
    monkeypatch.setattr(cells, "fit_and_judge", None)
    assert run_to_end(evaluate(cohort, ["cox-all"], OPTIONS, work=tmp_path)) == first


def test_what_was_finished_goes_where_it_is_not_wanted_and_only_for_a_valid_request(cohort, tmp_path):
    cell = tmp_path / "cell.json"
    for methods, patterns in ((["cox-none"], ["natural"]), (["mask-only"], ["rna+none"])):
        cell.touch()
        with pytest.raises(UsageError):
            run_to_end(evaluate(cohort, methods, OPTIONS, patterns=patterns, work=tmp_path, resume=False))
        assert cell.exists()
    run_to_end(evaluate(cohort, ["mask-only"], OPTIONS, work=tmp_path))
    assert cell.exists()
    run_to_end(evaluate(cohort, ["mask-only"], OPTIONS, work=tmp_path, resume=False))
    assert not cell.exists() and len(list(tmp_path.iterdir())) == 5


def test_other_measurements_are_another_cell(cohort, tmp_path):
    run_to_end(evaluate(cohort, ["cox-all"], OPTIONS, work=tmp_path))
    before = len(list(tmp_path.glob("*.json")))
    rna = next(b for b in cohort.blocks.values() if b.names and b.unit == "z-score")
    changed = replace(rna, items={i: v + 1 for i, v in rna.items.items()})
    run_to_end(
        evaluate(replace(cohort, blocks={**cohort.blocks, rna.modality: changed}), ["cox-all"], OPTIONS, work=tmp_path)
    )
    assert len(list(tmp_path.glob("*.json"))) == 2 * before


def test_must_runs_with_several_seeds_and_the_linear_rows_with_one(cohort):
    ids = cohort.ids
    half = replace(cohort, splits=(Split(0, ids[:60], ids[60:]),))
    result = run_to_end(evaluate(half, ["must", "cox-all", "must"], OPTIONS, seeds=2))
    assert [(r["method"], r["seed"]) for r in result["rows"]] == [("must", 0), ("must", 1), ("cox-all", 0)]
    assert [s["n_folds"] for s in result["summary"]] == [1, 1]


@pytest.mark.slow
def test_processes_give_the_same_numbers_and_what_was_finished_is_kept(cohort, tmp_path):
    half = replace(cohort, splits=(Split(0, cohort.ids[:60], cohort.ids[60:]),))
    methods = ["must", "cox-all", "published:mcat"]
    here = run_to_end(evaluate(half, methods, OPTIONS))
    spread = run_to_end(evaluate(half, methods, OPTIONS, work=tmp_path, where=Where(2)))
    assert _timeless(here) == _timeless(spread)
    again = run_to_end(evaluate(half, methods, OPTIONS, work=tmp_path))
    assert again["rows"] == spread["rows"]


def _timeless(result):
    return {**result, "rows": [{**row, "seconds": 0} for row in result["rows"]]}


def test_one_fixed_fold_has_no_deviation_and_need_not_name_known_patients(cohort):
    nameless = replace(cohort, months=np.where(np.arange(len(cohort)) == 5, np.nan, cohort.months),
                       splits=(Split(0, cohort.ids[:90], cohort.ids[90:]),))  # fmt: skip
    found = run_to_end(evaluate(nameless, ["cox-all"], OPTIONS))
    assert found["summary"][0]["n_folds"] == 1 and found["summary"][0]["c_index_sd"] is None
    assert "–" in as_text(found)


def test_a_fold_that_nothing_can_be_learned_from_is_a_reason(cohort):
    alive = tuple(i for i, died in zip(cohort.ids, cohort.events, strict=True) if not died)
    others = tuple(i for i in cohort.ids if i not in alive)
    split = replace(cohort, splits=(Split(0, alive, others), Split(1, cohort.ids[:10], cohort.ids[10:])))
    (summary,) = run_to_end(evaluate(split, ["must"], OPTIONS))["summary"]
    assert summary["c_index"] is None and summary["reason"]


def test_the_best_possible_of_whole_patients_is_that_of_all_modalities(cohort):
    oracle = {"clinical+pathology+rna": 0.9, "rna": 0.7}
    assert module.best_possible(cohort, oracle) == {**oracle, "complete": 0.9}  # a third lacks RNA
    whole = cohort.keep(i for k, i in enumerate(cohort.ids) if k % 3)
    assert module.best_possible(whole, oracle) == {**oracle, "complete": 0.9, "natural": 0.9}
    assert module.best_possible(whole, {"rna": 0.7}) == {"rna": 0.7}


def test_unknown_methods_and_small_cohorts_are_refused(cohort):
    with pytest.raises(UsageError, match="unknown method 'cox-none'"):
        run_to_end(evaluate(cohort, ["cox-none"], OPTIONS))
    with pytest.raises(CohortError, match="at least 30"):
        run_to_end(evaluate(cohort.keep(cohort.ids[:10]), ["cox-all"], OPTIONS))


def test_what_missingness_alone_tells_is_the_mask_onlys_figure(cohort):
    found = run_to_end(module.mask_c_index(cohort))
    alone = run_to_end(evaluate(cohort, ["mask-only"], OPTIONS))
    assert found == alone["summary"][0]["c_index"] and 0.3 < found < 0.7  # every third patient lacks RNA, by number


def test_missingness_tells_nothing_where_all_have_the_same_or_there_are_too_few(cohort):
    complete = cohort.keep(i for k, i in enumerate(cohort.ids) if k % 3)
    assert run_to_end(module.mask_c_index(complete)) is None
    assert run_to_end(module.mask_c_index(cohort.keep(cohort.ids[:10]))) is None

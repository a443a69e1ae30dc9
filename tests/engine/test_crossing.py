import json
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.crossing import cross_validate
from survgui.engine.methods.contract import Options
from survgui.engine.methods.network import fit_network
from survgui.engine.methods.registry import NETWORKS
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.must import MustConfig
from survgui.nets.weights import load_tensors
from survgui.survival.curves import survival_at
from tests.engine.conftest import TINY, TINY_MASKED

QUICK = {"generator": "flow", "generators": "", "diffusion_epochs": 1, "epochs": 1, "horizon": 24.0}
OPTIONS = Options(
    MustConfig().changed({**TINY, **QUICK}),
    imputmae=ImputmaeConfig().changed({**TINY_MASKED, "epochs": 1, "generators": "reencode", "horizon": 24.0}),
    draws=2,
)


@pytest.fixture(scope="module")
def few(halves):
    return halves.keep(halves.ids[:70])


@pytest.mark.parametrize("method", NETWORKS)
def test_every_patient_is_forecast_by_a_network_that_has_not_seen_him(few, tmp_path, method):
    recipe, steps = NETWORKS[method], []
    crossed = run_to_end(cross_validate(recipe, few, OPTIONS, tmp_path), steps.append)
    split = few.splits[1]
    model = run_to_end(fit_network(recipe, few, split.train, recipe.with_config(OPTIONS, generators="")))
    expected = model.predict(few, split.test)
    at = [few.ids.index(i) for i in split.test]
    assert crossed.risks[at] == pytest.approx(expected.risks, abs=1e-5)
    assert crossed.survival[at] == pytest.approx(survival_at(expected.edges, expected.survival, 24.0)[:, 0], abs=1e-5)
    assert {row["method"] for row in crossed.summary} == {method} and crossed.variance > 0
    told = [step for step in steps if step.stage == "folds"]
    assert [step.done for step in told] == [1, 2] and all("fold c-index" in step.values for step in told)
    cells = [json.loads(bytes(load_tensors(f)["figures"].tolist())) for f in sorted(tmp_path.glob("fold*"))]
    names = {row["generator"] for row in crossed.training["generators"]}
    assert names == ({"gaussian", "reencode"} if method == "imputmae" else set()), "of one there is nothing to compare"
    assert cells[1]["generators"] == []  # compared on the first fold alone
    assert ("reconstruction" in crossed.training) is (method == "imputmae")
    again = run_to_end(cross_validate(recipe, few, OPTIONS, tmp_path), steps.append)
    assert [step.stage for step in steps[-2:]] == ["folds", "folds"], "finished folds are taken from their files"
    assert np.array_equal(again.risks, crossed.risks) and again.summary == crossed.summary


def test_whom_no_fold_tests_has_no_forecast_and_one_fold_no_variance(few, tmp_path):
    one, recipe = replace(few, splits=(Split(0, few.ids[:40], few.ids[40:]),)), NETWORKS["must"]
    crossed = run_to_end(cross_validate(recipe, one, recipe.with_config(OPTIONS, generators=""), tmp_path))
    assert np.isnan(crossed.risks[:40]).all() and np.isfinite(crossed.risks[40:]).all() and crossed.variance == 0

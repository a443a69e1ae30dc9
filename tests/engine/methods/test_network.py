from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality
from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.evaluation.cells import Cell, Job, fit_and_judge
from survgui.engine.methods import network
from survgui.engine.methods.contract import CannotRun, Options
from survgui.engine.methods.registry import METHODS, NETWORKS
from survgui.errors import UsageError
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY, TINY_MASKED

OPTIONS = Options(
    MustConfig().changed(TINY), steps=3, draws=2, imputmae=ImputmaeConfig().changed({**TINY_MASKED, "epochs": 1})
)


@pytest.mark.parametrize("method", NETWORKS)
def test_a_network_predicts_any_subset(cohort, method):
    model = run_to_end(METHODS[method](cohort, cohort.ids[:90], OPTIONS))
    for hide in ([], [Modality.RNA], [Modality.CLINICAL, Modality.PATHOLOGY]):
        ids = [i for i in cohort.ids[90:] if cohort.hide(hide).pattern(i)]
        forecast = model.predict(cohort.hide(hide), ids)
        assert forecast.survival.shape == (len(ids), 5) and np.isfinite(forecast.risks).all()
        assert forecast.measured == tuple(cohort.hide(hide).pattern(i) for i in ids)
    rna = cohort.blocks[Modality.RNA]
    empty = replace(rna, items={**rna.items, "P-001": np.full(40, np.nan, dtype=np.float32)})
    unusable = replace(cohort, blocks={**cohort.blocks, Modality.RNA: empty})
    assert model.predict(unusable, ["P-001"]).measured == ({"clinical", "pathology"},)
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), ["P-001"])


@pytest.mark.parametrize(("own", "other"), [("must", "must-meanfill"), ("imputmae", "imputmae-reencode")])
def test_methods_that_fill_differently_share_one_network(cohort, own, other):
    train = cohort.ids[:90]
    first, second = (run_to_end(METHODS[name](cohort, train, OPTIONS)) for name in (own, other))
    assert first.fitted.net is second.fitted.net and first.fitted.generator != second.fitted.generator
    assert set(first.fitted.generators) == {first.fitted.generator}  # the others are not what is judged
    third = run_to_end(METHODS[other](cohort, cohort.ids[:80], OPTIONS))
    assert third.fitted.net is not second.fitted.net


def test_without_pre_training_it_is_another_network(cohort):
    scratch = run_to_end(METHODS["imputmae-scratch"](cohort, cohort.ids[:90], OPTIONS))
    own = run_to_end(METHODS["imputmae"](cohort, cohort.ids[:90], OPTIONS))
    assert scratch.fitted.net is not own.fitted.net and not scratch.fitted.losses.get("pre-training")
    assert scratch.options.imputmae.pretrain_epochs == 0 and own.options.imputmae == replace(
        OPTIONS.imputmae, generators=""
    )


def test_what_is_kept_of_a_network_is_enough_to_fit_generators_on(cohort):
    recipe, train = NETWORKS["imputmae"], cohort.ids[:90]
    nearest = recipe.with_config(OPTIONS, generator="knn", generators="")
    network._RECENT.clear()
    run_to_end(METHODS["imputmae"](cohort, train, OPTIONS))
    (kept,) = network._RECENT.values()
    assert kept.vectors.whole.shape[-1] == 0
    again = run_to_end(network.fit_network(recipe, cohort, train, nearest))
    network._RECENT.clear()
    anew = run_to_end(network.fit_network(recipe, cohort, train, nearest))
    one, two = (model.fitted.generators["knn"] for model in (again, anew))
    assert torch.equal(one.known, two.known) and torch.equal(one.slots, two.slots)


def test_a_generator_that_is_none_is_said_before_anything_is_learned(cohort):
    options = replace(OPTIONS, imputmae=OPTIONS.imputmae.changed({"generator": "flow"}))
    with pytest.raises(UsageError, match="no generator 'flow'; there are latent, reencode, mean, gaussian"):
        next(METHODS["imputmae"](cohort, cohort.ids[:90], options))


def test_a_variant_that_the_settings_do_not_allow_has_a_reason_instead_of_a_figure(cohort):
    options = replace(OPTIONS, imputmae=OPTIONS.imputmae.changed({"factors": 0}))  # frozen encoders carry the anchor
    job = Job(cohort, (("natural",),), options)
    cell = run_to_end(fit_and_judge(job, Cell("imputmae-scratch", Split(0, cohort.ids[:90], cohort.ids[90:]), 0)))
    assert cell["rows"] == [] and "an 'anchor' needs frozen encoders" in cell["reasons"]["natural"]

from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality as M
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import CannotRun, Options
from survgui.engine.methods.paper import bin_of, fit_paper, paper_config
from survgui.engine.methods.registry import METHODS
from survgui.nets.must import PRESETS, MustConfig
from survgui.nets.must_paper import PaperConfig
from tests.engine.conftest import TINY

CONFIG = replace(paper_config(MustConfig().changed(TINY)), samples=3, steps=4)


@pytest.fixture(scope="module")
def model(cohort):
    return run_to_end(fit_paper(cohort, cohort.ids[:90], CONFIG, seed=3))


def test_presets_give_sizes_and_epochs_and_the_paper_gives_the_rest():
    small, published = paper_config(PRESETS["small"]), paper_config(PRESETS["published"])
    assert (small.width, small.rank) == (64, 16) and (small.samples, small.steps, small.bins) == (5, 50, 4)
    assert (published.width, published.rank, published.snn_hidden, published.queries) == (256, 64, 1024, 64)
    assert published.lambda_orthogonality == PaperConfig().lambda_orthogonality


def test_it_is_a_method_with_curves_that_fall_and_risks_that_follow_them(cohort):
    steps = []
    model = run_to_end(
        METHODS["must-paper"](cohort, cohort.ids[:90], Options(MustConfig().changed(TINY))), steps.append
    )
    found = model.predict(cohort, cohort.ids[90:])
    assert [s.stage for s in steps] == ["warm-up"] + 3 * ["main"] + 4 * ["generator"]
    assert {"survival", "decomposition", "shared", "orthogonality"} < set(steps[1].values)
    assert found.survival.shape == (30, 5) and (np.diff(found.survival, axis=1) <= 0).all()
    assert np.allclose(found.survival[:, 0], 1) and np.allclose(found.risks, -found.survival[:, 1:].sum(axis=1))
    assert found.edges[0] == 0 and found.edges[-1] == cohort.months[:90].max()


def test_clinical_fields_are_not_used(cohort, model):
    ids = cohort.ids[90:]
    assert np.array_equal(model.predict(cohort, ids).risks, model.predict(cohort.hide([M.CLINICAL]), ids).risks)


def test_what_is_missing_is_never_seen(cohort, model):
    genes = cohort.blocks[M.RNA]
    louder = replace(genes, items={i: v + 3.0 for i, v in genes.items.items() if i == "P-100"})
    ids = ["P-100", "P-101", "P-099"]  # the last has no RNA of his own
    base = model.predict(cohort, ids)
    other = model.predict(replace(cohort, blocks={**cohort.blocks, M.RNA: louder}), ids)
    hidden = model.predict(cohort.hide([M.RNA]), ids)
    assert base.risks[0] != pytest.approx(other.risks[0], abs=1e-6)
    assert base.risks[2] == pytest.approx(hidden.risks[2], abs=1e-6)
    assert base.risks[0] != pytest.approx(hidden.risks[0], abs=1e-9)


def test_a_patient_has_the_same_forecast_in_any_company(cohort, model):
    ids = list(cohort.ids[90:100])
    together = model.predict(cohort, ids).risks
    assert np.allclose([model.predict(cohort, [i]).risks[0] for i in ids], together, atol=1e-5)


def test_drawn_parts_lie_in_the_complement_and_differ_between_samples(cohort, model):
    pair = model.sides.gather(cohort, ["P-099"]).pair([0])
    with torch.inference_mode():
        shared, own = model.components(model.network.vectors(pair), pair.present)
    assert own.shape == (1, 3, 2, 16)
    assert model.network.subspace.shared(own[0, :, 1]).abs().max() < 1e-4
    assert torch.equal(own[0, 0, 0], own[0, 2, 0]) and not torch.allclose(own[0, 0, 1], own[0, 2, 1])
    recovered = model.network.subspace.shared(model.network.vectors(pair).whole[:, 0])
    assert torch.allclose(shared, recovered, atol=1e-5)


def test_the_generator_takes_fifty_steps_of_five_samples(cohort):
    model = run_to_end(fit_paper(cohort, cohort.ids[:90], replace(CONFIG, samples=5, steps=50)))
    batches = []
    model.denoisers[1].register_forward_hook(lambda _, args, out: batches.append(len(args[0])))
    model.predict(cohort, ["P-099", "P-102"])
    assert batches == 50 * [10]


def test_who_has_neither_side_is_the_mean_patient_and_nobody_with_either_is_refused(cohort, model):
    bare = cohort.hide([M.PATHOLOGY])
    found = model.predict(bare, ["P-099", "P-100"])  # the first lacks RNA too
    network = model.network
    with torch.inference_mode():
        logits = network.logits(network.mean_shared, network.mean_specific)
    assert found.survival[0, 1] == pytest.approx(torch.sigmoid(-logits[0]).item(), abs=1e-5)
    with pytest.raises(CannotRun, match="pathology or rna"):
        model.predict(cohort.hide([M.PATHOLOGY, M.RNA]), ["P-100"])


def test_the_same_seed_gives_the_same_model(cohort, model):
    again = run_to_end(fit_paper(cohort, cohort.ids[:90], CONFIG, seed=3))
    other = run_to_end(fit_paper(cohort, cohort.ids[:90], CONFIG, seed=4))
    ids = cohort.ids[90:]
    risks = [m.predict(cohort, ids).risks for m in (model, again, other)]
    assert np.array_equal(risks[0], risks[1]) and not np.allclose(risks[0], risks[2])


def test_other_readings_of_the_paper_run(cohort):
    changes = {
        "patch_attention": "full", "gene_tokens": "blocks", "distance": "cosine", "both_shared": "of-first",
        "average": "curves", "projected": False, "one_denoiser": True, "feed_forward": 2, "optimiser": "sgd",
    }  # fmt: skip
    model = run_to_end(fit_paper(cohort, cohort.ids[:90], replace(CONFIG, **changes)))
    assert len(model.denoisers) == 1
    assert np.isfinite(model.predict(cohort, cohort.ids[90:]).risks).all()


def test_too_few_complete_pairs_are_said(cohort):
    slides = cohort.blocks[M.PATHOLOGY].keep(i for k, i in enumerate(cohort.ids) if k < 24 or k % 3 == 0)
    few = replace(cohort, blocks={**cohort.blocks, M.PATHOLOGY: slides})
    with pytest.raises(CannotRun, match="16 training patients"):
        run_to_end(fit_paper(few, few.ids, CONFIG))


def test_bins_are_closed_on_the_left_and_open_outwards():
    edges = np.array([0.0, 10.0, 20.0, 50.0])
    assert bin_of(edges, np.array([0.0, 9.9, 10.0, 20.0, 80.0])).tolist() == [0, 0, 1, 2, 2]

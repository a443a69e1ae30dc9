from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.inputs import fit_inputs, prepare
from survgui.engine.methods.contract import CannotRun, outcome_of
from survgui.engine.methods.peers import NOTES, PEERS
from survgui.engine.methods.peers.blocks import HazardHead, PeerNet
from survgui.engine.methods.peers.training import PeerModel, every_modality, learners, only, peer, start_baseline
from survgui.survival.metrics import Followed, harrell_c
from tests.engine.methods.peers.conftest import FITS, NETS, OPTIONS, PATHOLOGY, RNA, SMALL, make_batch, make_net

NEEDS_BOTH = ("cmta", "survpath")
TAKES_ANYTHING = ("shaspec", "drim")


class Constant(PeerNet):
    """Two draws of a constant cumulative hazard per bin, or a loss that is no number."""

    hazards = ((0.1, 0.2), (0.3, 0.4))

    def __init__(self, views, shapes, bins, config):
        super().__init__(views, shapes, bins, config)
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, batch):
        return torch.tensor(self.hazards).log().expand(len(batch), -1, -1)

    def terms(self, batch, likelihood, progress):
        return {"survival": self.weight.sum() * float("nan")}


def test_every_peer_has_a_note_on_what_it_cannot_do():
    assert set(NOTES) == set(PEERS) == set(FITS)
    assert all(note.startswith("cannot ") for note in NOTES.values())


@pytest.mark.parametrize("name", FITS)
def test_it_finds_the_planted_signal_in_patients_it_has_not_seen(name, many, models):
    test = many.ids[120:]
    forecast = models[name].predict(many, test)
    assert harrell_c(outcome_of(many, test), forecast.risks) > 0.6
    assert forecast.survival.shape == (80, 5) and (forecast.survival[:, 0] == 1).all()
    assert (np.diff(forecast.survival, axis=1) <= 0).all()


@pytest.mark.parametrize("name", FITS)
def test_every_patient_of_the_natural_pattern_gets_a_risk_that_depends_on_him_alone(name, many, models):
    ids = ["P-160", "P-161", "P-162", "P-165"]  # P-162 and P-165 have no RNA
    bare = replace(many, blocks={m: b.keep(set(many.ids) - {"P-161"}) for m, b in many.blocks.items()})
    found, whole = (models[name].predict(c, ids).risks for c in (bare, many))
    assert np.isfinite(found).all()
    assert found[[0, 2, 3]] == pytest.approx(whole[[0, 2, 3]], abs=1e-5)
    assert found[1] != pytest.approx(whole[1], abs=1e-4)


def test_a_forecast_says_what_was_filled_in(many, models):
    said = {name: model.predict(many, ["P-160", "P-162"]).note for name, model in models.items()}  # P-162: no RNA
    filled = "patients without rna have the training mean in its place"
    assert said == {"cmta": filled, "survpath": filled, "shaspec": "", "ldcvae": "", "drim": ""}
    assert not models["cmta"].predict(many, ["P-160", "P-161"]).note


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("hidden", [PATHOLOGY, RNA])
def test_a_pattern_it_cannot_do_with_is_refused_by_name(name, hidden, many, models):
    shown = many.hide([hidden])
    if name in NEEDS_BOTH or (name == "ldcvae" and hidden is PATHOLOGY):
        with pytest.raises(CannotRun, match=f"needs {hidden}"):
            models[name].predict(shown, many.ids[120:])
    else:
        assert np.isfinite(models[name].predict(shown, many.ids[120:]).risks).all()
    with pytest.raises(CannotRun, match="needs"):
        models[name].predict(many.hide(list(many.blocks)), many.ids[120:])


@pytest.mark.parametrize("name", FITS)
def test_the_seed_decides_the_model(name, many, models):
    short = peer(*NETS[name], replace(SMALL, epochs=2))
    runs = [run_to_end(short(many, many.ids[:80], replace(OPTIONS, seed=seed))) for seed in (0, 0, 1)]
    same, again, other = (model.predict(many, many.ids[80:120]).risks for model in runs)
    assert np.array_equal(same, again) and not np.allclose(same, other, atol=1e-4)


@pytest.mark.parametrize("name", FITS)
def test_the_loss_reaches_every_weight(name):
    net = make_net(name).train()
    batch = make_batch([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 0, 1]] * 4)
    sum(net.terms(batch, lambda log_hazards: (log_hazards**2).mean(), 0.5).values()).backward()
    still = [n for n, p in net.named_parameters() if p.grad is None or (p.ndim > 1 and not p.grad.any())]
    assert not still


@pytest.mark.parametrize("name", FITS)
def test_what_the_batch_holds_in_place_of_absent_modalities_changes_no_risk(name):
    net = make_net(name).eval()
    some = [[1, 1, 1], [1, 0, 0], [0, 1, 0], [1, 0, 1]]
    with torch.no_grad():
        assert torch.equal(net(make_batch(some)), net(make_batch(some, fill=7.0)))


@pytest.mark.parametrize("name", FITS)
def test_a_present_modality_changes_the_risk(name):
    net = make_net(name).eval()
    batch, other = make_batch([[1, 1, 1]] * 3), make_batch([[1, 1, 1]] * 3, seed=1)
    for modality in batch.inputs:
        mixed = replace(batch, inputs={**batch.inputs, modality: other.inputs[modality]})
        with torch.no_grad():
            assert not torch.allclose(net(batch), net(mixed), atol=1e-6)


def test_the_curves_of_all_draws_are_averaged_and_risk_is_stated_at_the_horizon(cohort):
    inputs = fit_inputs(cohort, cohort.ids, OPTIONS.config)
    net = Constant([(RNA,)], inputs.shapes(), 2, SMALL)
    edges = np.array([0.0, 10.0, 20.0])
    found = PeerModel(net, only(inputs, {RNA}), edges, 10.0, torch.device("cpu")).predict(cohort, ["P-001"])
    curve = [1.0, (np.exp(-0.1) + np.exp(-0.3)) / 2, (np.exp(-0.3) + np.exp(-0.7)) / 2]
    assert found.survival[0] == pytest.approx(curve, rel=1e-6)
    assert found.risks[0] == pytest.approx(np.log(-np.log(curve[1])), rel=1e-6)


def test_only_patients_with_something_of_every_view_teach(cohort):
    inputs = fit_inputs(cohort, cohort.ids, OPTIONS.config)
    assert learners(cohort, cohort.ids, inputs, [(PATHOLOGY,), (RNA,)]).ids == tuple(
        i for i in cohort.ids if i in cohort.blocks[RNA].items
    )
    assert learners(cohort, cohort.ids, inputs, [(PATHOLOGY, RNA)]).ids == cohort.ids
    with pytest.raises(CannotRun, match="only 2 training patients have pathology and rna"):
        learners(cohort, cohort.ids[:3], inputs, [(PATHOLOGY,), (RNA,)])


def test_each_modality_is_a_view_in_the_order_of_the_batch(cohort):
    inputs = fit_inputs(cohort, cohort.ids, OPTIONS.config)
    batch = prepare(cohort, ["P-001"], inputs).batch([0])
    assert every_modality(inputs) == tuple((m,) for m in batch.inputs)


def test_heads_start_from_the_hazard_of_the_cohort():
    net = torch.nn.ModuleList([HazardHead(16, 2, SMALL), HazardHead(16, 2, SMALL)])
    outcome = Followed(np.array([1.0, 5.0, 8.0, 9.0]), np.array([True, False, True, True]))
    start_baseline(net, np.array([0.0, 4.0, 9.0]), outcome)
    assert all(head.baseline.tolist() == pytest.approx(np.log([1.5 / 4.25, 2.5 / 3.0])) for head in net)


@pytest.mark.parametrize("name", FITS)
def test_a_cohort_without_what_it_learns_from_is_refused(name, cohort):
    poor = replace(cohort, blocks={Modality.CLINICAL: cohort.blocks[Modality.CLINICAL]})
    if name == "shaspec":
        assert np.isfinite(run_to_end(FITS[name](poor, poor.ids, OPTIONS)).predict(poor, poor.ids[:5]).risks).all()
    else:
        with pytest.raises(CannotRun, match="there is clinical"):
            run_to_end(FITS[name](poor, poor.ids, OPTIONS))


def test_a_training_without_deaths_or_without_numbers_is_refused(cohort):
    alive = replace(cohort, events=np.zeros(len(cohort), dtype=bool))
    with pytest.raises(CannotRun, match="nobody died"):
        run_to_end(FITS["cmta"](alive, alive.ids, OPTIONS))
    with pytest.raises(CannotRun, match="no longer a number at epoch 1 of 10"):
        run_to_end(peer(Constant, config=SMALL)(cohort, cohort.ids, OPTIONS))

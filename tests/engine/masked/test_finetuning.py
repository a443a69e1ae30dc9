from copy import deepcopy
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from torch.nn import functional

from survgui.cases.step import run_to_end
from survgui.engine.fitting import component_vectors
from survgui.engine.masked import finetuning
from survgui.engine.masked.finetuning import RIDGE, ROUNDS, STAGE, filled, fit_latent_maps, freeze, learn
from survgui.errors import Diverged
from survgui.nets.masked.imputmae import Imputmae
from survgui.survival.anchor.linear import fit_linear
from survgui.survival.bins import crude_hazard, equidistant_edges
from survgui.survival.metrics import Followed
from tests.engine.masked.conftest import FAST, TAKEN, patients, stopped
from tests.nets.masked.conftest import CLINICAL, INPUTS, MRI, PATHOLOGY, RNA

CPU = torch.device("cpu")
pytestmark = pytest.mark.usefixtures("quick_factors")
SHORT = {"pretrain_epochs": 1, "epochs": 2}
RECIPES = {
    "encoders": {**SHORT, "freezing": "encoders"},
    "published": {**SHORT, "freezing": "published"},
    "none": {**SHORT, "freezing": "none"},
    "tokens": {**SHORT, "freezing": "published", "fusion": "tokens"},
    "scratch": {**SHORT, "pretrain_epochs": 0},
}


def learned(some, changes, seed=0, **options):
    steps = []
    found = run_to_end(learn(*some, TAKEN, FAST.changed(changes), seed=seed, **options), steps.append)
    return found, steps


def same(one, other):
    return all(torch.equal(x, y) for x, y in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


@cache
def finished(name, epochs=2):
    """A training that ran through, shared by tests that only look at it."""
    return learned(patients(), {**RECIPES[name], "epochs": epochs})


@pytest.fixture
def usual():
    return finished("encoders")


# --- steps, seeds, stops ------------------------------------------------------------------------------------------


def test_stages_epochs_and_what_comes_out(some, usual):
    found, steps = usual
    assert [(s.stage, s.done, s.total) for s in steps] == [("pre-training", 1, 1), (STAGE, 1, 2), (STAGE, 2, 2)]
    assert [dict(s.values) for s in steps[1:]] == found.losses[STAGE] and list(found.losses) == ["pre-training", STAGE]
    assert all(list(v) == ["loss", "survival"] and v["loss"] == v["survival"] for v in found.losses[STAGE])
    assert found.edges == pytest.approx(equidistant_edges(some[1].months, 4))
    assert 0 < found.horizon <= found.edges[-1]
    net = found.net
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    vectors = component_vectors(net, some[0], CPU)
    assert torch.equal(vectors.unique, found.vectors.unique) and torch.equal(vectors.whole, found.vectors.whole)
    own = vectors.unique[vectors.present[:, 2], 2]
    assert torch.allclose(net.mean_specific[2], own.mean(dim=0), atol=1e-4)


@pytest.mark.parametrize(("recipe", "after"), [("encoders", 1), ("encoders", 2), ("none", 2), ("scratch", 1)])
def test_what_was_stopped_goes_on_to_the_same_bits(some, tmp_path, recipe, after):
    config = FAST.changed(RECIPES[recipe])
    stopped(learn(*some, TAKEN, config, checkpoint=tmp_path), after)
    torch.rand(5)
    found, steps = learned(some, RECIPES[recipe], checkpoint=tmp_path)
    whole, told = finished(recipe)
    assert same(found.net, whole.net) and steps == told and found.losses == whole.losses
    assert torch.equal(found.vectors.unique, whole.vectors.unique)


def test_the_seed_decides(some, usual):
    assert same(learned(some, RECIPES["encoders"])[0].net, usual[0].net)
    assert not same(learned(some, RECIPES["encoders"], seed=1)[0].net, usual[0].net)


def test_a_loss_that_is_no_number_stops_it_with_a_sentence(some, monkeypatch):
    monkeypatch.setattr(finetuning, "logistic_hazard_nll", lambda logits, *_: logits.mean() * float("nan"))
    with pytest.raises(Diverged, match=f"no longer a number at epoch 1 of 2 of the {STAGE} stage"):
        learned(some, RECIPES["scratch"])


def test_without_deaths_nothing_can_be_learned(some):
    nobody = Followed(some[1].months, np.zeros(len(some[1]), dtype=bool))
    with pytest.raises(ValueError, match="no deaths in the training part"):
        learned((some[0], nobody), RECIPES["scratch"])


# --- what learns ------------------------------------------------------------------------------------------------


def opened(net, recipe):
    """Names of the parameters that a recipe opens, spelt out."""
    names = {n for n, _ in net.named_parameters()}
    head = {n for n in names if n.startswith("head.")}
    encoders = {n for n in names if n.startswith("autoencoder.encoders.")}
    last = "body.layers.0."  # of one layer
    tables = {n for n in encoders if n.split(".")[2] in (CLINICAL, RNA)}
    return (
        head
        | {
            "encoders": set(),
            "published": {n for n in tables if n.split(".", 3)[3].startswith((last, "cls"))},
            "none": encoders,
        }[recipe]
    )


@pytest.mark.parametrize(
    ("name", "recipe"),
    [("encoders", "encoders"), ("published", "published"), ("tokens", "published"), ("none", "none"),
     ("scratch", "none")],
)  # fmt: skip
def test_exactly_what_a_recipe_opens_learns_and_the_rest_keeps_every_bit(name, recipe):
    before, after = (finished(name, epochs=k)[0].net for k in (0, 2))
    start = dict(before.named_parameters())
    assert {n for n, p in after.named_parameters() if not torch.equal(p, start[n])} == opened(after, recipe)
    factors = before.autoencoder.factors.state_dict()
    assert all(torch.equal(x, factors[n]) for n, x in after.autoencoder.factors.state_dict().items())
    for start in ("weights", "constant", "slope"):
        assert torch.equal(getattr(after.head, start), getattr(before.head, start))
    freeze(after := deepcopy(after))
    assert {n for n, p in after.named_parameters() if p.requires_grad} == opened(after, recipe)


def test_of_several_layers_the_published_recipe_opens_the_last():
    net = Imputmae(FAST.changed({"freezing": "published", "vector_layers": 3}), INPUTS, 4)
    freeze(net)
    trained = {n.split(".", 2)[2] for n, p in net.named_parameters() if p.requires_grad and "encoders" in n}
    assert {n.rsplit(".", 3)[0] if "cls" not in n else n for n in trained} >= {"clinical.cls", "rna.cls"}
    assert {n.split(".")[3] for n in trained if "layers" in n} == {"2"}
    assert not any(n.startswith((PATHOLOGY, MRI)) for n in trained)


def test_from_scratch_no_epoch_is_of_pretraining_and_the_decoder_is_as_it_was_drawn():
    found, steps = finished("scratch")
    assert {s.stage for s in steps} == {STAGE} and found.losses.get("pre-training", []) == []
    torch.manual_seed(0)
    drawn = Imputmae(FAST.changed(RECIPES["scratch"]), INPUTS, 4)
    assert same(found.net.autoencoder.decoder, drawn.autoencoder.decoder)
    assert torch.equal(found.net.autoencoder.mask_token, drawn.autoencoder.mask_token)


# --- where the hazard starts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [True, False])
def test_the_hazard_starts_from_a_ridge_cox_score_of_the_words_or_without_factors_of_the_latents(some, factors):
    changes = {} if factors else {"factors": 0}
    net, outcome = (found := learned(some, {**RECIPES["encoders"], "epochs": 0, **changes})[0]).net, some[1]
    latents = filled(net, found.vectors.whole, found.vectors.unique, found.vectors.present).double().numpy()
    if factors:
        latents[..., : net.head.wide] = 0.0
    score = fit_linear({m: latents[:, k] for k, m in enumerate(INPUTS)}, outcome)
    for k, m in enumerate(INPUTS):
        assert net.head.weights[k].numpy() == pytest.approx(score.whole.weights[m], abs=1e-5)
    assert net.head.slope.item() == pytest.approx(score.slope, abs=1e-5)
    assert net.head.score(torch.from_numpy(latents).float()).mean().item() == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("name", ["published", "encoders", "none", "tokens"])
def test_the_score_is_of_what_never_changes(name):
    net = finished(name, epochs=0)[0].net
    assert net.head.weights[:, : net.head.wide].abs().max() < 1e-12 < net.head.weights[:, net.head.wide :].abs().max()


def test_without_an_anchor_the_hazard_starts_from_the_cohorts_own(some):
    net = (found := learned(some, {**RECIPES["encoders"], "anchor": False, "epochs": 0})[0]).net
    assert not net.head.weights.any() and net.head.slope == 0
    own = crude_hazard(found.edges, some[1].months, some[1].events)
    assert functional.softplus(net.head.baseline).numpy() == pytest.approx(own, rel=1e-4)


def test_offsets_in_training_are_of_fits_that_had_not_seen_the_patient(some, monkeypatch):
    """Other outcomes of the patients of a fold leave the offsets with which they are trained as they were."""
    offsets, real = [], finetuning._offsets

    def remembered(net, anchored, latents, rows):
        found = real(net, anchored, latents, rows)
        crossed = [anchored.parts[anchored.fold[row]] for row in rows]
        expected = [anchored.slope * (sum(float(latents[at, k].double() @ torch.from_numpy(part.weights[m]))
                    for k, m in enumerate(INPUTS)) - part.constant) for at, part in enumerate(crossed)]  # fmt: skip
        offsets.append(np.abs(found.numpy() - expected).max())
        return found

    monkeypatch.setattr(finetuning, "_offsets", remembered)
    learned(some, {**RECIPES["encoders"], "epochs": 1})
    assert len(offsets) > 2 and max(offsets) < 1e-3


# --- what is imputed in training -------------------------------------------------------------------------------------


def test_what_is_shown_stays_and_the_rest_does_not_depend_on_what_is_hidden(usual):
    net, vectors = usual[0].net, usual[0].vectors
    shown = vectors.present.clone()
    shown[::2, 2] = False
    first = filled(net, vectors.whole, vectors.unique, shown)
    assert torch.equal(first[shown], vectors.unique[shown])
    expected = net.decoded_latents(vectors.whole, net.visible(shown))
    assert torch.allclose(first[~shown], expected[~shown], atol=1e-5)
    here = shown.unsqueeze(-1)
    whole, unique = (torch.where(here, x, torch.full_like(x, 7.0)) for x in (vectors.whole, vectors.unique))
    assert torch.equal(filled(net, whole, unique, shown), first)
    assert torch.allclose(filled(net, vectors.whole, vectors.unique, shown, size=7), first, atol=1e-5)


def test_maps_are_fitted_a_few_patients_at_a_time_where_memory_is_short(usual, monkeypatch):
    net, vectors = usual[0].net, usual[0].vectors
    fit_latent_maps(net, vectors, 0)
    before, decode = net.latent_map.clone(), net.decode

    def short(whole, visible):
        if len(whole) > 10:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(whole, visible)

    monkeypatch.setattr(net, "decode", short)
    fit_latent_maps(net, vectors, 0)
    assert torch.allclose(net.latent_map, before, atol=1e-4)


def test_the_map_of_latents_is_a_ridge_regression():
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 5, generator=draw) * torch.tensor([1, 5, 0.1, 1, 2.0]) + 3, torch.randn(60, 3)
    slope, offset = finetuning._ridge(x, y)
    scaled = ((x - x.mean(dim=0)) / x.std(dim=0, correction=0)).numpy()
    expected = Ridge(alpha=RIDGE * ROUNDS).fit(scaled, y).predict(scaled)
    assert (x @ slope + offset).numpy() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("fusion", ["latents", "tokens"])
def test_imputed_latents_are_nearer_than_their_mean(fusion):
    """Of patients who were not there when the maps were fitted."""
    torch.manual_seed(0)
    train, test = patients(80, missing=False)[0], patients(40, seed=1, missing=False)[0]
    net = Imputmae(FAST.changed({"fusion": fusion}), INPUTS, 4).eval()
    run_to_end(finetuning.pretrain(net.autoencoder, train, net.config.changed({"pretrain_epochs": 0}), seed=0,
                                   device=CPU))  # fmt: skip
    fit_latent_maps(net, component_vectors(net, train, CPU), seed=0)
    held_out = component_vectors(net, test, CPU)
    for k in range(4):
        shown = torch.ones(40, 4, dtype=torch.bool)
        shown[:, k] = False
        found = filled(net, held_out.whole, held_out.unique, shown)[:, k, : net.head.wide]
        real = held_out.unique[:, k, : net.head.wide]
        mean = net.mean_specific[k, : net.head.wide]
        assert ((found - real) ** 2).mean() < 0.9 * ((mean - real) ** 2).mean()

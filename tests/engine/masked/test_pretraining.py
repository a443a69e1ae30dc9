import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.cases.step import run_to_end
from survgui.engine.inputs import Prepared
from survgui.engine.masked import pretraining
from survgui.engine.masked.pretraining import STAGE, Pretraining, pretrain
from survgui.errors import Diverged
from survgui.nets.masked.autoencoder import MaskedAutoencoder, masked_patches
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.factors import Factors
from tests.engine.masked.conftest import FAST, stopped
from tests.nets.masked.conftest import INPUTS, MRI, PATHOLOGY, RNA

CPU = torch.device("cpu")
pytestmark = pytest.mark.usefixtures("quick_factors")


def fresh(config=FAST):
    torch.manual_seed(0)
    return MaskedAutoencoder(config, INPUTS)


def trained(some, config=FAST, seed=0, **options):
    body, steps = fresh(config), []
    history = run_to_end(pretrain(body, some[0], config, seed=seed, device=CPU, **options), steps.append)
    return body, history, steps


def same(one, other):
    return all(torch.equal(x, y) for x, y in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


@pytest.fixture(scope="module")
def whole(some, quick_factors):
    return trained(some)


def test_every_epoch_tells_its_loss_and_that_of_every_modality(whole):
    _, history, steps = whole
    assert [(s.stage, s.done, s.total) for s in steps] == [(STAGE, k, 3) for k in (1, 2, 3)]
    assert [dict(s.values) for s in steps] == history[STAGE]
    for values in history[STAGE]:
        assert list(values) == ["loss", *map(str, INPUTS)]
        assert values["loss"] == pytest.approx(sum(values[m] for m in INPUTS), rel=1e-5)  # unweighted


def test_every_parameter_learns_and_the_closed_form_stays_as_it_was_fitted(some, whole):
    start, unfitted = dict(fresh().named_parameters()), dict(fresh().named_buffers())
    assert [n for n, p in whole[0].named_parameters() if torch.equal(p, start[n])] == []
    none = trained(some, FAST.changed({"pretrain_epochs": 0}))[0]
    for name, x in whole[0].named_buffers():
        assert torch.equal(x, none.get_buffer(name))
        if name.endswith(("reading", "gram", "detail")):
            assert not torch.equal(x, unfitted[name])


@pytest.mark.parametrize("after", [1, 3])
def test_what_was_stopped_goes_on_to_the_same_bits(some, whole, tmp_path, after):
    stopped(pretrain(fresh(), some[0], FAST, seed=0, device=CPU, checkpoint=tmp_path), after)
    torch.rand(5)
    body, history, steps = trained(some, checkpoint=tmp_path)
    assert same(body, whole[0]) and history == whole[1] and steps == whole[2]


def test_the_closed_form_is_fitted_on_the_processor_a_few_at_a_time_to_the_same_bits(some, whole, monkeypatch):
    monkeypatch.setattr(pretraining, "AT_ONCE", 7)
    assert same(trained(some)[0], whole[0])
    body, found = fresh(), []
    monkeypatch.setattr(Factors, "fit", lambda self, patched, present, seed: found.append((self, patched, present)))
    pretraining._fit_factors(body, some[0], 0)
    ((factors, patched, present),) = found
    assert factors is body.factors and present.tolist() == some[0].present.tolist()
    batch = some[0].batch(range(len(some[0])))
    for m, x in body.cut(batch).items():
        assert torch.equal(patched[m], x.mean(dim=1) if m is PATHOLOGY else x)


def test_a_closed_form_that_a_checkpoint_holds_is_not_fitted_again(some, whole, tmp_path, monkeypatch):
    stopped(pretrain(fresh(), some[0], FAST, seed=0, device=CPU, checkpoint=tmp_path), 1)
    monkeypatch.setattr(pretraining, "_fit_factors", None)
    assert same(trained(some, checkpoint=tmp_path)[0], whole[0])


def test_the_seed_decides(some, whole):
    assert same(trained(some)[0], whole[0])
    assert not same(trained(some, seed=1)[0], whole[0])


def test_it_learns_what_is_masked_from_what_is_visible(some):
    config = FAST.changed({"factors": 0, "pretrain_epochs": 12, "pretrain_rate": 2e-2, "whole": 0.0})
    _, history, _ = trained(some, config)
    first, last = history[STAGE][0], history[STAGE][-1]
    assert last["loss"] < 0.75 * first["loss"] and last[RNA] < 0.8 * first[RNA]
    assert all(last[m] < 0.95 * first[m] for m in INPUTS)


def test_a_loss_that_is_no_number_stops_it_with_a_sentence(some):
    config = FAST.changed({"pretrain_rate": 1e30})
    with pytest.raises(Diverged, match=f"the loss is no longer a number at epoch . of 3 of the {STAGE} stage"):
        trained(some, config)


# --- what an epoch sees -----------------------------------------------------------------------------------------


def looked_at(config, prepared, monkeypatch, times=40):
    """What the autoencoder is asked to reconstruct, all patients at once, several times."""
    body, seen = fresh(config), []

    def remembered(patched, masks, present):
        seen.append((patched, masks, present))
        return {m: body.mask_token.sum() for m in body.modalities}

    monkeypatch.setattr(body, "loss", remembered)
    run = Pretraining(body, prepared, config, seed=0, device=CPU, folder=None)
    for _ in range(times):
        assert list(run.loss(np.arange(len(prepared)))) == [str(m) for m in INPUTS]
    return body, seen


def test_masks_are_of_the_ratio_or_whole_and_never_all_of_a_patient(some, monkeypatch):
    config = FAST.changed({"mask_ratios": "mri=0.75", "whole": 0.5})
    body, seen = looked_at(config, some[0], monkeypatch)
    often = np.zeros(len(INPUTS))
    for _, masks, present in seen:
        anything = torch.zeros(len(present), dtype=torch.bool)
        for k, (m, cut) in enumerate(body.patches.items()):
            number = masked_patches(cut.count, 0.75 if m is MRI else 0.5)
            hidden = masks[m].all(dim=1)
            assert hidden[~present[:, k]].all()
            assert (masks[m][~hidden].sum(dim=1) == number).all()
            anything |= ~hidden
            often[k] += float(hidden[present[:, k]].float().mean()) / len(seen)
        assert anything.all()
    assert often.min() > 0.35 and often.max() < 0.5  # a chance of .5, less where nothing would be left


def test_without_whole_masking_only_what_is_missing_is_masked_wholly(some, monkeypatch):
    body, seen = looked_at(FAST.changed({"whole": 0.0}), some[0], monkeypatch, times=2)
    for _, masks, present in seen:
        for k, m in enumerate(body.modalities):
            assert torch.equal(masks[m].all(dim=1), ~present[:, k])
    assert not torch.equal(seen[0][1][MRI], seen[1][1][MRI])


def test_of_several_tiles_one_is_taken_another_one_every_time(some, monkeypatch):
    body, seen = looked_at(FAST, some[0], monkeypatch, times=20)
    tiles = body.cut(some[0].batch(range(len(some[0]))))[PATHOLOGY]
    taken = torch.stack([(patched[PATHOLOGY][:, None] == tiles).flatten(2).all(dim=2) for patched, _, _ in seen])
    here = torch.from_numpy(some[0].present[:, list(INPUTS).index(PATHOLOGY)])
    assert (taken[:, here].sum(dim=2) == 1).all() and taken[:, here].any(dim=0).all()


def test_a_patients_tiles_count_as_their_mean_for_the_closed_form(some):
    """Tiles in another order, and twice as many of the same, leave the fit as it is."""
    prepared = some[0]
    turned = tuple(None if x is None else x[::-1].copy() for x in prepared.arrays[PATHOLOGY])
    other = type(prepared)(prepared.ids, prepared.kinds, {**prepared.arrays, PATHOLOGY: turned}, prepared.shapes)
    none = FAST.changed({"pretrain_epochs": 0})
    one, two = trained(some, none)[0].factors, trained((other,), none)[0].factors
    assert torch.allclose(one.part(PATHOLOGY, "reading"), two.part(PATHOLOGY, "reading"), atol=1e-4)


def test_a_modality_of_one_patch_learns_and_nobody_is_blind():
    """Clinical fields are one patch: masked by chance, so that the encoder learns and the decoder meets its token."""
    draw = np.random.default_rng(0)
    shapes = {Modality.CLINICAL: (1, 3), Modality.RNA: (1, 40)}
    kinds = {Modality.CLINICAL: Kind.FIELDS, Modality.RNA: Kind.VECTOR}
    rows = {m: tuple(draw.standard_normal(s).astype(np.float32) for _ in range(40)) for m, s in shapes.items()}
    rows[Modality.RNA] = tuple(x if k % 2 else None for k, x in enumerate(rows[Modality.RNA]))
    prepared = Prepared(tuple(map(str, range(40))), kinds, rows, shapes)
    config = ImputmaeConfig(width=16, heads=2, vector_layers=1, decoder_layers=1, rna_patch=10, pretrain_epochs=2)
    net = MaskedAutoencoder(config, {m: (kinds[m], shapes[m]) for m in shapes})
    before = {name: x.clone() for name, x in net.named_parameters()}
    run_to_end(pretrain(net, prepared, config, seed=0, device=torch.device("cpu")))
    assert not [name for name, x in net.named_parameters() if torch.equal(x, before[name])]
    run = Pretraining(net, prepared, config, seed=0, device=torch.device("cpu"), folder=None)
    present = torch.from_numpy(prepared.present)
    for _ in range(20):
        masks = run._masks(present, run._wholly_masked(present))
        assert not torch.stack([mask.all(dim=1) for mask in masks.values()]).all(dim=0).any()

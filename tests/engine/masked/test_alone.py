import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.bundle import read_manifest, verify
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import run_to_end
from survgui.engine.evaluation.record import record
from survgui.engine.inputs import Prepared
from survgui.engine.masked import alone
from survgui.engine.masked.alone import add_encoder, config_of, half_masked, judge, pretrain_alone, visible_mean
from survgui.engine.masked.warm import open_start
from survgui.errors import ChecksumMismatch, CohortError, UsageError
from survgui.nets.masked.autoencoder import MaskedAutoencoder
from survgui.nets.weights import load_tensors

MRI = Modality.MRI


def volumes(ids, seed=0):
    """Volumes of two channels that differ in one number: the masked half follows from the visible one."""
    draw = np.random.default_rng(seed)
    pattern = draw.standard_normal((2, 8, 8, 8))
    arrays = tuple((draw.standard_normal() * pattern).astype(np.float16) for _ in ids)
    return Prepared(tuple(ids), {MRI: Kind.VOLUME}, {MRI: arrays}, {MRI: (2, 8, 8, 8)})


def cohort(name):
    return Cohort(name, (), np.zeros(0), np.zeros(0, bool), {})


@pytest.fixture
def own(masked, tmp_path):
    """A copy of the bundle that may be written to."""
    return verify(shutil.copytree(masked.folder, tmp_path / "own"))


@pytest.fixture(scope="module")
def config(masked):
    small = {"volume_patch": 4, "volume_side": 8, "pretrain_rate": 1e-2, "pretrain_batch": 8, "image_layers": 1}
    return config_of(masked, 25).changed(small)


@pytest.fixture(scope="module", autouse=True)
def pictures():
    """Two samples of each of ten patients; of the other cohort, of three."""

    def samples(cohort, modality, config, *, seed=0):
        count = {"simulated ten": 10, "three": 3, "five": 5}[cohort.name]
        return volumes([f"{cohort.name} {k // 2}" for k in range(2 * count)])
        yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alone, "samples", samples)
        yield


@pytest.fixture(scope="module")
def made(pictures, config):
    return run_to_end(pretrain_alone(cohort("simulated ten"), MRI, config, others=[cohort("three")]))


def test_patients_are_left_out_whole_and_both_cohorts_are_judged(made):
    assert len(made.left_out) == 2 and len(made.patients) == 8 and not set(made.left_out) & set(made.patients)
    facts = made.facts
    assert (facts["patients"], facts["samples"], facts["epochs"], facts["simulated"]) == (8, 16, 25, True)
    assert [(row["on"], row["patients"], row["samples"]) for row in facts["judged"]] == [
        ("simulated ten", 2, 4), ("three", 3, 6)
    ]  # fmt: skip
    assert facts["mse"] < 0.9 * facts["mean_mse"], "something is learned of what one number decides"
    assert not any("ten " in text for text in json.dumps(facts).split('"'))  # no patient


def test_the_errors_are_those_of_the_masked_half(made):
    test, net = volumes("AB", seed=3), made.autoencoder
    mean = torch.full((8, 128), 0.25)
    found = judge(net, test, mean, seed=5)
    patches = net.patches[MRI].cut(torch.from_numpy(np.stack(test.arrays[MRI]).astype(np.float32)))
    mask = half_masked(net, 2, torch.Generator().manual_seed(5))
    assert mask.sum(dim=1).tolist() == [4, 4]
    told = net({MRI: patches}, {MRI: mask})[MRI].detach()
    assert found["mse"] == pytest.approx(float(((told - patches) ** 2)[mask].mean()), rel=1e-5)
    assert found["mean_mse"] == pytest.approx(float(((0.25 - patches) ** 2)[mask].mean()), rel=1e-5)
    guess = visible_mean(net, patches, mask)
    for k in range(2):
        by_channel = patches[k].view(8, 2, 64)
        for c in range(2):
            wanted = by_channel[~mask[k], c].mean()
            assert guess[k].view(8, 2, 64)[:, c] == pytest.approx(float(wanted), abs=1e-5)


def test_the_same_seed_gives_the_same_encoder_and_what_is_judged_is_what_is_kept(config, own):
    brief = config.changed({"pretrain_epochs": 2})
    first, again = (run_to_end(pretrain_alone(cohort("simulated ten"), MRI, brief)) for _ in range(2))
    assert again.facts == first.facts
    stored = load_tensors(add_encoder(own, first).folder / "encoder-mri.safetensors")
    for name, value in again.autoencoder.named_parameters():
        assert torch.equal(stored[name].float(), value), name


def test_five_patients_are_too_few(config):
    with pytest.raises(CohortError, match="five: 5 patients have pictures"):
        run_to_end(pretrain_alone(cohort("five"), MRI, config))


def test_an_encoder_comes_into_a_bundle_and_out_again_and_survives_its_card(made, own):
    added = add_encoder(own, made, "Blurred, and honest about it.")
    (row,) = read_manifest(added.folder).training["encoders"]
    assert row["mean_mse"] == made.facts["mean_mse"] and row["note"] and len(row["seen"]) == 8
    assert set(added.manifest.files) == {*own.manifest.files, "encoder-mri.safetensors"}
    card = (added.folder / "README.md").read_text("utf-8")
    assert "| MRI | simulated ten | 8 | 16 |" in card and "**MRI.** Blurred" in card and "| three | 3 |" in card
    kept = record(added, [])
    assert kept.manifest.files["encoder-mri.safetensors"] == added.manifest.files["encoder-mri.safetensors"]
    start = open_start(str(kept.folder), ["simulated ten 0", made.left_out[0], "somebody"])
    (encoder,) = (one for one in start.encoders if one.modality is MRI)
    assert encoder.seen == ("simulated ten 0" in made.patients)
    fresh = MaskedAutoencoder(made.autoencoder.config, {MRI: (Kind.VOLUME, (2, 8, 8, 8))})
    fresh.encoder(MRI).load_state_dict(dict(encoder.body))
    for mine, its in zip(fresh.encoder(MRI).parameters(), made.autoencoder.encoder(MRI).parameters(), strict=True):
        assert torch.equal(mine, its)


def test_a_second_encoder_of_a_modality_takes_the_place_of_the_first(made, own):
    twice = add_encoder(add_encoder(own, made, "first"), replace(made, facts={**made.facts, "epochs": 41}), "second")
    assert [(row["epochs"], row["note"]) for row in twice.manifest.training["encoders"]] == [(41, "second")]


def test_a_damaged_encoder_is_found(made, own):
    file = add_encoder(own, made).folder / "encoder-mri.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ChecksumMismatch, match=r"encoder-mri\.safetensors is damaged"):
        verify(own.folder)


def test_must_takes_no_encoder(bundle, made):
    with pytest.raises(UsageError, match="of the method must"):
        config_of(bundle)
    with pytest.raises(UsageError, match="of the method must"):
        add_encoder(bundle, made)

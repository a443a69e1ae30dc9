import shutil
from dataclasses import replace

import pytest
import torch

from survgui.cases.bundle import read_manifest, verify, write_manifest
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.card import write_card
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.engine.masked.warm import Reads, open_start
from survgui.engine.model import WEIGHTS
from survgui.engine.train import Plan, train
from survgui.errors import UsageError
from survgui.nets.masked.autoencoder import MaskedAutoencoder
from survgui.nets.masked.config import PRESETS, ImputmaeConfig
from survgui.nets.weights import load_tensors
from tests.engine.conftest import TINY_MASKED, make_cohort

CONFIG = PRESETS["small"].changed(TINY_MASKED)


def renamed(cohort):
    """The same measurements of patients with other names."""
    new = {i: i.replace("P-", "Q-") for i in cohort.ids}
    blocks = {m: replace(b, items={new[i]: x for i, x in b.items.items()}) for m, b in cohort.blocks.items()}
    return replace(cohort, ids=tuple(new.values()), blocks=blocks, name="simulated others")


@pytest.fixture(scope="module")
def others():
    return renamed(make_cohort(seed=5))


def fresh(inputs, config=CONFIG):
    torch.manual_seed(3)
    return MaskedAutoencoder(config, inputs.shapes())


def test_what_reads_the_same_is_taken_bit_for_bit_and_all_else_starts_afresh(masked, others):
    inputs = fit_patch_inputs(others, others.ids, CONFIG)
    start = open_start(str(masked.folder), others.ids)
    filled, before, stored = fresh(inputs), fresh(inputs).state_dict(), load_tensors(masked.folder / WEIGHTS)
    said = []
    run_to_end(start.into(filled, inputs), said.append)
    for name, value in filled.state_dict().items():
        taken = name.startswith(("encoders.clinical.", "encoders.pathology."))
        wanted = stored[f"autoencoder.{name}"].float() if taken else before[name]
        assert torch.equal(value, wanted), name
    rows = {row["modality"]: row for row in start.plan(inputs, CONFIG)}
    assert [rows[m]["taken"] for m in ("clinical", "pathology", "rna")] == [True, True, False]
    assert rows["rna"]["why"] == "other features, or another order of them"
    assert "Clinical starts from the encoder of masked, trained on simulated tiny" in said[0].text
    assert "RNA-seq starts afresh" in said[0].text


def test_an_encoder_that_has_seen_a_patient_of_the_cohort_is_not_taken(masked, cohort):
    inputs = fit_patch_inputs(cohort, cohort.ids, CONFIG)
    start = open_start(str(masked.folder), cohort.ids)
    with pytest.raises(UsageError, match="clinical: it has seen 118 of these patients"):
        run_to_end(start.into(fresh(inputs), inputs))
    unseen = open_start(str(masked.folder), ["P-000", "P-001"])  # left out of its training
    assert all(encoder.seen == 0 for encoder in unseen.encoders)


def test_a_network_of_another_width_is_told_so(masked, others):
    config = CONFIG.changed({"width": 16})
    inputs = fit_patch_inputs(others, others.ids, config)
    with pytest.raises(UsageError, match="clinical: width 12 there, 16 here"):
        run_to_end(open_start(str(masked.folder), others.ids).into(fresh(inputs, config), inputs))


def test_must_neither_gives_nor_takes_encoders(bundle):
    with pytest.raises(UsageError, match="of the method must"):
        open_start(str(bundle.folder), [])
    with pytest.raises(UsageError, match="must has no encoders"):
        Plan("must", start="any").config()


def reads(
    config=CONFIG, modality=Modality.PATHOLOGY, kind=Kind.TILES, shape=(8, 3, 64, 64), features=(), by="tiles-256"
):
    return Reads.of(modality, config, kind, shape, features, by)


@pytest.mark.parametrize(
    ("its", "why"),
    [
        (reads(shape=(1, 3, 64, 64)), ""),  # tiles are read one by one
        (reads(shape=(8, 3, 128, 128)), "size 3 x 128 x 128 there, 3 x 64 x 64 here"),
        (reads(CONFIG.changed({"tile_patch": 16})), "patch 16 there, 8 here"),
        (reads(CONFIG.changed({"image_layers": 4})), "layers 4 there, 2 here"),
        (reads(CONFIG.changed({"vector_layers": 4})), ""),  # of tables
        (reads(CONFIG.changed({"heads": 3})), "heads 3 there, 2 here"),
        (reads(by=""), "encoder of the files unknown there, tiles-256 here"),
        (reads(kind=Kind.BAG, shape=(1, 6), by="x"), "bag there, tiles here"),
    ],
)
def test_what_must_be_the_same(its, why):
    assert its.other_than(reads()) == why


def test_sequences_in_another_order_are_other_features():
    t1c = reads(modality=Modality.MRI, kind=Kind.VOLUME, shape=(1, 32, 32, 32), features=("t1c",), by="mri")
    assert replace(t1c, features=("flair",)).other_than(t1c) == "other features, or another order of them"


def test_a_training_says_where_it_started_and_resumes_from_nothing_else(masked, others, tmp_path):
    few = others.keep(others.ids[:80])
    odd, even = few.ids[1::2], few.ids[::2]
    halves = replace(few, splits=(Split(0, odd, even), Split(1, even, odd)))
    brief = {**TINY_MASKED, "pretrain_epochs": 1, "epochs": 1, "generators": ""}
    plan = Plan("imputmae", overrides=brief, start=str(masked.folder))
    steps = []
    made = run_to_end(train(halves, tmp_path / "new", plan), steps.append)
    assert {step.stage for step in steps} >= {"fold 1: start", "fold 2: start", "whole cohort: start"}
    kept = read_manifest(made.folder).training["start"]
    assert (kept["bundle"], kept["sha256"]) == ("masked", masked.sha256)
    assert [row["taken"] for row in kept["encoders"]] == [True, True, False]
    card = (made.folder / "README.md").read_text("utf-8")
    assert "encoders were taken from `masked` 1.0.0: Clinical starts from the encoder" in card
    stopped = train(halves, tmp_path / "again", plan)
    next(step for step in stopped if step.stage == "fold 1: start")
    stopped.close()
    with pytest.raises(UsageError, match="had other settings or patients"):
        run_to_end(train(halves, tmp_path / "again", replace(plan, start=""), resume=True))


def test_a_card_without_a_start_says_nothing_of_one(masked, cohort):
    assert "encoders were taken" not in write_card(masked.manifest, cohort)


def test_heads_go_with_encoders_where_neither_network_has_a_closed_form(masked, others, tmp_path):
    """The bundle's manifest is told that it has none: its heads then stand for whole patches."""
    folder = shutil.copytree(masked.folder, tmp_path / "plain")
    network = {**masked.manifest.config["network"], "factors": 0, "anchor": False}
    write_manifest(folder, replace(masked.manifest, config={**masked.manifest.config, "network": network}))
    plain: ImputmaeConfig = CONFIG.changed({"factors": 0, "anchor": False})
    inputs = fit_patch_inputs(others, others.ids, plain)
    filled = fresh(inputs, plain)
    run_to_end(open_start(str(verify(folder).folder), others.ids).into(filled, inputs))
    stored = load_tensors(folder / WEIGHTS)
    assert torch.equal(filled.heads["clinical"].out.weight, stored["autoencoder.heads.clinical.out.weight"].float())
    assert not torch.equal(filled.heads["rna"].out.weight, stored["autoencoder.heads.rna.out.weight"].float())

import shutil
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases import bundle as bundles
from survgui.cases.case import Modality, Source
from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.model import read_development
from survgui.engine.train import REFERENCES, Plan, is_simulated, train
from survgui.errors import CohortError, UsageError
from tests.engine.conftest import TINY, TINY_MASKED

QUICK = {**TINY, "generators": ""}
"""Without the generators that nobody asks for here."""


def test_the_manifest_says_how_and_on_whom(bundle):
    m = bundle.manifest
    assert m.development.patients == 118 and m.development.simulated
    assert m.edges_months[0] == 0 and m.thresholds[0] < m.thresholds[1]
    assert m.knows("P-002") and not m.knows("P-000") and not m.knows("P-001")
    assert not any("P-0" in str(value) for value in (m.trained_on, m.training, m.config))
    natural = {r["method"]: r["c_index"] for r in m.metrics if list(r["pattern"]) == ["natural"]}
    assert {"must", "cox-clinical", "cox-rna-clinical", "cox-all", "mask-only"} <= set(natural)
    alone = [r for r in m.metrics if list(r["pattern"]) == ["rna"]]
    assert alone and alone[0]["method"] == "must"


def test_the_manifest_holds_a_recalibration_and_the_reference_is_on_its_scale(cohort, bundle):
    content, reference = bundle.manifest.calibration, read_development(bundle).reference
    patterns = {"+".join(p["modalities"]) for p in content["patterns"]}
    assert {"clinical+pathology+rna", "clinical+pathology", "rna"} <= patterns
    natural = next(f for f in content["figures"] if f["pattern"] == ["natural"])
    assert natural["n"] == 118 and natural["before"]["bands"] and natural["after"]["ici"] is not None
    assert -np.log(reference.survival) == pytest.approx(np.exp(reference.risks))
    low, high = np.quantile(reference.risks, [1 / 3, 2 / 3])
    assert bundle.manifest.thresholds == pytest.approx((low, high))
    expected = np.mean(np.exp(reference.risks) * np.minimum(reference.months, bundle.manifest.horizon_months))
    observed = np.mean(reference.events & (reference.months <= bundle.manifest.horizon_months))
    assert 0.7 < observed * bundle.manifest.horizon_months / expected < 1.4, "as many die as are expected, roughly"
    assert "## Calibration" in (bundle.folder / "README.md").read_text("utf-8")


def test_a_published_bundle_is_whole_and_leaves_no_checkpoints(bundle):
    assert bundles.verify(bundle.folder).sha256 == bundle.sha256
    assert [p.name for p in bundle.folder.parent.iterdir()] == [bundle.folder.name]


def test_a_cohort_is_simulated_by_the_truth_beside_its_tables_whatever_its_name(cohort, tmp_path):
    real = replace(cohort, name="renamed", origin={"outcome": Source(Modality.CLINICAL, tmp_path / "outcome.csv")})
    assert is_simulated(cohort) and not is_simulated(real)
    (tmp_path / "truth.json").write_text("{}", "utf-8")
    assert is_simulated(real)


def test_every_fold_is_told_with_its_figure_and_every_epoch_with_its_losses(cohort, tmp_path):
    splits = tuple(replace(split, fold=split.fold + 1) for split in cohort.folds(5))  # numbers of a user's own
    task, steps = train(replace(cohort, splits=splits), tmp_path / "tiny", Plan(overrides=QUICK)), []
    while sum(step.stage == "folds" for step in steps) < 2:
        steps.append(next(task))
    task.close()
    folds = [step for step in steps if step.stage == "folds"]
    assert [(step.done, step.total) for step in folds] == [(1, 5), (2, 5)]
    assert all(set(step.values) == {"fold c-index"} and 0 < step.values["fold c-index"] < 1 for step in folds)
    epochs = [step for step in steps if step.values and step.stage != "folds"]
    assert list(dict.fromkeys(step.stage for step in epochs)) == [
        f"fold {k}: {stage}" for k in (1, 2) for stage in ("warm-up", "main", "generator")
    ]
    assert all("loss" in step.values for step in epochs)
    assert not any(patient in step.text for step in steps for patient in cohort.ids)


@pytest.mark.parametrize("stop_after", [2, 12, 50])
def test_a_stopped_training_resumes_to_the_same_weights(cohort, bundle, tmp_path, stop_after):
    plan = Plan(overrides=QUICK, without=frozenset({"P-000", "P-001"}))
    task = train(cohort, tmp_path / "tiny", plan)
    for _ in range(stop_after):
        next(task)
    task.close()
    assert not (tmp_path / "tiny").exists()
    resumed = run_to_end(train(cohort, tmp_path / "tiny", plan, resume=True))
    assert resumed.manifest.files["weights.safetensors"] == bundle.manifest.files["weights.safetensors"]
    assert resumed.manifest.thresholds == bundle.manifest.thresholds


def test_resuming_another_training_is_refused(cohort, tmp_path):
    task = train(cohort, tmp_path / "tiny", Plan(overrides=QUICK))
    next(task)
    task.close()
    with pytest.raises(UsageError, match="other settings"):
        next(train(cohort, tmp_path / "tiny", Plan(overrides=QUICK, seed=1), resume=True))


def test_a_failed_training_leaves_the_old_bundle(cohort, bundle, tmp_path):
    shutil.copytree(bundle.folder, tmp_path / "tiny")
    task = train(cohort, tmp_path / "tiny", Plan(overrides=QUICK))
    next(task)
    task.close()
    assert bundles.verify(tmp_path / "tiny").sha256 == bundle.sha256


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(method="cox"), "unknown method"),
        (Plan(preset="huge"), "unknown preset"),
        (Plan(overrides={"wings": 2}), "unknown setting"),
        (Plan("imputmae", overrides={"rank": 2}), "unknown setting"),
        (Plan("imputmae", overrides={"generators": "flow"}), "no generator 'flow'"),
        (Plan("imputmae", overrides={"generator": "knn"}), "knn is for evaluations alone"),
    ],
)
def test_impossible_plans_are_refused(cohort, tmp_path, plan, message):
    with pytest.raises(UsageError, match=message):
        next(train(cohort, tmp_path / "x", plan))


def test_too_small_a_cohort_is_refused(cohort, tmp_path):
    with pytest.raises(CohortError, match="at least 50"):
        next(train(cohort.keep(cohort.ids[:30]), tmp_path / "x"))


def test_fixed_folds_that_do_not_test_everybody_make_a_bundle(cohort, tmp_path):
    split = replace(cohort, splits=(Split(0, cohort.ids[:80], cohort.ids[80:]),))
    found = run_to_end(train(split, tmp_path / "tiny", Plan(overrides=QUICK)))
    reference = read_development(found).reference
    assert len(reference.risks) == len(reference.map_) == 40 and np.isfinite(reference.risks).all()
    assert sorted(reference.months) == sorted(cohort.months[80:])
    assert found.manifest.development.patients == 120


def test_folds_without_deaths_are_refused_before_anything_is_learned(cohort, tmp_path):
    alive = tuple(i for i, died in zip(cohort.ids, cohort.events, strict=True) if not died)
    split = replace(cohort, splits=(Split(0, alive, tuple(set(cohort.ids) - set(alive))),))
    with pytest.raises(CohortError, match="fold 0"):
        next(train(split, tmp_path / "x", Plan(overrides=QUICK)))


def test_a_device_that_runs_out_of_memory_hands_over_to_the_cpu(cohort, bundle, tmp_path, monkeypatch):
    import torch

    from survgui.engine import train as module
    from survgui.errors import OutOfMemory

    inner, devices = module._train, []

    def cramped(cohort, out, plan, device, resume):
        devices.append((device.type, resume))
        if device.type == "meta":
            raise OutOfMemory("full")
        return (yield from inner(cohort, out, plan, device, resume))

    monkeypatch.setattr(module, "_train", cramped)
    monkeypatch.setattr(module.devices, "pick", lambda name: torch.device("meta"))
    plan = Plan(overrides=QUICK, without=frozenset({"P-000", "P-001"}))
    found = run_to_end(train(cohort, tmp_path / "tiny", plan))
    assert devices == [("meta", False), ("cpu", True)]
    assert found.manifest.files["weights.safetensors"] == bundle.manifest.files["weights.safetensors"]


def test_a_bundle_of_impuTMAE_says_how_it_was_made_and_how_well_it_imputes(masked):
    m = masked.manifest
    assert m.method == "imputmae" and m.config["network"]["pretrain_epochs"] == TINY_MASKED["pretrain_epochs"]
    assert {row["method"] for row in m.metrics} == {"imputmae", *REFERENCES}
    assert {row["generator"] for row in m.training["generators"]} == {"latent", "reencode", "gaussian", "mean"}
    rows = m.training["reconstruction"]
    assert {row["modality"] for row in rows} == {"clinical", "pathology", "rna"} and m.training[
        "reconstruction_features"
    ]
    others = {row["modality"]: row["n"] for row in rows if list(row["pattern"]) == ["others"]}
    assert others == {"clinical": 118, "pathology": 118, "rna": 79}, "both folds, pooled"
    assert read_development(masked).reference.fidelity == {}


@pytest.mark.parametrize("stop_after", [pytest.param(1, marks=pytest.mark.slow), 10])
def test_a_stopped_training_of_impuTMAE_resumes_to_the_same_weights(halves, masked, tmp_path, stop_after):
    plan = Plan("imputmae", overrides={**TINY_MASKED, "generators": ""}, without=frozenset({"P-000", "P-001"}))
    task = train(halves, tmp_path / "masked", plan)
    for _ in range(stop_after):
        next(task)
    task.close()
    resumed = run_to_end(train(halves, tmp_path / "masked", plan, resume=True))
    assert resumed.manifest.files["weights.safetensors"] == masked.manifest.files["weights.safetensors"]

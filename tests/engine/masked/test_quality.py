"""Quality of reconstructions: a tiny network, counted by hand beside it; leaks, collapse, and folds put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort, Split
from survgui.cases.imputation_quality import feature_tables, quality_rows
from survgui.cases.step import run_to_end
from survgui.engine.inputs import Prepared, prepare
from survgui.engine.masked import quality as module
from survgui.engine.masked.agreement import similarity
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.engine.masked.quality import Tally, fold_quality, part, patterns_for, pool, pooled, quality
from survgui.engine.masked.reconstructing import inpaint, reconstruct
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae

CLINICAL, MRI, PATHOLOGY, RNA = Modality.CLINICAL, Modality.MRI, Modality.PATHOLOGY, Modality.RNA
CONFIG = ImputmaeConfig(
    width=16, heads=2, vector_layers=1, image_layers=1, decoder_layers=1, rna_patch=5, vector_patch=4,
    tile_pixels=16, tile_patch=4, volume_side=8, volume_patch=4, bins=4,
)  # fmt: skip
SHAPES = {CLINICAL: (1, 3), PATHOLOGY: (2, 3, 16, 16), RNA: (1, 12), MRI: (2, 8, 8, 8)}
KINDS = {CLINICAL: Kind.FIELDS, PATHOLOGY: Kind.TILES, RNA: Kind.VECTOR, MRI: Kind.VOLUME}


def patients(n: int, seed: int) -> Prepared:
    """Random inputs; one in three lacks RNA, one in four lacks everything else but clinical fields."""
    draw = np.random.default_rng(seed)
    arrays = {m: [draw.standard_normal(shape).astype(np.float32) for _ in range(n)] for m, shape in SHAPES.items()}
    for k in range(n):
        for m, every in ((RNA, 3), (PATHOLOGY, 4), (MRI, 4)):
            if k % every == 0:
                arrays[m][k] = None
    if arrays[MRI][1] is not None:
        arrays[MRI][1][1] = 0.0  # a sequence that was not measured
    return Prepared(tuple(f"P-{k}" for k in range(n)), KINDS, {m: tuple(x) for m, x in arrays.items()}, SHAPES)


def random_net(shapes) -> Imputmae:
    """A network none of whose parts is silent, as some are before training."""
    net = Imputmae(CONFIG, shapes, CONFIG.bins).eval()
    luck = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(0.3 * torch.randn(weights.shape, generator=luck))
    return net


@pytest.fixture(scope="module")
def train():
    return patients(24, 0)


@pytest.fixture(scope="module")
def test():
    return patients(18, 1)


@pytest.fixture(scope="module")
def net():
    return random_net({m: (KINDS[m], SHAPES[m]) for m in SHAPES})


@pytest.fixture(scope="module")
def rows(net, train, test):
    found = run_to_end(quality(net, train, test, draws=3))
    return {(r["modality"], tuple(r["pattern"])): r for r in found}


def test_every_modality_under_every_pattern(rows):
    assert len(patterns_for(list(SHAPES))) == 2 + 4 + 6 + 4
    expected = {(str(m), p) for m in SHAPES for p in patterns_for(list(SHAPES)) if str(m) not in p}
    assert set(rows) == expected - {("clinical", ("half",))}  # three fields are one patch
    assert len(patterns_for([m for m in Modality if m is not RNA])) == 2 + 7


def test_who_is_counted(rows):
    owners = {k for k in range(18) if k % 3}
    assert rows["rna", ("clinical",)]["n"] == rows["rna", ("others",)]["n"] == len(owners) == 12
    assert rows["rna", ("clinical", "mri")]["n"] == len({k for k in owners if k % 4})
    assert rows["clinical", ("others",)]["n"] == len({k for k in range(18) if k % 3 or k % 4})
    assert rows["mri", ("half",)]["n"] == 13


def test_rna_from_clinical_fields_counted_by_hand(net, train, test, rows):
    at = [k for k in range(18) if k % 3]
    real = np.stack([test.arrays[RNA][k][0] for k in at])
    shown = np.tile(np.array([m is CLINICAL for m in SHAPES]), (len(at), 1))
    drawn = reconstruct(net, part(test, at), shown, draws=3, seed=0)[RNA][:, :, 0]
    found, mean = drawn.mean(axis=1), np.mean([a[0] for a in train.arrays[RNA] if a is not None], axis=0)
    row = rows["rna", ("clinical",)]
    assert row["mse"] == pytest.approx(((real - found) ** 2).mean(), abs=1e-5)
    assert row["mean_mse"] == pytest.approx(((real - mean) ** 2).mean(), abs=1e-5)
    correlations = [np.corrcoef(real[:, f], found[:, f])[0, 1] for f in range(12)]
    assert row["correlation"] == pytest.approx(np.median(correlations), abs=1e-4)
    assert row["correlation_high"] == pytest.approx(np.quantile(correlations, 0.95), abs=1e-4)
    inside = (real >= drawn.min(axis=1)) & (real <= drawn.max(axis=1))  # three draws: their ends, see `levels`
    assert row["coverage"] == pytest.approx(inside.mean(), abs=1e-5)
    assert row["ssim"] is None and row["ridge_mse"] > 0


def test_a_sequence_that_was_not_measured_has_no_similarity(test):
    """Patient 1 lacks the second sequence: what is found in its place changes nothing."""
    told = []
    for beside in (0.0, 5.0):
        tally = Tally(test, MRI, np.zeros(2 * 8**3))
        tally.add(1, np.stack([np.full((8, 8, 8), 0.3), np.full((8, 8, 8), beside)])[None].astype(np.float32))
        told.append(tally.row(("clinical",), None, None).ssim)
    assert told[0] == told[1]
    real = test.arrays[MRI][1][:1].astype(float)
    assert told[0] == pytest.approx(similarity(Kind.VOLUME, real, np.full((1, 8, 8, 8), 0.3)), abs=1e-5)


def test_half_of_the_patches_are_judged_where_they_are_masked(net, test, rows):
    at = [k for k in range(18) if k % 3]
    mixed, mask = inpaint(net, part(test, at), RNA, 0.5, seed=0)
    real = np.stack([test.arrays[RNA][k] for k in at])
    assert rows["rna", ("half",)]["mse"] == pytest.approx(((mixed - real) ** 2)[mask].mean(), abs=1e-5)
    assert rows["rna", ("half",)]["ridge_mse"] is None and rows["rna", ("half",)]["coverage"] is None


def test_a_tile_stands_for_all_and_a_sequence_that_was_not_measured_does_not_count(net, test, rows):
    at = [k for k in range(18) if k % 4]
    shown = np.tile(np.array([m is CLINICAL for m in SHAPES]), (len(at), 1))
    found = reconstruct(net, part(test, at), shown, draws=3, seed=0)
    tiles = np.stack([test.arrays[PATHOLOGY][k] for k in at])
    errors = ((tiles - found[PATHOLOGY].mean(axis=1)) ** 2).mean()
    assert rows["pathology", ("clinical",)]["mse"] == pytest.approx(errors, abs=1e-4)
    volumes = np.stack([test.arrays[MRI][k] for k in at])
    squares = (volumes - found[MRI].mean(axis=1)) ** 2
    counted = volumes.any(axis=(2, 3, 4))
    assert counted.sum() == 2 * len(at) - 1
    assert rows["mri", ("clinical",)]["mse"] == pytest.approx(squares[counted].mean(), abs=1e-4)
    for name in ("pathology", "mri"):
        row = rows[name, ("clinical",)]
        assert row["correlation"] is None and -1 <= row["ssim"] <= 1 and -1 <= row["mean_ssim"] <= 1


def test_what_is_hidden_is_not_looked_at(net, train, test, monkeypatch):
    """Exchange the RNA of test patients: neither the reconstructions nor the ridge regressions notice."""
    seen = []

    def remembered(net, prepared, shown, **more):
        found = reconstruct(net, prepared, shown, **more)
        if not shown[:, list(SHAPES).index(RNA)].any():
            seen.append(found)
        return found

    monkeypatch.setattr(module, "reconstruct", remembered)
    at = [k for k in range(18) if k % 3]
    exchanged = list(test.arrays[RNA])
    for k, other in zip(at, at[1:] + at[:1], strict=True):
        exchanged[k] = test.arrays[RNA][other]
    other = replace(test, arrays={**test.arrays, RNA: tuple(exchanged)})
    for given in (test, other):
        judge = module.Judge(net, train, given, draws=2, seed=0)
        run_to_end(judge.rows([("others",), ("clinical",)]))
        for target, shown in ((RNA, [CLINICAL]), (PATHOLOGY, [CLINICAL])):
            seen.append({RNA: judge.ridge.fit(target, shown).weights})
    half = len(seen) // 2
    whole = [np.concatenate([x[RNA].ravel() for x in some if RNA in x]) for some in (seen[:half], seen[half:])]
    assert len(whole[0]) > 12 * 12 * 2 and np.array_equal(*whole)


def test_a_network_that_says_the_mean_has_collapsed_and_one_that_knows_has_not(net, train, test, monkeypatch):
    means = {m: np.mean([a for a in train.arrays[m] if a is not None], axis=0) for m in SHAPES}

    def mean_of_everybody(_, prepared, shown, *, draws, seed):
        return {m: np.stack([np.stack([mean[:1] if m is PATHOLOGY else mean] * draws)] * len(prepared))
                for m, mean in means.items()}  # fmt: skip

    def truth_shrunk(_, prepared, shown, *, draws, seed):
        return {m: np.stack([np.stack([0.5 * (np.zeros(SHAPES[m]) if a is None else a)[:1]] * draws)
                             for a in prepared.arrays[m]]) for m in (CLINICAL, RNA)}  # fmt: skip

    tables = [replace(p, **{name: {m: getattr(p, name)[m] for m in (CLINICAL, RNA)} for name in
                            ("kinds", "arrays", "shapes")}) for p in (train, test)]  # fmt: skip
    small = Imputmae(CONFIG, {m: (KINDS[m], SHAPES[m]) for m in (CLINICAL, RNA)}, 4).eval()
    for forged, flat, ratio in ((mean_of_everybody, True, 0.0), (truth_shrunk, False, 0.5)):
        monkeypatch.setattr(module, "reconstruct", forged)
        for row in run_to_end(quality(small, *tables, draws=2, patterns=[("others",)])):
            assert row["collapsed"] is flat and row["spread_ratio"] == pytest.approx(ratio, abs=1e-4)
            if not flat:
                assert row["mse"] < 0.3 * row["mean_mse"] and row["correlation"] == pytest.approx(1.0, abs=1e-4)


def test_folds_are_pooled_by_their_patients():
    def row(n, mse, ridge, spread, pattern=("others",)):
        return {"modality": "rna", "pattern": list(pattern), "n": n, "mse": mse, "mean_mse": 1.0, "ridge_mse": ridge,
                "spread_ratio": spread, "ssim": None, "collapsed": True}  # fmt: skip

    both, alone = pool([[row(30, 0.6, 0.9, 0.5)], [row(10, 1.0, None, 0.1), row(4, 1.0, None, None, ("clinical",))]])
    assert (both["n"], both["mse"], both["ridge_mse"], both["spread_ratio"]) == (40, 0.7, 0.9, 0.4)
    assert both["ssim"] is None and both["collapsed"] is False
    assert alone["n"] == 4 and alone["spread_ratio"] is None and alone["collapsed"] is True


@pytest.fixture(scope="module")
def cohort():
    draw = np.random.default_rng(9)
    ids = tuple(f"P-{k}" for k in range(60))
    genes = tuple(f"GENE{k}" for k in range(50))
    age = draw.standard_normal(60)
    values = draw.standard_normal((60, 50)) + np.outer(age, np.linspace(-2, 2, 50))
    blocks = {
        CLINICAL: Block(CLINICAL, Kind.FIELDS, ("age",), {i: (float(age[k]),) for k, i in enumerate(ids)}),
        RNA: Block(RNA, Kind.VECTOR, genes, {i: values[k].astype(np.float32) for k, i in enumerate(ids)}),
    }
    return Cohort("made", ids, np.linspace(1, 50, 60), np.arange(60) % 2 == 0, blocks)


def test_genes_are_named_by_how_well_they_are_told(cohort):
    """Age explains the outer genes and not the inner ones; a network that knew age alone would rank them so."""
    folds = []
    for fold in (0, 1):
        split = Split(fold, tuple(cohort.ids[1 - fold :: 2]), tuple(cohort.ids[fold::2]))
        inputs = fit_patch_inputs(cohort, split.train, CONFIG)
        net = random_net(inputs.shapes())
        folds.append(run_to_end(fold_quality(net, inputs, cohort, split, draws=2)))
        known = dict(zip(*(folds[-1]["features"]["rna"][k] for k in ("names", "correlation")), strict=True))
        test = prepare(cohort, split.test, inputs)
        shown = np.tile([m is CLINICAL for m in inputs.specs], (len(test), 1))
        found = reconstruct(net, test, shown, draws=2, seed=0)[RNA].mean(axis=1)[:, 0, 7]
        real = np.array([a[0, 7] for a in test.arrays[RNA]])
        assert known[inputs.specs[RNA].names[7]] == pytest.approx(np.corrcoef(real, found)[0, 1], abs=1e-5)
    together = pooled(folds)
    table = feature_tables(together)[RNA]
    assert table.n == 60 and table.features == 50 and len(table.best) == len(table.worst) == 20
    mean = {n: np.mean([f["features"]["rna"]["correlation"][f["features"]["rna"]["names"].index(n)] for f in folds])
            for n in cohort.blocks[RNA].names}  # fmt: skip
    assert [f.name for f in table.best] == sorted(mean, key=lambda n: -mean[n])[:20]
    assert table.worst[0].name == min(mean, key=lambda n: mean[n])
    assert table.deciles[5] == pytest.approx(np.median(list(mean.values())), abs=1e-4)
    assert "clinical" not in together["reconstruction_features"]
    ridge = next(r for r in quality_rows(together) if r.modality is RNA and r.pattern == ("others",))
    assert ridge.n == 60 and ridge.ridge_gain is not None and ridge.ridge_gain > 0.3

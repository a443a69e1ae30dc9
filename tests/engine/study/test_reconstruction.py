"""Against a second computation of the same errors, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.fitting import Fitted
from survgui.engine.inputs import prepare
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.engine.masked.reconstructing import reconstruct
from survgui.engine.methods.contract import Options
from survgui.engine.methods.network import NetworkModel
from survgui.engine.methods.registry import fit_of
from survgui.engine.study.reconstruction import held_out
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from tests.engine.evaluation.conftest import OPTIONS

SMALL = ImputmaeConfig(width=16, heads=2, vector_layers=1, decoder_layers=1, rna_patch=20, order="file")


@pytest.fixture(scope="module")
def tables(cohort):
    return replace(cohort, blocks={m: b for m, b in cohort.blocks.items() if m != "pathology"})


@pytest.fixture(scope="module")
def fitted(tables):
    split = Split(0, tables.ids[:90], tables.ids[90:])
    options = replace(OPTIONS, imputmae=SMALL)
    inputs = fit_patch_inputs(tables, split.train, SMALL)
    net = Imputmae(SMALL, inputs.shapes(), 4).eval()  # what it makes need not be good to be judged rightly
    return NetworkModel(Fitted(net, {}, "", np.zeros(5), 24.0, {}), inputs, options), split, options


def test_errors_are_those_of_what_is_made_of_the_others(tables, fitted):
    model, split, options = fitted
    found = run_to_end(held_out(model, tables, split, options))
    assert set(found) == {"clinical", "rna"} and found["rna"]["n"] == 20 and found["rna"]["patches"] == 2
    train, test = (prepare(tables, ids, model.inputs) for ids in (split.train, split.test))
    net = model.fitted.net
    for place, modality in enumerate(net.modalities):
        shown = np.ones((len(test), len(net.modalities)), dtype=bool)
        shown[:, place] = False
        made = reconstruct(net, test, shown, draws=1, seed=options.seed)[modality][:, 0]
        rows = np.flatnonzero(test.present.all(axis=1))
        real = np.stack([test.arrays[modality][row] for row in rows])
        mean = np.mean([a for a in train.arrays[modality] if a is not None], axis=0)
        assert found[modality]["mse"] == pytest.approx(np.mean((real - made[rows]) ** 2), rel=1e-4)
        assert found[modality]["mean_mse"] == pytest.approx(np.mean((real - mean) ** 2), rel=1e-4)


def test_a_method_without_a_decoder_reconstructs_nothing(tables, fitted):
    _, split, options = fitted
    cox = run_to_end(fit_of("cox-all")(tables, split.train, options))
    assert run_to_end(held_out(cox, tables, split, Options(options.config))) == {}

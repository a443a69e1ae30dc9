from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import Options
from survgui.engine.methods.registry import DETERMINISTIC, METHODS, encoder_of, fit_of, needs_one_seed, note_of
from survgui.errors import UsageError
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY

OPTIONS = Options(MustConfig().changed(TINY), steps=3, draws=2)


@pytest.mark.parametrize("name", ["must", "cox-all", "cox-specialist", "late-fusion"])
def test_one_patient_with_nothing_to_go_by_does_not_cost_the_others_their_forecast(cohort, name):
    model = run_to_end(METHODS[name](cohort, cohort.ids, OPTIONS))
    bare = replace(cohort, blocks={m: b.keep(set(cohort.ids) - {"P-001"}) for m, b in cohort.blocks.items()})
    ids = ["P-001", "P-002", "P-004"]
    found, whole = (model.predict(c, ids) for c in (bare, cohort))
    assert found.risks[1:] == pytest.approx(whole.risks[1:], abs=1e-5)
    assert np.isfinite(found.risks[0]) and found.risks[0] != pytest.approx(whole.risks[0], abs=1e-3)


def test_what_needs_one_seed_alone_is_a_method():
    assert set(METHODS) > DETERMINISTIC


def test_features_are_taken_as_soon_as_one_method_needs_them():
    assert encoder_of(["imputmae", "imputmae-scratch"]) == "tiles-256"
    assert encoder_of(["imputmae", "must"]) == encoder_of(["must"]) == "efficientnet-lite0"


def test_names_that_are_and_are_not_methods():
    assert all(fit_of(name) is METHODS[name] for name in METHODS)
    assert callable(fit_of("published:mcat")) and needs_one_seed("published:mcat") and not needs_one_seed("rsf")
    with pytest.raises(UsageError, match="unknown method 'cox-none'; there are must, "):
        fit_of("cox-none")


def test_the_size_of_the_papers_form_is_said():
    note = note_of("must-paper")
    assert "width 64 and rank 16" in note and "256 and 64, are --preset published" in note
    assert note_of("must") == ""


def test_what_scratch_leaves_out_and_what_it_keeps_is_said():
    assert "factor analysis, which is not in the paper" in note_of("imputmae") and "draw" in note_of("imputmae")
    assert "encoded again" in note_of("imputmae-reencode") and "decoder" in note_of("imputmae-latent")
    note = note_of("imputmae-scratch")
    assert "nothing is pre-trained, and every encoder learns" in note
    assert "still starts from the factor analysis" in note
    assert OPTIONS.imputmae.recipe == "encoders" and OPTIONS.imputmae.changed({"pretrain_epochs": 0}).recipe == "none"
    assert OPTIONS.imputmae.changed({"pretrain_epochs": 0}).factors == OPTIONS.imputmae.factors > 0

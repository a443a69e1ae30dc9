from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import CannotRun, Options
from survgui.engine.methods.registry import METHODS
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY

OPTIONS = Options(MustConfig().changed(TINY), steps=3, draws=2)


def test_must_predicts_any_subset(cohort):
    model = run_to_end(METHODS["must"](cohort, cohort.ids[:90], OPTIONS))
    for hide in ([], [Modality.RNA], [Modality.CLINICAL, Modality.PATHOLOGY]):
        ids = [i for i in cohort.ids[90:] if cohort.hide(hide).pattern(i)]
        forecast = model.predict(cohort.hide(hide), ids)
        assert forecast.survival.shape == (len(ids), 5) and np.isfinite(forecast.risks).all()
        assert forecast.measured == tuple(cohort.hide(hide).pattern(i) for i in ids)
    rna = cohort.blocks[Modality.RNA]
    empty = replace(rna, items={**rna.items, "P-001": np.full(40, np.nan, dtype=np.float32)})
    unusable = replace(cohort, blocks={**cohort.blocks, Modality.RNA: empty})
    assert model.predict(unusable, ["P-001"]).measured == ({"clinical", "pathology"},)
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), ["P-001"])


def test_methods_that_fill_differently_share_one_network(cohort):
    train = cohort.ids[:90]
    first, second = (run_to_end(METHODS[name](cohort, train, OPTIONS)) for name in ("must", "must-meanfill"))
    assert first.fitted.net is second.fitted.net and first.fitted.generator != second.fitted.generator
    other = run_to_end(METHODS["must-meanfill"](cohort, cohort.ids[:80], OPTIONS))
    assert other.fitted.net is not second.fitted.net

import numpy as np
import pytest

from survgui.engine.evaluation import protocol as module
from survgui.engine.methods.contract import Forecast
from survgui.errors import UsageError
from survgui.survival.metrics import Followed


def test_patterns_hide_the_rest(cohort):
    shown, ids = module._shown(cohort, cohort.ids, ("rna",))
    assert {str(m) for i in ids for m in shown.pattern(i)} == {"rna"}


def test_all_is_every_subset(cohort):
    assert len(module.patterns_of(["all"], tuple(cohort.blocks))) == 7
    with pytest.raises(UsageError, match="pattern 'mri'"):
        module.patterns_of(["mri"], tuple(cohort.blocks))


def test_figures_of_an_undefined_part_are_none():
    test = Followed(np.arange(1.0, 7.0), np.zeros(6, dtype=bool))
    edges = np.array([0.0, 10.0])
    found = module.figures(test, test, Forecast(np.zeros(6), edges, np.tile([1.0, 0.5], (6, 1))))
    assert found["c_index"] is None and found["cs"] is None

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.cohort import Cohort
from survgui.cases.proposal import SplitPlan
from survgui.errors import UsageError
from survgui.importing.splitting import drawn, site_of


def cohort(n=90, sites=9):
    ids = tuple(f"TCGA-{chr(65 + k % sites)}{k % sites}-{k:04d}" for k in range(n))
    return Cohort("x", ids, np.full(n, 12.0), np.arange(n) % 3 == 0, {})


@pytest.mark.parametrize("by_site", [False, True])
def test_everybody_is_tested_once(by_site):
    splits = drawn(cohort(), SplitPlan(folds=4, by_site=by_site))
    assert sorted(i for split in splits for i in split.test) == sorted(cohort().ids)
    assert all(not set(split.train) & set(split.test) for split in splits)
    assert all(len(split.train) + len(split.test) == 90 for split in splits)


def test_no_site_is_trained_on_and_tested():
    events = dict(zip(cohort().ids, cohort().events, strict=True))
    splits = drawn(cohort(), SplitPlan(folds=3, by_site=True))
    for split in splits:
        assert not {site_of(i) for i in split.train} & {site_of(i) for i in split.test}
    assert [sum(events[i] for i in split.test) for split in splits] == [10, 10, 10]


def test_by_patient_the_folds_are_those_that_trainings_draw():
    assert drawn(cohort(), SplitPlan()) == cohort().folds(5, 0)
    assert drawn(cohort(), SplitPlan(seed=1)) != drawn(cohort(), SplitPlan())


def test_too_few():
    with pytest.raises(UsageError, match="3 patients do not make 5"):
        drawn(cohort(3), SplitPlan())
    with pytest.raises(UsageError, match="2 sites do not make 5"):
        drawn(cohort(90, 2), SplitPlan(by_site=True))


def test_sites():
    assert (site_of("TCGA-DU-7294"), site_of("P-1")) == ("DU", "P-1")

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.development import Reference


@pytest.fixture
def reference() -> Reference:
    risks = np.array([-1.0, 0.0, 0.0, 1.0])
    return Reference(risks, np.ones(4), np.ones(4, dtype=bool), np.full(4, 0.5), thresholds=(-0.5, 0.5))


@pytest.mark.parametrize(
    ("risk", "percentile"), [(-2, 0), (-1, 12.5), (-0.5, 25), (0, 50), (0.5, 75), (1, 87.5), (2, 100)]
)
def test_percentiles_count_ties_half(reference, risk, percentile):
    assert reference.percentile(risk) == percentile


@pytest.mark.parametrize(
    ("risk", "group"), [(-0.51, "low"), (-0.5, "intermediate"), (0.49, "intermediate"), (0.5, "high")]
)
def test_a_threshold_belongs_to_the_group_above_it(reference, risk, group):
    assert reference.group(risk) == group


def test_groups_of_all(reference):
    assert reference.groups().tolist() == ["low", "intermediate", "intermediate", "high"]


def test_without_patients_there_is_a_percentile_still():
    empty = np.zeros(0)
    assert Reference(empty, empty, empty.astype(bool), empty, (0, 1)).percentile(3.0) == 0

"""Clinical fields, read off six traits: numbers, two ordered gradings and the sex."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TRAITS = {
    "age": 1.0,
    "sex": 1.0,
    "grade": 1.0,
    "performance": -1.0,
    "comorbidities": 1.0,
    "albumin": -1.0,
}
"""Fields in the order of the features that drive them, and whether more of one goes with a higher risk."""

GRADES = ("G2", "G3", "G4")
"""Histological grade, lowest first."""
_GRADE_CUTS = (-0.55, 0.45)


def fields(traits: NDArray[np.float64]) -> list[tuple[str, ...]]:
    """The fields of patients as written in a table, in the order of `TRAITS`.

    Age in years, grade of `GRADES`, Karnofsky performance from 40 to 100, number of comorbidities, serum albumin in
    g/l. What rounding takes away is little for age and albumin, and much for sex and grade, as in a real table.

    Args:
        traits: (n, 6) standard scores.
    """
    return [_row(patient) for patient in traits]


def _row(traits: NDArray[np.float64]) -> tuple[str, ...]:
    age, sex, grade, performance, comorbidities, albumin = traits.tolist()
    return (
        f"{min(90, max(18, 58 + 12 * age)):.0f}",
        "male" if sex > 0 else "female",
        GRADES[_above(grade, _GRADE_CUTS)],
        str(10 * min(10, max(4, round(8 + 1.2 * performance)))),
        str(max(0, round(1.5 + 1.3 * comorbidities))),
        f"{39 + 4.5 * albumin:.1f}",
    )


def _above(value: float, cuts: Sequence[float]) -> int:
    return sum(value > cut for cut in cuts)

"""Whether predicted probabilities come true.

A curve S_i(t) gives the cumulative hazard H_i(t) = -log S_i(t); the risk is r_i = log H_i(horizon), higher is worse.
Under a calibrated model the deaths of any group are, up to chance, the sum of H_i at the end of each follow-up,
whatever the censoring (Berry 1983; Crowson, Atkinson, Therneau 2016): what is counted here rests on it, and so does
what is fitted in `recalibration`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.survival.curves import kaplan_meier, survival_at
from survgui.survival.metrics import Followed, d_calibration_p, integrated_brier

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

LEAST = 10
"""fewest patients of a band of the calibration curve"""
MOST_BANDS = 10
SMALLEST = 1e-12
"""cumulative hazard below which its logarithm is not taken further"""


def risk_at(edges: Vector, survival: Matrix, horizon: float) -> Vector:
    """(...) log of the cumulative hazard at the horizon of (..., K+1) curves; higher is worse."""
    at = survival_at(edges, survival, horizon)[..., 0]
    return np.asarray(np.log(np.clip(-np.log(np.clip(at, 1e-300, 1.0)), SMALLEST, None)))


def cumulative_at(edges: Vector, survival: Matrix, months: Vector) -> Vector:
    """(n,) cumulative hazard of each patient's own curve, (n, K+1), at his own time, (n,)."""
    log_s = np.log(np.clip(survival, 1e-300, 1.0))
    left = np.clip(np.searchsorted(edges, months, side="right") - 1, 0, len(edges) - 2)
    part = (months - edges[left]) / (edges[left + 1] - edges[left])
    rows = np.arange(len(months))
    return np.asarray(-(log_s[rows, left] + part * (log_s[rows, left + 1] - log_s[rows, left])))


def observed_and_expected(test: Followed, edges: Vector, survival: Matrix, horizon: float) -> tuple[int, float]:
    """Deaths until the horizon, and how many the curves expect in that follow-up: the sum of H_i(min(t_i, horizon)).

    Their ratio O / E is calibration in the large; above 1 more die than predicted.
    """
    expected = cumulative_at(edges, survival, np.minimum(test.months, horizon)).sum()
    return int(np.count_nonzero(test.events & (test.months <= horizon))), float(expected)


def calibration_slope(test: Followed, risks: Vector) -> tuple[float, float] | None:
    """Cox coefficient of the risk, and its standard error; 1 is calibrated, below 1 the risks are spread too far.

    None where it is not defined: fewer than two deaths, no spread, or risks that part the deaths from all others.
    """
    fitted = _cox(risks[:, None], test)
    return None if fitted is None else (float(fitted[0][0]), float(np.sqrt(fitted[1][0, 0])))


def smooth_observed(test: Followed, risks: Vector, horizon: float) -> Vector | None:
    """(n,) observed survival at the horizon as a smooth function of the risk (Austin, Harrell, van Klaveren 2020).

    A Cox model on a restricted cubic spline of the risk with three knots, at its 10th, 50th and 90th percentile.
    None where it cannot be fitted, or follow-up does not reach the horizon.
    """
    if not np.any(test.months >= horizon):
        return None
    X = _spline(risks)
    fitted = _cox(X, test)
    if fitted is None:
        return None
    relative = np.exp(np.clip((X - X.mean(axis=0)) @ fitted[0], -30.0, 30.0))
    deaths = test.months[test.events & (test.months <= horizon)]
    baseline = sum(1.0 / relative[test.months >= month].sum() for month in deaths)  # Breslow
    return np.asarray(np.exp(-relative * baseline))


def integrated_calibration_index(test: Followed, edges: Vector, survival: Matrix, horizon: float) -> float | None:
    """Mean distance of predicted and smoothly observed survival at the horizon (ICI, Austin et al. 2020); 0 is best."""
    observed = smooth_observed(test, risk_at(edges, survival, horizon), horizon)
    return None if observed is None else float(np.mean(np.abs(observed - survival_at(edges, survival, horizon)[:, 0])))


@dataclass(frozen=True, slots=True)
class Band:
    """Patients with similar predictions.

    Attributes:
        predicted: Mean predicted survival at the horizon.
        highest: The highest of them.
        observed: Kaplan-Meier survival at the horizon, or None where follow-up does not reach it.
        low, high: 95 % interval of `observed`.
        patients: How many they are.
    """

    predicted: float
    highest: float
    observed: float | None
    low: float | None
    high: float | None
    patients: int


def calibration_bands(test: Followed, alive: Vector, horizon: float) -> tuple[Band, ...]:
    """The calibration curve: up to ten bands of equal size by (n,) predicted survival at the horizon, lowest first.

    Empty with fewer than two bands' worth of patients.
    """
    if len(alive) < 2 * LEAST:
        return ()
    order = np.argsort(alive, kind="stable")
    return tuple(
        _band(test, alive, rows, horizon) for rows in np.array_split(order, min(MOST_BANDS, len(alive) // LEAST))
    )


def calibration_figures(
    test: Followed, edges: Vector, survival: Matrix, horizon: float, train: Followed | None = None
) -> dict[str, float | int | None]:
    """All figures of calibration, by name; None where one is not defined.

    Args:
        train: Whose censoring weighs the Brier score; the patients' own where not given.
    """
    slope = calibration_slope(test, risk_at(edges, survival, horizon))
    observed, expected = observed_and_expected(test, edges, survival, horizon)
    return {
        "ibs": integrated_brier(train or test, test, edges, survival),
        "d_calibration_p": d_calibration_p(test, edges, survival),
        "slope": None if slope is None else slope[0],
        "slope_se": None if slope is None else slope[1],
        "observed": observed,
        "expected": expected,
        "o_e": observed / expected if expected > 0 else None,
        "ici": integrated_calibration_index(test, edges, survival, horizon),
    }


def _band(test: Followed, alive: Vector, rows: NDArray[np.intp], horizon: float) -> Band:
    months = test.months[rows]
    curve = kaplan_meier(months, test.events[rows])
    k = int(np.searchsorted(curve.months, horizon, side="right")) - 1
    predicted, highest = float(alive[rows].mean()), float(alive[rows].max())
    observed = float(curve.survival[k])
    if not np.any(months >= horizon) and observed > 0.0:
        return Band(predicted, highest, None, None, None, len(rows))
    low, high = float(np.nan_to_num(curve.low[k])), float(np.nan_to_num(curve.high[k], nan=1.0))
    return Band(predicted, highest, observed, low, high, len(rows))


def _spline(x: Vector) -> Matrix:
    """(n, 2) restricted cubic spline with three knots, linear outside; (n, 1) where the knots are not distinct."""
    first, middle, last = np.quantile(x, [0.1, 0.5, 0.9])
    if not first < middle < last:
        return x[:, None]

    def cube(knot: float) -> Vector:
        return np.clip(x - knot, 0.0, None) ** 3

    bent = cube(first) - ((last - first) * cube(middle) - (middle - first) * cube(last)) / (last - middle)
    return np.column_stack([x, bent / (last - first) ** 2])


def _cox(X: Matrix, test: Followed) -> tuple[Vector, Matrix] | None:
    """Coefficients of a Cox model and their covariance, by Newton's method, with Breslow's ties; or None."""
    scale = X.std(axis=0)
    if np.count_nonzero(test.events) < 2 or np.any(scale < 1e-9):
        return None
    order = np.argsort(test.months, kind="stable")
    Z, months, died = ((X - X.mean(axis=0)) / scale)[order], test.months[order], test.events[order]
    start = np.searchsorted(months, months[died], side="left")  # where each death's risk set begins
    outer = Z[:, :, None] * Z[:, None, :]
    coefficients = np.zeros(Z.shape[1])
    for _ in range(60):
        relative = np.exp(Z @ coefficients)
        total = _from_here(relative)[start]
        mean = _from_here(relative[:, None] * Z)[start] / total[:, None]
        second = _from_here(relative[:, None, None] * outer)[start] / total[:, None, None]
        information = (second - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        if np.linalg.cond(information) > 1e10:
            return None
        step = np.linalg.solve(information, (Z[died] - mean).sum(axis=0))
        coefficients = coefficients + np.clip(step, -1.0, 1.0)
        if np.max(np.abs(coefficients)) > 20.0:  # no maximum: the risks part the deaths from all others
            return None
        if np.max(np.abs(step)) < 1e-9:
            return coefficients / scale, np.linalg.inv(information) / np.outer(scale, scale)
    return None


def _from_here(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over the first axis from each place to the end."""
    return np.asarray(np.cumsum(values[::-1], axis=0)[::-1])

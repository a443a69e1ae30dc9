"""The anchor: a log hazard in closed form, linear in every modality, plus what shared and specific factors do together.

    T(patient) = sum_m <beta_m, x_m>  +  sum_m <E[z], V_m s_m> - its mean

beta is a ridge Cox regression on the principal components of all blocks at once; blocks other than clinical
fields and RNA are scaled down, which penalises them more. V_m lets the shared factors z change what a
modality's own leading components s_m mean. Both are fitted with fixed penalties; one number, how much of
the second to take, comes from the partial likelihood of cross-fitted scores of the training part.

Chosen by inner cross-validation on the training part of fold 0 of three cohorts (BLCA, LUAD, GBM+LGG): the weight
of weaker blocks (.3, .5, .7 and 1 were tried; .3 and .5 were as good, .4 lies between), the weight of the products
(.3, .5 and 1), ranks 6 and 4 (nothing else tried). The test part of fold 0 was not looked at for that; patients of it
train in the other folds, and those of the other folds' test parts were among those the choice was made on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from survgui.cases.case import Modality
from survgui.survival.anchor.factors import Matrix, Rows, View, fit_views, pool
from survgui.survival.anchor.linear import FOLDS, STEEPEST, minus_likelihood, part_of, stratified, weight
from survgui.survival.cox import PENALTY, fit_ridge
from survgui.survival.metrics import Followed

PRODUCT_WEIGHT = 0.3
"""scale of the products, which are many and mostly idle"""
MIXES = np.linspace(0.0, 1.0, 6)
_FEW = 25
"""deaths below which nothing but the linear terms is fitted"""


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A fitted anchor.

    Attributes:
        views: How every modality shows the shared factors.
        axes: Per modality (C, k) principal axes of what the factors leave of it, largest first.
        linear: Per modality beta_m (C,).
        products: Per modality V_m (r, k), zero beyond the leading components.
        constant: Taken off, so that T is 0 on average over the training part.
        slope: What one unit of T means on the log hazard scale, from cross-fitted scores; below 1 where T is too
            sure of itself.
        crossed: (n,) slope * T of every training patient by a fit that had not seen him.
    """

    views: Mapping[Modality, View]
    axes: Mapping[Modality, Matrix]
    linear: Mapping[Modality, Matrix]
    products: Mapping[Modality, Matrix]
    constant: float
    slope: float
    crossed: NDArray[np.float64]

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """T (n,); a modality that a patient lacks adds nothing."""
        return sum((np.nan_to_num(rows[m]) @ b for m, b in self.linear.items()), self._together(rows))

    def _together(self, rows: Rows) -> NDArray[np.float64]:
        shared = pool(self.views, rows)
        total = np.full(len(shared), -self.constant)
        for m, view in self.views.items():
            total += np.einsum("nr,rk,nk->n", shared, self.products[m], _rest(view, self.axes[m], rows[m]))
        return total


def fit_anchor(rows: Rows, outcome: Followed, *, rank: int, leading: int, most: int, seed: int = 0) -> Anchor:
    """Fit on these patients.

    Args:
        rows: Scaled rows per modality (see `factors.Rows`).
        rank: Shared factors.
        leading: Components of each modality's rest that enter the products.
        most: Components of the rest that are kept at all.
        seed: Of the folds of the cross-fitting.

    Raises:
        ValueError: No deaths.
    """
    deaths = int(outcome.events.sum())
    if deaths == 0:
        raise ValueError("no deaths in the training part: nothing can be learned of survival")
    whole = _fit(rows, outcome, rank, leading, most, products=deaths >= _FEW)
    crossed = np.zeros((len(outcome), 2))
    for train, test in stratified(outcome, min(FOLDS, max(2, deaths)), seed):
        part = _fit(_rows(rows, train), part_of(outcome, train), rank, leading, most, products=deaths >= _FEW)
        crossed[test] = part.scores(_rows(rows, test))
    mix, slope, centre = _mixed(crossed, outcome)
    joined = (1.0 - mix) * crossed[:, 0] + mix * crossed[:, 1]
    linear = {m: (1.0 - mix) * whole.plain[m] + mix * whole.linear[m] for m in rows}
    products = {m: mix * v for m, v in whole.products.items()}
    found = Anchor(whole.views, whole.axes, linear, products, 0.0, slope, slope * (joined - centre))
    return replace(found, constant=float(found.score(rows).mean()))


@dataclass(frozen=True, slots=True, eq=False)
class _Both:
    """The linear model alone (`plain`), and the one with products."""

    views: Mapping[Modality, View]
    axes: Mapping[Modality, Matrix]
    plain: Mapping[Modality, Matrix]
    linear: Mapping[Modality, Matrix]
    products: Mapping[Modality, Matrix]
    constant: float

    def scores(self, rows: Rows) -> Matrix:
        """(n, 2) of both."""
        nothing = np.zeros(len(next(iter(rows.values()))))
        plain = Anchor(
            self.views, self.axes, self.plain, {m: 0.0 * v for m, v in self.products.items()}, 0.0, 1.0, nothing
        )
        joint = Anchor(self.views, self.axes, self.linear, self.products, self.constant, 1.0, nothing)
        return np.stack([plain.score(rows), joint.score(rows)], axis=1)


def _fit(rows: Rows, outcome: Followed, rank: int, leading: int, most: int, *, products: bool) -> _Both:
    views = fit_views(rows, rank)
    axes, scale = {}, {}
    for m, x in rows.items():
        axes[m], scale[m] = _principal(views[m].rest(x[np.isfinite(x[:, 0])]), most)
    X = np.concatenate([np.nan_to_num(x) * weight(m) for m, x in rows.items()], axis=1)
    plain = _split(fit_ridge(X, outcome, PENALTY).coefficients, {m: x.shape[1] for m, x in rows.items()})
    plain = {m: b * weight(m) for m, b in plain.items()}
    idle = {m: np.zeros((rank, axes[m].shape[1])) for m in rows}
    if not products:
        return _Both(views, axes, plain, plain, idle, 0.0)
    shared = pool(views, rows)
    together = {
        m: _products(shared, _rest(views[m], axes[m], x)[:, :leading] / scale[m][:leading]) for m, x in rows.items()
    }
    P = np.concatenate(list(together.values()), axis=1)
    centre = P.mean(axis=0)
    found = fit_ridge(np.concatenate([X, (P - centre) * PRODUCT_WEIGHT], axis=1), outcome, PENALTY).coefficients
    linear = _split(found, {m: x.shape[1] for m, x in rows.items()})
    weights = found[X.shape[1] :] * PRODUCT_WEIGHT
    for m, v in _split(weights, {m: p.shape[1] for m, p in together.items()}).items():
        kept = len(v) // rank
        idle[m][:, :kept] = v.reshape(rank, kept) / scale[m][:kept]
    return _Both(views, axes, plain, {m: b * weight(m) for m, b in linear.items()}, idle, float(centre @ weights))


def _rest(view: View, axes: Matrix, x: Matrix) -> Matrix:
    """(n, k) leading components of what the factors leave of a modality; zero where it is absent."""
    return np.nan_to_num(view.rest(x) @ axes)


def _products(shared: Matrix, specific: Matrix) -> Matrix:
    """(n, r * k) every shared factor times every specific component."""
    return np.asarray((shared[:, :, None] * specific[:, None, :]).reshape(len(shared), -1))


def _principal(rest: Matrix, most: int) -> tuple[Matrix, Matrix]:
    """(C, k) axes of the largest variances, and the deviations along them."""
    variance, axes = np.linalg.eigh(np.cov(rest.T).reshape(rest.shape[1], rest.shape[1]))
    kept = np.flatnonzero(variance > 1e-3 * max(variance.max(), 1e-8))[::-1][:most]
    return axes[:, kept], np.sqrt(variance[kept])


def _mixed(crossed: Matrix, outcome: Followed) -> tuple[float, float, float]:
    """How much of the model with products to take; the slope and the mean of the mixture.

    Source: stacking (Breiman 1996) on the partial likelihood; a mixture has to earn one unit of it, our choice.
    """
    best = (np.inf, 0.0, 0.0, 0.0)
    for mix in MIXES:
        score = (1.0 - mix) * crossed[:, 0] + mix * crossed[:, 1]
        found = minimize_scalar(minus_likelihood, bounds=(0.0, STEEPEST), args=(score, outcome), method="bounded")
        best = min(best, (float(found.fun) + mix, float(mix), float(found.x), float(score.mean())))
    return best[1], best[2], best[3]


def _rows(rows: Rows, at: NDArray[np.int64]) -> dict[Modality, Matrix]:
    return {m: x[at] for m, x in rows.items()}


def _split(joined: Matrix, widths: Mapping[Modality, int]) -> dict[Modality, Matrix]:
    borders = np.cumsum([0, *widths.values()])
    return {m: joined[a:b] for m, a, b in zip(widths, borders[:-1], borders[1:], strict=True)}

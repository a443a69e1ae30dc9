"""The conditional mean: one answer, the best guess in squared error under a joint Gaussian, and no spread.

For every availability pattern it is a linear regression of what is missing on the shared part and the present
specific parts, its coefficients regularised as the Gaussian's, by the error on held-out patients (`gaussian`).
A ridge regression on the same inputs and the availability mask, fitted with parts hidden at random, and a set
transformer trained by squared error missed held-out training patients by more, on simulated and real cohorts.
"""

from __future__ import annotations

from torch import Tensor

from survgui.nets.generators.gaussian import Gaussian, Rule


class Mean(Gaussian):
    """The mean of the conditional Gaussian."""

    name = "mean"
    stochastic = False

    def _drawn(self, mean: Tensor, rule: Rule, luck: Tensor, width: Tensor) -> Tensor:
        return mean

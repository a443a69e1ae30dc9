"""How far a fitted model's reconstruction of a hidden modality is from the truth, on patients it has not seen."""

from __future__ import annotations

from typing import Any

from survgui.cases.cohort import Cohort, Split
from survgui.cases.imputation_quality import OTHERS
from survgui.cases.step import Task
from survgui.engine.inputs import prepare
from survgui.engine.masked.quality import quality
from survgui.engine.methods.contract import Model, Options
from survgui.engine.methods.network import NetworkModel
from survgui.nets.masked.imputmae import Imputmae

FIGURES = ("n", "mse", "mean_mse", "ridge_mse", "correlation")
"""What is kept of a fold's reconstruction of a modality (see `QualityRow`)."""


def held_out(model: Model, cohort: Cohort, split: Split, options: Options) -> Task[dict[str, dict[str, Any]]]:
    """Every modality is hidden from the test patients who have it, and reconstructed from all their others.

    One imputation sees all that is left of a patient: no draws.

    Returns:
        `FIGURES` by modality, and `patches`, into how many it is cut. Empty of a method that reconstructs nothing.
    """
    if not isinstance(model, NetworkModel) or not isinstance(model.fitted.net, Imputmae):
        return {}
    train, test = (prepare(cohort, ids, model.inputs) for ids in (split.train, split.test))
    rows = yield from quality(model.fitted.net, train, test, draws=1, seed=options.seed, patterns=[OTHERS])
    cut = {str(m): patches.count for m, patches in model.fitted.net.autoencoder.patches.items()}
    return {row["modality"]: {**{name: row[name] for name in FIGURES}, "patches": cut[row["modality"]]} for row in rows}

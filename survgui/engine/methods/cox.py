"""The linear reference rows, which every deep model has to be held against (methods.md 7).

Ridge penalty 20, fixed beforehand and never tuned; 30 principal components per block, each block divided by
the deviation of its first; clinical columns times 1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.encoders.scaling import Unusable
from survgui.engine.inputs import Inputs, fit_inputs
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Model, Options, outcome_of
from survgui.survival.cox import RidgeCox, fit_ridge

PENALTY = 20.0
CLINICAL_WEIGHT = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class CoxModel:
    """A ridge Cox model on principal components of some blocks; absent blocks count as the mean."""

    cox: RidgeCox
    inputs: Inputs

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast from whatever of the model's blocks is there; a patient with none of them is average."""
        if not any(i in cohort.blocks[m].items for m in self.inputs.specs for i in ids):
            raise CannotRun(f"it needs one of {', '.join(self.inputs.specs)}")
        X = design(cohort, ids, self.inputs)
        return Forecast(self.cox.risks(X), self.cox.edges, self.cox.survival(X))


def design(cohort: Cohort, ids: Sequence[str], inputs: Inputs) -> NDArray[np.float64]:
    """(n, p) columns of all blocks: the first group's components (all features), bags by their mean row."""
    columns = []
    for modality, spec in inputs.specs.items():
        scaling = inputs.scalings[modality]
        block = cohort.blocks[modality]
        width = scaling.shape[-1]
        part = np.zeros((len(ids), width))
        for row, patient in enumerate(ids):
            if patient in block.items:
                try:
                    array = scaling.apply(block.items[patient], block.names)
                except Unusable:
                    continue
                part[row] = array[0] if spec.kind in ("vector", "fields") else array.mean(axis=0)
        columns.append(part * (CLINICAL_WEIGHT if modality is Modality.CLINICAL else 1.0))
    return np.concatenate(columns, axis=1)


def cox_on(wanted: Sequence[Modality] | None) -> Fit:
    """A Cox row on these modalities, or on all that have a table."""

    def fit_cox(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
        names = [m for m in cohort.blocks if (wanted is None or m in wanted) and cohort.blocks[m].kind != "volume"]
        if not names:
            raise CannotRun(f"the cohort has no table of {', '.join(wanted or ()) or 'any kind'}")
        only = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events, {m: cohort.blocks[m] for m in names})
        inputs = fit_inputs(only, train, options.config)
        if lacking := [m for m in wanted or () if m not in inputs.specs]:
            raise CannotRun(f"the cohort has no table of {', '.join(lacking)} that can be learned from")
        cox = fit_ridge(design(only, train, inputs), outcome_of(cohort, train), PENALTY)
        return CoxModel(cox, inputs)
        yield  # a task without steps

    return fit_cox


@dataclass(frozen=True, slots=True, eq=False)
class MaskModel:
    """A Cox model that sees only which modalities a patient has: what missingness gives away."""

    cox: RidgeCox
    modalities: tuple[Modality, ...]

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast from the availability mask."""
        X = mask(cohort, ids, self.modalities)
        return Forecast(self.cox.risks(X), self.cox.edges, self.cox.survival(X))


def mask(cohort: Cohort, ids: Sequence[str], modalities: Sequence[Modality]) -> NDArray[np.float64]:
    """(n, M) 1 where a patient has a modality, else 0."""
    return np.array([[float(i in cohort.blocks[m].patients) for m in modalities] for i in ids])


def fit_mask(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
    """A lightly penalised Cox model on the availability mask."""
    modalities = tuple(cohort.blocks)
    X = mask(cohort, train, modalities)
    if np.all(X[0] == X):
        raise CannotRun("every training patient has the same modalities: the mask says nothing")
    return MaskModel(fit_ridge(X, outcome_of(cohort, train), 1.0), modalities)
    yield  # a task without steps

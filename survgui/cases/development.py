"""The development cohort as a bundle remembers it: risks by cross-validation, outcomes, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.prediction import GROUPS


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a new patient is compared with. Every row is one development patient, without an id.

    Attributes:
        risks: (n,) cross-validated risk (log cumulative hazard at the horizon); higher is worse.
            Of the model that did not see the patient, so that groups and percentiles are not flattered.
        months: (n,) follow-up.
        events: (n,) True where the patient died.
        survival: (n,) cross-validated probability of being alive at the horizon.
        thresholds: Risks that part low | intermediate | high; frozen.
        map_: (n, 2) principal components of the patients' representation, or (0, 2).
        fidelity: Per modality, the 5th percentile of the fidelity of development patients.
    """

    risks: NDArray[np.float64]
    months: NDArray[np.float64]
    events: NDArray[np.bool_]
    survival: NDArray[np.float64]
    thresholds: tuple[float, float]
    map_: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    fidelity: Mapping[Modality, float] = field(default_factory=dict)

    def percentile(self, risk: float) -> float:
        """Share of development patients with a lower risk, in percent; ties count half."""
        below = np.count_nonzero(self.risks < risk) + 0.5 * np.count_nonzero(self.risks == risk)
        return float(100.0 * below / max(1, len(self.risks)))

    def group(self, risk: float) -> str:
        """The risk group of `GROUPS` by the frozen thresholds."""
        return GROUPS[int(risk >= self.thresholds[0]) + int(risk >= self.thresholds[1])]

    def groups(self) -> NDArray[np.str_]:
        """(n,) risk group of every development patient."""
        return np.array([self.group(float(risk)) for risk in self.risks])

"""What a worker would send the window, made without files: one case, its estimate, and a comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from survgui.cases.case import Modality, State
from survgui.cases.display import CaseFacts, CohortMap, Comparison, Predicted

M, S = Modality, State
FOUR_MEASURED = {
    M.CLINICAL: S.MEASURED,
    M.PATHOLOGY: S.MEASURED,
    M.RNA: S.MEASURED,
    M.CNV: S.MEASURED,
    M.DNAM: S.IMPUTED,
}


def case_facts(key="0a1b2c3d", **more):
    """A case with clinical fields, a slide, MRI and no omics."""
    given = {M.CLINICAL: "4 fields", M.PATHOLOGY: "1 slide", M.MRI: "4 sequences"}
    return CaseFacts(key, Path("cases") / key / "case.toml", "C-0039", "glioma · age 54 · female", given, **more)


def predicted(states=None, *, preliminary=False, shift=0.0, draws=20, n=569, spoiled=(), **more):
    """An estimate over a simulated development cohort.

    Args:
        states: Modality -> state; left out: three measured, two imputed and three others.
        shift: Added to the risk.
        n: Development patients.
        spoiled: Unusable modalities that are drawn as if missing.
        more: Fields of the prediction to replace.
    """
    from survgui.cases.report import Pictures
    from tests.report import sample

    made = sample.prediction(states=states, draws=1 if preliminary else draws, spoiled=spoiled)
    if shift:
        curves = {name: np.exp(np.exp(shift) * np.log(getattr(made, name))) for name in ("survival", "draws")}
        made = replace(made, risk=made.risk + shift, base=made.base + shift, **curves)
    if preliminary:
        parts = tuple(replace(c, value=0.0, spread=None) if c.spread else c for c in made.contributions)
        made = replace(made, draws=made.survival[None], contributions=parts, information=())
    made = replace(made, **more)
    content = sample.content(made, sample.reference(n), Pictures(), subject="glioma · age 54 · female")
    return Predicted(made, content, cohort_map(len(made.draws), n), preliminary)


def cohort_map(draws=20, n=569, seed=3):
    """Development patients along an arc of rising risk, and a case with a cloud of draws near its end."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0.0, 1.0, n)
    points = np.column_stack([2.4 * level, 0.7 * level**2 - 0.7]) + rng.normal(0.0, 0.9, (n, 2))
    groups = np.array(["low", "intermediate", "high"])[np.digitize(level, [-0.43, 0.43])]
    case = np.array([3.2, 1.6])
    spread = rng.normal(0.0, 1.0, (draws, 2)) @ np.array([[0.7, 0.25], [0.0, 0.35]]) if draws > 1 else np.zeros((1, 2))
    events = rng.random(n) < 0.25 + 0.4 * (groups == "high")
    return CohortMap(points, groups, events, case, case + spread - spread.mean(axis=0), (0.34, 0.12))


def comparison(modality=M.RNA, draws=20, values=64, seed=5):
    """RNA of a case with four measured modalities, hidden and imputed."""
    rng = np.random.default_rng(seed)
    hidden = {**FOUR_MEASURED, modality: S.IMPUTED}
    real = rng.normal(0.0, 1.0, values)
    centre = 0.75 * real + rng.normal(0.0, 0.35, values)
    drawn = centre + rng.normal(0.0, 0.5, (draws, values))
    low, high = np.percentile(drawn, [5, 95], axis=0)
    cosine = (drawn @ real) / np.linalg.norm(drawn, axis=1) / np.linalg.norm(real)
    return Comparison(
        modality=modality,
        real=predicted(FOUR_MEASURED),
        imputed=predicted(hidden, shift=-0.22, risk_group="intermediate", risk_percentile=64.0),
        cosine=cosine,
        real_part=real,
        drawn_part=drawn,
        ranks=(drawn < real).mean(axis=0),
        inside=float(np.mean((low <= real) & (real <= high))),
        real_point=np.array([2.3, 1.9]),
    )

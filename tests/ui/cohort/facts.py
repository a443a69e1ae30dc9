"""A small cohort as a worker sends it, made by hand."""

from pathlib import Path

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.display import CohortFacts
from survgui.cases.report import GroupCurve

M = Modality
MONTHS = np.array([3.0, 8.0, 12.5, 24.0, 30.0, np.nan])
EVENTS = np.array([True, False, True, False, False, False])


def curve():
    """Kaplan-Meier of five: 3 months 4/5, 12.5 months times 2/3."""
    ticks = np.array([0.0, 12.0, 24.0])
    survival = np.array([1.0, 0.8, 0.8, 0.8 * 2 / 3, 0.8 * 2 / 3, 0.8 * 2 / 3])
    return GroupCurve(
        name="all",
        patients=5,
        deaths=2,
        months=np.array([0.0, 3.0, 8.0, 12.5, 24.0, 30.0]),
        survival=survival,
        low=survival * 0.6,
        high=np.minimum(1.0, survival * 1.2),
        censored_at=np.array([8.0, 24.0, 30.0]),
        thin_from=30.0,
        ticks=ticks,
        at_risk=np.array([5, 3, 2]),
        deaths_by=np.array([0, 1, 2]),
        censored_by=np.array([0, 1, 1]),
    )


def facts(n=6, deaths=None, **more):
    """Six patients, or `n` of whom `deaths` died."""
    months, events = MONTHS, EVENTS
    if n != 6 or deaths is not None:
        months, events = np.linspace(1.0, 60.0, n), np.arange(n) < (deaths or 0)
    rna = np.arange(n) % 3 > 0
    given = {
        "file": Path("cohorts") / "small.toml",
        "name": "Small cohort",
        "ids": tuple(f"P-{k:03d}" for k in range(n)),
        "months": months,
        "events": events,
        "present": {M.CLINICAL: np.ones(n, bool), M.RNA: rna},
        "features": {M.CLINICAL: 4, M.RNA: 1544},
        "curve": curve(),
        "ticks": np.array([0.0, 12.0, 24.0]),
        "median_follow_up": 24.0,
        "folds": 5,
        "patterns": ((frozenset({M.CLINICAL, M.RNA}), int(rna.sum())), (frozenset({M.CLINICAL}), int((~rna).sum()))),
        "notes": (Note("info", "OUT-01", "censorship = 0 means death"),),
    }
    return CohortFacts(**{**given, **more})

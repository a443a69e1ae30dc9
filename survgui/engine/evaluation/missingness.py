"""Systematic missingness imposed on a measured cohort, beside missingness at random: does a method survive it?

mcar    every measured modality of every patient is hidden with the same probability, whatever else
mar     clinical data (or what most patients have) is always kept; the others are hidden more often where its first
        principal component is high: missingness depends on what was observed
mnar    every measured modality is hidden more often where the risk is high, which is a linear model's, cross-fitted on
        everything that was measured: the mask itself then tells of the outcome. This uses outcomes, though never a
        patient's own; it simulates informative missingness and is no part of any method
site    whole tissue source sites lack a modality: the second field of a TCGA barcode

The rate is that of hiding what was measured, for each modality that can be hidden; in mar and mnar the log odds rise by
`simulation.missing.SLOPE` per standard deviation of the score's normal ranks. Every patient keeps at least one modality
that he had. Training and test parts are thinned alike, as they would be where the mechanism is at work. Which scores
drive the mechanism is our choice; the mechanisms' names are Rubin's (Biometrika 1976).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import run_to_end
from survgui.engine.evaluation.protocol import comparable, need_enough
from survgui.engine.methods.contract import CannotRun, Options
from survgui.engine.methods.cox import cox_on
from survgui.engine.methods.design import fit_design
from survgui.engine.simulation.missing import logistic
from survgui.errors import CohortError, UsageError
from survgui.nets.must import PRESETS

Mask = NDArray[np.bool_]
Vector = NDArray[np.float64]

MECHANISMS = ("mcar", "mar", "mnar", "site")
TABLES = (Kind.FIELDS, Kind.VECTOR, Kind.BAG)
"""Kinds that have principal components."""
BARCODE = re.compile(r"TCGA-([0-9A-Z]{2})-", re.IGNORECASE)


def impose(cohort: Cohort, mechanism: str, rate: float, seed: int = 0) -> Cohort:
    """The patients with an outcome, with some of what was measured hidden; the same seed hides the same.

    Args:
        mechanism: One of `MECHANISMS`.
        rate: Share of a modality's measurements that is hidden; 0 <= rate < 1.

    Raises:
        UsageError: No such mechanism, a rate that is none, one modality alone, or patients without a known site.
        CohortError: Too few patients or deaths.
    """
    if mechanism not in MECHANISMS:
        raise UsageError(f"no mechanism {mechanism!r}; there are: {', '.join(MECHANISMS)}")
    if not 0 <= rate < 1:
        raise UsageError(f"a rate of {rate} is not a share from 0 to below 1")
    known = comparable(cohort)
    need_enough(known)
    modalities = tuple(m for m, block in known.blocks.items() if block.patients)
    if len(modalities) < 2:
        raise UsageError(f"{cohort.name} has one modality, and of one nothing can be hidden")
    have = np.array([[i in known.blocks[m].patients for m in modalities] for i in known.ids])
    kept = have & ~_hidden(known, modalities, have, mechanism, rate, np.random.default_rng([seed, 97]))
    blocks = {
        m: known.blocks[m].keep(i for i, ok in zip(known.ids, kept[:, k], strict=True) if ok)
        for k, m in enumerate(modalities)
    }
    return replace(known, blocks={**known.blocks, **blocks})


def imposed(before: Cohort, after: Cohort, mechanism: str, rate: float, seed: int = 0) -> dict[str, Any]:
    """What a protocol says of it: the mechanism, and how many patients have each modality before and after."""
    known = set(after.ids)
    return {
        "mechanism": mechanism,
        "rate": rate,
        "seed": seed,
        "measured": {str(m): len(block.patients & known) for m, block in before.blocks.items()},
        "left": {str(m): len(block.patients) for m, block in after.blocks.items()},
    }


def _hidden(
    cohort: Cohort, modalities: Sequence[Modality], have: Mask, mechanism: str, rate: float, rng: np.random.Generator
) -> Mask:
    """(n, M) True where something that was measured is hidden."""
    if mechanism == "site":
        return _by_site(_sites(cohort), have, rate, rng)
    uniform = rng.random((len(have), have.shape[1] + 1))
    hidden = have & (uniform[:, :-1] < _probability(cohort, modalities, have, mechanism, rate))
    nobody = np.flatnonzero(~(have & ~hidden).any(axis=1))
    for row in nobody:  # who would have nothing gets one back of what he had, drawn evenly
        own = np.flatnonzero(have[row])
        hidden[row, own[int(uniform[row, -1] * len(own))]] = False
    return hidden


def _probability(cohort: Cohort, modalities: Sequence[Modality], have: Mask, mechanism: str, rate: float) -> Vector:
    """(n, M) probability of being hidden, of what was measured."""
    probability = np.full(have.shape, rate)
    if mechanism == "mcar" or rate == 0.0:
        return probability
    anchor = _anchor(cohort, modalities) if mechanism == "mar" else None
    score = _first_component(cohort, anchor) if anchor is not None else _risk(cohort)
    for column, modality in enumerate(modalities):
        rows = have[:, column]
        probability[rows, column] = 0.0 if modality is anchor else logistic(_normal_ranks(score[rows]), rate)
    return probability


def _normal_ranks(score: Vector) -> Vector:
    """Normal quantiles of the ranks, so that a rate is met whatever the score's distribution; who has none: middle."""
    filled = np.where(np.isnan(score), np.nanmedian(score) if np.isfinite(score).any() else 0.0, score)
    return np.asarray(ndtri((rankdata(filled) - 0.5) / len(filled)))


def _anchor(cohort: Cohort, modalities: Sequence[Modality]) -> Modality:
    """Clinical data, or the table that most patients have."""
    tables = [m for m in modalities if cohort.blocks[m].kind in TABLES]
    if not tables:
        raise UsageError(f"{cohort.name} has no table that missingness could depend on; take mcar")
    if Modality.CLINICAL in tables:
        return Modality.CLINICAL
    return max(tables, key=lambda m: len(cohort.blocks[m].patients))


def _first_component(cohort: Cohort, modality: Modality) -> Vector:
    """(n,) scores of the first principal component of a table, its largest loading positive; NaN where it is absent."""
    ids = [i for i in cohort.ids if i in cohort.blocks[modality].items]
    try:
        X = fit_design(cohort, ids, PRESETS["small"], [modality]).table(cohort, ids)[0]
    except CannotRun as reason:
        raise CohortError(f"missingness cannot depend on {modality}: {reason}") from None
    X = X - X.mean(axis=0)
    direction = np.linalg.svd(X, full_matrices=False)[2][0]
    direction *= np.sign(direction[np.argmax(np.abs(direction))])
    found = dict(zip(ids, X @ direction, strict=True))
    return np.array([found.get(i, np.nan) for i in cohort.ids])


def _risk(cohort: Cohort) -> Vector:
    """(n,) risks of ridge Cox models on all tables, each fitted on four fifths of the patients and told of the rest."""
    risks = np.full(len(cohort), np.nan)
    place = {patient: row for row, patient in enumerate(cohort.ids)}
    for split in replace(cohort, splits=()).folds():
        try:
            model = run_to_end(cox_on(None)(cohort, split.train, Options(PRESETS["small"])))
            told = model.predict(cohort, split.test).risks
        except CannotRun as reason:
            raise CohortError(f"missingness cannot depend on the risk: {reason}") from None
        risks[[place[i] for i in split.test]] = rankdata(told) / len(told)  # the scales of two models may differ
    return risks


def _sites(cohort: Cohort) -> NDArray[np.intp]:
    """(n,) place of each patient's tissue source site."""
    found = [BARCODE.match(i) for i in cohort.ids]
    unknown = sum(match is None for match in found)
    names = sorted({match[1].upper() for match in found if match})
    if unknown or len(names) < 2:
        why = f"{unknown} patients have none" if unknown else "all patients are of one site"
        raise UsageError(f"missingness by site takes the site from TCGA barcodes, and in {cohort.name} {why}")
    return np.array([names.index(match[1].upper()) for match in found if match])


def _by_site(site: NDArray[np.intp], have: Mask, rate: float, rng: np.random.Generator) -> Mask:
    """Sites in random order lose a modality as long as that brings its share nearer to the rate.

    A site of which somebody would have nothing gets back one modality after the other, drawn evenly, all its patients
    alike.
    """
    hidden = np.zeros_like(have)
    count = int(site.max()) + 1
    for column in range(have.shape[1]):
        sizes = np.bincount(site[have[:, column]], minlength=count)
        taken, wanted = 0, rate * sizes.sum()
        for one in rng.permutation(count):
            if abs(taken + sizes[one] - wanted) < abs(taken - wanted):
                hidden[have[:, column] & (site == one), column] = True
                taken += int(sizes[one])
    for one in range(count):
        own = site == one
        while (empty := own & ~(have & ~hidden).any(axis=1)).any():
            hidden[own, rng.choice(np.flatnonzero(hidden[empty].any(axis=0)))] = False
    return hidden

"""Folds of a cohort: by patient and stratified by event, or with the patients of one site kept together."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from survgui.cases.cohort import Cohort, Split
from survgui.cases.proposal import SplitPlan
from survgui.errors import UsageError

_SITE = re.compile(r"TCGA-([0-9A-Z]{2})-", re.IGNORECASE)


def drawn(cohort: Cohort, plan: SplitPlan) -> tuple[Split, ...]:
    """The folds that a plan draws; the same seed draws the same.

    By site: a test part never has a patient of a site that was trained on, for models learn sites from slides (Howard
    et al., Nat Commun 2021). Sites go to the fold that has the fewest deaths so far, those with most deaths first.

    Raises:
        UsageError: Fewer patients or sites than folds.
    """
    if len(cohort) < plan.folds or plan.folds < 2:
        many = f"{len(cohort)} patients do not make {plan.folds} folds"
        raise UsageError(f"{many}; draw fewer, two at least, or none (splits = none)")
    if not plan.by_site:
        return cohort.keep(cohort.ids).folds(plan.folds, plan.seed)
    sites = [site_of(patient) for patient in cohort.ids]
    if len(set(sites)) < plan.folds:
        raise UsageError(f"{len(set(sites))} sites do not make {plan.folds} folds; split by patient, or in fewer folds")
    fold_of = _dealt(sites, cohort.events.tolist(), plan)
    ids = np.array(cohort.ids, dtype=object)
    folds = np.array([fold_of[site] for site in sites])
    return tuple(Split(k, tuple(ids[folds != k]), tuple(ids[folds == k])) for k in range(plan.folds))


def site_of(patient: str) -> str:
    """The tissue source site of a TCGA barcode; a patient of another study is a site of his own."""
    found = _SITE.match(patient)
    return found[1].upper() if found else patient


def _dealt(sites: Sequence[str], events: Sequence[bool], plan: SplitPlan) -> dict[str, int]:
    """Fold of every site."""
    size: dict[str, list[int]] = {}
    for site, event in zip(sites, events, strict=True):
        mine = size.setdefault(site, [0, 0])
        mine[0] += bool(event)
        mine[1] += 1
    names = sorted(size)
    order = np.random.default_rng(plan.seed).permutation(len(names))
    dealt = sorted((names[k] for k in order), key=lambda site: (-size[site][0], -size[site][1]))
    full = [(0, 0)] * plan.folds
    fold_of = {}
    for site in dealt:
        least = min(range(plan.folds), key=lambda k: (full[k], k))
        fold_of[site] = least
        full[least] = (full[least][0] + size[site][0], full[least][1] + size[site][1])
    return fold_of

"""Molecular tables drawn from programme activities: counts, betas, copy numbers, mutations, miRNA levels.

Every table is one recipe. A feature belongs to a programme (a gene set, a group of probes);
its expected level is its own baseline plus the programme's activity times its own slope; what is measured
scatters around that as its technology does. Baselines and slopes are the population's, drawn once from a
constant, so a gene behaves alike in every cohort. All of it is our choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from survgui import paths
from survgui.cases.case import Modality

Array = NDArray[np.float64]

GENE_SETS = "gene_sets/programmes.gmt"
"""Gene sets of well known genes; their second column says whether activity goes with a higher risk."""

_PROGRAMMES = {Modality.DNAM: 12, Modality.CNV: 12, Modality.MUTATION: 8, Modality.MIRNA: 12}
_PROBES, _MIRNAS = 400, 120
_DISPERSION = 0.12
_LIBRARY_SD = 0.15
# fmt: off
_DRIVERS = (
    "TP53", "PTEN", "PIK3CA", "KRAS", "NRAS", "BRAF", "EGFR", "IDH1", "IDH2", "ATRX", "CIC", "FUBP1", "NF1", "RB1",
    "CDKN2A", "CDK4", "MDM2", "MDM4", "PIK3R1", "TERT", "ARID1A", "ARID2", "KMT2D", "KMT2C", "KDM6A", "EP300",
    "CREBBP", "FGFR3", "ERBB2", "ERBB3", "STAG2", "TSC1", "RBM10", "KEAP1", "NFE2L2", "STK11", "SMARCA4", "SETD2",
    "APC", "CTNNB1", "FBXW7", "SMAD4", "NOTCH1", "NOTCH2", "FAT1", "CASP8", "ATM", "BRCA2",
)
# fmt: on


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The features of one table.

    Attributes:
        names: (d,) genes, probes or miRNAs.
        programme: (d,) index of the activity that a feature follows.
        baseline: (d,) expected level of an average patient: natural log of counts, logit, or level.
        slope: (d,) change of the level per standard deviation of the activity.
    """

    names: tuple[str, ...]
    programme: NDArray[np.int64]
    baseline: Array
    slope: Array


def traits(modality: Modality) -> tuple[float, ...]:
    """Per programme of a modality whether its activity goes with a higher (+1) or a lower risk (-1)."""
    if modality is Modality.RNA:
        return tuple(1.0 if direction == "adverse" else -1.0 for _, direction, *_ in _gmt())
    return (1.0,) * _PROGRAMMES[modality]


def measure(modality: Modality, activity: Array, rng: np.random.Generator) -> Array:
    """Draw the measurements of patients.

    Args:
        modality: RNA (counts), DNAM (betas), CNV (-2 to 2), MUTATION (0 or 1) or MIRNA (log2 levels).
        activity: (n, programmes) standard scores.
        rng: Decides the scatter.

    Returns:
        (n, d) in the order of `panel(modality).names`.
    """
    features = panel(modality)
    level = features.baseline + features.slope * activity[:, features.programme]
    if modality is Modality.RNA:
        library = rng.normal(0.0, _LIBRARY_SD, (len(level), 1))
        expected = np.exp(level + library)
        return rng.poisson(expected * rng.gamma(1 / _DISPERSION, _DISPERSION, level.shape)).astype(np.float64)
    if modality is Modality.DNAM:
        return np.asarray(np.round(expit(level + rng.normal(0, 0.35, level.shape)), 4))
    if modality is Modality.CNV:
        return np.clip(np.rint(level + rng.normal(0, 0.35, level.shape)), -2.0, 2.0) + 0.0  # + 0: no negative zero
    if modality is Modality.MUTATION:
        return (rng.random(level.shape) < expit(level)).astype(np.float64)
    return np.asarray(np.round(np.maximum(0.0, level + rng.normal(0, 0.5, level.shape)), 3))


@cache
def panel(modality: Modality) -> Panel:
    """The features of a modality's table, the same in every cohort."""
    rng = np.random.default_rng([20_240_602, list(Modality).index(modality)])
    names, programme = _members(modality, rng)
    count = len(names)
    slope = rng.uniform(0.25, 0.65, count)
    if modality is Modality.RNA:
        return Panel(names, programme, rng.normal(5.0, 1.1, count), slope)
    if modality is Modality.DNAM:
        side = rng.choice([-1.0, 1.0], count)
        return Panel(names, programme, side * rng.uniform(0.2, 2.6, count), slope * rng.choice([-1.6, 1.6], count))
    if modality is Modality.CNV:
        return Panel(names, programme, np.zeros(count), 1.3 * slope)
    if modality is Modality.MUTATION:
        return Panel(names, programme, rng.normal(-2.0, 0.7, count), 2.2 * slope)
    return Panel(names, programme, rng.uniform(2.0, 11.0, count), slope * rng.choice([-1.5, 1.5], count))


def _members(modality: Modality, rng: np.random.Generator) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of features and the programme of each."""
    if modality is Modality.RNA:
        pairs = [(gene, row) for row, (_, _, *genes) in enumerate(_gmt()) for gene in genes]
        return tuple(gene for gene, _ in pairs), np.array([row for _, row in pairs])
    if modality is Modality.DNAM:
        numbers = np.sort(rng.choice(27_999_999, _PROBES, replace=False))
        names = tuple(f"cg{number:08d}" for number in numbers)
    elif modality is Modality.CNV:
        genes = [gene for _, _, *members in _gmt() for gene in members[::5]]
        names = tuple(sorted(genes))
    elif modality is Modality.MUTATION:
        names = _DRIVERS
    else:
        numbers = np.sort(rng.choice(np.arange(15, 700), _MIRNAS, replace=False))
        names = tuple(f"hsa-mir-{number}" for number in numbers)
    return names, np.arange(len(names)) % _PROGRAMMES[modality]


@cache
def _gmt() -> tuple[tuple[str, ...], ...]:
    text = paths.resource(GENE_SETS).read_text("utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines())

"""The tables have the numbers of their technologies, and the activities can be read back."""

import numpy as np
import pytest

from survgui import paths
from survgui.cases.case import Modality
from survgui.engine.simulation import omics

MOLECULAR = (Modality.RNA, Modality.DNAM, Modality.CNV, Modality.MUTATION, Modality.MIRNA)


def measured(m, patients=400, seed=1):
    activity = np.random.default_rng(seed).standard_normal((patients, len(omics.traits(m))))
    return activity, omics.measure(m, activity, np.random.default_rng(seed + 1))


def test_gene_sets_are_a_few_hundred_genes_each_in_one_set():
    sets = [line.split("\t") for line in paths.resource(omics.GENE_SETS).read_text("utf-8").splitlines()]
    genes = [gene for _, _, *members in sets for gene in members]
    assert len(sets) == 24
    assert len(genes) == len(set(genes)) == 600
    assert omics.panel(Modality.RNA).names == tuple(genes)


@pytest.mark.parametrize("m", MOLECULAR)
def test_names_are_unique_and_fit_the_values(m):
    names = omics.panel(m).names
    _, values = measured(m, 5)
    assert len(set(names)) == len(names) == values.shape[1]
    assert set(omics.traits(m)) <= {-1.0, 1.0}
    assert len(set(omics.panel(m).programme.tolist())) == len(omics.traits(m))


def test_values_are_what_the_technology_gives():
    values = {m: measured(m)[1] for m in MOLECULAR}
    counts = values[Modality.RNA]
    assert (counts >= 0).all()
    assert (counts == np.rint(counts)).all()
    assert counts.max() > 1_000
    assert ((values[Modality.DNAM] >= 0) & (values[Modality.DNAM] <= 1)).all()
    assert set(np.unique(values[Modality.CNV])) == {-2, -1, 0, 1, 2}
    assert set(np.unique(values[Modality.MUTATION])) == {0, 1}
    assert 0.05 < values[Modality.MUTATION].mean() < 0.35
    assert (values[Modality.MIRNA] >= 0).all()
    assert values[Modality.MIRNA].max() < 25


def test_counts_scatter_more_than_poisson():
    counts = omics.measure(Modality.RNA, np.zeros((4_000, 24)), np.random.default_rng(0))
    mean, variance = counts.mean(axis=0), counts.var(axis=0)
    spread = omics._DISPERSION + np.expm1(omics._LIBRARY_SD**2) * (1 + omics._DISPERSION)
    np.testing.assert_allclose(np.median((variance - mean) / mean**2), spread, rtol=0.1)


@pytest.mark.parametrize(("m", "least"), list(zip(MOLECULAR, (0.9, 0.9, 0.7, 0.3, 0.9), strict=True)))
def test_a_programme_can_be_read_from_its_features(m, least):
    activity, values = measured(m)
    panel = omics.panel(m)
    levels = np.log1p(values) if m is Modality.RNA else values
    centred = (levels - levels.mean(axis=0)) * np.sign(panel.slope)
    for programme in range(activity.shape[1]):
        read = centred[:, panel.programme == programme].mean(axis=1)
        assert np.corrcoef(read, activity[:, programme])[0, 1] > least


def test_the_same_generator_measures_the_same():
    np.testing.assert_array_equal(measured(Modality.RNA)[1], measured(Modality.RNA)[1])

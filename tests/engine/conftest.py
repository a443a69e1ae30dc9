"""A small cohort with shared and specific factors, and a bundle trained on it, once for all engine tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Bag, Block, Cohort, Split
from survgui.cases.step import run_to_end
from survgui.engine.train import Plan, train

TINY = {"width": 16, "rank": 4, "factors": 2, "leading": 2, "hubs": 2, "queries": 4, "hidden": 8, "bins": 4,
        "warmup_epochs": 1, "epochs": 3,
        "diffusion_epochs": 4, "diffusion_width": 16, "diffusion_layers": 1}  # fmt: skip

TINY_MASKED = {"width": 12, "heads": 2, "vector_layers": 1, "decoder_layers": 1, "vector_patch": 8, "rna_patch": 8,
               "factors": 4, "own_factors": 2, "pretrain_epochs": 2, "epochs": 2, "bins": 4}  # fmt: skip


def make_cohort(n: int = 120, seed: int = 0, name: str = "simulated tiny") -> Cohort:
    """Clinical fields, RNA of 40 genes in two groups, and bags of patches; every third patient lacks RNA."""
    draw = np.random.default_rng(seed)
    ids = tuple(f"P-{k:03d}" for k in range(n))
    shared, rna, slide = draw.standard_normal((3, n))
    genes = np.outer(shared + rna, draw.standard_normal(40)) + 0.5 * draw.standard_normal((n, 40))
    age = 60 + 8 * shared + 4 * draw.standard_normal(n)
    risk = 0.8 * shared + 0.6 * rna + 0.5 * slide
    death, censored = draw.exponential(30 * np.exp(-risk)), draw.uniform(10, 90, n)
    bags = {
        i: Bag(
            (draw.standard_normal((6, 5)) + np.array([shared[k], slide[k], 0, 0, 0])).astype(np.float32),
            coords=np.stack([np.arange(6) * 224, np.zeros(6)], axis=1).astype(np.int64),
            patch=224.0,
            slides=("slide.svs",) * 6,
        )
        for k, i in enumerate(ids)
    }
    names = tuple(f"GENE{g}" for g in range(40))
    blocks = {
        Modality.CLINICAL: Block(
            Modality.CLINICAL, Kind.FIELDS, ("age", "sex", "grade"),
            {i: (float(age[k]), "FM"[k % 2], ("G2", "G3", "G4")[k % 3]) for k, i in enumerate(ids)},
            ordered={"grade": ("G2", "G3", "G4")},
        ),
        Modality.PATHOLOGY: Block(Modality.PATHOLOGY, Kind.BAG, (), bags, encoder="tiny"),
        Modality.RNA: Block(
            Modality.RNA, Kind.VECTOR, names,
            {i: genes[k].astype(np.float32) for k, i in enumerate(ids) if k % 3},
            unit="z-score", groups={"first": names[:20], "second": names[20:]},
        ),
    }  # fmt: skip
    return Cohort(name, ids, np.minimum(death, censored), death <= censored, blocks)


@pytest.fixture(scope="session")
def cohort() -> Cohort:
    return make_cohort()


@pytest.fixture(scope="session")
def bundle(cohort, tmp_path_factory):
    plan = Plan(overrides=TINY, without=frozenset({"P-000", "P-001"}))
    return run_to_end(train(cohort, tmp_path_factory.mktemp("bundles") / "tiny", plan))


@pytest.fixture(scope="session")
def halves(cohort) -> Cohort:
    """The cohort with two folds of its own, for a training that takes less time."""
    odd, even = cohort.ids[1::2], cohort.ids[::2]
    return replace(cohort, splits=(Split(0, odd, even), Split(1, even, odd)))


@pytest.fixture(scope="session")
def masked(halves, tmp_path_factory):
    """A bundle of impuTMAE."""
    plan = Plan("imputmae", overrides=TINY_MASKED, without=frozenset({"P-000", "P-001"}))
    return run_to_end(train(halves, tmp_path_factory.mktemp("bundles") / "masked", plan))


@pytest.fixture
def newcomer(cohort) -> Cohort:
    """P-001, whom the bundle has not seen, with everything measured."""
    return cohort.keep(["P-001"])


def without_item(cohort: Cohort, modality: Modality) -> Cohort:
    return replace(cohort, blocks={m: b for m, b in cohort.blocks.items() if m is not modality})

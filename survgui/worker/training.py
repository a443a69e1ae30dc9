"""The task that trains a bundle on a cohort."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from pathlib import Path

from survgui import settings
from survgui.cases.display import Trained
from survgui.cases.installed import check_name
from survgui.cases.step import Part, Step
from survgui.readers.cohort import load_cohort
from survgui.worker.cohorts import cohort_file
from survgui.workspace.audit import default_log


def train(
    cohort: Path,
    out: Path,
    name: str,
    preset: str,
    seed: int,
    device: str,
    without: frozenset[str],
    overrides: Mapping[str, object],
    resume: bool,
    method: str = "must",
) -> Generator[Step | Part, None, Trained]:
    """Encode a cohort's files, train on it, and publish the bundle in the folder `out / name`.

    Steps carry `values`: after each epoch the `loss` and its terms (`survival`, `decomposition`, `shared`,
    `orthogonality`, `generator`, or a modality's reconstruction; weighted, so that they sum to the loss), after each
    fold its `fold c-index`.

    Args:
        cohort: A `cohort.toml`, or the folder that holds one.
        out: Folder of bundles, such as the user's own.
        name: Of the bundle and of its folder.
        preset: Size of the network.
        device: auto | cpu | cuda | mps.
        without: Patients left out, to serve as unseen cases.
        overrides: Settings that differ from the preset's.
        resume: Go on with a training of the same plan that was stopped.
        method: must or imputmae.

    Raises:
        UsageError: The plan cannot be, or differs from the one that was stopped.
        CohortError, ReadError: The cohort cannot be trained on.
    """
    start = time.perf_counter()
    check_name(name)
    yield Step("read", 0, 1, "reading the tables")
    from survgui.engine.encode import encode
    from survgui.engine.methods.registry import encoder_of
    from survgui.engine.train import Plan, train

    plan = Plan(method, preset, seed, device, overrides, frozenset(without))
    plan.config()  # what cannot be is refused before anything is read
    read = load_cohort(cohort_file(cohort))
    yield Step("read", 1, 1)
    if any(block.files for block in read.blocks.values()):
        encoder = encoder_of([plan.method])
        read = yield from encode(read, device=device, encoder=encoder, batch=settings.load().batch)
    bundle = yield from train(read, out / name, plan, resume=resume)
    default_log().trained(bundle.label, cohort_file(cohort))
    return Trained(bundle.folder, bundle.manifest.name, time.perf_counter() - start, bundle.manifest.metrics)

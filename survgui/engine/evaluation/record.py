"""Evaluations put into the bundle that they are of, and into its model card."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from torch import Tensor

from survgui import storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.engine.card import write_card
from survgui.engine.methods.registry import NETWORKS
from survgui.engine.stored import read_development
from survgui.errors import UsageError
from survgui.nets.weights import save_tensors

KEPT = ("cohort", "protocol", "summary", "differences", "notes")
"""What a bundle keeps of an evaluation: all but the single folds."""
LEFT_OUT = 0.02
"""Largest share of an evaluation's patients whom a bundle may have left out of its training, to serve as cases."""
FREE = ("horizon", "generators")
"""Settings in which an evaluation may differ: a training writes the horizon that it found, and generators that are
kept beside the one in use change no figure."""


def record(bundle: Bundle, evaluations: Sequence[Mapping[str, Any]]) -> Bundle:
    """Put evaluations of the development cohort into a bundle in place of those it has, and write its card anew.

    Args:
        evaluations: What `evaluate --json` wrote; none leaves those that are there.

    Raises:
        UsageError: An evaluation of another cohort or by a network of other settings, or something else.
        StorageError: The bundle cannot be written.
    """
    for evaluation in evaluations:
        _check(bundle.manifest, evaluation)
    kept = tuple({name: _short(content[name]) for name in KEPT if name in content} for content in evaluations)
    return rewritten(bundle, replace(bundle.manifest, evaluations=kept or bundle.manifest.evaluations))


def rewritten(
    bundle: Bundle, manifest: Manifest, files: Mapping[str, Mapping[str, Tensor]] = MappingProxyType({})
) -> Bundle:
    """The bundle with another manifest, a card that says what it says, and some files of tensors more.

    Raises:
        StorageError: The bundle cannot be written; it is as it was.
    """
    card = write_card(manifest, read_development(bundle).reference)
    with storage.replacing_folder(bundle.folder) as part:
        for name in bundle.manifest.files:
            if name != bundles.CARD:
                shutil.copyfile(bundle.folder / name, part / name)
        for name, tensors in files.items():
            save_tensors(part / name, tensors)
        storage.write_text(part / bundles.CARD, card)
        bundles.write_manifest(part, manifest)
    return bundles.verify(Path(bundle.folder))


def _check(manifest: Manifest, evaluation: Mapping[str, Any]) -> None:
    if not isinstance(evaluation, Mapping) or not {"cohort", "protocol", "summary"} <= evaluation.keys():
        raise UsageError("this is no evaluation; take the file that `survgui evaluate --methods ... --json` wrote")
    development = manifest.development
    if evaluation["cohort"] != development.cohort:
        raise UsageError(
            f"the evaluation is of {evaluation['cohort']}, but {manifest.name} is trained on {development.cohort}"
        )
    if evaluation["protocol"].get("missing"):
        raise UsageError("the evaluation hid modalities that were measured (--missing); record one that did not")
    patients = evaluation["protocol"]["patients"]
    if not 0 <= patients - development.patients <= LEFT_OUT * patients:
        raise UsageError(
            f"the evaluation has {patients} patients, but {manifest.name} is trained on {development.patients}: "
            "evaluate on the cohort that it was trained on"
        )
    ours, its = manifest.config["network"], evaluation["protocol"].get(NETWORKS[manifest.method].field) or {}
    both = [name for name in ours if name in its and name not in FREE]  # older files lack the settings of newer ones
    others = [f"{name} {its[name]} instead of {ours[name]}" for name in both if its[name] != ours[name]]
    if others:
        raise UsageError(
            f"the evaluation was computed with other settings than {manifest.name} was trained with: "
            f"{', '.join(others[:3])}; evaluate with its preset and configuration"
        )


def _short(content: Any) -> Any:
    """The same with numbers to six digits: a table shows three."""
    if isinstance(content, float):
        return float(f"{content:.6g}")
    if isinstance(content, Mapping):
        return {name: _short(value) for name, value in content.items()}
    return [_short(value) for value in content] if isinstance(content, list) else content

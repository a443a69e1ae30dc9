"""Evaluations put into the bundle that they are of, and into its model card."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from torch import Tensor

from survgui import storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.engine.card import write_card
from survgui.engine.methods.imputmae import IMPUTMAE
from survgui.engine.methods.registry import NETWORKS
from survgui.engine.stored import read_development
from survgui.engine.study.card import KEPT as STUDY
from survgui.engine.study.plan import STUDIES
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
    """Put evaluations and studies of the development cohort into a bundle, and write its card anew.

    Args:
        evaluations: What `evaluate --json` and `study --json` wrote, in place of those that the bundle has; without
            any of a kind those that are there stay.

    Raises:
        UsageError: Of another cohort, of other encoders or by a network of other settings, or something else.
        StorageError: The bundle cannot be written.
    """
    for evaluation in evaluations:
        _check(bundle.manifest, evaluation)
    studies = [_kept(content, STUDY) for content in evaluations if "study" in content]
    others = tuple(_kept(content, KEPT) for content in evaluations if "study" not in content)
    told = others or bundle.manifest.evaluations
    training = {**bundle.manifest.training, **({"studies": studies} if studies else {})}
    return rewritten(bundle, replace(bundle.manifest, training=training, evaluations=told))


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
        raise UsageError(
            "this is no evaluation; take the file that `survgui evaluate --methods ... --json` or `survgui study` wrote"
        )
    development = manifest.development
    if evaluation["cohort"] != development.cohort:
        raise UsageError(
            f"the evaluation is of {evaluation['cohort']}, but {manifest.name} is trained on {development.cohort}"
        )
    protocol, study = evaluation["protocol"], "study" in evaluation
    if protocol.get("missing") and not study:
        raise UsageError("the evaluation hid modalities that were measured (--missing); record one that did not")
    patients = protocol["patients"]
    if not 0 <= patients - development.patients <= LEFT_OUT * patients:
        raise UsageError(
            f"the evaluation has {patients} patients, but {manifest.name} is trained on {development.patients}: "
            "evaluate on the cohort that it was trained on"
        )
    _check_encoders(manifest, protocol)
    ours, its = manifest.config["network"], _studied(manifest, evaluation) if study else _network(manifest, protocol)
    both = [name for name in ours if name in its and name not in FREE]  # older files lack the settings of newer ones
    others = [f"{name} {its[name]} instead of {ours[name]}" for name in both if its[name] != ours[name]]
    if others:
        raise UsageError(
            f"the evaluation was computed with other settings than {manifest.name} was trained with: "
            f"{', '.join(others[:3])}; evaluate with its preset and configuration"
        )


def _check_encoders(manifest: Manifest, protocol: Mapping[str, Any]) -> None:
    """Features are not pixels: figures by the one say nothing of a network that takes the other."""
    if "encoders" not in protocol:  # older files do not say it
        return
    for modality, spec in manifest.inputs.items():
        its = protocol["encoders"].get(str(modality), "")
        if its != spec.encoder:
            raise UsageError(
                f"the evaluation read {modality.title} by {its or 'no encoder'}, but {manifest.name} takes "
                f"{spec.encoder or 'no features of an encoder'}; evaluate methods that take the same, or name --encoder"
            )


def _network(manifest: Manifest, protocol: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings of the bundle's kind of network in an evaluation."""
    return protocol.get(NETWORKS[manifest.method].field) or {}


def _studied(manifest: Manifest, study: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings of impuTMAE in a study, with the value of what it varies that the others are held against."""
    if NETWORKS[manifest.method] is not IMPUTMAE:
        raise UsageError(f"the study is of imputmae, but {manifest.name} is of the method {manifest.method}")
    if study["study"] not in STUDIES:
        raise UsageError(f"there is no study {study['study']!r}; there are {', '.join(STUDIES)}")
    setting, protocol = STUDIES[study["study"]].setting, study["protocol"]
    return {**protocol["config"], **({setting: protocol["default"]} if setting else {})}


def _kept(content: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _short(content[name]) for name in names if name in content}


def _short(content: Any) -> Any:
    """The same with numbers to six digits: a table shows three."""
    if isinstance(content, float):
        return float(f"{content:.6g}")
    if isinstance(content, Mapping):
        return {name: _short(value) for name, value in content.items()}
    return [_short(value) for value in content] if isinstance(content, list) else content

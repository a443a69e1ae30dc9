"""One patient through the network's body, once: what is hidden afterwards costs no second pass.

What was measured, in which state every modality is and why, and the components of whatever is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui import storage
from survgui.cases.case import Kind, Modality, State
from survgui.cases.cohort import Bag, Block, Cohort, Tiles, item_bytes
from survgui.engine.inputs import prepare
from survgui.engine.model import OpenModel
from survgui.errors import SurvguiError
from survgui.nets.batch import Parts, Read


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """What the network reads of a patient, with everything that he has.

    Attributes:
        refused: Why a modality that was given cannot be used.
        present: (1, M) True where it can.
        read: Of every modality by itself.
        details: What was measured, in words.
        digests: SHA-256 per modality of what was given.
    """

    cohort: Cohort
    patient: str
    refused: Mapping[Modality, str]
    present: Tensor
    read: Read
    details: Mapping[Modality, str]
    digests: Mapping[Modality, str]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the network is shown of a patient.

    Attributes:
        states, reasons: Of every modality of the bundle, and of what was given beyond it (contracts.md).
        parts: Components; missing specific parts are at their development mean.
        fidelity: (M,) how well the components recompose what was read; NaN where absent or where nothing does.
    """

    embedded: Embedded
    states: Mapping[Modality, State]
    reasons: Mapping[Modality, str]
    parts: Parts
    fidelity: NDArray[np.float64]

    @property
    def complete(self) -> bool:
        """Whether there is nothing to impute."""
        return bool(self.parts.present.all())


def embed(model: OpenModel, cohort: Cohort, patient: str) -> Embedded:
    """Scale and embed whatever the patient has, on the model's device."""
    prepared = prepare(cohort, [patient], model.inputs)
    with torch.inference_mode():
        batch = prepared.batch([0]).to(model.device)
        read = model.fitted.net.read(batch)
    return Embedded(
        cohort=cohort,
        patient=patient,
        refused={m: reason for (_, m), reason in prepared.refused.items()},
        present=batch.present,
        read=read,
        details=_details(model, cohort, patient),
        digests=_digests(cohort, patient),
    )


def show(model: OpenModel, embedded: Embedded, hide: Collection[Modality] = ()) -> Shown:
    """The patient as if some modalities had not been measured.

    Raises:
        SurvguiError: Nothing that the bundle takes is left.
    """
    net = model.fitted.net
    kept = torch.tensor([modality not in hide for modality in net.modalities], device=model.device)
    present = embedded.present & kept
    states, reasons = _states(model, embedded, present, hide)
    if State.MEASURED not in states.values():
        raise SurvguiError(_nothing(reasons, model))
    with torch.inference_mode():
        parts = net.parts(embedded.read.whole, embedded.read.unique, present)
        fidelity = net.fidelity(embedded.read, present)[0].cpu().double().numpy()
    return Shown(embedded, states, reasons, parts, fidelity)


def _states(
    model: OpenModel, embedded: Embedded, present: Tensor, hide: Collection[Modality]
) -> tuple[dict[Modality, State], dict[Modality, str]]:
    """State of every modality of the bundle and of what was given beyond it (contracts.md)."""
    states: dict[Modality, State] = {}
    reasons: dict[Modality, str] = {}
    cohort, patient = embedded.cohort, embedded.patient
    for modality, here in zip(model.inputs.specs, present[0].tolist(), strict=True):
        if here:
            states[modality] = State.MEASURED
        elif modality in hide:  # whatever was wrong with it, the user asked to go without
            states[modality] = State.IMPUTED
        else:
            reason = embedded.refused.get(modality) or _unread(cohort, patient, modality)
            states[modality] = State.UNUSABLE if reason else State.IMPUTED
            reasons |= {modality: reason} if reason else {}
    for modality, block in cohort.blocks.items():
        if patient in block.patients and modality not in states:
            states[modality] = State.UNUSED
            reasons[modality] = f"the bundle {model.manifest.name} takes no {modality.title}"
    return states, reasons


def _unread(cohort: Cohort, patient: str, modality: Modality) -> str:
    """Why files or a table of a modality that the user did give hold nothing for the model; empty if not given."""
    block = cohort.blocks.get(modality)
    if block is None:
        return ""
    files = tuple(f"{source.path.name}:" for source in block.files.get(patient, ()))
    for note in cohort.notes:
        if note.level == "error" and note.text.startswith(f"{modality}:"):
            return note.text
        if note.level == "warning" and note.text.startswith((*files, f"{modality} of {patient} ")):
            return note.text
    return "its files could not be encoded" if files else ""


def _nothing(reasons: Mapping[Modality, str], model: OpenModel) -> str:
    why = "; ".join(f"{m.title}: {reason}" for m, reason in reasons.items())
    takes = ", ".join(m.title for m in model.inputs.specs)
    return f"there is nothing to predict from: the bundle takes {takes}" + (f" ({why})" if why else "")


def _details(model: OpenModel, cohort: Cohort, patient: str) -> dict[Modality, str]:
    """What was measured of what the bundle takes, in words."""
    said = {}
    for modality, taken in model.manifest.inputs.items():
        block = cohort.blocks.get(modality)
        if block is not None and block.kind is taken.kind and patient in block.items:
            said[modality] = _detail(block, patient, taken.names)
    return said


def _detail(block: Block, patient: str, wanted: tuple[str, ...]) -> str:
    item = block.items[patient]
    if isinstance(item, Bag):
        return f"{len(item):,} patches".replace(",", "\u2009")
    if isinstance(item, Tiles):
        return "1 tile" if len(item) == 1 else f"{len(item)} tiles"
    if block.kind is Kind.VOLUME:
        return " ".join(name.upper() for name in block.names) or "volume"
    if block.kind is Kind.FIELDS:
        given = dict(zip(block.names, item, strict=True))
        return f"{sum(given.get(n) is not None for n in wanted)} of {len(wanted)} fields"
    values = dict(zip(block.names, np.asarray(item, dtype=float).tolist(), strict=True))
    found = sum(np.isfinite(values.get(n, np.nan)) for n in wanted)
    return f"{found:,} of {len(wanted):,} features".replace(",", "\u2009")


def _digests(cohort: Cohort, patient: str) -> dict[Modality, str]:
    """SHA-256 per modality of the file, or of the patient's own values where the file holds many patients."""
    digests = {}
    for modality, block in cohort.blocks.items():
        if patient not in block.patients:
            continue
        files = [source.path for source in block.files.get(patient, ())]
        if not files:
            digests[modality] = storage.sha256_of([item_bytes(block.items[patient])])
            continue
        with suppress(OSError):  # a file that has gone since it was encoded costs its digest, not the case
            digests[modality] = storage.sha256_of([storage.sha256(path).encode() for path in files])
    return digests

"""Predict cases with a bundle: states, imputation, curve and fan, exact contributions, what a test could change."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.bundle import Bundle
from survgui.cases.case import Kind, Modality, State
from survgui.cases.cohort import Bag, Block, Cohort, item_bytes
from survgui.cases.prediction import Attention, Contribution, Information, Prediction
from survgui.cases.step import Step, Task
from survgui.engine import inference
from survgui.engine.inference import Drawn
from survgui.engine.inputs import Prepared, prepare
from survgui.engine.model import OpenModel, open_model
from survgui.errors import SurvguiError, UsageError
from survgui.nets import device as devices
from survgui.survival.curves import median_months

GENERATORS = ("ddim",)


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that could not be predicted, and why."""

    case: str
    message: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a user decides about a prediction.

    Attributes:
        hide: Modalities treated as if they had not been measured.
        draws: Imputation draws.
        steps: Sampling steps of the generator; 0 takes the bundle's own.
    """

    hide: frozenset[Modality] = frozenset()
    draws: int = 20
    seed: int = 0
    generator: str = ""
    steps: int = 0


def predict(
    cohort: Cohort, bundle: Bundle, choices: Choices | None = None, *, device: str = "auto"
) -> Task[tuple[Prediction | Failure, ...]]:
    """Predict every case of a cohort; a bad case is a row, never an abort.

    Raises:
        UsageError: The choices do not fit the bundle.
        BundleError, DeviceError: The bundle or the device does not work.
    """
    choices = choices or Choices()
    _check(choices, cohort, bundle)
    yield Step("predict", 0, len(cohort), "opening the bundle")
    model = open_model(bundle, devices.pick(device))
    shown = cohort.hide(choices.hide)
    results: list[Prediction | Failure] = []
    for done, patient in enumerate(cohort.ids):
        results.append(predict_one(model, shown, patient, choices))
        yield Step("predict", done + 1, len(cohort))
    return tuple(results)


def predict_one(model: OpenModel, cohort: Cohort, patient: str, choices: Choices) -> Prediction | Failure:
    """Predict one case on the model's device, and on the CPU where that device's memory is exhausted."""
    try:
        try:
            return _predict(model, cohort, patient, choices)
        except torch.OutOfMemoryError:
            return _predict(open_model(model.bundle, torch.device("cpu")), cohort, patient, choices)
    except SurvguiError as error:
        return Failure(patient, str(error))


def _predict(model: OpenModel, cohort: Cohort, patient: str, choices: Choices) -> Prediction:
    start = time.perf_counter()
    prepared = prepare(cohort, [patient], model.inputs)
    states, reasons = _states(model, cohort, patient, prepared, choices.hide)
    if State.MEASURED not in states.values():
        raise SurvguiError(_nothing(reasons, model))
    fitted = model.fitted
    steps = choices.steps or model.manifest.steps
    with torch.inference_mode():
        batch = prepared.batch([0]).to(model.device)
        whole, unique, tokens, weights = fitted.must.vectors(batch)
        parts = fitted.must.parts(whole, unique, batch.present)
        crossed = fitted.must.cross(tokens, batch.present)
    *_, drawn = inference.impute(fitted, parts, draws=choices.draws, seed=choices.seed, steps=steps)
    draws = inference.draw_curves(fitted, drawn)[0]  # (S, K+1)
    survival = draws.mean(axis=0)
    credit = inference.shapley(fitted, drawn)
    risk = credit.base + float(credit.values.sum())
    reference = model.development.reference
    cosine = inference.fidelity(fitted, parts, unique, crossed)[0]
    order = fitted.must.modalities
    return Prediction(
        case=patient,
        bundle=model.bundle.label,
        states=states,
        reasons=reasons,
        details=_details(model, cohort, patient, states),
        digests=_digests(cohort, patient, states),
        horizon_months=fitted.horizon,
        edges_months=fitted.edges,
        survival=survival,
        draws=draws,
        risk=risk,
        risk_percentile=reference.percentile(risk),
        risk_group=reference.group(risk),
        median_months=median_months(fitted.edges, survival),
        base=credit.base,
        contributions=_contributions(order, credit, states),
        fidelity={m: float(c) for m, c in zip(order, cosine, strict=True) if np.isfinite(c)},
        information=_information(model, drawn, survival, risk),
        seed=choices.seed,
        generator=choices.generator or model.manifest.generator,
        steps=steps,
        device=_device_name(model.device),
        seconds=time.perf_counter() - start,
        warnings=(*_warnings(model, patient, cosine, states), *_notes(cohort, reasons)),
        attention=_attention(cohort, patient, weights, states),
    )


def _check(choices: Choices, cohort: Cohort, bundle: Bundle) -> None:
    manifest = bundle.manifest
    there = {m for m, block in cohort.blocks.items() if block.patients}
    for modality in choices.hide:
        if modality not in manifest.inputs:
            raise UsageError(f"--hide {modality}: the bundle {manifest.name} takes {', '.join(manifest.inputs)}")
        if modality not in there:
            raise UsageError(f"--hide {modality}: the case does not have it; it has {', '.join(sorted(there))}")
    if choices.generator and choices.generator not in GENERATORS:
        raise UsageError(f"--generator {choices.generator}: this version has {', '.join(GENERATORS)}")
    if not 1 <= choices.draws <= 1000:
        raise UsageError(f"--draws takes 1 to 1000, not {choices.draws}")
    if choices.steps and not 1 <= choices.steps <= 1000:
        raise UsageError(f"--steps takes 1 to 1000, not {choices.steps}")


def _states(
    model: OpenModel, cohort: Cohort, patient: str, prepared: Prepared, hide: Collection[Modality]
) -> tuple[dict[Modality, State], dict[Modality, str]]:
    """State of every modality of the bundle and of what was given beyond it (contracts.md)."""
    states: dict[Modality, State] = {}
    reasons: dict[Modality, str] = {}
    for place, modality in enumerate(model.inputs.specs):
        if prepared.present[0, place]:
            states[modality] = State.MEASURED
        elif modality in hide:  # whatever was wrong with it, the user asked to go without
            states[modality] = State.IMPUTED
        else:
            reason = prepared.refused.get((0, modality)) or _unread(cohort, patient, modality)
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


def _nothing(reasons: dict[Modality, str], model: OpenModel) -> str:
    why = "; ".join(f"{m.title}: {reason}" for m, reason in reasons.items())
    takes = ", ".join(m.title for m in model.inputs.specs)
    return f"there is nothing to predict from: the bundle takes {takes}" + (f" ({why})" if why else "")


def _details(model: OpenModel, cohort: Cohort, patient: str, states: dict[Modality, State]) -> dict[Modality, str]:
    """What was measured, in words."""
    said = {}
    for modality, state in states.items():
        block = cohort.blocks.get(modality)
        if block is None or patient not in block.items or state is not State.MEASURED:
            continue
        said[modality] = _detail(block, patient, model.manifest.inputs[modality].names)
    return said


def _detail(block: Block, patient: str, wanted: tuple[str, ...]) -> str:
    item = block.items[patient]
    if isinstance(item, Bag):
        return f"{len(item):,} patches".replace(",", "\u2009")
    if block.kind is Kind.VOLUME:
        return " ".join(name.upper() for name in block.names) or "volume"
    if block.kind is Kind.FIELDS:
        given = dict(zip(block.names, item, strict=True))
        return f"{sum(given.get(n) is not None for n in wanted)} of {len(wanted)} fields"
    values = dict(zip(block.names, np.asarray(item, dtype=float).tolist(), strict=True))
    found = sum(np.isfinite(values.get(n, np.nan)) for n in wanted)
    return f"{found:,} of {len(wanted):,} features".replace(",", "\u2009")


def _digests(cohort: Cohort, patient: str, states: Iterable[Modality]) -> dict[Modality, str]:
    """SHA-256 per modality of the file, or of the patient's own values where the file holds many patients."""
    digests = {}
    for modality in states:
        block = cohort.blocks.get(modality)
        if block is None or patient not in block.patients:
            continue
        files = [source.path for source in block.files.get(patient, ())]
        if not files:
            digests[modality] = storage.sha256_of([item_bytes(block.items[patient])])
            continue
        with suppress(OSError):  # a file that has gone since it was encoded costs its digest, not the case
            digests[modality] = storage.sha256_of([storage.sha256(path).encode() for path in files])
    return digests


def _contributions(
    order: tuple[Modality, ...], credit: inference.Shapley, states: dict[Modality, State]
) -> tuple[Contribution, ...]:
    found = [Contribution("shared", float(credit.values[0]), State.MEASURED, _spread(credit.draws[:, 0]))]
    for place, modality in enumerate(order, start=1):
        value = float(credit.values[place])
        # an unusable modality was not measured for the model: its specific part is drawn like a missing one
        measured = states[modality] is State.MEASURED
        state = State.MEASURED if measured else State.IMPUTED
        found.append(Contribution(str(modality), value, state, None if measured else _spread(credit.draws[:, place])))
    return tuple(found)


def _spread(values: NDArray[np.float64]) -> tuple[float, float] | None:
    if len(values) < 2:
        return None
    low, high = np.percentile(values, [5, 95])
    return float(low), float(high)


def _information(model: OpenModel, drawn: Drawn, survival: NDArray[np.float64], risk: float) -> tuple[Information, ...]:
    """For each missing modality: let it vary over its draws, with the other missing ones at their mean draw."""
    fitted, reference = model.fitted, model.development.reference
    found = []
    mean = drawn.specific[0].mean(dim=0, keepdim=True)  # (1, M, D)
    now = inference.survival_at_horizon(fitted, survival)
    for place, modality in enumerate(fitted.must.modalities):
        if bool(drawn.present[0, place]):
            continue
        varied = mean.repeat(drawn.specific.shape[1], 1, 1)
        varied[:, place] = drawn.specific[0, :, place]
        curves = inference.curves(fitted, drawn.shared.expand(len(varied), -1), varied)
        groups = [reference.group(float(r)) for r in inference.risk(fitted, curves)]
        moved = float(np.mean([group != reference.group(risk) for group in groups]))
        change = float(np.mean(np.abs(inference.survival_at_horizon(fitted, curves) - now)))
        found.append(Information(modality, moved, change))
    return tuple(sorted(found, key=lambda i: (-i.group_change, -i.expected_change)))


def _warnings(
    model: OpenModel, patient: str, cosine: NDArray[np.float64], states: dict[Modality, State]
) -> tuple[str, ...]:
    said = [
        f"{m.title} was given but could not be used; its specific part was drawn as if it were missing"
        for m, state in states.items()
        if state is State.UNUSABLE
    ]
    if model.manifest.knows(patient):
        said.append("this patient was among those the bundle was trained on: the estimate is flattered")
    if model.manifest.development.simulated:
        said.append("the bundle was trained on simulated patients: it says nothing of real ones")
    for modality, value in zip(model.fitted.must.modalities, cosine, strict=True):
        lowest = model.development.reference.fidelity.get(modality)
        if lowest is not None and np.isfinite(value) and value < lowest:
            said.append(
                f"{modality.title} is unlike the development cohort: decomposition fidelity {value:.2f}, "
                f"below {lowest:.2f}, which 95 of 100 development patients exceed"
            )
    return tuple(said)


def _notes(cohort: Cohort, reasons: dict[Modality, str]) -> tuple[str, ...]:
    """What reading and encoding had to say of a lone case; a cohort's notes are not one patient's."""
    if len(cohort) > 1:
        return ()
    said = set(reasons.values())
    return tuple(note.text for note in cohort.notes if note.level == "warning" and note.text not in said)


def _attention(
    cohort: Cohort, patient: str, weights: dict[Modality, torch.Tensor], states: dict[Modality, State]
) -> dict[Modality, Attention]:
    found = {}
    for modality, attended in weights.items():
        bag = cohort.blocks[modality].items.get(patient) if modality in cohort.blocks else None
        if states[modality] is State.MEASURED and isinstance(bag, Bag) and bag.coords is not None:
            values = attended[0, : len(bag)].float().cpu().numpy()
            found[modality] = Attention(values, bag.coords, bag.patch, bag.slides)
    return found


def _device_name(device: torch.device) -> str:
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)


def hidden(names: Collection[str]) -> frozenset[Modality]:
    """Modalities by name.

    Raises:
        UsageError: A name that is none.
    """
    try:
        return frozenset(Modality(name.strip()) for name in names if name.strip())
    except ValueError as error:
        raise UsageError(f"{error}; modalities are {', '.join(Modality)}") from None

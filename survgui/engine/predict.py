"""Predict cases with a bundle: states, imputation, curve and fan, exact contributions, what a test could change."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from survgui.cases.bundle import Bundle
from survgui.cases.case import Modality, State
from survgui.cases.cohort import Bag, Cohort, Tiles
from survgui.cases.prediction import Attention, Contribution, Information, Prediction, Rubin, Taken
from survgui.cases.step import Step, Task, run_to_end
from survgui.engine import inference
from survgui.engine.embedding import Shown, embed, show
from survgui.engine.inference import Drawn
from survgui.engine.model import OpenModel, open_model
from survgui.errors import SurvguiError, UsageError
from survgui.nets import device as devices
from survgui.nets.generators.base import Generator
from survgui.survival.curves import median_months
from survgui.survival.recalibration import Recalibration
from survgui.survival.rubin import pool

SMALL = 4e6
"""products of one linear layer below which a second core slows a sampling step down (measured on 2 cores: by 40 %)"""

FEW = 50
"""draws up to which curves and contributions are computed on one core, for the same reason"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that could not be predicted, and why; `code` is that of the message, or empty."""

    case: str
    message: str
    code: str = ""


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
    check(choices, cohort, bundle)
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
        return Failure(patient, str(error), getattr(error, "code", ""))


def _predict(model: OpenModel, cohort: Cohort, patient: str, choices: Choices) -> Prediction:
    start = time.perf_counter()
    shown = show(model, embed(model, cohort, patient), choices.hide)
    drawn = run_to_end(imputing(model, shown, choices))
    return estimate(model, shown, drawn, choices, start)


def imputing(model: OpenModel, shown: Shown, choices: Choices) -> Task[Drawn]:
    """Draw what is missing, one step of the task per sampling step."""
    steps = 1 if shown.complete else sampling_steps(model, choices)
    estimates = inference.impute(
        model.fitted, shown.parts, draws=choices.draws, seed=choices.seed, generator=choices.generator, steps=steps
    )
    drawn = measured_alone(shown)
    slots = choices.draws * (2 + drawn.specific.shape[2])  # the generator's tokens in one sampling step
    with devices.one_thread(slots * _generator(model, choices).inner ** 2 < SMALL):
        for done, latest in enumerate(estimates, 1):
            drawn = latest
            yield Step("impute", done, steps, f"{len(drawn.specific[0])} draws")
    return drawn


def _generator(model: OpenModel, choices: Choices) -> Generator:
    return model.fitted.generators[choices.generator or model.fitted.generator]


def sampling_steps(model: OpenModel, choices: Choices) -> int:
    """Steps of the generator: as chosen, else the bundle's own for its own generator, else that generator's."""
    own = model.manifest.steps if choices.generator in ("", model.manifest.generator) else 0
    return _generator(model, choices).takes(choices.steps or own)


def measured_alone(shown: Shown) -> Drawn:
    """What stands before any draw: missing modalities at their development mean, as one draw."""
    return Drawn(shown.parts.shared, shown.parts.specific.unsqueeze(1), shown.parts.present)


def first_estimate(model: OpenModel, shown: Shown, choices: Choices, start: float) -> Prediction:
    """The estimate from what was measured alone, while the draws are still to come.

    Missing parts are at their development mean: they contribute nothing, and have no spread to judge by.
    """
    found = estimate(model, shown, measured_alone(shown), choices, start)
    contributions = tuple(replace(c, value=0.0) if c.state is State.IMPUTED else c for c in found.contributions)
    return replace(found, contributions=contributions, information=())


def estimate(model: OpenModel, shown: Shown, drawn: Drawn, choices: Choices, start: float) -> Prediction:
    """Everything that is said of a case, from its components.

    Args:
        drawn: The components of one patient, missing parts drawn.
        start: When the work on the case began, by `time.perf_counter`.
    """
    with devices.one_thread(drawn.specific.shape[1] <= FEW):
        return _estimate(model, shown, drawn, choices, start)


def _estimate(model: OpenModel, shown: Shown, drawn: Drawn, choices: Choices, start: float) -> Prediction:
    fitted, states, embedded = model.fitted, shown.states, shown.embedded
    correction = _correction(model, states)
    drawn_curves = inference.draw_curves(fitted, drawn)[0]  # (S, K+1)
    draws, survival = (
        correction.curves(fitted.edges, some, fitted.horizon) for some in (drawn_curves, drawn_curves.mean(axis=0))
    )
    credit = inference.shapley(fitted, drawn).recalibrated(correction)
    risk = credit.base + float(credit.values.sum())
    reference = model.development.reference
    order = fitted.net.modalities
    hidden = {m for m, state in states.items() if state is State.IMPUTED}
    return Prediction(
        case=embedded.patient,
        bundle=model.bundle.label,
        states=states,
        reasons=shown.reasons,
        details={m: said for m, said in embedded.details.items() if states[m] is State.MEASURED},
        digests={m: embedded.digests[m] for m in states if m in embedded.digests and m not in hidden},
        horizon_months=fitted.horizon,
        edges_months=fitted.edges,
        survival=survival,
        draws=draws,
        risk=risk,
        risk_percentile=reference.percentile(risk),
        risk_group=reference.group(risk),
        median_months=median_months(fitted.edges, survival),
        base=credit.base,
        contributions=_contributions(credit, states),
        fidelity={m: float(c) for m, c in zip(order, shown.fidelity, strict=True) if np.isfinite(c)},
        information=_information(model, drawn, survival, risk, correction),
        seed=choices.seed,
        generator=choices.generator or model.manifest.generator,
        steps=sampling_steps(model, choices),
        device=device_name(model.device),
        seconds=time.perf_counter() - start,
        warnings=(*_warnings(model, shown), *_notes(embedded.cohort, shown.reasons)),
        attention=_attention(shown),
        taken=_taken(model, shown),
        recalibrated=correction != Recalibration(),
        rubin=_rubin(model, draws),
    )


def _rubin(model: OpenModel, draws: NDArray[np.float64]) -> Rubin | None:
    """Rubin's rules for the risk of each draw, with the variance that the bundle states of its own output, if any."""
    if len(draws) < 2:
        return None
    within = float(model.manifest.training.get("risk_variance", 0.0))
    found = pool(inference.risk(model.fitted, draws), within)
    fraction = found.fraction_missing_information if within > 0.0 else None
    return Rubin(found.between, found.within, found.total, fraction, found.draws)


def check(choices: Choices, cohort: Cohort, bundle: Bundle) -> None:
    """Refuse choices that do not fit the bundle or the cohort.

    Raises:
        UsageError: Which, and what would fit.
    """
    check_choices(choices, bundle)
    there = {m for m, block in cohort.blocks.items() if block.patients}
    for modality in choices.hide:
        if modality not in there:
            raise UsageError(
                f"{modality} cannot be hidden: the case does not have it; it has {', '.join(sorted(there))}"
            )


def check_choices(choices: Choices, bundle: Bundle) -> None:
    """Refuse choices that do not fit the bundle, whatever a case has.

    Raises:
        UsageError: Which, and what would fit.
    """
    manifest = bundle.manifest
    for modality in choices.hide:
        if modality not in manifest.inputs:
            raise UsageError(
                f"{modality} cannot be hidden: the bundle {manifest.name} takes {', '.join(manifest.inputs)}"
            )
    if choices.generator and choices.generator not in manifest.generators:
        raise UsageError(
            f"there is no generator {choices.generator}: the bundle {manifest.name} has "
            f"{', '.join(manifest.generators)}"
        )
    if not 1 <= choices.draws <= 1000:
        raise UsageError(f"the number of draws is 1 to 1000, not {choices.draws}")
    if choices.steps and not 1 <= choices.steps <= 1000:
        raise UsageError(f"the number of steps is 1 to 1000, not {choices.steps}")


def _contributions(credit: inference.Shapley, states: Mapping[Modality, State]) -> tuple[Contribution, ...]:
    found = []
    for place, component in enumerate(credit.components):
        shared = component == inference.SHARED
        # an unusable modality was not measured for the model: it is drawn like a missing one
        measured = shared or states[Modality(component)] is State.MEASURED
        spread = _spread(credit.draws[:, place]) if shared or not measured else None
        state = State.MEASURED if measured else State.IMPUTED
        found.append(Contribution(component, float(credit.values[place]), state, spread))
    return tuple(found)


def _spread(values: NDArray[np.float64]) -> tuple[float, float] | None:
    if len(values) < 2:
        return None
    low, high = np.percentile(values, [5, 95])
    return float(low), float(high)


def _correction(model: OpenModel, states: Mapping[Modality, State]) -> Recalibration:
    """The recalibration for what was measured: that of the pattern, or none."""
    if model.corrections is None:
        return Recalibration()
    return model.corrections.of([str(m) for m, state in states.items() if state is State.MEASURED])


def _information(
    model: OpenModel, drawn: Drawn, survival: NDArray[np.float64], risk: float, correction: Recalibration
) -> tuple[Information, ...]:
    """For each missing modality: let it vary over its draws, with the other missing ones at their mean draw.

    Nothing where there is one draw: what does not spread says nothing of what a measurement could change.
    """
    if drawn.specific.shape[1] < 2:
        return ()
    fitted, reference = model.fitted, model.development.reference
    found = []
    mean = drawn.specific[0].mean(dim=0, keepdim=True)  # (1, M, D)
    now = inference.survival_at_horizon(fitted, survival)
    for place, modality in enumerate(fitted.net.modalities):
        if bool(drawn.present[0, place]):
            continue
        varied = mean.repeat(drawn.specific.shape[1], 1, 1)
        varied[:, place] = drawn.specific[0, :, place]
        curves = inference.curves(fitted, drawn.shared.expand(len(varied), -1), varied)
        curves = correction.curves(fitted.edges, curves, fitted.horizon)
        groups = [reference.group(float(r)) for r in inference.risk(fitted, curves)]
        moved = float(np.mean([group != reference.group(risk) for group in groups]))
        change = float(np.mean(np.abs(inference.survival_at_horizon(fitted, curves) - now)))
        found.append(Information(modality, moved, change))
    return tuple(sorted(found, key=lambda i: (-i.group_change, -i.expected_change)))


def _warnings(model: OpenModel, shown: Shown) -> tuple[str, ...]:
    said = [
        f"{m.title} was given but could not be used; it was imputed as if it were missing"
        for m, state in shown.states.items()
        if state is State.UNUSABLE
    ]
    if model.manifest.knows(shown.embedded.patient):
        said.append("this patient was among those the bundle was trained on: the estimate is flattered")
    if model.manifest.development.simulated:
        said.append("the bundle was trained on simulated patients: it says nothing of real ones")
    for modality, value in zip(model.fitted.net.modalities, shown.fidelity, strict=True):
        lowest = model.development.reference.fidelity.get(modality)
        if lowest is not None and np.isfinite(value) and value < lowest:
            said.append(
                f"{modality.title} is unlike the development cohort: decomposition fidelity {value:.2f}, "
                f"below {lowest:.2f}, which 95 of 100 development patients exceed"
            )
    return tuple(said)


def _notes(cohort: Cohort, reasons: Mapping[Modality, str]) -> tuple[str, ...]:
    """What reading and encoding had to say of a lone case; a cohort's notes are not one patient's."""
    if len(cohort) > 1:
        return ()
    said = set(reasons.values())
    return tuple(note.text for note in cohort.notes if note.level == "warning" and note.text not in said)


def _attention(shown: Shown) -> dict[Modality, Attention]:
    embedded, found = shown.embedded, {}
    for modality, attended in embedded.read.attention.items():
        block = embedded.cohort.blocks.get(modality)
        bag = block.items.get(embedded.patient) if block is not None else None
        if shown.states[modality] is State.MEASURED and isinstance(bag, Bag) and bag.coords is not None:
            values = attended[0, : len(bag)].float().cpu().numpy()
            found[modality] = Attention(values, bag.coords, bag.patch, bag.slides)
    return found


def _taken(model: OpenModel, shown: Shown) -> dict[Modality, Taken]:
    """The tiles that the network was given, as many as it takes."""
    embedded, found = shown.embedded, {}
    for modality, block in embedded.cohort.blocks.items():
        tiles, scaling = block.items.get(embedded.patient), model.inputs.scalings.get(modality)
        if shown.states.get(modality) is State.MEASURED and isinstance(tiles, Tiles) and scaling is not None:
            most = scaling.shape[0]
            found[modality] = Taken(tiles.coords[:most], tiles.side, tiles.slides[:most])
    return found


def device_name(device: torch.device) -> str:
    """A device as results name it, such as `cpu` or `cuda:0 (NVIDIA H100)`."""
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

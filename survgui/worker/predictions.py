"""Tasks about one case and one bundle: predict, lay imputed beside real, gather what a report shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from survgui.cases.audit import Action
from survgui.cases.case import Modality
from survgui.cases.display import Comparison, Predicted, Trial, Trials
from survgui.cases.prediction import Prediction, as_json
from survgui.cases.reconstruction import Imputation, Reconstruction
from survgui.cases.report import ReportContent
from survgui.cases.step import Part, Step, Task
from survgui.cases.subject import subject
from survgui.engine.upkeep.freshness import states
from survgui.errors import StorageError
from survgui.worker import recent
from survgui.workspace import Workspace
from survgui.workspace.audit import default_log

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort
    from survgui.engine.embedding import Embedded, Shown
    from survgui.engine.inference import Drawn
    from survgui.engine.model import OpenModel
    from survgui.engine.predict import Choices

PATIENCE = 0.1
"""seconds for which one generator is tried again, to tell how long it takes"""

Result = TypeVar("Result")
Work: TypeAlias = Generator[Step | Part, None, Result]


def predict(
    key: str,
    bundle: Path,
    hide: frozenset[Modality],
    draws: int,
    seed: int,
    generator: str,
    steps: int,
    device: str,
) -> Work[Predicted]:
    """Predict a case: first from what was measured alone, then with what is missing drawn.

    The result is kept in the workspace unless something was hidden.

    Args:
        key: The case's key in the workspace.
        bundle: The bundle's folder.
        hide: Modalities treated as if they had not been measured.
        draws: Imputation draws.
        generator: Empty for the bundle's own.
        steps: Of the generator; 0 for the bundle's own.
        device: auto | cpu | cuda | mps.

    Raises:
        UsageError: The choices do not fit the case or the bundle.
        SurvguiError: Nothing that the bundle takes is there, or the bundle or the device does not work.
    """
    yield Step("open", 0, 1, "opening the model")
    from survgui.engine.predict import Choices

    choices = Choices(frozenset(hide), draws, seed, generator, steps)
    return (yield from _where_memory_suffices(device, lambda where: _predict(key, bundle, choices, where)))


def compare(
    key: str,
    bundle: Path,
    modality: Modality,
    hide: frozenset[Modality],
    draws: int,
    seed: int,
    generator: str,
    steps: int,
    device: str,
) -> Work[Comparison]:
    """Hide a measured modality, impute it, and lay the draws beside the real one; nothing is kept.

    Args:
        hide: Modalities that are treated as missing on both sides, as in the estimate that is shown.
        generator: Empty for the bundle's own.
        steps: Of the generator; 0 for its usual number.

    Raises:
        UsageError: It was not measured, the bundle does not use it, or nothing else is there to impute it from.
        SurvguiError: As in `predict`.
    """
    yield Step("open", 0, 1, "opening the model")
    from survgui.engine.predict import Choices

    choices = Choices(frozenset(hide), draws, seed, generator, steps)
    return (yield from _where_memory_suffices(device, lambda where: _compare(key, bundle, modality, choices, where)))


def generators(
    key: str,
    bundle: Path,
    modality: Modality,
    hide: frozenset[Modality],
    draws: int,
    seed: int,
    device: str,
) -> Work[Trials]:
    """Hide a measured modality and draw it with every generator of the bundle; nothing is kept.

    Args:
        hide: Modalities that are treated as missing besides.

    Raises:
        UsageError, SurvguiError: As in `compare`.
    """
    yield Step("open", 0, 1, "opening the model")
    from survgui.engine.predict import Choices

    choices = Choices(frozenset(hide), draws, seed)
    return (yield from _where_memory_suffices(device, lambda where: _tried(key, bundle, modality, choices, where)))


def report(key: str, bundle: Path, prediction: Prediction) -> Generator[Step | Part, None, ReportContent]:
    """Everything that a report prints of a prediction, with its slides, MRI and features that stand out.

    Raises:
        UsageError: The case is no longer in the workspace.
        BundleError: The bundle does not work.
    """
    yield Step("report", 0, 2, "slides, MRI and features")
    from survgui.engine.exhibits import exhibits, imputed_as_data
    from survgui.engine.report import report_content
    from survgui.engine.stored import read_development

    opened, verified = recent.case(key), recent.bundle(bundle)
    cohort = opened.cohort
    imputed: tuple[Imputation, ...] = ()
    if lacking := imputed_as_data(prediction, verified):  # from what was measured, as the network was given it
        cohort = yield from recent.encoded(opened, verified, lacking, "cpu")
        imputed = _imputed(prediction, cohort, verified)
    pictures = exhibits(prediction, cohort, verified, imputed)
    yield Step("report", 1, 2, "curves and tables")
    content = report_content(
        prediction,
        verified.manifest,
        read_development(verified).reference,
        pictures=pictures,
        subject=subject(cohort, prediction.case),
    )
    return replace(content, trail=default_log().trail(key))


def warm(bundle: Path, device: str) -> Generator[Step | Part, None, dict[str, str | float]]:
    """Load the libraries, open a bundle and pass over it once, so that the first prediction is quick.

    Returns:
        `device`, its name, and the `seconds` that it took.

    Raises:
        BundleError, DeviceError: The bundle or the device does not work.
    """
    yield Step("warm", 0, 3, "loading the libraries")
    start = time.perf_counter()
    from survgui.engine import exhibits, report  # noqa: F401  # their libraries are half of the wait
    from survgui.engine.predict import device_name
    from survgui.engine.rehearsal import rehearse

    yield Step("warm", 1, 3, "opening the model")
    model = recent.model(bundle, device)
    yield Step("warm", 2, 3, "trying it")
    rehearse(model)
    return {"device": device_name(model.device), "seconds": time.perf_counter() - start}


def _where_memory_suffices(device: str, work: Callable[[str], Work[Result]]) -> Work[Result]:
    """Do the work on this device, and on the CPU where the device's memory is exhausted."""
    import torch

    try:
        return (yield from work(device))
    except torch.OutOfMemoryError:
        if device == "cpu":
            raise
    # outside the handler, so that the failed call's tensors are no longer held by its traceback
    yield Step("device", 0, 1, f"the memory of {device} is exhausted: going on on the CPU")
    return (yield from work("cpu"))


def _predict(key: str, bundle: Path, choices: Choices, device: str) -> Work[Predicted]:
    from survgui.engine.embedding import show
    from survgui.engine.predict import estimate, first_estimate, imputing, measured_alone

    began = time.time()
    model, embedded, start = yield from _embedded(key, bundle, choices, device)
    shown = show(model, embedded, choices.hide)
    if not shown.complete:
        first = first_estimate(model, shown, choices, start)
        yield Part(_predicted(model, shown, first, measured_alone(shown), preliminary=True))
    drawn = yield from imputing(model, shown, choices)
    prediction = estimate(model, shown, drawn, choices, start)
    # what would be, had something not been measured, is not what the list says of the case
    prediction = _kept(key, prediction, began) if not choices.hide else _noted(key, prediction)
    return _predicted(model, shown, prediction, drawn)


def _compare(key: str, bundle: Path, modality: Modality, choices: Choices, device: str) -> Work[Comparison]:
    from survgui.engine.compare import check_comparable, likeness
    from survgui.engine.embedding import show

    hidden = replace(choices, hide=choices.hide | {modality})
    model, embedded, start = yield from _embedded(key, bundle, choices, device)
    whole = show(model, embedded, choices.hide)
    check_comparable(whole, modality, model.inputs.specs)
    real, _ = yield from _drawn(model, whole, choices, start)
    imputed, drawn = yield from _drawn(model, show(model, embedded, hidden.hide), hidden, time.perf_counter())
    found = likeness(model, whole, drawn, modality)
    return Comparison(
        modality=modality,
        real=real,
        imputed=imputed,
        cosine=found.cosine,
        real_part=found.real_part,
        drawn_part=found.drawn_part,
        ranks=found.ranks,
        inside=found.inside,
        real_point=real.map.case,
        reconstruction=_reconstruction(model, embedded, modality, choices),
    )


def _reconstruction(
    model: OpenModel, embedded: Embedded, modality: Modality, choices: Choices
) -> Reconstruction | None:
    """The modality as data, measured and imputed, where the network makes data."""
    from survgui.engine.masked.pictures import compare_data, subject_of

    found = subject_of(model, embedded.cohort, embedded.patient, choices.hide)
    return compare_data(found, modality, draws=choices.draws, seed=choices.seed) if found is not None else None


def _imputed(prediction: Prediction, cohort: Cohort, bundle: Bundle) -> tuple[Imputation, ...]:
    from survgui.engine.masked.pictures import imputed_data  # torch, which no other report needs

    return imputed_data(prediction, cohort, bundle)


def _tried(key: str, bundle: Path, modality: Modality, choices: Choices, device: str) -> Task[Trials]:
    from survgui.engine.compare import check_comparable
    from survgui.engine.embedding import show

    model, embedded, _ = yield from _embedded(key, bundle, choices, device)
    whole = show(model, embedded, choices.hide)
    check_comparable(whole, modality, model.inputs.specs)
    rest = show(model, embedded, choices.hide | {modality})
    names, rows = model.manifest.generators, []
    for done, name in enumerate(names):
        yield Step("generators", done, len(names), name)
        rows.append((yield from _trial(model, whole, rest, modality, replace(choices, generator=name))))
    return Trials(modality, tuple(rows))


def _trial(model: OpenModel, whole: Shown, rest: Shown, modality: Modality, choices: Choices) -> Task[Trial]:
    """Draw with one generator; the time is the least of some goes, for the first has more to do."""
    from survgui.engine.compare import likeness
    from survgui.engine.predict import imputing, sampling_steps

    least, spent = float("inf"), 0.0
    while spent < PATIENCE:
        start = time.perf_counter()
        drawn = yield from imputing(model, rest, choices)
        took = time.perf_counter() - start
        least, spent = min(least, took), spent + took
    found, draws = likeness(model, whole, drawn, modality), int(drawn.specific.shape[1])
    inside = found.inside if draws > 1 else None
    steps = sampling_steps(model, choices)
    return Trial(choices.generator, steps, draws, float(found.cosine.mean()), inside, 1000.0 * least)


def _embedded(key: str, bundle: Path, choices: Choices, device: str) -> Task[tuple[OpenModel, Embedded, float]]:
    """The case in the bundle's network, and when the work on it began, once its files were encoded."""
    from survgui.engine.predict import check

    opened, model = recent.case(key), recent.model(bundle, device)
    check(choices, opened.cohort, model.bundle)
    cohort = yield from recent.encoded(opened, model.bundle, choices.hide, device)
    start = time.perf_counter()
    return model, recent.embedded(model, opened, cohort), start


def _drawn(model: OpenModel, shown: Shown, choices: Choices, start: float) -> Task[tuple[Predicted, Drawn]]:
    """What is shown of a case, predicted."""
    from survgui.engine.predict import estimate, imputing

    drawn = yield from imputing(model, shown, choices)
    return _predicted(model, shown, estimate(model, shown, drawn, choices, start), drawn), drawn


def _predicted(
    model: OpenModel, shown: Shown, prediction: Prediction, drawn: Drawn, *, preliminary: bool = False
) -> Predicted:
    from survgui.engine.placing import place
    from survgui.engine.report import report_content

    said = subject(shown.embedded.cohort, prediction.case)
    content = report_content(prediction, model.manifest, model.development.reference, subject=said)
    return Predicted(prediction, content, place(model, drawn), preliminary)


def _kept(key: str, prediction: Prediction, began: float) -> Prediction:
    """Keep a prediction in the workspace; where that fails the result is not lost, and says so.

    Args:
        began: When the case's files began to be read, s since 1970.
    """
    p = prediction
    try:
        with Workspace.default() as workspace:
            sources = states(workspace.case_file(key), workspace.sources(key))
            line = key, p.bundle, p.risk, p.risk_group, p.risk_percentile, p.states
            workspace.keep_prediction(*line, as_json(p), sources, began=began)
    except StorageError as error:
        p = replace(p, warnings=(*p.warnings, f"this result is on the screen only: {error}"))
        return _noted(key, p)
    return p


def _noted(key: str, prediction: Prediction) -> Prediction:
    """Note in the audit log what is predicted and not kept."""
    p = prediction
    try:
        default_log().bundle(Action.PREDICT, p.bundle, [key])
    except StorageError as error:
        return replace(p, warnings=(*p.warnings, f"this look at the case is not in the audit log: {error}"))
    return p

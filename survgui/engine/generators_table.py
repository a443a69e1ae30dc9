"""The generators of one model side by side, on patients whose hidden modalities are known.

Every modality is hidden in turn, and then everything but one, from those who have it. What is drawn is compared with
the true specific part: error, coverage and sharpness of the draws, and what they do to the ranking.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.step import Step, Task
from survgui.engine import inference
from survgui.engine.fitting import Fitted, component_vectors
from survgui.engine.generating import Vectors
from survgui.engine.inputs import Prepared
from survgui.survival.metrics import Followed, harrell_c

STEPS = {"flow": (1, 2, 4, 8), "ddim": (5, 50)}
"""Numbers of steps at which generators that take several are judged."""
NOMINAL = 0.9
"""Chance with which the truth should lie inside the draws' spread."""
TIMED, DRAWS = 5, 20
"""Patients on whom the time is taken, and draws of each: those of a prediction."""
FEWEST = 20
"""Patients, and deaths among them of at least a quarter of that, below which a hidden modality is passed over."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """Some patients with part of what they have hidden.

    Attributes:
        rows: Patients who have something to hide and something to show.
        shown: (n, M) of all patients, True where shown.
    """

    name: str
    rows: NDArray[np.int64]
    shown: Tensor


@torch.inference_mode()
def compare_generators(
    fitted: Fitted, prepared: Prepared, outcome: Followed, *, draws: int = 20, seed: int = 0
) -> Task[list[dict[str, Any]]]:
    """Judge every generator of a model on patients that it was not fitted on.

    Args:
        draws: Of every generator that has chance in it.

    Returns:
        One row per generator and number of steps, for `Manifest.training["generators"]`: `generator`, `steps`, `draws`;
        `milliseconds` (one patient's twenty draws on this device, median); `error` (squared, 1 is the development
        mean's); `coverage` of the 5th to 95th percentile, nominally 0.9, and `sharpness`, its width in deviations of
        the development cohort, both None without a spread; `coverage_one_hidden`, `coverage_one_shown`;
        `c_index_change` against the development mean in place of what is hidden, or None; `hidings`, `patients`.
    """
    device = next(fitted.net.parameters()).device
    vectors = component_vectors(fitted.net, prepared, device)
    hidings = _hidings(vectors.present, outcome)
    asked = [(name, steps) for name in fitted.generators for steps in STEPS.get(name, (1,))]
    rows = []
    for done, (name, steps) in enumerate(asked):
        yield Step("generators", done, len(asked), f"{name}, {steps}")
        found = [_judge(fitted, vectors, outcome, hiding, name, steps, draws, seed) for hiding in hidings]
        if found:
            seconds = _time(fitted, vectors, hidings[0], name, steps, seed)
            spreads = fitted.generators[name].stochastic
            own = {"generator": name, "steps": steps, "draws": draws if spreads else 1}
            rows.append({**own, "milliseconds": round(seconds * 1e3, 2), **_summary(found, hidings, spreads)})
    yield Step("generators", len(asked), len(asked))
    return rows


def _hidings(present: Tensor, outcome: Followed) -> list[Hiding]:
    """Every modality hidden from those who have it and another, and every modality left alone with them."""
    found = []
    for place in range(present.shape[1]):
        own = torch.zeros_like(present)
        own[:, place] = True
        for name, shown in (("one hidden", present & ~own), ("one shown", present & own)):
            lost = (present & ~shown).any(dim=1) & shown.any(dim=1)
            rows = np.flatnonzero(lost.cpu().numpy())
            if len(rows) >= FEWEST and outcome.events[rows].sum() >= FEWEST // 4:
                found.append(Hiding(name, rows, shown))
    return found


def _judge(
    fitted: Fitted, vectors: Vectors, outcome: Followed, hiding: Hiding, name: str, steps: int, draws: int, seed: int
) -> dict[str, float | None]:
    """One generator on one hiding; a change of the C-index is None where there is none to change."""
    at = torch.from_numpy(hiding.rows).to(vectors.present.device)
    truth = _standardised(fitted, fitted.net.own(vectors.unique[at]))
    hidden = vectors.present[at] & ~hiding.shown[at]
    parts = fitted.net.parts(vectors.whole[at], vectors.unique[at], hiding.shown[at])
    *_, drawn = inference.impute(fitted, parts, draws=draws, seed=seed, generator=name, steps=steps)
    guess = _standardised(fitted, drawn.specific)  # (B, S, M, D)
    followed = Followed(outcome.months[hiding.rows], outcome.events[hiding.rows])
    plain = inference.Drawn(parts.shared, parts.specific.unsqueeze(1), parts.present)
    reached, without = (harrell_c(followed, _risks(fitted, d)) for d in (drawn, plain))
    error = ((guess.mean(dim=1) - truth)[hidden] ** 2).sum() / (truth[hidden] ** 2).sum()
    low, high = torch.quantile(guess, levels(guess.shape[1]).to(guess.device), dim=1)
    varied = fitted.net.specific_deviation > 1e-3  # a coordinate that no patient moves in is no success to cover
    counted = hidden.unsqueeze(-1) & varied
    inside = ((truth >= low) & (truth <= high))[counted].float().mean()
    return {
        "error": float(error),
        "coverage": float(inside),
        "sharpness": float((high - low)[counted].mean()),
        "change": None if reached is None or without is None else reached - without,
    }


def _time(fitted: Fitted, vectors: Vectors, hiding: Hiding, name: str, steps: int, seed: int) -> float:
    """Median seconds that the draws of one patient's prediction take."""
    seconds = []
    for row in hiding.rows[:TIMED].tolist():
        parts = fitted.net.parts(vectors.whole[[row]], vectors.unique[[row]], hiding.shown[[row]])
        start = time.perf_counter()
        for _ in inference.impute(fitted, parts, draws=DRAWS, seed=seed, generator=name, steps=steps):
            pass
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def levels(draws: int) -> Tensor:
    """(2,) quantiles of so many draws between which a further one of the same distribution lies with chance 0.9.

    The 5th and 95th percentile of n draws hold a further one with chance 0.9 (n - 1) / (n + 1) alone.
    """
    half = NOMINAL / 2 * min((draws + 1) / max(draws - 1, 1), 1 / NOMINAL)
    return torch.tensor([0.5 - half, 0.5 + half])


def _standardised(fitted: Fitted, specific: Tensor) -> Tensor:
    """(..., M, D) in the development cohort's deviations from its mean."""
    return (specific - fitted.net.mean_specific) / fitted.net.specific_deviation


def _risks(fitted: Fitted, drawn: inference.Drawn) -> NDArray[np.float64]:
    return inference.risk(fitted, inference.draw_curves(fitted, drawn).mean(axis=1))


def _summary(found: Sequence[Mapping[str, float | None]], hidings: Sequence[Hiding], spreads: bool) -> dict[str, Any]:
    """Means over the hidings that have a value, rounded for a table."""

    def mean(key: str, kind: str = "") -> float | None:
        given = [f[key] for f, h in zip(found, hidings, strict=True) if kind in ("", h.name)]
        values = [value for value in given if value is not None]
        return round(float(np.mean(values)), 4) if values else None

    return {
        "error": mean("error"),
        "coverage": mean("coverage") if spreads else None,
        "coverage_one_hidden": mean("coverage", "one hidden") if spreads else None,
        "coverage_one_shown": mean("coverage", "one shown") if spreads else None,
        "sharpness": mean("sharpness") if spreads else None,
        "c_index_change": mean("change"),
        "hidings": len(hidings),
        "patients": len({int(row) for hiding in hidings for row in hiding.rows}),
    }

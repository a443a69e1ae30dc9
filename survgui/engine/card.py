"""The model card that a bundle carries: written from the manifest, so that it cannot disagree with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from survgui.cases.bundle import Manifest
from survgui.engine import calibrating
from survgui.engine.evaluation.tables import as_markdown, best_cox, number, patterns_markdown, remarks
from survgui.engine.masked.made_card import made, published
from survgui.engine.masked.quality_card import card_lines
from survgui.engine.masked.warm_card import encoder_lines, start_line
from survgui.engine.methods.registry import COX
from survgui.engine.study.card import study_lines
from survgui.errors import BundleError
from survgui.nets.families import FAMILIES, Config
from survgui.nets.masked.config import ImputmaeConfig
from survgui.survival.curves import median_follow_up

NOTICE = "For Research Use Only. Not for use in diagnostic procedures."
WHOLE = (["natural"], ["complete"])
"""Patterns of whole patients, which have a table of their own; the others are subsets of modalities."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a card says of a method.

    Attributes:
        tuned: Where its fixed settings come from.
        missing: What is drawn where a modality is missing.
        beside: The columns of the table of patterns.
    """

    tuned: str
    missing: str
    beside: tuple[str, ...]


ABOUT: Mapping[str, _About] = {
    "must": _About(
        tuned="The fixed weights of `must` were chosen by inner cross-validation on the training part of the first "
        "fold of TCGA BLCA, LUAD and GBM+LGG, whose other folds test on some of those patients; the other methods "
        "were not tuned.",
        missing="Missing specific parts",
        beside=("must", "must-meanfill", "must-knn", "must-paper", *COX),
    ),
    "imputmae": _About(
        tuned="The settings of `imputmae` were chosen on held-out patients within the training part of the first fold "
        "of TCGA GBM+LGG, whose other folds test on some of those patients, and of simulated cohorts; no other cohort "
        "was looked at, and the other methods were not tuned.",
        missing="Latents of missing modalities",
        beside=("imputmae", "imputmae-scratch", "imputmae-latent", "imputmae-reencode", "must", *COX),
    ),
}


class Outcomes(Protocol):
    """Follow-up of the development patients."""

    @property
    def months(self) -> NDArray[np.float64]:
        """(n,) months."""
        ...

    @property
    def events(self) -> NDArray[np.bool_]:
        """(n,) True where the patient died."""
        ...


def write_card(manifest: Manifest, outcomes: Outcomes) -> str:
    """The card as Markdown: what it is for, how well it does beside the references, and how it was made.

    Raises:
        BundleError: The manifest is of a method that this version does not know, or its settings are none.
    """
    _config(manifest)
    m, about = manifest, ABOUT[manifest.method]
    sections = [
        f"# {m.name} {m.version}\n\n**{NOTICE}**\n\n{m.intended_use}",
        "## Figures\n\n" + "\n\n".join(_figures(m)),
        *(["## Reconstruction\n\n" + "\n".join(lines)] if (lines := _reconstruction(m)) else []),
        *(["## Encoders beside the network\n\n" + "\n".join(lines)] if (lines := _encoders(m)) else []),
        *(["## Studies\n\n" + "\n\n".join(lines)] if (lines := _studies(m)) else []),
        *(["## Calibration\n\n" + calibrating.as_markdown(m.calibration)] if m.calibration else []),
        *(["## Generators\n\n" + _generators(rows)] if (rows := m.training.get("generators")) else []),
        "## Development cohort\n\n" + _development(m, outcomes) + "\n\n" + _inputs(m),
        "## Risk\n\n"
        f"Risk is the log of the cumulative hazard at {m.horizon_months:.0f} months; higher is worse. The horizon is "
        "one for all folds, chosen from the times of the whole cohort, so that risks of all folds share a scale. "
        f"Groups are cut at {m.thresholds[0]:.3f} and {m.thresholds[1]:.3f}, the tertiles of the cross-validated "
        "risks of the development cohort, frozen.",
        "## How it was made\n\n"
        f"Method `{m.method}`, preset `{m.training['preset']}`, seed {m.training['seed']}, on "
        f"{m.training['device']} in {m.training['seconds'] / 60:.0f} minutes, survgui {m.survgui}, {m.created}. "
        + _made(m)
        + start_line(m.training.get("start", {}))
        + f"{about.missing}: `{m.generator}`, {m.steps} step{'s' if m.steps > 1 else ''}; the figures are over "
        f"{m.training['draws']} draws. Every setting is in `manifest.json`.",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in m.limits),
    ]
    return "\n\n".join(sections) + "\n"


def _config(m: Manifest) -> Config:
    try:
        return FAMILIES[m.method].stored(m.config["network"])
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{m.name}: no card can be written of its configuration; update survgui [BUN-06]") from error


def _made(m: Manifest) -> str:
    config = _config(m)
    return made(config, m.inputs, alone="start" not in m.training) if isinstance(config, ImputmaeConfig) else ""


def _development(m: Manifest, outcomes: Outcomes) -> str:
    follow_up = median_follow_up(outcomes.months, outcomes.events)
    reached = "not reached" if follow_up is None else f"{follow_up:.1f} months (reverse Kaplan-Meier)"
    return (
        f"{m.development.cohort}: {m.development.patients} patients, {m.development.events} deaths "
        f"({m.development.endpoint}); median follow-up {reached}; time from {m.development.origin}. "
        f"Follow-up reaches {m.edges_months[-1]:.0f} months."
    )


def _inputs(m: Manifest) -> str:
    lines = ["| modality | given as | unit | features | patients |", "|---|---|---|---|---|"]
    for modality, spec in m.inputs.items():
        unit = spec.encoder or spec.unit
        count = len(spec.names) or spec.width
        lines.append(f"| {modality.title} | {spec.kind} | {unit} | {count:,} | {spec.patients} |")
    return "\n".join(lines)


def _figures(m: Manifest) -> Iterable[str]:
    """The tables of the evaluations, whole patients first; then what the bundle's own cross-validation adds."""
    yield (
        "Everything is fitted on the training part of each fold alone, with fixed epochs; mean ± s.d. over folds. "
        "C-index: Harrell's, 1 is best. CS = (C + 1 − IBS) / 2. Differences are paired over folds, ± their standard "
        f"error. The Cox rows are the yardstick: where a Cox row is higher, it is better. {ABOUT[m.method].tuned}"
    )
    for evaluation in m.evaluations:
        yield from _evaluation(evaluation, m)
    told = {(row["method"], tuple(row["pattern"])) for evaluation in m.evaluations for row in evaluation["summary"]}
    own = [row for row in m.metrics if (row["method"], tuple(row["pattern"])) not in told]
    if own:
        yield f"The bundle's own cross-validation ({m.training['folds']}; one seed):"
        yield _own(own)
        yield from _verdict(m.method, own)
    if isinstance(_config(m), ImputmaeConfig):
        yield from published(m)


def _evaluation(evaluation: Mapping[str, Any], m: Manifest) -> Iterable[str]:
    protocol, summary = evaluation["protocol"], evaluation["summary"]
    given = [list(row["pattern"]) for row in summary]
    trained_on = m.development.patients
    others = "" if protocol["patients"] == trained_on else f" (the bundle is trained on {trained_on} of them)"
    by_seed = f"{protocol['seeds']} seed{'s' if protocol['seeds'] > 1 else ''}"
    said = f"{protocol['patients']} patients{others}, {protocol['events']} deaths; {protocol['folds']} folds, {by_seed}"
    for pattern in (p for p in WHOLE if p in given):
        title = "What every patient naturally has" if pattern == ["natural"] else "Patients who have every modality"
        yield f"### {title}\n\n{said}."
        yield as_markdown(evaluation, pattern)
        rows = [row for row in summary if list(row["pattern"]) == pattern]
        yield from _verdict(m.method, rows, evaluation.get("differences", ()))
    if any(p not in WHOLE for p in given):
        yield f"### By what was given at test time\n\n{said}; n: test patients, all folds. Best of each line in bold."
        yield patterns_markdown(evaluation, ABOUT[m.method].beside)
        yield from _tally(m.method, summary)
    if notes := remarks(evaluation):
        yield "\n".join(f"- `{method}`: {note}" for method, note in notes)


def _own(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| method | given at test time | C-index | CS | folds |", "|---|---|---|---|---|"]
    for row in rows:
        given = " + ".join(row["pattern"])
        if row["c_index"] is None:
            lines.append(f"| {row['method']} | {given} | – | – | {row['reason']} |")
            continue
        deviation = f" ± {row['c_index_sd']:.3f}" if row["c_index_sd"] is not None else ""
        cells = row["method"], given, f"{row['c_index']:.3f}{deviation}", number(row["cs"]), str(row["n_folds"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _verdict(
    method: str, rows: Sequence[Mapping[str, Any]], differences: Iterable[Mapping[str, Any]] = ()
) -> Iterable[str]:
    """One sentence a pattern of whole patients that says who wins, losses included.

    Args:
        differences: Paired over folds; within one standard error of it neither is said to win.
    """
    paired = {(d["method"], d["reference"], tuple(d["pattern"])): d for d in differences}
    for pattern in WHOLE:
        found = {r["method"]: r["c_index"] for r in rows if list(r["pattern"]) == pattern and r["c_index"] is not None}
        cox = best_cox(rows, pattern)
        if not cox or method not in found:
            continue
        difference = paired.get((method, cox, tuple(pattern)), {"c_index": found[method] - found[cox]})
        who = "On what patients naturally have" if pattern == ["natural"] else "Where nothing is missing"
        against = _against(f"the best Cox row, `{cox}`,", difference["c_index"], difference.get("standard_error"))
        yield f"{who}, this bundle {against} in C-index ({found[method]:.3f} against {found[cox]:.3f})."


def _against(other: str, gap: float, error: float | None) -> str:
    about = "" if error is None else f" ± {error:.3f}"
    if abs(gap) <= (error or 0.0):
        return f"is level with {other} at a difference of {gap:+.3f}{about}"
    return f"{'is above' if gap > 0 else 'loses to'} {other} by {abs(gap):.3f}{about}"


def _tally(method: str, summary: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """On how many patterns the model is above each Cox row, and by how much on the mean of all."""
    figures = {(row["method"], tuple(row["pattern"])): row["c_index"] for row in summary}
    subsets = {p for _, p in figures if list(p) not in WHOLE}
    for cox in COX:
        both = [(figures.get((method, p)), figures.get((cox, p))) for p in subsets]
        gaps = [ours - its for ours, its in both if ours is not None and its is not None]
        if gaps:
            yield (
                f"`{method}` is above `{cox}` on {sum(gap > 0 for gap in gaps)} of {len(gaps)} patterns; "
                f"mean difference {np.mean(gaps):+.3f}."
            )


def _reconstruction(m: Manifest) -> list[str]:
    """How good imputations are as data; nothing of a network that imputes none."""
    return card_lines(m.training.get("reconstruction", ()))


def _encoders(m: Manifest) -> list[str]:
    """Encoders of pictures that wait for another training."""
    return encoder_lines(m.name, m.training.get("encoders", ()))


def _studies(m: Manifest) -> list[str]:
    """What changing one setting, or hiding modalities, came to."""
    return list(study_lines(m.training.get("studies", ())))


def _generators(rows: Sequence[Mapping[str, Any]]) -> str:
    """Whatever columns the training has stored, in their order."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [f"| {' | '.join(name.replace('_', ' ') for name in names)} |", "|" + "---|" * len(names)]
    lines += [f"| {' | '.join(_plain(row.get(name)) for name in names)} |" for row in rows]
    intro = (
        "Ways to draw what is missing, on patients that were not fitted on, each measured modality hidden in turn and "
        "then all but one. Error: squared, of the true component; 1 is the development mean's. Coverage: of the "
        "90 % interval, estimated from the draws with the correction for their finite number; the 5th to 95th "
        "percentile of the 20 draws that a prediction shows holds less, about 0.82 for ideal draws. Sharpness: the "
        "interval's width in deviations of the development cohort. "
        "C-index change: against the development mean in place of what is hidden."
    )
    return intro + "\n\n" + "\n".join(lines)


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)

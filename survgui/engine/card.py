"""The model card that a bundle carries: written from the manifest, so that it cannot disagree with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survgui.cases.bundle import Manifest
from survgui.cases.cohort import Cohort
from survgui.engine import calibrating
from survgui.survival.curves import median_follow_up

NOTICE = "For Research Use Only. Not for use in diagnostic procedures."


def write_card(manifest: Manifest, cohort: Cohort) -> str:
    """The card as Markdown."""
    m = manifest
    follow_up = median_follow_up(cohort.months, cohort.events)
    reached = "not reached" if follow_up is None else f"{follow_up:.1f} months (reverse Kaplan-Meier)"
    sections = [
        f"# {m.name} {m.version}\n\n**{NOTICE}**\n\n{m.intended_use}",
        "## Development cohort\n\n"
        f"{m.development.cohort}: {m.development.patients} patients, {m.development.events} deaths "
        f"({m.development.endpoint}); median follow-up {reached}; time from {m.development.origin}. "
        f"Follow-up reaches {m.edges_months[-1]:.0f} months.\n\n" + _inputs(m),
        "## Figures\n\n" + _figures(m),
        *(["## Calibration\n\n" + calibrating.as_markdown(m.calibration)] if m.calibration else []),
        "## Risk\n\n"
        f"Risk is the log of the cumulative hazard at {m.horizon_months:.0f} months; higher is worse. The horizon is "
        "one for all folds, chosen from the times of the whole cohort, so that risks of all folds share a scale. "
        f"Groups are cut at {m.thresholds[0]:.3f} and {m.thresholds[1]:.3f}, the tertiles of the cross-validated "
        "risks of the development cohort, frozen.",
        "## How it was made\n\n"
        f"Method `{m.method}`, preset `{m.training['preset']}`, seed {m.training['seed']}, on "
        f"{m.training['device']} in {m.training['seconds'] / 60:.0f} minutes, survgui {m.survgui}, {m.created}. "
        f"Missing specific parts: `{m.generator}`, {m.steps} steps; the figures are over "
        f"{m.training['draws']} draws. Every setting is in `manifest.json`.",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in m.limits),
    ]
    return "\n\n".join(sections) + "\n"


def _inputs(m: Manifest) -> str:
    lines = ["| modality | given as | unit | features | patients |", "|---|---|---|---|---|"]
    for modality, spec in m.inputs.items():
        unit = spec.encoder or spec.unit
        count = len(spec.names) or spec.width
        lines.append(f"| {modality.title} | {spec.kind} | {unit} | {count:,} | {spec.patients} |")
    return "\n".join(lines)


def _figures(m: Manifest) -> str:
    intro = (
        f"Cross-validated ({m.training['folds']}): mean ± s.d. over folds, everything fitted on the training part "
        "alone, fixed epochs, one seed. C-index: Harrell's, 1 is best. CS = (C + 1 − IBS) / 2. The Cox rows are the "
        "yardstick: where they are higher, they are better."
    )
    best = _natural_best(m.metrics)
    lines = [intro, "", "| method | given at test time | C-index | CS | folds |", "|---|---|---|---|---|"]
    for row in m.metrics:
        given = " + ".join(row["pattern"])
        if row["c_index"] is None:
            lines.append(f"| {row['method']} | {given} | – | – | {row['reason']} |")
            continue
        deviation = f" ± {row['c_index_sd']:.3f}" if row["c_index_sd"] is not None else ""
        cs = f"{row['cs']:.3f}" if row["cs"] is not None else "–"
        lines.append(f"| {row['method']} | {given} | {row['c_index']:.3f}{deviation} | {cs} | {row['n_folds']} |")
    return "\n".join([*lines, "", best])


def _natural_best(metrics: tuple[Mapping[str, Any], ...]) -> str:
    """One sentence that says who wins on the natural pattern, losses included."""
    natural = {r["method"]: r["c_index"] for r in metrics if list(r["pattern"]) == ["natural"] and r["c_index"]}
    rows = {name: c for name, c in natural.items() if name.startswith("cox")}
    if "must" not in natural or not rows:
        return ""
    name = max(rows, key=lambda n: rows[n])
    gap = natural["must"] - rows[name]
    verdict = "loses to" if gap < 0 else "is above"
    return (
        f"On what patients naturally have, this bundle {verdict} the best Cox row, `{name}`, "
        f"by {abs(gap):.3f} in C-index ({natural['must']:.3f} against {rows[name]:.3f})."
    )

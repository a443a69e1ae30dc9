"""Encoders in a model card: those that a training started from, and those that a bundle holds beside its network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from survgui.cases.case import Modality
from survgui.engine.masked.warm import said

COLUMNS = ("modality", "trained on", "patients", "pictures", "epochs", "judged on", "patients", "error", "own mean")
INTRO = (
    "No prediction of this bundle uses them: they read pictures that its development cohort does not have, and wait "
    "for a training on a cohort that has (`survgui train COHORT --method imputmae --start {name}`). Each is an "
    "autoencoder of one modality, pre-trained by itself with {masked} of the patches masked. Judged by masking half of "
    "a picture's patches. Error: mean squared, relative to that of the mean picture of the training patients (1 is "
    "that mean, 0 perfect); own mean: the same error of a guess without a network, the mean colour or intensity of "
    "the picture's own visible half."
)


def start_line(start: Mapping[str, Any]) -> str:
    """Where the encoders of a training came from; nothing of a training that started afresh."""
    if not start:
        return ""
    rows = "; ".join(said(f"`{start['bundle']}`", row) for row in start["encoders"])
    return f"Before that pre-training, encoders were taken from `{start['bundle']}` {start['version']}: {rows}. "


def encoder_lines(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paragraphs and a table; none without encoders.

    Args:
        name: Of the bundle.
        rows: Of `Manifest.training["encoders"]`.
    """
    if not rows:
        return []
    masked = " and ".join(sorted({f"{row['config']['mask_ratio']:.0%}" for row in rows}))
    table = [COLUMNS, *(cells for row in rows for cells in _cells(row))]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    notes = [f"\n**{Modality(row['modality']).title}.** {row['note']}" for row in rows if row["note"]]
    return [INTRO.format(name=name, masked=masked), "", lines[0], "|" + "---|" * len(COLUMNS), *lines[1:], *notes]


def _cells(row: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    """A line for what was held out, and one for every other cohort."""
    told = "simulated" in row["trained_on"].lower() or not row["simulated"]
    origin = row["trained_on"] if told else f"{row['trained_on']} (simulated)"
    about = Modality(row["modality"]).title, origin, str(row["patients"]), f"{row['samples']:,}", str(row["epochs"])
    for place, found in enumerate(row["judged"]):
        where = found["on"] if place else "patients left out"
        figures = (f"{found[k] / found['mean_mse']:.3f}" for k in ("mse", "visible_mse"))
        yield *(about if place == 0 else ("",) * len(about)), where, str(found["patients"]), *figures

"""Reconstruction quality as a model card tells it: tables in Markdown, losses included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from survgui.cases.imputation_quality import LEVEL, SHOWN, Beside, QualityRow, main_rows, quality_rows

INTRO = (
    "Modalities of held-out patients were hidden and reconstructed, all folds pooled. Error: mean squared, relative to "
    "that of the training patients' mean (1 is the mean, 0 perfect). Ridge: the same error of ridge regression from "
    "the same modalities, its penalty chosen on the training part. r: Pearson over patients, of each feature; the "
    "median, and the 5th to 95th percentile over the features. SSIM: structural similarity of pictures, beside that of "
    "the mean picture. Spread: s.d. between patients of the reconstruction over that of what was measured. Inside: "
    "values within the 90 % interval of the draws, estimated with a correction for their number, nominally 90 %; it is "
    "a spread of imputations, no confidence interval."
)
BESIDE: dict[Beside, str] = {
    "better": "It is better than ridge regression in",
    "level": "level with it in",
    "worse": "worse than it in",
}
COLUMNS = ("modality", "shown", "n", "error", "ridge", "r", "SSIM", "spread", "inside")


def card_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paragraphs and tables for a model card; none without rows.

    Args:
        rows: Of `Manifest.training["reconstruction"]`.
    """
    known = quality_rows({"reconstruction": list(rows)})
    told = [row for row in known if row.pattern in SHOWN]
    if not told:
        return []
    lines = [INTRO, "", *_table(COLUMNS, (_cells(row) for row in told)), "", *_verdicts(main_rows(known).values())]
    singles = [row for row in known if len(row.pattern) == 1 and row.pattern not in SHOWN]
    if len({row.modality for row in singles}) > 2:
        lines += ["", "Error from one modality alone, and that of ridge regression:", "", *_matrix(singles)]
    return lines


def _cells(row: QualityRow) -> Iterable[str]:
    yield from (row.modality.title, SHOWN[row.pattern], str(row.n), f"{1.0 - row.gain:.3f}")
    yield "–" if row.ridge_gain is None else f"{1.0 - row.ridge_gain:.3f}"
    both = row.correlation_low, row.correlation_high
    around = "" if None in both else f" ({both[0]:.2f} to {both[1]:.2f})"
    yield "–" if row.correlation is None else f"{row.correlation:.2f}{around}"
    yield "–" if row.ssim is None else f"{row.ssim:.2f}" + ("" if row.mean_ssim is None else f" ({row.mean_ssim:.2f})")
    yield "–" if row.spread_ratio is None else f"{row.spread_ratio:.2f}"
    yield "–" if row.coverage is None else f"{100 * row.coverage:.0f} %"


def _verdicts(rows: Iterable[QualityRow]) -> Iterable[str]:
    """Where it beats the mean and ridge regression, and where it has collapsed; of `OTHERS`."""
    found = list(rows)
    against = [row for row in found if row.beside_ridge is not None]
    better = [row.modality.title for row in found if row.beats_mean]
    yield f"From all others, reconstruction is better than the mean in {_of(better, len(found))}."
    sides = {side: [row.modality.title for row in against if row.beside_ridge == side] for side in BESIDE}
    if against:
        said = "; ".join(f"{BESIDE[side]} {_of(names, len(against))}" for side, names in sides.items())
        yield f"{said}. Errors that differ by less than {LEVEL} are called level (our choice)."
    if flat := [row.modality.title for row in found if row.collapsed]:
        yield (
            f"**Collapsed to the mean**: {', '.join(flat)}. These reconstructions explain less than a hundredth of "
            "the variance, or hardly differ between patients: they tell little more than that a patient is one."
        )


def _matrix(rows: Sequence[QualityRow]) -> list[str]:
    found = {(row.modality, row.pattern[0]): row for row in rows}
    names = list(dict.fromkeys(str(row.modality) for row in rows))
    titles = {str(row.modality): row.modality.title for row in rows}
    lines = []
    for hidden in dict.fromkeys(row.modality for row in rows):
        cells = (found.get((hidden, name)) for name in names)
        lines.append([hidden.title, *("–" if row is None else _pair(row) for row in cells)])
    return _table(["hidden", *(f"from {titles[name]}" for name in names)], lines)


def _pair(row: QualityRow) -> str:
    ridge = "" if row.ridge_gain is None else f" / {1.0 - row.ridge_gain:.3f}"
    return f"{1.0 - row.gain:.3f}{ridge}"


def _of(names: Sequence[str], total: int) -> str:
    return f"{len(names)} of {total} modalities" + (f" ({', '.join(names)})" if names else "")


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(cells)} |" for cells in rows)]

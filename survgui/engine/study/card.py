"""Studies in a model card: what was varied, what came of it, and what stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from survgui.engine.study.plan import STUDIES
from survgui.engine.study.tables import as_markdown, beside

KEPT = ("study", "cohort", "protocol", "summary", "reference", "reference_reconstruction", "remarks", "notes")
"""What a bundle keeps of a study: all but the single folds."""


def study_lines(studies: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Paragraphs and tables; none without studies.

    Args:
        studies: Rows of `Manifest.training["studies"]`.
    """
    for found in studies:
        protocol = found["protocol"]
        seeds = f"{protocol['seeds']} seed{'s' if protocol['seeds'] > 1 else ''}"
        yield f"### {STUDIES[found['study']].varied.capitalize()}"
        yield (
            f"{protocol['patients']} patients, {protocol['events']} deaths; {protocol['folds']} folds, {seeds}; "
            "mean ± s.d. over folds. The bundle is trained with the value that the others are held against."
        )
        yield as_markdown(found)
        if lines := [f"- {line}" for line in beside(found, "error") if line]:
            yield "\n".join(lines)

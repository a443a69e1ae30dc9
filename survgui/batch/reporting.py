"""From a prediction to the files of its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort
    from survgui.cases.prediction import Prediction

FORMATS = ("pdf", "html", "json")
"""Those of `survgui.report`, which loads Qt and is not asked before there is something to write."""


def write_report(
    prediction: Prediction, bundle: Bundle, cohort: Cohort, target: Path, *, alone: bool, pseudonym: str = ""
) -> list[Path]:
    """Write one case's report.

    Args:
        target: The file, whose suffix is the format, if `alone`; else the folder that takes every format.
        pseudonym: What the report and its files are called instead of the patient's id; empty for the id.

    Returns:
        The files that were written.
    """
    from survgui import report
    from survgui.cases.subject import subject
    from survgui.engine.exhibits import exhibits
    from survgui.engine.masked.pictures import imputed_data
    from survgui.engine.report import report_content
    from survgui.engine.stored import read_development

    imputed = imputed_data(prediction, cohort, bundle)
    content = report_content(
        prediction,
        bundle.manifest,
        read_development(bundle).reference,
        pictures=exhibits(prediction, cohort, bundle, imputed),
        subject=subject(cohort, prediction.case),
    )
    if pseudonym:
        sources = [source.path for block in cohort.blocks.values() for source in block.files.get(prediction.case, ())]
        hidden = [name for path in sources for name in (path.name, path.parent.name)]
        content = report.pseudonymous(content, pseudonym, hidden)
    return report.write(content, target, (target.suffix.lower().lstrip("."),) if alone else FORMATS)

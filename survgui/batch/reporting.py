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


def files_of(cohort: Cohort, patient: str) -> list[Path]:
    """The files that a patient's measurements are in."""
    tables = [source.path for source in cohort.origin.values()]
    return tables + [source.path for block in cohort.blocks.values() for source in block.files.get(patient, ())]


def write_report(
    prediction: Prediction,
    bundle: Bundle,
    cohort: Cohort,
    target: Path,
    *,
    alone: bool,
    pseudonym: str = "",
    deidentify: bool = False,
) -> list[Path]:
    """Write one case's report.

    Args:
        target: The file, whose suffix is the format, if `alone`; else the folder that takes every format.
        pseudonym: What the report and its files are called instead of the patient's id; empty for the id.
        deidentify: Whether it is for somebody who must not learn whose it is; takes a pseudonym.

    Returns:
        The files that were written.
    """
    from survgui import report
    from survgui.cases.safe_harbor import names_of
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
        content = (report.deidentified if deidentify else report.pseudonymous)(
            content, pseudonym, names_of(files_of(cohort, prediction.case))
        )
    return report.write(content, target, (target.suffix.lower().lstrip("."),) if alone else FORMATS)

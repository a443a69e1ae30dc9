"""`survgui demo`: the demo case, end to end."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.batch.reporting import write_report
from survgui.cases.audit import Action
from survgui.cases.case import Modality
from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import SurvguiError, UsageError

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort

BUNDLE = "demo-simulated"
VARIANTS = {
    "complete": frozenset[Modality](),
    "without-slide": frozenset({Modality.PATHOLOGY}),
    "without-rna": frozenset({Modality.RNA}),
    "without-mri": frozenset({Modality.MRI}),
}
"""What the demo shows: everything measured, and one modality recovered at a time."""


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "demo",
        "the demo case, end to end: encode, impute, predict, explain, report",
        "survgui demo --out demo-out",
        run,
    )
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder for the results (default: demo-out)")
    parser.add_argument("--window", action="store_true", help="open the demo case in the window; alone")
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and print what it wrote; `--window` alone never comes here, the start sees to it."""
    if arguments.window:
        raise UsageError("demo --window takes no other option")
    from survgui.workspace.audit import default_log, file_hashes

    written = demo(arguments.out, arguments.device)
    default_log().bundle(Action.PREDICT, common.find_bundle(BUNDLE).label, outputs=file_hashes(written))
    common.show_paths(written)
    return 0


def demo(out: Path, device: str = "auto") -> list[Path]:
    """Simulate a case into `out`, carry it through the whole engine, and write its reports beside it.

    Returns:
        A report as PDF, HTML and JSON of the complete case, and of the case with each of three modalities missing.

    Raises:
        SurvguiError: The case could not be predicted, or a file of a report is not there.
    """
    from survgui.engine.simulation import demo_case

    bundle = common.find_bundle(BUNDLE)
    cohort = common.with_features_for(bundle, common.open_cases([demo_case(out / "case")]), device)
    written = [path for name, hide in VARIANTS.items() for path in _variant(out / name, cohort, bundle, hide, device)]
    for path in written:
        if not path.is_file():
            raise SurvguiError(f"the demo did not write {path.name}")
    return written


def _variant(folder: Path, cohort: Cohort, bundle: Bundle, hide: frozenset[Modality], device: str) -> list[Path]:
    """One report of the case, with some of it hidden."""
    from survgui.engine.predict import Choices, Failure, predict

    (result,) = follow(predict(cohort, bundle, Choices(hide=hide), device=device))
    if isinstance(result, Failure):
        raise SurvguiError(f"the demo case could not be predicted: {result.message}")
    return write_report(result, bundle, cohort, folder, alone=False)

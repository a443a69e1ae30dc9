"""`survgui demo`: the demo case, end to end."""

from __future__ import annotations

import argparse
from pathlib import Path

from survgui.cases.case import Modality
from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.cli.reporting import write_report
from survgui.errors import SurvguiError

BUNDLE = "demo-simulated"
HIDDEN = frozenset({Modality.RNA})
"""The demo patient has every modality; one is kept back, so that there is something to impute."""


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
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and print what it wrote."""
    written = demo(arguments.out, arguments.device)
    common.show_paths(written)
    return 0


def demo(out: Path, device: str = "auto") -> list[Path]:
    """Simulate a case into `out`, carry it through the whole engine, and write its report beside it.

    Returns:
        The report as PDF, HTML and JSON.

    Raises:
        SurvguiError: The case could not be predicted, or a file of the report is not there.
    """
    from survgui.engine.predict import Choices, Failure, predict
    from survgui.engine.simulation import demo_case

    bundle = common.find_bundle(BUNDLE)
    cohort = common.open_cases([demo_case(out / "case")])
    cohort = common.with_features(cohort, device)
    (result,) = follow(predict(cohort, bundle, Choices(hide=HIDDEN), device=device))
    if isinstance(result, Failure):
        raise SurvguiError(f"the demo case could not be predicted: {result.message}")
    written = write_report(result, bundle, cohort, out, alone=False)
    for path in written:
        if not path.is_file():
            raise SurvguiError(f"the demo did not write {path.name}")
    return written

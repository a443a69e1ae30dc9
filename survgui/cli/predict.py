"""`survgui predict`: risk, curve and components of a case, or of every case of a cohort."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui import storage
from survgui.cases.prediction import Prediction, as_json, error_json
from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.cli.reporting import FORMATS, write_report
from survgui.errors import UsageError

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort
    from survgui.engine.predict import Failure

COLUMNS = (
    "case",
    "bundle",
    "risk",
    "risk_percentile",
    "risk_group",
    "median_months",
    "modalities",
    "warnings",
    "error",
)


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "predict",
        "risk, curve and components; for a cohort one row a case",
        "survgui predict case.toml --bundle tcga-glioma --hide rna --json case.json --report case.pdf",
        run,
    )
    parser.add_argument("cases", metavar="CASE_OR_COHORT", type=Path, nargs="+", help="a case, its files, or a cohort")
    parser.add_argument("--bundle", metavar="B", required=True, help="a bundle's name or folder")
    parser.add_argument("--hide", metavar="A,B", type=common.modalities, default=(), help="as if these were missing")
    parser.add_argument("--draws", metavar="K", type=common.count, default=20, help="imputation draws (default: 20)")
    parser.add_argument(
        "--generator",
        metavar="G",
        default="",
        help="mean, gaussian, flow or ddim; of impuTMAE latent, reencode, gaussian or mean (default: the bundle's)",
    )
    parser.add_argument(
        "--steps", metavar="N", type=common.count, default=0, help="of the generator (default: the bundle's)"
    )
    parser.add_argument("--json", metavar="F", type=Path, help="write the predictions there")
    parser.add_argument("--csv", metavar="F", type=Path, help="and as a table there")
    report = parser.add_mutually_exclusive_group()
    report.add_argument("--report", metavar="F.pdf", type=Path, help="the case's report: .pdf, .html or .json")
    report.add_argument("--reports", metavar="DIR", type=Path, help="a report of every case in this folder")
    common.add_mpp(parser)
    common.add_seed(parser)
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict, write what was asked for and print the paths; 1 where no case could be predicted."""
    check_usage(arguments)
    from survgui.engine.predict import Choices, predict

    bundle = common.find_bundle(arguments.bundle)
    cohort = common.open_cases(arguments.cases, arguments.mpp)
    cohort = common.with_features_for(bundle, cohort, arguments.device)
    choices = Choices(
        hide=frozenset(arguments.hide),
        draws=arguments.draws,
        seed=arguments.seed,
        generator=arguments.generator,
        steps=arguments.steps,
    )
    results = follow(predict(cohort, bundle, choices, device=arguments.device))
    common.show_paths(write(arguments, results, bundle, cohort))
    for failure in (result for result in results if not isinstance(result, Prediction)):
        print(f"survgui: {failure.case}: {failure.message}", file=sys.stderr)
    return 0 if any(isinstance(result, Prediction) for result in results) else 1


def check_usage(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be, before anything is computed.

    Raises:
        UsageError: No result was asked for, one report of many cases, or a report of an unknown kind.
    """
    if not any((arguments.json, arguments.csv, arguments.report, arguments.reports)):
        raise UsageError("say where the result goes: --json F, --csv F, --report F.pdf or --reports DIR")
    if arguments.report and common.is_cohort(arguments.cases):
        raise UsageError("--report is of one case; for a cohort give --reports DIR")
    if arguments.report and arguments.report.suffix.lower().lstrip(".") not in FORMATS:
        raise UsageError(f"{arguments.report.name}: a report is one of .{', .'.join(FORMATS)}")


def write(
    arguments: argparse.Namespace, results: Sequence[Prediction | Failure], bundle: Bundle, cohort: Cohort
) -> list[Path]:
    """Write every result that was asked for, and give the paths."""
    rows = [as_json(r) if isinstance(r, Prediction) else error_json(r.case, bundle.label, r.message) for r in results]
    written = []
    if arguments.json:
        storage.write_json(arguments.json, rows if common.is_cohort(arguments.cases) else rows[0])
        written.append(arguments.json)
    if arguments.csv:
        storage.write_text(arguments.csv, as_csv(rows))
        written.append(arguments.csv)
    target = arguments.report or arguments.reports
    for result in results if target else ():
        if isinstance(result, Prediction):
            written += write_report(result, bundle, cohort, target, alone=bool(arguments.report))
    return written


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Predictions as a table that a spreadsheet opens without running a cell."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        states = "; ".join(f"{modality}: {state}" for modality, state in row["modalities"].items())
        flat = {**row, "bundle": row["bundle"]["name"], "modalities": states, "warnings": "; ".join(row["warnings"])}
        table.writerow([_cell(flat[column]) for column in COLUMNS])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return "" if value is None else value

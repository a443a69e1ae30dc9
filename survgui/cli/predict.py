"""`survgui predict`: risk, curve and components of a case, or of every case of a cohort."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui import storage
from survgui.batch.reporting import FORMATS, files_of, write_report
from survgui.cases.audit import Action as Deed
from survgui.cases.batch import Action, Order, as_csv
from survgui.cases.prediction import Prediction, as_json, error_json
from survgui.cases.safe_harbor import names_of
from survgui.cli import arguments as common
from survgui.cli import batch, deidentify
from survgui.cli.progress import follow
from survgui.errors import UsageError

if TYPE_CHECKING:
    from survgui.cases.batch import Row
    from survgui.cases.bundle import Bundle


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "predict",
        "risk, curve and components; for a cohort one row a case",
        "survgui predict case.toml --bundle tcga-glioma --hide rna --json case.json --report case.pdf",
        run,
    )
    parser.add_argument(
        "cases",
        metavar="CASE_OR_COHORT",
        type=Path,
        nargs="+",
        help="a case, its files, a cohort, or a folder of cases",
    )
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
    parser.add_argument(
        "--partial", action="store_true", help="of many cases, predict one of which a file cannot be read from the rest"
    )
    deidentify.add_options(parser)
    batch.add_options(parser)
    common.add_mpp(parser)
    common.add_seed(parser)
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict, write what was asked for and print the paths; 1 where no case could be predicted."""
    check_usage(arguments)
    bundle = common.find_bundle(arguments.bundle)
    return many(arguments, bundle) if common.is_many(arguments.cases) else one(arguments, bundle)


def one(arguments: argparse.Namespace, bundle: Bundle) -> int:
    """Predict a case in this process."""
    from survgui.engine.predict import Choices, predict

    cohort = common.open_cases(arguments.cases, arguments.mpp)
    cohort = common.with_features_for(bundle, cohort, arguments.device)
    choices = Choices(
        hide=frozenset(arguments.hide),
        draws=arguments.draws,
        seed=arguments.seed,
        generator=arguments.generator,
        steps=arguments.steps,
    )
    (result,) = follow(predict(cohort, bundle, choices, device=arguments.device))
    target, codes = arguments.report or arguments.reports, deidentify.Codes() if arguments.deidentify else None
    hidden = {result.case: names_of(files_of(cohort, result.case))}
    if not isinstance(result, Prediction):
        content = error_json(result.case, bundle.label, result.message)
        common.show_paths(write(arguments, [content], codes, hidden, alone=True))
        print(f"survgui: {result.case}: {result.message}", file=sys.stderr)
        return 1
    written = write(arguments, [as_json(result)], codes, hidden, alone=True)
    if target:
        code = codes.of(result.case) if codes is not None else ""
        alone = bool(arguments.report)
        written += write_report(
            result, bundle, cohort, target, alone=alone, pseudonym=code, deidentify=codes is not None
        )
    finish(arguments, bundle, written, codes)
    return 0


def many(arguments: argparse.Namespace, bundle: Bundle) -> int:
    """Predict the cases of a cohort or a folder, each in a process of its own; a bad one is a row."""
    from survgui.batch.items import sources_of
    from survgui.batch.piece import check_tables
    from survgui.engine.predict import Choices, check_choices

    hide, draws = tuple(map(str, arguments.hide)), arguments.draws
    choices = Choices(frozenset(arguments.hide), draws, arguments.seed, arguments.generator, arguments.steps)
    check_choices(choices, bundle)
    order = Order(
        action=Action.REPORT if arguments.reports else Action.PREDICT,
        bundle=bundle.folder.resolve(),
        **{"hide": hide, "draws": draws, "seed": arguments.seed, "generator": arguments.generator},
        **{"steps": arguments.steps, "device": arguments.device, "mpp": arguments.mpp, "partial": arguments.partial},
        reports=arguments.reports.resolve() if arguments.reports else None,
        deidentify=arguments.deidentify,
    )
    items = batch.items_of(arguments.cases)
    of_cohort = [item for item in items if item.patient]
    if of_cohort and not arguments.partial:
        check_tables(order, of_cohort[0], bundle)
    rows = batch.perform(arguments, items, order)
    contents = [content_of(row, bundle) for row in rows]
    reports = [Path(file) for row in rows for file in row.written]
    codes, hidden = None, dict[str, Sequence[str]]()
    if arguments.deidentify:
        codes = deidentify.Codes({row.item: row.code for row in rows if row.code})
        hidden = {item.name: names_of((*item.paths, *sources_of(item))) for item in items}
    finish(arguments, bundle, [*write(arguments, contents, codes, hidden), *reports], codes)
    return batch.finish(arguments, order, rows)


def content_of(row: Row, bundle: Bundle) -> Mapping[str, Any]:
    """What the result files say of a row."""
    if row.result is not None:
        return row.result
    code = row.trouble.code if row.trouble is not None else ""
    return {**error_json(row.item, bundle.label, row.said), "code": code}


def check_usage(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be, before anything is computed.

    Raises:
        UsageError: No result was asked for, one report of many cases, or a report of an unknown kind.
    """
    if not any((arguments.json, arguments.csv, arguments.report, arguments.reports)):
        raise UsageError("say where the result goes: --json F, --csv F, --report F.pdf or --reports DIR")
    deidentify.check_usage(arguments)
    if arguments.report and common.is_many(arguments.cases):
        raise UsageError("--report is of one case; for a cohort give --reports DIR")
    if arguments.report and arguments.report.suffix.lower().lstrip(".") not in FORMATS:
        raise UsageError(f"{arguments.report.name}: a report is one of .{', .'.join(FORMATS)}")


def write(
    arguments: argparse.Namespace,
    contents: Sequence[Mapping[str, Any]],
    codes: deidentify.Codes | None,
    hidden: Mapping[str, Sequence[str]],
    *,
    alone: bool = False,
) -> list[Path]:
    """Write the results that were asked for, and give the paths.

    Args:
        contents: One object a case.
        codes: Of cases that must not be told; None where the results name them.
        hidden: Names by case that must not be left then.
        alone: Whether the JSON holds the one object and no list.
    """
    rows = codes.apply(contents, hidden) if codes is not None else contents
    written = []
    if arguments.json:
        storage.write_json(arguments.json, rows[0] if alone else rows)
        written.append(arguments.json)
    if arguments.csv:
        storage.write_text(arguments.csv, as_csv(rows))
        written.append(arguments.csv)
    return written


def finish(arguments: argparse.Namespace, bundle: Bundle, written: list[Path], codes: deidentify.Codes | None) -> None:
    """Note in the audit log what was written, and print the paths."""
    from survgui.workspace.audit import default_log, file_hashes

    default_log().bundle(Deed.PREDICT, bundle.label, outputs=file_hashes(written))
    common.show_paths(written + (codes.write(written, arguments.codes) if codes is not None else []))

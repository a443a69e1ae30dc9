"""`survgui study`: what impuTMAE's mask ratio and width do, and how methods bear missingness that is not at random."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from survgui.cli import arguments as common
from survgui.cli.evaluate import RATE, add_protocol, folder_of, options_of, read_splits
from survgui.cli.progress import follow
from survgui.errors import UsageError

NAMES = ("mask-ratio", "width", "missingness")


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "study",
        "what a setting of impuTMAE does, or how methods bear missingness that is not at random",
        "survgui study mask-ratio cohort.toml --values 0.25,0.5,0.75 --json study.json --resume",
        run,
    )
    parser.add_argument("study", metavar="STUDY", choices=NAMES, help=f"one of {', '.join(NAMES)}")
    parser.add_argument("cohort", metavar="COHORT", type=Path, help="cohort.toml or its folder")
    parser.add_argument(
        "--values",
        metavar="V1,V2,..",
        type=common.names,
        default=(),
        help="what is tried (default: mask ratios .25 to .9, widths 16 to 256, or none,mcar,mar,mnar,site)",
    )
    parser.add_argument(
        "--methods", metavar="M1,M2,..", type=common.names, default=(), help="of missingness: what is compared"
    )
    parser.add_argument(
        "--rate", metavar="R", type=common.share, default=RATE, help="of missingness: share hidden (default: 0.3)"
    )
    add_protocol(parser, "study")
    parser.set_defaults(risks=None)


def run(arguments: argparse.Namespace) -> int:
    """Run the study, print its summary and write the result."""
    from survgui.engine.spread import Where
    from survgui.engine.study.plan import STUDIES, Asked
    from survgui.engine.study.running import run_study
    from survgui.engine.study.tables import as_text, to_csv

    study = STUDIES[arguments.study]
    if study.setting and (arguments.methods or arguments.rate != RATE):
        raise UsageError(f"--methods and --rate go with missingness; {study.name} is of impuTMAE alone")
    values = study.read_values(arguments.values)
    options = options_of(arguments)
    cohort = common.open_cohort(arguments.cohort)
    cohort.require_sound()
    if arguments.splits:
        cohort = replace(cohort, splits=read_splits(arguments.splits, cohort))
    methods = arguments.methods or study.methods
    cohort = common.with_features(cohort, arguments.device, methods, arguments.encoder)
    asked = Asked(study, values, methods, arguments.patterns, arguments.seeds, arguments.rate)
    where = Where(arguments.workers, arguments.scheduler)
    task = run_study(cohort, asked, options, work=working_folder(arguments), resume=arguments.resume, where=where)
    result = follow(task)
    return common.finish_evaluation(arguments, result, to_csv(result), as_text(result), study.name)


def working_folder(arguments: argparse.Namespace) -> Path:
    """Where finished cells wait for `--resume`; more values of the same request find them too."""
    a = arguments
    asked = (a.study, a.methods, a.patterns, a.seeds, a.preset, a.device, a.rate, a.encoder)
    return folder_of("study", a.cohort, (common.cohort_file(a.cohort), a.splits, a.config), asked)

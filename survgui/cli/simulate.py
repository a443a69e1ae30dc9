"""`survgui simulate`: a cohort with known truth."""

from __future__ import annotations

import argparse
from pathlib import Path

from survgui.cases.case import Modality
from survgui.cli import arguments as common
from survgui.cli.progress import follow

MODALITIES = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI)


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "simulate",
        "a cohort with known truth, as raw files or as feature tables",
        "survgui simulate sim --patients 300 --seed 1 --modalities clinical,rna,pathology --missing mcar --rate 0.3",
        run,
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder that becomes the cohort")
    parser.add_argument("--patients", metavar="N", type=common.count, required=True)
    parser.add_argument("--seed", metavar="S", type=int, required=True)
    parser.add_argument("--nonlinear", action="store_true", help="risks that no linear model can find")
    parser.add_argument(
        "--modalities",
        metavar="A,B,..",
        type=common.modalities,
        default=MODALITIES,
        help=f"default: {','.join(MODALITIES)}",
    )
    parser.add_argument(
        "--missing", choices=("mcar", "mar", "mnar"), help="why modalities are missing; left out: none is"
    )
    parser.add_argument("--rate", metavar="R", type=common.share, default=0.3, help="share missing, from 0 to below 1")
    parser.add_argument("--level", choices=("raw", "features"), default="features")


def run(arguments: argparse.Namespace) -> int:
    """Simulate and print the cohort file's folder."""
    from survgui.engine.simulation import simulate

    folder = follow(
        simulate(
            arguments.folder,
            patients=arguments.patients,
            seed=arguments.seed,
            modalities=arguments.modalities,
            level=arguments.level,
            nonlinear=arguments.nonlinear,
            missing=arguments.missing,
            rate=arguments.rate,
        )
    )
    common.show_paths([folder])
    return 0

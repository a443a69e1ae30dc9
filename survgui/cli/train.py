"""`survgui train`: train on a cohort and publish a bundle."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import ReadError


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "train",
        "train on a cohort and publish a bundle",
        "survgui train cohort.toml --method must --out my-bundle --seed 1",
        run,
    )
    parser.add_argument("cohort", metavar="COHORT", type=Path, help="cohort.toml or its folder")
    parser.add_argument("--method", metavar="M", default="must", help="what to train: must or imputmae (default: must)")
    parser.add_argument("--out", metavar="BUNDLE", type=Path, required=True, help="folder that becomes the bundle")
    parser.add_argument("--preset", metavar="P", default="small", help="size of the network (default: small)")
    parser.add_argument("--config", metavar="F", type=Path, help="TOML whose entries override the preset's")
    parser.add_argument(
        "--without", metavar="ID,..", type=common.names, default=(), help="patients left out, to serve as unseen cases"
    )
    parser.add_argument(
        "--start", metavar="BUNDLE", default="", help="take the encoders of a bundle of imputmae where they fit"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a stopped training was")
    common.add_encoder(parser)
    common.add_seed(parser)
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train and print the bundle's folder."""
    from survgui.engine.train import Plan, train
    from survgui.workspace.audit import default_log

    plan = Plan(
        method=arguments.method,
        preset=arguments.preset,
        seed=arguments.seed,
        device=arguments.device,
        overrides=read_config(arguments.config) if arguments.config else None,
        without=frozenset(arguments.without),
        start=arguments.start,
    )
    plan.config()  # what cannot be is refused before anything is read
    cohort = common.open_cohort(arguments.cohort)
    cohort = common.with_features(cohort, arguments.device, [arguments.method], arguments.encoder)
    bundle = follow(train(cohort, arguments.out, plan, resume=arguments.resume))
    default_log().trained(bundle.label, common.cohort_file(arguments.cohort))
    common.show_paths([bundle.folder])
    return 0


def read_config(path: Path) -> dict[str, Any]:
    """The entries of a TOML file.

    Raises:
        ReadError: No such file, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror}); check the path", "CFG-01") from error
    except UnicodeDecodeError as error:
        raise ReadError(path, "is not TOML in UTF-8; write lines such as: epochs = 40", "CFG-02") from error
    except ValueError as error:
        raise ReadError(path, f"is not TOML ({error}); write lines such as: epochs = 40", "CFG-02") from error

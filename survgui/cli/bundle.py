"""`survgui bundle list | verify | install | card | encoder`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from survgui import paths
from survgui.cases.audit import Action
from survgui.cases.bundle import CARD, list_bundles, read_manifest
from survgui.cases.case import Modality
from survgui.cases.installed import install
from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import BundleError, ReadError


def add(commands: common.Commands) -> None:
    """Add the command group."""
    group = common.add_command(commands, "bundle", "model bundles", "survgui bundle list", show)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    common.add_command(actions, "list", "every bundle that can be used by name", "survgui bundle list", show)
    one = common.add_command(
        actions, "verify", "check every file of a bundle", "survgui bundle verify tcga-glioma", check
    )
    one.add_argument("bundle", metavar="B", help="a bundle's name or folder")
    new = common.add_command(
        actions, "install", "copy a bundle to the user's own", "survgui bundle install my-bundle.zip", add_bundle
    )
    new.add_argument("file", metavar="F", type=Path, help="a bundle's folder, or a .zip of it")
    told = common.add_command(
        actions,
        "card",
        "put evaluations into a bundle, and write its model card anew",
        "survgui bundle card my-bundle --evaluation natural.json patterns.json",
        write_card,
    )
    told.add_argument("bundle", metavar="B", help="a bundle's name or folder")
    told.add_argument(
        "--evaluation",
        metavar="F.json",
        type=Path,
        nargs="+",
        default=[],
        help="what `evaluate --methods` and `study` wrote of its cohort; in place of those that the bundle has",
    )
    _add_encoder(actions)


def _add_encoder(actions: common.Commands) -> None:
    parser = common.add_command(
        actions,
        "encoder",
        "pre-train an encoder of slides or MRI by itself, and put it into a bundle of imputmae beside its network",
        "survgui bundle encoder my-bundle --cohort slides/cohort.toml --modality pathology",
        write_encoder,
    )
    parser.add_argument("bundle", metavar="B", help="a bundle's name or folder")
    parser.add_argument("--cohort", metavar="COHORT", type=Path, required=True, help="whose files it is trained on")
    parser.add_argument("--modality", choices=("pathology", "mri"), required=True, help="which files")
    parser.add_argument("--epochs", metavar="N", type=common.count, default=100, help="of pre-training (default: 100)")
    text = "cohorts on which it is judged beside the patients left out"
    parser.add_argument("--judge", metavar="COHORT", type=Path, nargs="+", default=[], help=text)
    parser.add_argument("--note", metavar="TEXT", default="", help="what its reconstructions look like, for the card")
    common.add_seed(parser)
    common.add_device(parser)


def show(arguments: argparse.Namespace) -> int:
    """Print a line per bundle; one that cannot be read is a line too."""
    for folder in list_bundles(paths.bundle_folders()):
        try:
            m = read_manifest(folder)
        except BundleError as error:
            print(f"{folder.name}\tunusable: {error}")
            continue
        kind = f"{m.development.patients} patients" + (", simulated" if m.development.simulated else "")
        print(f"{folder.name}\t{m.version}\t{m.method}\t{m.development.cohort} ({kind})\t{', '.join(m.inputs)}")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Say that a bundle is whole; damage is raised."""
    bundle = common.find_bundle(arguments.bundle)
    print(f"{bundle.manifest.name} {bundle.manifest.version}: {len(bundle.manifest.files)} files are as published")
    print(f"sha256 {bundle.sha256}")
    return 0


def add_bundle(arguments: argparse.Namespace) -> int:
    """Install a bundle and print its folder."""
    from survgui.workspace.audit import default_log

    bundle = install(arguments.file)
    default_log().bundle(Action.INSTALL, bundle.label)
    common.show_paths([bundle.folder])
    return 0


def write_card(arguments: argparse.Namespace) -> int:
    """Put evaluations into a bundle and print the path of its card."""
    from survgui.engine.evaluation.record import record

    evaluations = [read_evaluation(file) for file in arguments.evaluation]
    bundle = record(common.find_bundle(arguments.bundle), evaluations)
    common.show_paths([bundle.folder / CARD])
    return 0


def write_encoder(arguments: argparse.Namespace) -> int:
    """Pre-train an encoder, put it into a bundle and print the path of its card."""
    from survgui.engine.masked.alone import add_encoder, config_of, pretrain_alone
    from survgui.nets.device import pick
    from survgui.workspace.audit import default_log

    bundle = common.find_bundle(arguments.bundle)
    config, device = config_of(bundle, arguments.epochs), pick(arguments.device)
    cohort, others = common.open_cohort(arguments.cohort), [common.open_cohort(path) for path in arguments.judge]
    for read in (cohort, *others):
        read.require_sound()
    modality = Modality(arguments.modality)
    alone = follow(pretrain_alone(cohort, modality, config, others=others, seed=arguments.seed, device=device))
    extended = add_encoder(bundle, alone, arguments.note)
    default_log().trained(extended.label, common.cohort_file(arguments.cohort))
    common.show_paths([extended.folder / CARD])
    return 0


def read_evaluation(file: Path) -> dict[str, Any]:
    """What `evaluate --json` wrote.

    Raises:
        ReadError: No such file, or not JSON of an object.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ReadError(file, f"cannot be read ({error.strerror or error}); check the path", "EVA-11") from error
    except ValueError as error:
        raise ReadError(file, "is not JSON; take the file that `survgui evaluate --json` wrote", "EVA-12") from error
    if not isinstance(content, dict):
        raise ReadError(file, "is no evaluation; take the file that `survgui evaluate --json` wrote", "EVA-13")
    return content

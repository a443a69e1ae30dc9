"""`survgui encode`: features of every slide and volume."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.cases.audit import Action as Deed
from survgui.cases.batch import Action, Order
from survgui.cli import arguments as common
from survgui.cli import batch
from survgui.cli.progress import follow
from survgui.errors import SurvguiError, UsageError

if TYPE_CHECKING:
    from survgui.cases.cohort import Cohort

NOTHING = "there is nothing to encode: no slide and no volume was found; tables need no encoding"


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "encode",
        "features of every slide and volume, resumable, cached by content hash",
        "survgui encode cohort.toml --device cuda",
        run,
    )
    parser.add_argument("cases", metavar="COHORT_OR_CASE", type=Path, nargs="+", help="a cohort, a case, or its files")
    parser.add_argument(
        "--encoder", metavar="NAME", default="efficientnet-lite0", help="of slides; tiles-256 takes some as pixels"
    )
    batch.add_options(parser)
    common.add_mpp(parser)
    common.add_device(parser)


def run(arguments: argparse.Namespace) -> int:
    """Encode and say how many patients have features now; 1 where none has."""
    return many(arguments) if common.is_many(arguments.cases) else one(arguments)


def one(arguments: argparse.Namespace) -> int:
    """Encode a case in this process."""
    from survgui.engine.encode import encode

    cohort = common.open_cases(arguments.cases, arguments.mpp)
    if not any(block.files for block in cohort.blocks.values()):
        raise SurvguiError(NOTHING)
    encoded = follow(encode(cohort, device=arguments.device, encoder=arguments.encoder))
    _note(arguments)
    for note in encoded.notes[len(cohort.notes) :]:
        print(f"survgui: {note.text} [{note.code}]", file=sys.stderr)
    return 0 if _tell(cohort, encoded) else 1


def many(arguments: argparse.Namespace) -> int:
    """Encode the cases of a cohort or a folder, each in a process of its own."""
    from survgui.encoders.registry import encoder_names

    if arguments.encoder not in encoder_names():
        raise UsageError(f"there is no encoder {arguments.encoder}; there are: {', '.join(encoder_names())} [ENC-02]")
    order = Order(Action.ENCODE, encoder=arguments.encoder, device=arguments.device, mpp=arguments.mpp)
    rows = batch.perform(arguments, batch.items_of(arguments.cases), order)
    _note(arguments)
    batch.finish(arguments, order, rows)
    results = [row.result for row in rows if row.result is not None]
    done = Counter(modality for result in results for modality in result["modalities"])
    if not done and all(row.done for row in rows):
        raise SurvguiError(NOTHING)
    for modality, patients in done.items():
        print(f"{modality}: {patients} of {len(rows)} patients encoded")
    return 0 if done else 1


def _note(arguments: argparse.Namespace) -> None:
    from survgui.workspace.audit import default_log

    default_log().record(Deed.ENCODE, about=arguments.encoder)


def _tell(before: Cohort, after: Cohort) -> int:
    """Print a line per modality, and give the number of patients encoded in all."""
    total = 0
    for modality, block in before.blocks.items():
        if block.files:
            done = len(set(block.files) & set(after.blocks[modality].items))
            print(f"{modality}: {done} of {len(block.files)} patients encoded")
            total += done
    return total

"""`survgui evaluate --bundle`: external validation of a bundle on a cohort of one's own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import UsageError

COMPARING: Mapping[str, object] = {
    "splits": None, "patterns": ("natural",), "resume": False, "seeds": 1, "preset": "small", "config": None,
    "risks": None, "workers": 1, "scheduler": "", "encoder": "", "missing": None, "rate": 0.3,
}  # fmt: skip
"""Options of a comparison alone, and what each is where it is not given."""


def add_options(parser: common.Parser) -> None:
    """Add what external validation takes beside the options of `evaluate`."""
    parser.add_argument("--bundle", metavar="B", help="instead of --methods: validate this bundle, a name or a folder")
    parser.add_argument(
        "--include-training", action="store_true", help="with --bundle: keep patients of its training set, who flatter"
    )


def check(arguments: argparse.Namespace) -> None:
    """Refuse options of a comparison together with a bundle, and the other way round.

    Raises:
        UsageError: Which.
    """
    if bool(arguments.bundle) == bool(arguments.methods):
        raise UsageError("evaluate takes either --methods, to compare them, or --bundle, to validate it")
    if arguments.include_training and not arguments.bundle:
        raise UsageError("--include-training goes with --bundle")
    idle = [f"--{name}" for name, plain in COMPARING.items() if getattr(arguments, name) != plain]
    if arguments.bundle and idle:
        few = len(idle) == 1
        raise UsageError(
            f"{' and '.join(idle)} {'goes' if few else 'go'} with --methods and {'does' if few else 'do'} nothing with "
            "--bundle, which is validated as it was trained, by a protocol of its own"
        )


def run(arguments: argparse.Namespace) -> int:
    """Validate, print the figures and write the result."""
    from survgui.engine.external import as_text, to_csv, validate

    bundle = common.find_bundle(arguments.bundle)
    cohort = common.open_cohort(arguments.cohort)
    cohort.require_sound()
    cohort = common.with_features_for(bundle, cohort, arguments.device)
    include = arguments.include_training
    result = follow(validate(cohort, bundle, device=arguments.device, include_training=include))
    return common.finish_evaluation(arguments, result, to_csv(result), as_text(result), "external validation")

"""`survgui evaluate`: methods compared by cross-validation, on one protocol."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from survgui import paths
from survgui.cases.case import patient_key
from survgui.cases.cohort import Split
from survgui.cli import arguments as common
from survgui.cli import external
from survgui.cli.progress import follow
from survgui.cli.train import read_config
from survgui.errors import ReadError, UsageError

if TYPE_CHECKING:
    from survgui.cases.cohort import Cohort
    from survgui.engine.methods.contract import Options

RATE = 0.3
"""share hidden where none is asked for"""
TEST_PARTS = ("test", "val", "validation")


def add(commands: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        commands,
        "evaluate",
        "cross-validated comparison of methods on one protocol",
        "survgui evaluate cohort.toml --methods must,cox-clinical --patterns natural,complete --json result.json",
        run,
    )
    parser.add_argument("cohort", metavar="COHORT", type=Path, help="cohort.toml or its folder")
    parser.add_argument("--methods", metavar="M1,M2,..", type=common.names, help="what to compare")
    external.add_options(parser)
    add_protocol(parser, "evaluation")
    parser.add_argument("--risks", metavar="F", type=Path, help="csv of published risks: model, fold, case_id, risk")
    add_missing(parser)


def add_protocol(parser: common.Parser, work: str) -> None:
    """Add the options of every comparison by cross-validation: folds, seeds, patterns, networks, results.

    Args:
        work: What `--resume` goes on with, for its help.
    """
    parser.add_argument("--splits", metavar="F", type=Path, help="csv of fixed folds: case, fold, part (train or test)")
    parser.add_argument("--seeds", metavar="K", type=common.count, default=1, help="repeat with K seeds (default: 1)")
    parser.add_argument(
        "--patterns",
        metavar="P1,P2,..",
        type=common.names,
        default=("natural",),
        help="natural, complete, all, or subsets such as clinical+rna (default: natural)",
    )
    parser.add_argument("--preset", metavar="P", default="small", help="size of the networks (default: small)")
    parser.add_argument(
        "--config", metavar="F", type=Path, help="TOML whose entries override the preset's; impuTMAE's under [imputmae]"
    )
    common.add_spread(parser)
    parser.add_argument("--resume", action="store_true", help=f"keep what a stopped {work} has finished")
    parser.add_argument("--json", metavar="F", type=Path, required=True, help="write the result there")
    parser.add_argument("--csv", metavar="F", type=Path, help="and as a table there")
    common.add_encoder(parser)
    common.add_device(parser)


def add_missing(parser: common.Parser) -> None:
    """Add what hides measured modalities before anything is learned."""
    parser.add_argument(
        "--missing",
        choices=("mcar", "mar", "mnar", "site"),
        help="hide measured modalities of training and test patients: at random, by what was observed, by risk, or by "
        "whole TCGA sites",
    )
    parser.add_argument(
        "--rate", metavar="R", type=common.share, default=RATE, help="share hidden of each modality (default: 0.3)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print the summary and write the result; with a bundle, validate that."""
    external.check(arguments)
    if arguments.bundle:
        return external.run(arguments)
    from survgui.engine.evaluation.comparison import evaluate
    from survgui.engine.evaluation.tables import as_text, to_csv
    from survgui.engine.spread import Where

    options = options_of(arguments)
    cohort = common.open_cohort(arguments.cohort)
    if arguments.splits:
        others = tuple(note for note in cohort.notes if not note.text.startswith("splits:"))
        cohort = replace(cohort, splits=read_splits(arguments.splits, cohort), notes=others)
    cohort.require_sound()
    cohort = common.with_features(cohort, arguments.device, arguments.methods, arguments.encoder)
    cohort, missing = thinned(cohort, arguments)
    kept = {"work": working_folder(arguments), "resume": arguments.resume}
    choices = {"patterns": arguments.patterns, "seeds": arguments.seeds, **kept}
    where, oracle = Where(arguments.workers, arguments.scheduler), read_oracle(arguments.cohort)
    result = follow(evaluate(cohort, arguments.methods, options, where=where, oracle=oracle, **choices))
    if missing:
        result["protocol"]["missing"] = missing
    return common.finish_evaluation(arguments, result, to_csv(result), as_text(result), "comparison")


def thinned(cohort: Cohort, arguments: argparse.Namespace) -> tuple[Cohort, dict[str, object]]:
    """The cohort with modalities hidden as `--missing` asks, and what the protocol says of it."""
    if arguments.missing is None:
        return cohort, {}
    from survgui.engine.evaluation.missingness import impose, imposed

    fewer = impose(cohort, arguments.missing, arguments.rate)
    return fewer, imposed(cohort, fewer, arguments.missing, arguments.rate)


def options_of(arguments: argparse.Namespace) -> Options:
    """What methods are fitted with: the preset of both networks with the changes of `--config`.

    Raises:
        UsageError: No such preset, or a setting that cannot be.
        ReadError: The file of changes cannot be read.
    """
    from survgui.engine.methods.contract import Options
    from survgui.engine.methods.published import default_risks
    from survgui.nets.device import pick
    from survgui.nets.masked.config import PRESETS as IMPUTMAE
    from survgui.nets.must import PRESETS

    if arguments.preset not in PRESETS:
        raise UsageError(f"no preset {arguments.preset!r}; there are: {', '.join(PRESETS)}")
    changes = read_config(arguments.config) if arguments.config else {}
    own = changes.pop("imputmae", {})
    try:
        config, imputmae = PRESETS[arguments.preset].changed(changes), IMPUTMAE[arguments.preset].changed(own)
    except (ValueError, AttributeError) as error:
        raise UsageError(str(error)) from None
    risks = str(arguments.risks.resolve()) if arguments.risks else default_risks()
    return Options(config, device=str(pick(arguments.device)), risks=risks, imputmae=imputmae)


def read_oracle(cohort: Path) -> dict[str, float]:
    """The best possible C-index per pattern from the `truth.json` of a simulated cohort; empty where there is none.

    Raises:
        ReadError: It is there and is not what `survgui simulate` writes.
    """
    file = common.cohort_file(cohort).parent / "truth.json"
    try:
        content = json.loads(file.read_text("utf-8"))["oracle_c"]
        return {str(pattern): float(c) for pattern, c in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReadError(file, "does not hold the truth of a simulated cohort; simulate it again", "TRU-01") from error


def working_folder(arguments: argparse.Namespace) -> Path:
    """Where finished cells wait for `--resume`: a folder for one request, so that none clears another's."""
    files = (common.cohort_file(arguments.cohort), arguments.splits, arguments.config, arguments.risks)
    asked = (arguments.methods, arguments.patterns, arguments.seeds, arguments.preset, arguments.device,
             arguments.missing, arguments.rate, arguments.encoder)  # fmt: skip
    return folder_of("evaluate", arguments.cohort, files, asked)


def folder_of(command: str, cohort: Path, files: Sequence[Path | None], asked: Sequence[object]) -> Path:
    """The folder of finished cells of one request: the same cohort, the same contents of files, the same options."""
    contents = [hashlib.sha256(f.read_bytes()).hexdigest() if f is not None and f.is_file() else "" for f in files]
    what = json.dumps([str(cohort.resolve()), contents, asked])
    return paths.user_cache() / command / hashlib.sha256(what.encode()).hexdigest()[:24]


def read_splits(path: Path, cohort: Cohort) -> tuple[Split, ...]:
    """Folds from a csv file with a patient, a fold and a part (`train`, or `test` or `val`) in each row.

    The patient's column is `case`, `case_id` or the first one. Patients that the cohort does not have are left out.

    Raises:
        ReadError: No such file, a missing column, a part of another name, a patient twice in a fold, or a fold without
            patients.
    """
    from survgui.readers.delimited import strict_rows

    known = {patient_key(identifier): identifier for identifier in cohort.ids}
    members: dict[int, dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for line, row in enumerate(strict_rows(path, ("SPL-05", "SPL-06"))[1], start=2):
        patient, fold, part = _split_row(path, line, row)
        if patient in known:
            if any(known[patient] in mine for mine in members[fold].values()):
                raise ReadError(path, f"line {line}: fold {fold} names one patient twice; correct the table", "SPL-07")
            members[fold][part in TEST_PARTS].append(known[patient])
    for fold, parts in members.items():
        if not parts[True] or not parts[False]:
            reason = f"fold {fold} has no patient of this cohort to train or to test on; add some, or leave it out"
            raise ReadError(path, reason, "SPL-03")
    if not members:
        raise ReadError(
            path, "no row names a patient of this cohort; its column `case` holds the cohort's ids", "SPL-04"
        )
    return tuple(Split(fold, tuple(members[fold][False]), tuple(members[fold][True])) for fold in sorted(members))


def _split_row(path: Path, line: int, row: Mapping[str, str]) -> tuple[str, int, str]:
    case = next((name for name in ("case", "case_id") if name in row), next(iter(row)))
    part = str(row.get("part", "")).strip().lower()
    try:
        fold = int(row["fold"])
    except (KeyError, ValueError, TypeError):
        raise ReadError(path, f"line {line} has no fold number; the columns are case, fold, part", "SPL-01") from None
    if part != "train" and part not in TEST_PARTS:
        raise ReadError(path, f"line {line}: part {part!r} is neither train nor test; correct it", "SPL-02")
    return patient_key(str(row[case])), fold, part

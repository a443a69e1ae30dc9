"""What the commands' arguments have in common: their parser, shared options, and opening a case or a cohort."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from survgui import storage
from survgui.cases.case import Modality
from survgui.cli.progress import follow

if TYPE_CHECKING:
    from survgui.cases.bundle import Bundle
    from survgui.cases.cohort import Cohort

    Commands: TypeAlias = argparse._SubParsersAction["Parser"]

DEVICES = ("auto", "cpu", "cuda", "mps")


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and one line on standard error."""
        self.exit(2, f"survgui: {message}; see {self.prog} --help\n")


def add_command(
    commands: Commands, name: str, summary: str, example: str, run: Callable[[argparse.Namespace], int]
) -> Parser:
    """Add a command whose help ends with an example; `run` gives the exit code."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_device(parser: Parser) -> None:
    """Add `--device`."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: auto)")


def add_encoder(parser: Parser) -> None:
    """Add `--encoder`."""
    text = "of slides: efficientnet-lite0, tiles-256 or a plugin's (default: what the method takes)"
    parser.add_argument("--encoder", metavar="NAME", default="", help=text)


def add_seed(parser: Parser) -> None:
    """Add `--seed`."""
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same result on the CPU")


def add_mpp(parser: Parser) -> None:
    """Add `--mpp`."""
    parser.add_argument("--mpp", type=positive, metavar="X", help="µm per pixel of slides that do not say it")


def add_spread(parser: Parser, what: str = "processes side by side") -> None:
    """Add where work is done."""
    spread = parser.add_mutually_exclusive_group()
    spread.add_argument("--workers", metavar="N", type=count, default=1, help=f"{what} (default: 1)")
    spread.add_argument("--scheduler", metavar="ADDRESS", default="", help="of a dask cluster: tcp://host:8786")


def positive(text: str) -> float:
    """A number above zero."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above zero")
    return number


def share(text: str) -> float:
    """A share of 0 to below 1."""
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to below 1")
    return number


def count(text: str) -> int:
    """A whole number above zero."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above zero")
    return number


def names(text: str) -> tuple[str, ...]:
    """A comma list, without empty parts."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def modalities(text: str) -> tuple[Modality, ...]:
    """A comma list of modalities."""
    unknown = [name for name in names(text) if name not in list(Modality)]
    if unknown:
        raise argparse.ArgumentTypeError(f"no modality {unknown[0]!r}; there are: {', '.join(Modality)}")
    return tuple(Modality(name) for name in names(text))


def is_cohort(paths: Sequence[Path]) -> bool:
    """Whether the paths name a cohort: a folder with `cohort.toml`, or a .toml with an outcome and no case id."""
    if len(paths) != 1:
        return False
    (path,) = paths
    if path.is_dir():
        return (path / "cohort.toml").is_file()
    if path.suffix.lower() != ".toml" or not path.is_file():
        return path.name == "cohort.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except ValueError:
        return path.name != "case.toml"  # the reader says what is wrong with it
    return "outcome" in content and "id" not in content


def open_cohort(path: Path) -> Cohort:
    """Read a cohort from its file or its folder."""
    from survgui.readers.cohort import load_cohort

    return load_cohort(path / "cohort.toml" if path.is_dir() else path)


def is_many(paths: Sequence[Path]) -> bool:
    """Whether the paths name a cohort or several cases, rather than one case."""
    from survgui.batch.items import case_folders

    return is_cohort(paths) or bool(case_folders(paths))


def open_cases(paths: Sequence[Path], mpp: float | None = None) -> Cohort:
    """Read what the user named: a cohort, or a case as its file, its folder or a list of its files."""
    from survgui.readers.cohort import load_case

    return open_cohort(paths[0]) if is_cohort(paths) else load_case(list(paths), mpp)


def with_features(cohort: Cohort, device: str, methods: Sequence[str], encoder: str = "") -> Cohort:
    """The cohort with its slides and volumes encoded, where it has any.

    Args:
        methods: What is to be fitted; decides the encoder of slides where none is named.
    """
    if not _has_files(cohort):
        return cohort
    from survgui.engine.encode import encode
    from survgui.engine.methods.registry import encoder_of

    return follow(encode(cohort, device=device, encoder=encoder or encoder_of(methods)))


def with_features_for(bundle: Bundle, cohort: Cohort, device: str) -> Cohort:
    """The cohort with its slides and volumes encoded as the bundle takes them, where it has any."""
    if not _has_files(cohort):
        return cohort
    from survgui.encoders.registry import slide_encoder
    from survgui.engine.encode import encode

    return follow(encode(cohort, device=device, encoder=slide_encoder(bundle.manifest.inputs)))


def _has_files(cohort: Cohort) -> bool:
    return any(block.files for block in cohort.blocks.values())


def find_bundle(name: str) -> Bundle:
    """Open and verify an installed bundle, or one at a path."""
    from survgui import paths
    from survgui.cases.bundle import open_bundle

    return open_bundle(name, paths.bundle_folders())


def cohort_file(cohort: Path) -> Path:
    """The file of a cohort that is named by its file or its folder."""
    return cohort / "cohort.toml" if cohort.is_dir() else cohort


def finish_evaluation(
    arguments: argparse.Namespace, result: Mapping[str, Any], table: str, text: str, about: str
) -> int:
    """Write what an evaluation found where it was asked for, note it in the audit log, and print it.

    Args:
        table: For `--csv`.
        text: For the screen.
        about: What kind of evaluation it is.
    """
    from survgui.cases.audit import Action
    from survgui.workspace.audit import default_log, file_hashes

    written = [path for path in (arguments.json, arguments.csv) if path]
    storage.write_json(arguments.json, result)
    if arguments.csv:
        storage.write_text(arguments.csv, table)
    default_log().cohort(Action.EVALUATE, cohort_file(arguments.cohort), file_hashes(written), about)
    print(text)
    show_paths(written)
    return 0


def show_paths(written: Sequence[Path]) -> None:
    """Print what was written: one absolute path a line, and nothing else."""
    for path in written:
        print(path.resolve(), flush=True)

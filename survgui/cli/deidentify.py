"""`predict --deidentify`: results that go to somebody who must not learn whose they are."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.report import RESEARCH_USE
from survgui.cases.safe_harbor import STATEMENT, deidentified, new_code
from survgui.cases.spreadsheet import csv_text
from survgui.cli import arguments as common
from survgui.errors import UsageError

STATEMENT_FILE = "DE-IDENTIFICATION.txt"


def add_options(parser: common.Parser) -> None:
    """Add `--deidentify` and `--codes`."""
    text = "for sharing: under random codes, by the Safe Harbor method; what was done is written beside the results"
    parser.add_argument("--deidentify", action="store_true", help=text)
    text = "with --deidentify: which code is whose, for you alone"
    parser.add_argument("--codes", metavar="F.csv", type=Path, help=text)


def check_usage(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be.

    Raises:
        UsageError: Codes of nothing, or reports of many cases.
    """
    if arguments.codes and not arguments.deidentify:
        raise UsageError("--codes goes with --deidentify: without it the results name the cases themselves")
    if arguments.deidentify and arguments.reports and common.is_many(arguments.cases):
        raise UsageError(
            "--deidentify writes the tables of many cases (--json, --csv); for a de-identified report give one case"
        )


class Codes:
    """Random codes of cases, made as they are asked for."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def of(self, case: str) -> str:
        """The case's code; the same whenever it is asked for."""
        return self._of.setdefault(case, new_code())

    def apply(self, contents: Iterable[Mapping[str, Any]], hidden: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Results under their codes.

        Args:
            hidden: Further names that must not be left, such as those of files.
        """
        return [deidentified(content, self.of(str(content["case"])), hidden) for content in contents]

    def write(self, written: Sequence[Path], codes: Path | None) -> list[Path]:
        """Write what was done beside the results, and whose code is which where that was asked for."""
        statement = written[0].with_name(STATEMENT_FILE)
        storage.write_text(statement, "\n\n".join((*STATEMENT, RESEARCH_USE)) + "\n")
        if codes is None:
            return [statement]
        storage.write_text(codes, csv_text([("code", "case"), *((code, case) for case, code in self._of.items())]))
        return [statement, codes]

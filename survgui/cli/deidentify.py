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
        UsageError: Codes of nothing.
    """
    if arguments.codes and not arguments.deidentify:
        raise UsageError("--codes goes with --deidentify: without it the results name the cases themselves")


class Codes:
    """Random codes of cases, made as they are asked for.

    Args:
        known: Codes by case, where reports have been written under them.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._of = dict(known or {})

    def of(self, case: str) -> str:
        """The case's code; the same whenever it is asked for."""
        return self._of.setdefault(case, new_code())

    def apply(self, contents: Iterable[Mapping[str, Any]], hidden: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        """Results under their codes.

        Args:
            hidden: Further names by case that must not be left, such as those of files.
        """
        cases = [(str(content["case"]), content) for content in contents]
        return [deidentified(content, self.of(case), hidden.get(case, ())) for case, content in cases]

    def write(self, written: Sequence[Path], codes: Path | None) -> list[Path]:
        """Write what was done beside all results, and whose code is which where that was asked for."""
        statements = list(dict.fromkeys(path.with_name(STATEMENT_FILE) for path in written))
        for statement in statements:
            storage.write_text(statement, "\n\n".join((*STATEMENT, RESEARCH_USE)) + "\n")
        if codes is None:
            return statements
        storage.write_text(codes, csv_text([("code", "case"), *((code, case) for case, code in self._of.items())]))
        return [*statements, codes]

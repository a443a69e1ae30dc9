"""Tables that a spreadsheet opens without running a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet runs; the last four are the signs in full width, which some take alike."""


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, a line each: None is blank, and a text that would be a formula is led by a quotation mark."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    lines = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare carriage return is written without quotes
    return "'" + lines if lines.startswith(_FORMULA) else lines

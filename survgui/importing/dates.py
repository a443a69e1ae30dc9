"""Dates of a hospital's table: told by their form, and never guessed where day and month could be changed about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from survgui.readers.delimited import MISSING

_ENOUGH = 0.9
"""Share of the cells that are there that must be dates, for a column to be one of dates (our choice)"""
_YEAR_FIRST = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?: [\d:]+)?")
_MONTH_IN_WORDS = re.compile(r"(\d{1,2})[-. ]{0,2}([A-Za-zä]{3})[a-zä]*[-. ]+(\d{4})|(\d{1,2})([A-Z]{3})(\d{4})")
_IN_DOUBT = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?: [\d:]+(?: ?[AP]M)?)?")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {
    **{name: number for number, name in enumerate(_ENGLISH, start=1)},
    **{"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12},
}


@dataclass(frozen=True, slots=True)
class Dates:
    """Columns of dates.

    Attributes:
        days: By column, (rows,) days since 1 January of year 1; NaN where the cell is blank or no date.
        doubt: Whether day and month could be changed about, so that `days` cannot be told.
    """

    days: dict[str, NDArray[np.float64]]
    doubt: bool = False


def are_dates(cells: Sequence[str]) -> bool:
    """Whether nearly all cells that are there are dates, in whatever form."""
    there = [cell for cell in cells if cell not in MISSING]
    forms = (_YEAR_FIRST, _DAY_FIRST, _MONTH_IN_WORDS, _IN_DOUBT)
    dates = sum(any(form.fullmatch(cell) for form in forms) for cell in there)
    return bool(there) and dates >= _ENOUGH * len(there)


def read(columns: dict[str, Sequence[str]]) -> Dates:
    """Columns of one table, whose dates are all written alike.

    Of dates such as 03/04/2014 one with a number above 12 tells which is the day; without one, or where they
    contradict each other, they are in doubt.
    """
    halves = [match for cells in columns.values() for cell in cells if (match := _IN_DOUBT.fullmatch(cell))]
    day_first = any(int(match[1]) > 12 for match in halves)
    month_first = any(int(match[3]) > 12 for match in halves)
    doubt = bool(halves) and day_first == month_first
    days = {name: np.array([_ordinal(cell, day_first) for cell in cells]) for name, cells in columns.items()}
    return Dates(days, doubt)


def _ordinal(cell: str, day_first: bool) -> float:
    """Days since the year 1; NaN for what is no date, as the 31st of a month that has 30 days."""
    if match := _YEAR_FIRST.fullmatch(cell):
        year, month, day = match[1], match[3], match[4]
    elif match := _DAY_FIRST.fullmatch(cell):
        day, month, year = match[1], match[2], match[3]
    elif match := _MONTH_IN_WORDS.fullmatch(cell):
        day, word, year = (match[1], match[2], match[3]) if match[1] else (match[4], match[5], match[6])
        month = str(_MONTHS.get(word.casefold(), 0))
    elif match := _IN_DOUBT.fullmatch(cell):
        first, second, year = match[1], match[3], match[4]
        day, month = (first, second) if day_first else (second, first)
    else:
        return float("nan")
    try:
        return float(date(int(year), int(month), int(day)).toordinal())
    except ValueError:
        return float("nan")

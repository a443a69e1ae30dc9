"""What genes are called: current symbols, old ones and aliases, Ensembl ids of any version, Entrez ids.

The table is `resources/genes/human.tsv.gz`, made by `packaging/gene_names.py` from Bioconductor's org.Hs.eg.db. A name
is resolved only where it means one gene: an alias of two stays what it is, and a current symbol is never an alias.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from survgui import paths

ENSEMBL = re.compile(r"(ENSG\d{11})(\.\d+)?(_PAR_Y|_\d+)?(\|.*)?")
"""An Ensembl gene with the version and what GENCODE and Xena put behind it."""

_ENTREZ = re.compile(r"\d{1,9}")
_BOTH = re.compile(r"([^|]+)([|.])(\d+)")  # TCGA's old tables: symbol|Entrez id, after R symbol.Entrez id
_MOST = 0.5  # share of names that must be of a kind for the others to be looked at so
_ANEW = re.compile(r"(SEPT|MARCH|MARC|DEC)(\d{1,2})")
_ANEWS = {"SEPT": "SEPTIN", "MARCH": "MARCHF", "MARC": "MTARC", "DEC": "DELEC"}
"""Families that were named anew because spreadsheets took them for dates (Bruford et al., Nat Genet 2020): the old name
of one may also be an alias of another, but is hardly ever meant so."""
_DATE = re.compile(r"(\d{1,2})-(mar|sep|sept|dec)", re.IGNORECASE)
_DATE_BEFORE = re.compile(r"(mar|sep|sept|dec)-(\d{1,2})", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-(\d\d)-(\d\d)( 00:00:00)?")
_SERIAL = re.compile(r"4\d{4}(\.0)?")  # days since 1899: 2009 to 2036
_FIRST_DAY = date(1899, 12, 30)
_WORDS = {3: "MARCH", 9: "SEPT", 12: "DEC"}
_MONTHS = {"mar": 3, "sep": 9, "sept": 9, "dec": 12}


@dataclass(frozen=True, slots=True)
class Names:
    """The features of a table as genes.

    Attributes:
        kind: `symbols`, `Ensembl ids` or `Entrez ids`.
        names: (d,) one per feature, in order: symbols where the table had ids, repaired where unambiguous.
        known: How many are in the gene table.
        renamed: How many of the known are no current symbols.
        repaired: `3-Mar = MARCH3`, in order.
        spoilt: Dates that may mean several genes.
        repeated: How many names occur a second time; the first counts.
    """

    kind: str
    names: tuple[str, ...]
    known: int = 0
    renamed: int = 0
    repaired: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class _Genes:
    """symbol -> itself; Ensembl and Entrez id -> symbol; alias -> symbol, where it is one's alone."""

    symbols: frozenset[str]
    ensembl: Mapping[str, str]
    entrez: Mapping[str, str]
    others: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _genes() -> _Genes:
    lines = gzip.decompress(paths.resource("genes/human.tsv.gz").read_bytes()).decode().splitlines()[2:]
    rows = [line.split("\t") for line in lines]
    symbols = frozenset(row[0] for row in rows)
    others: dict[str, str | None] = {}
    ensembl: dict[str, str] = {}
    for symbol, _, ids, names in rows:
        for number in filter(None, ids.split("|")):
            ensembl.setdefault(f"ENSG{int(number):011d}", symbol)
        for name in filter(None, names.split("|")):
            others[name] = symbol if others.get(name, symbol) == symbol else None
    alone = {name: symbol for name, symbol in others.items() if symbol is not None and name not in symbols}
    return _Genes(symbols, ensembl, {row[1]: row[0] for row in rows}, alone)


def current(name: str) -> str | None:
    """The current symbol of a gene by any of its names; None where the name is unknown or means several genes."""
    table = _genes()
    if name in table.symbols:
        return name
    written = ENSEMBL.fullmatch(name)
    if written is not None:
        return table.ensembl.get(written[1])
    anew = _ANEW.fullmatch(name)
    if anew is not None and (symbol := f"{_ANEWS[anew[1]]}{anew[2]}") in table.symbols:
        return symbol
    if name in table.others:
        return table.others[name]
    both = _BOTH.fullmatch(name)
    if both is not None:
        of_number = table.entrez.get(both[3])
        return of_number if both[2] == "|" or of_number == current(both[1]) else None
    return table.entrez.get(name) if _ENTREZ.fullmatch(name) else None


@lru_cache(maxsize=1)
def symbols() -> tuple[str, ...]:
    """All current symbols, in alphabetical order."""
    return tuple(sorted(_genes().symbols))


def share_known(names: Sequence[str]) -> float:
    """Share of the names that are genes by symbol, alias or Ensembl id; bare numbers are none."""
    return sum(not name.isdigit() and current(name) is not None for name in names) / max(1, len(names))


def are_entrez(names: Sequence[str]) -> bool:
    """Whether names are Entrez ids: numbers, most of them a gene's, and not simply counted up."""
    if len(names) < 5 or not all(_ENTREZ.fullmatch(name) for name in names[:1000]):
        return False
    numbers = [int(name) for name in names if name.isdigit()]
    steps = sum(b - a == 1 for a, b in pairwise(numbers))
    known = sum(name in _genes().entrez for name in names)
    return known >= 0.8 * len(names) and steps < 0.8 * len(numbers)


def kind_of(names: Sequence[str]) -> str:
    """`Ensembl ids`, `Entrez ids` or `symbols`: what most of the names are."""
    if sum(ENSEMBL.fullmatch(name) is not None for name in names) >= _MOST * max(1, len(names)):
        return "Ensembl ids"
    return "Entrez ids" if are_entrez(names) else "symbols"


@lru_cache(maxsize=16)
def named(names: tuple[str, ...]) -> Names:
    """The features of a table of genes as a user reads them.

    Ids become symbols where the gene table knows them; symbols stay as written, old ones too, for a table's own
    names are what a reader looks for. Dates that a spreadsheet made of symbols are repaired where only one gene can
    be meant: not `1-Mar`, for it was MARCH1 or MARC1.
    """
    kind = kind_of(names)
    if kind == "symbols":
        return _symbols(names)
    found = [current(name) for name in names]
    new, seen = [], set[str]()
    for name, symbol in zip(names, found, strict=True):
        stem = ENSEMBL.fullmatch(name)
        taken = symbol if symbol is not None and symbol not in seen else stem[1] if stem else name
        seen.add(taken)
        new.append(taken)
    known = sum(symbol is not None for symbol in found)
    repeated = known - len({symbol for symbol in found if symbol is not None})
    return Names(kind, tuple(new), known, known, repeated=repeated)


def _symbols(names: tuple[str, ...]) -> Names:
    there = set(names)
    count: dict[str, int] = {}
    meant = {name: _repair(name) for name in dict.fromkeys(names) if _is_date(name)}
    for symbol in meant.values():
        count[symbol or ""] = count.get(symbol or "", 0) + 1
    good = {n: s for n, s in meant.items() if s is not None and count[s] == 1 and s not in there}
    twice = {name for name in meant if names.count(name) > 1}
    good = {name: symbol for name, symbol in good.items() if name not in twice}
    new = tuple(_plain(good.get(name, name)) for name in names)
    table = _genes()
    found = [current(name) for name in new]
    return Names(
        "symbols",
        new,
        known=sum(symbol is not None for symbol in found),
        renamed=sum(symbol is not None and name not in table.symbols for name, symbol in zip(new, found, strict=True)),
        repaired=tuple(f"{name} = {symbol}" for name, symbol in good.items()),
        spoilt=tuple(name for name in meant if name not in good),
        repeated=len(new) - len(set(new)),
    )


def _plain(name: str) -> str:
    """TCGA's old `A1BG|1` without the number; `?|10357`, a clone's `RP11-34P13.7` and symbols with a point stay."""
    both = _BOTH.fullmatch(name)
    if both is None or both[1] == "?" or name in _genes().symbols or (both[2] == "." and current(name) is None):
        return name  # CAND1.11 is a gene of its own, and not CAND1
    return both[1]


def _is_date(name: str) -> bool:
    return any(form.fullmatch(name) for form in (_DATE, _DATE_BEFORE, _SERIAL, _ISO))


def _repair(name: str) -> str | None:
    """The one gene that a date can have been: `7-Sep`, `Sep-07`, `2019-09-07`, 43715."""
    month, day = _month_and_day(name)
    if month not in _WORDS or (month == 3 and day in (1, 2)):  # MARCH1 or MARC1, MARCH2 or MARC2
        return None
    if month == 9 and day == 15:
        return "SEP15"
    symbol = f"{_WORDS[month]}{day}"
    return symbol if current(symbol) is not None else None


def _month_and_day(name: str) -> tuple[int, int]:
    if found := _DATE.fullmatch(name):
        return _MONTHS[found[2].lower()], int(found[1])
    if found := _DATE_BEFORE.fullmatch(name):
        return _MONTHS[found[1].lower()], int(found[2])
    if _SERIAL.fullmatch(name):
        day = _FIRST_DAY + timedelta(days=int(float(name)))
        return day.month, day.day
    found = _ISO.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@lru_cache(maxsize=64)
def places(wanted: tuple[str, ...], have: tuple[str, ...]) -> tuple[int, ...]:
    """Where each wanted feature is among those that are there, -1 where it is not.

    A name as written comes first; then another name of the same gene, where only one of those that are left is it.
    """
    at = {name: column for column, name in reversed(list(enumerate(have)))}
    if all(name in at for name in wanted):
        return tuple(at[name] for name in wanted)
    taken = {name for name in wanted if name in at}
    by_gene = _by_gene(name for name in have if name not in taken)
    return tuple(at[found] if (found := _named(name, at, by_gene)) is not None else -1 for name in wanted)


def _by_gene(names: Iterable[str]) -> dict[str, str]:
    """current symbol -> the name that a table gives it, where it gives one."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        symbol = current(name)
        if symbol is not None:
            found.setdefault(symbol, []).append(name)
    return {symbol: given[0] for symbol, given in found.items() if len(given) == 1}


def _named(name: str, at: Mapping[str, int], by_gene: Mapping[str, str]) -> str | None:
    if name in at:
        return name
    symbol = current(name)
    return None if symbol is None else by_gene.get(symbol)

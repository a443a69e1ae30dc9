"""Which columns of a table are a modality's features, and what the features are called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from survgui.errors import ReadError

_SEPARATORS = "_-.:|/ "


def chosen(
    names: Sequence[str], wanted: str | tuple[str, ...] | None, numeric: Collection[str], barred: Collection[str]
) -> list[str] | None:
    """The columns that `columns = ...` means, in the order of the table (of the list, where it is one).

    Args:
        wanted: A glob, names or globs, or None for every numeric column that has a name.
        numeric: Columns of numbers.
        barred: Columns that are no features (ids, the outcome); only naming one outright overrides this.

    Returns:
        None where a name or glob meets no column.
    """
    if wanted is None:
        return [name for name in names if name and name in numeric and name not in barred]
    there = set(names)
    found: dict[str, None] = {}  # an array of methylation has half a million columns: no list is searched here
    for pattern in (wanted,) if isinstance(wanted, str) else wanted:
        hits = [pattern] if pattern in there else [n for n in names if fnmatchcase(n, pattern) and n not in barred]
        if not hits:
            return None
        found.update(dict.fromkeys(hits))
    return list(found)


def missing(path: Path, wanted: str | tuple[str, ...] | None, names: Sequence[str]) -> ReadError:
    """The error for columns that are not there: names those, and some that are."""
    patterns = (wanted,) if isinstance(wanted, str) else wanted or ()
    lost = [p for p in patterns if p not in names and not any(fnmatchcase(name, p) for name in names)]
    return ReadError(path, f"no column is named {', '.join(lost[:5])}; it has {', '.join(names[:8])}, ...", "TBL-14")


def feature_names(columns: Sequence[str], wanted: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Columns without the literal part of their glob: `AAK1_rnaseq` of `*_rnaseq` is gene `AAK1`.

    Only the literal on one side of a single star is dropped, and only where a separator parts it from the
    star: the `cg` of `cg*` belongs to the probe's name, and what two stars stand for is not one name. Where
    two names would then be the same or one be empty, all stay as they are.
    """
    if not isinstance(wanted, str) or wanted.count("*") != 1 or any(c in wanted for c in "?["):
        return tuple(columns)
    before, after = wanted.split("*")
    apart = (not before or before[-1] in _SEPARATORS) and (not after or after[0] in _SEPARATORS)
    short = [name[len(before) : len(name) - len(after)] for name in columns]
    return tuple(short) if apart and all(short) and len(set(short)) == len(short) else tuple(columns)

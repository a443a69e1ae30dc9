"""Tables of one patient each, as aligners and the GDC write them, as one table.

Such a file has features down its first column and one or a few columns of numbers, which are called the same in every
file (`read_count`, `TPM`): whose it is, is told by the file's name, its folder's, or the GDC's sample sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.case import Modality, is_tcga
from survgui.cases.cohort import Note
from survgui.cases.step import Step, Task
from survgui.errors import ReadError
from survgui.importing import gdc, patterns
from survgui.readers import columns
from survgui.readers.finding import Finding
from survgui.readers.table import Tables, read_table, transposed

Alike = tuple[Modality, tuple[str, ...]]
"""What files of one kind share: the modality, and the names of their columns."""

FEWEST = 3
"""Files with the same columns from which on these are no patients (our choice)"""
MOST_COLUMNS = 8
"""of such a file; more are patients (our choice)"""
_COUNTS = ("unstranded", "read_count", "raw_count", "expected_count", "numreads", "count", "counts")
_AMOUNTS = ("tpm", "fpkm", "rpkm", "beta_value", "beta", "copy_number", "value")
"""columns that are taken before others, in this order"""
_OF_VALUES = re.compile(
    r".*(count|reads|tpm|fpkm|rpkm|beta|value|express|intensit|copy_?number|log2|log_?ratio|stranded).*", re.IGNORECASE
)
"""what columns are called that hold values and are no patients; one of a file's must be"""


def alike(found: Sequence[Finding], tables: Tables) -> Alike | None:
    """What a file shares with others of its kind; None where it is no table that could be one patient's own."""
    spec = found[0].spec if len(found) == 1 and found[0].sheet is None else None
    if spec is None or spec.table is None:
        return None
    names = tables.read(found[0].path).names
    told = spec.table.orientation == "cases-in-columns" and any(_OF_VALUES.fullmatch(name) for name in names[1:])
    return (spec.modality, names) if told and len(names) <= MOST_COLUMNS and not any(map(is_tcga, names)) else None


def value_of(path: Path) -> str:
    """The column that is taken of each file: counts before amounts, else the first of numbers.

    Raises:
        ReadError: The file cannot be read.
    """
    table = read_table(path)
    lower = {name.casefold(): name for name in reversed(table.names[1:])}
    known = next((lower[name] for name in (*_COUNTS, *_AMOUNTS) if name in lower), None)
    return known or transposed(table)[0][0]


def of_patients(
    files: Sequence[Path], known: Mapping[str, str], ids: Sequence[str]
) -> tuple[list[tuple[str, Path]], list[Path]]:
    """(sample or patient, file) of every file whose owner is known, and the files whose is not.

    Args:
        known: Owners by the names of files and folders, of the GDC's sample sheets.
        ids: Patients that tables name, the longest first.
    """
    owned, lost = gdc.of_patients(files, known)
    named = [(patterns.patient_of(path, ids), path) for path in lost]
    return [*owned, *((who, path) for who, path in named if who)], [path for who, path in named if not who]


def join(members: Sequence[tuple[str, Path]], value: str, target: Path) -> Task[list[Note]]:
    """Write one table: features down, a sample a column, as parquet; a feature that a file has not is missing there.

    Returns:
        Notes on files that were left out.

    Raises:
        ReadError: None of the files could be read; why the first could not.
    """
    read: dict[str, tuple[tuple[str, ...], NDArray[np.float32]]] = {}
    notes: list[Note] = []
    broken: list[ReadError] = []
    features: tuple[str, ...] = ()
    for number, (who, path) in enumerate(members):
        yield Step("join", number, len(members), f"joining tables: {number + 1} of {len(members)} files")
        if who in read:
            notes.append(Note("info", "GDC-04", f"{path.name} was left out: it is another file of the same sample"))
            continue
        try:
            names, values = _read(path, value)
        except ReadError as error:
            broken.append(error)
            continue
        features = features if list(features) == names else tuple(names)  # the same names are kept once
        read[who] = features, values
    if not read:
        raise broken[0]
    notes += [Note("warning", error.code, f"left out: {error}") for error in broken]
    with storage.replacing(target) as part:
        _frame(read).to_parquet(part, index=False)
    return notes


def _read(path: Path, value: str) -> tuple[list[str], NDArray[np.float32]]:
    table = read_table(path)
    if value not in table.names:
        raise columns.missing(path, value, table.names)
    _, names, values = transposed(table, value)
    return names, values[0].astype(np.float32)


def _frame(read: Mapping[str, tuple[tuple[str, ...], NDArray[np.float32]]]) -> pd.DataFrame:
    union = pd.Index(dict.fromkeys(name for names in {names for names, _ in read.values()} for name in names))
    body = {"feature": union.to_numpy()}
    for who, (names, values) in read.items():
        mine = pd.Series(values, index=names)
        body[who] = mine[~mine.index.duplicated()].reindex(union).to_numpy()
    return pd.DataFrame(body)

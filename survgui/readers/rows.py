"""Which rows of a table are a patient's: ids, samples, filters, and when two cells are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from survgui.cases.case import is_tcga, patient_key
from survgui.readers.delimited import MISSING
from survgui.readers.spec import TableSpec, Value
from survgui.readers.table import Table

_LAST_TUMOUR = 9  # TCGA sample types: 01-09 tumour, 10-19 normal tissue or blood, 20 on controls


def same(cell: str, value: Value) -> bool:
    """Whether a cell as written is a value of a cohort file.

    Numbers are compared as numbers (0 equals 0.0), words without regard to case; true is `true` or 1.
    """
    number, wanted = _number(cell), _number(str(int(value)) if isinstance(value, bool) else str(value))
    if number is not None and wanted is not None:
        return number == wanted
    return cell.strip().casefold() == str(value).strip().casefold()


def any_of(cell: str, values: Iterable[Value]) -> bool:
    """Whether a cell is one of several values."""
    return any(same(cell, value) for value in values)


def kept_rows(table: Table, filters: Mapping[str, tuple[Value, ...]]) -> list[int]:
    """Rows that pass every filter, in order."""
    rows = list(range(len(table)))
    for column, values in filters.items():
        cells = table.text(column)
        rows = [row for row in rows if any_of(cells[row], values)]
    return rows


def rows_by_patient(ids: Sequence[str], rows: Iterable[int]) -> dict[str, list[int]]:
    """Rows of every patient, in order of first appearance.

    Of several TCGA samples of one patient those of the lowest tumour type are taken (01, the primary
    tumour, before 02 and 06); normal samples never. Rows without an id belong to nobody, nor do those whose id is a
    word for a missing one: two strangers called NA would be one patient.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        sample = sample_type(ids[row])
        if ids[row].strip() not in MISSING and sample <= _LAST_TUMOUR:
            found.setdefault(patient_key(ids[row]), []).append((sample, row))
    lowest = {patient: min(sample for sample, _ in samples) for patient, samples in found.items()}
    return {p: [row for sample, row in samples if sample == lowest[p]] for p, samples in found.items()}


def nearly(ids: Iterable[str], others: Iterable[str]) -> list[tuple[str, str]]:
    """Ids with the one other that they are but for capitals, leading zeros and signs: `p7` and `P-007`.

    They are not taken to be one patient's: nobody but who wrote them knows. Ids that are among the others have met.
    """
    mine, theirs = set(ids), set(others)
    loose: dict[str, list[str]] = {}
    for other in theirs - mine:
        loose.setdefault(_loose(other), []).append(other)
    pairs = ((one, loose.get(_loose(one), [])) for one in sorted(mine - theirs))
    return [(one, found[0]) for one, found in pairs if len(found) == 1]


def _loose(identifier: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", identifier.casefold()))


def owner_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Patient of each sample, slide or file that tables name; empty where they name several, for then it is nobody's.

    Args:
        pairs: (name, patient); those with a blank are passed over.
    """
    found: dict[str, str] = {}
    for name, patient in pairs:
        if name not in MISSING and patient not in MISSING:
            before = found.setdefault(name, patient)
            if before and patient_key(before) != patient_key(patient):
                found[name] = ""
    return found


def patient_rows(table: Table, spec: TableSpec) -> dict[str, list[int]]:
    """Rows of every patient in a table with a case per row, filters applied.

    Where `spec.case` is empty the table has no ids: all rows are those of the patient `""`.

    Raises:
        ReadError: The case column or a filter's column is not there.
    """
    rows = kept_rows(table, spec.filter)
    if spec.case == "":
        return {"": rows}
    return rows_by_patient(table.text(spec.case or table.names[0]), rows)


def sample_type(identifier: str) -> int:
    """The sample type of a TCGA barcode (1 for `TCGA-DU-7294-01A`), 0 where it has none."""
    parts = identifier.strip().replace(".", "-").split("-")
    if len(parts) < 4 or not is_tcga(identifier.strip()) or not parts[3][:2].isdigit():
        return 0
    return int(parts[3][:2])


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

"""Time and event of every patient, checked, and said back in words.

Codes: OUT-01 coding said back; -02 left out; -03 a third event value; -04 no event; -05 no patient;
-06 negative time; -07 rows that contradict; -08 time 0; -09 unit in doubt; -10 coding guessed; -11 few events;
-12 nobody's row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Note
from survgui.readers.delimited import MISSING
from survgui.readers.rows import any_of, kept_rows, patient_rows
from survgui.readers.spec import TIME_UNITS, OutcomeSpec, Value
from survgui.readers.table import Table, Tables, listed

HALF_A_DAY = 0.5 / TIME_UNITS["days"]
"""Months given to a patient with time 0, who died or was last seen on day 0 (contracts.md)."""

FEW_EVENTS = 10
_SHOWN = 5  # patients whose rows contradict each other that are named one by one
_LONG = 200.0  # months of median follow-up above which days were probably meant
_DEATH_WORDS: tuple[Value, ...] = (
    *(1, "dead", "deceased", "true", "yes", "y", "died", "event", "death", "d"),
    *("recurred", "progressed", "recurred/progressed", "progression", "relapsed", "with tumor"),
    *("verstorben", "gestorben", "tot", "ja", "exitus"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The outcome of the patients who have one.

    Attributes:
        months: (n,) follow-up, above 0.
        events: (n,) True where the patient died.
    """

    ids: tuple[str, ...]
    months: NDArray[np.float64]
    events: NDArray[np.bool_]
    notes: tuple[Note, ...]


def read_outcome(spec: OutcomeSpec, tables: Tables) -> Outcomes:
    """Read every patient's outcome in the order of the table; what is wrong with it is in the notes.

    Raises:
        ReadError: The table cannot be read, a column is not there, a time is no number.
    """
    table = tables.read(spec.table.path, sheet=spec.table.sheet, array=spec.table.array)
    rows = patient_rows(table, spec.table)
    used = [row for of_patient in rows.values() for row in of_patient]
    months = table.numbers([spec.time])[:, 0] / TIME_UNITS[spec.unit]
    died, notes = _deaths(table, spec, used)
    months = np.where(np.isin(died, (0.0, 1.0)), months, np.nan)
    chosen = {patient: _usable(months, of_patient) for patient, of_patient in rows.items()}
    notes += _nobodys(table, spec) + _left_out(chosen, rows, months, died, table)
    kept = {patient: row for patient, row in chosen.items() if row is not None and months[row] >= 0}
    at = list(kept.values())
    follow_up, zero = months[at], [patient for patient, row in kept.items() if months[row] == 0]
    if zero:
        who = _count(len(zero), "patient", "has time 0 and is", "have time 0 and are")
        text = f"{who} kept at half a day ({listed(zero, 5)}); check the dates"
        notes.append(Note("warning", "OUT-08", text))
    events = died[at] == 1.0
    notes += _overall(follow_up, events, spec, table)
    return Outcomes(tuple(kept), np.maximum(follow_up, HALF_A_DAY), events, tuple(notes))


def _usable(months: NDArray[np.float64], rows: Sequence[int]) -> int | None:
    """A patient's first row with an outcome."""
    return next((row for row in rows if np.isfinite(months[row])), None)


def _deaths(table: Table, spec: OutcomeSpec, rows: Sequence[int]) -> tuple[NDArray[np.float64], list[Note]]:
    """(rows of the table,) 1 died, 0 alive, NaN unknown; and how that was read."""
    cells = table.text(spec.event)
    known = [row for row in rows if cells[row] not in MISSING]
    count = Counter(_plain(cells[row]) for row in known)
    wanted, notes = spec.event_value, []
    if wanted is None:
        wanted = guess_events(spec.event, count)
        text = f"event_value is not given; {spec.event} = {_words(wanted)} was taken to mean the event: check this"
        notes.append(Note("warning", "OUT-10", text))
    died = np.full(len(table), np.nan)
    died[known] = [any_of(cells[row], wanted) for row in known]
    alive = [value for value in count if not any_of(value, wanted)]
    said = listed([f"{value} ({times} rows)" for value, times in count.most_common()])
    if len(alive) == len(count):
        text = (
            f"{table.path.name}: no event: {_words(wanted)} does not occur in {spec.event}, which holds {said}; "
            "correct `event_value`"
        )
        notes.append(Note("error", "OUT-04", text))
    elif len(alive) > 1:
        text = (
            f"{table.path.name}: {spec.event} has {len(count)} values, {said}; two are needed: "
            "filter the table, or list every value that means the event in event_value"
        )
        notes.append(Note("error", "OUT-03", text))
    return died, notes


def guess_events(name: str, values: Iterable[str]) -> tuple[Value, ...]:
    """What probably means that the event happened, by the column's name and its values.

    0 where the column says censoring, 2 in the coding 1/2 of R, else 1, `1:...` of cBioPortal, `...:1`, words for it.
    """
    plain = {_plain(value): value for value in values}
    if "cens" in name.casefold() and plain.keys() <= {"0", "1"}:
        return (0,)
    if sorted(plain) == ["1", "2"]:
        return (2,)
    happened = (
        int(p) if p.isdigit() else v
        for p, v in sorted(plain.items())
        if p.startswith("1:") or p.endswith(":1") or any_of(p, _DEATH_WORDS)
    )
    return tuple(happened) or (1,)


def _count(n: int, one: str, has: str, have: str) -> str:
    return f"1 {one} {has}" if n == 1 else f"{n} {one}s {have}"


def _nobodys(table: Table, spec: OutcomeSpec) -> list[Note]:
    """A note on rows that have a time and no patient."""
    if spec.table.case == "":
        return []
    ids, times = table.text(spec.table.case or table.names[0]), table.text(spec.time)
    rows = [r for r in kept_rows(table, spec.table.filter) if ids[r].strip() in MISSING and times[r] not in MISSING]
    if not rows:
        return []
    what = "a time and no id of a patient and"
    has = _count(len(rows), "row", f"has {what} is", f"have {what} are")
    where = listed([str(table.line(row)) for row in rows], 5)
    return [Note("warning", "OUT-12", f"{table.path.name}: {has} left out (line {where}); give each its id")]


def _left_out(
    chosen: dict[str, int | None],
    rows: dict[str, list[int]],
    months: NDArray[np.float64],
    died: NDArray[np.float64],
    table: Table,
) -> list[Note]:
    """Notes on patients without an outcome, with a negative time, or with rows that contradict each other."""
    notes = []
    missing = [patient for patient, row in chosen.items() if row is None]
    if missing:
        said = listed(missing, 5)
        who = _count(len(missing), "patient", "has no time or no event and is", "have no time or no event and are")
        text = f"{who} left out ({said}); give both if known"
        notes.append(Note("warning", "OUT-02", text))
    negative = [(patient, row) for patient, row in chosen.items() if row is not None and months[row] < 0]
    if negative:
        where = listed([f"{patient} in line {table.line(row)}" for patient, row in negative], 5)
        who = _count(len(negative), "patient", "has", "have")
        text = f"{table.path.name}: {who} a negative time ({where}); correct the table"
        notes.append(Note("error", "OUT-06", text))
    return notes + _contradictions(chosen, rows, months, died, table)


def _contradictions(
    chosen: dict[str, int | None],
    rows: dict[str, list[int]],
    months: NDArray[np.float64],
    died: NDArray[np.float64],
    table: Table,
) -> list[Note]:
    """Notes on patients of whom two rows say different outcomes: the first few, and how many more there are."""
    found = []
    for patient, of_patient in rows.items():
        first = chosen[patient]
        if first is None:
            continue
        said = months[first], died[first]
        other = next((r for r in of_patient if np.isfinite(months[r]) and (months[r], died[r]) != said), None)
        if other is not None:
            one, two = (f"line {table.line(r)} says {_said(months[r], died[r])}" for r in (first, other))
            found.append(f"{patient} has two outcomes: {one}, {two}; correct one of them")
    more = len(found) - _SHOWN
    if more > 0:
        found[_SHOWN:] = [f"two outcomes there are also for {more} more; correct the rows of each"]
    return [Note("error", "OUT-07", f"{table.path.name}: {text}") for text in found]


def _overall(months: NDArray[np.float64], events: NDArray[np.bool_], spec: OutcomeSpec, table: Table) -> list[Note]:
    """Notes on the outcome as a whole; the first says how events were read."""
    n, deaths = len(months), int(events.sum())
    if n == 0:
        return [Note("error", "OUT-05", f"{table.path.name}: no patient has an outcome; check case, time and filter")]
    wanted = "the guess above" if spec.event_value is None else _words(spec.event_value)
    said = f"{spec.event} = {wanted} means the event: {deaths} patients had it, {n - deaths} did not"
    notes = [Note("info", "OUT-01", said)]
    if 0 < deaths < FEW_EVENTS:
        said = "1 event" if deaths == 1 else f"{deaths} events"
        text = f"only {said}: too few to train or to judge a model; use the cohort for predictions only"
        notes.append(Note("warning", "OUT-11", text))
    median = float(np.median(months))
    if median > _LONG or median < HALF_A_DAY:
        text = f"half of the patients are followed for {median:,.4g} months or less: check unit = {spec.unit!r}"
        notes.append(Note("warning", "OUT-09", text))
    return notes


def _plain(cell: str) -> str:
    """One spelling per value: `1.0` is `1`."""
    try:
        return f"{float(cell):g}"
    except ValueError:
        return cell.casefold()


def _words(values: Sequence[Value]) -> str:
    return " or ".join(str(value) for value in values)


def _said(months: float, died: float) -> str:
    return f"{'died' if died else 'alive'} at {months:.4g} months"

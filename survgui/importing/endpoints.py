"""The endpoints that a table could give: a column of times and one of events, paired by what they are called.

Names are those of TCGA-CDR (`OS`, `OS.time`), cBioPortal (`OS_STATUS`, `OS_MONTHS`), GDC (`vital_status`,
`days_to_death`, `days_to_last_follow_up`) and common usage (`survival_months`, `censorship`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from survgui.cases.cohort import Note
from survgui.cases.proposal import Endpoint, TablePlan
from survgui.errors import ReadError
from survgui.importing import dates
from survgui.readers.delimited import MISSING
from survgui.readers.outcome import Outcomes, guess_events, read_outcome
from survgui.readers.rows import kept_rows
from survgui.readers.spec import OutcomeSpec, TableSpec
from survgui.readers.table import Table, Tables
from survgui.readers.words import english

_UNITS = {
    **dict.fromkeys(("day", "days"), "days"),
    **dict.fromkeys(("month", "months", "mo", "mos"), "months"),
    **dict.fromkeys(("year", "years", "yr", "yrs"), "years"),
}
_TIME_WORDS = {*_UNITS, "time", "survival", "followup", "futime"}
_EVENT_WORDS = {"status", "event", "censorship", "censored", "censor", "vital", "dead", "death", "died", "deceased"}
_FILLING = frozenset(
    (
        *(
            "overall",
            "os",
            "from",
            "diagnosis",
            "in",
            "patient",
            "is",
            "to",
            "until",
            "last",
            "follow",
            "up",
            "of",
            "x",
        ),
        *("free", "or", "combined", "contact"),
    )
)
_FAMILIES = {
    **dict.fromkeys(("pfs", "progression", "progress"), "PFS"),
    **dict.fromkeys(("dfs", "disease-free"), "DFS"),
    **dict.fromkeys(("dss", "specific"), "DSS"),
    **dict.fromkeys(("rfs", "recurrence", "relapse"), "RFS"),
    "pfi": "PFI",
    "dfi": "DFI",
}
_ORDER = ("OS", "PFS", "PFI", "DSS", "DFS", "DFI", "RFS")
_ACRONYMS = frozenset(name.lower() for name in _ORDER)
_NEVER = {"stage", "age", "birth", "sample", "collection", "sequencing", "year", "fold"}
_MOST_VALUES = 6


def endpoints(table: Table, plan: TablePlan, tables: Tables) -> list[Endpoint]:
    """The endpoints in a table with a case a row, overall survival first.

    Args:
        plan: How its patients are read.
    """
    found = []
    for name, time, event in pairs(table):
        endpoint = _endpoint(table, plan, name, time, event, tables)
        if endpoint is not None:
            found.append(endpoint)
    return sorted(found, key=lambda e: _ORDER.index(e.name) if e.name in _ORDER else len(_ORDER))


def pairs(table: Table) -> list[tuple[str, str, str]]:
    """(endpoint, column of times, column of events) of every endpoint that both are there for."""
    numeric = set(table.numeric())
    times: dict[str, list[str]] = {}
    events: dict[str, list[str]] = {}
    for column in table.names:
        words = _words(column)
        if _NEVER & (set(words) - set(_UNITS)) or not words:
            continue
        if set(words) & _TIME_WORDS and column in numeric and not set(words) & (_EVENT_WORDS - {"death"}):
            times.setdefault(_stem(words), []).append(column)
        elif (set(words) & _EVENT_WORDS or (len(words) == 1 and words[0] in _ACRONYMS)) and _codes(table, column):
            events.setdefault(_stem(words), []).append(column)
    found = []
    for stem, of_time in times.items():
        of_event = events.get(stem, [])
        told = [time for time in of_time if _of_everybody(table, time, of_event)] if of_event else []
        if told:
            time = _best_time(told)
            found.append((stem, time, _best_event(of_event, time)))
    return found


def overall_status(table: Table) -> str:
    """The column that says who died, or nothing."""
    said = [name for name in table.names if set(_words(name)) & _EVENT_WORDS and _stem(_words(name)) == "OS"]
    return next((name for name in said if _codes(table, name)), "")


def times_alone(table: Table) -> list[Note]:
    """A note where a table nearly has an endpoint: times that are not all numbers, or times without events."""
    events = {_stem(_words(n)) for n in table.names if set(_words(n)) & _EVENT_WORDS and _codes(table, n)}
    times = [name for name in table.names if set(_words(name)) & _TIME_WORDS and not set(_words(name)) & _NEVER]
    numeric = set(table.numeric())
    spoilt = [name for name in times if name not in numeric and _mostly_numbers(table, name)]
    spoilt = [name for name in spoilt if _stem(_words(name)) in events]
    if spoilt:
        try:
            table.numbers(spoilt[:1])
        except ReadError as error:
            return [Note("warning", "IMP-09", f"{table.path.name}: these would be times, but {error.reason}")]
    said = [name for name in table.names if {"survival", "futime"} & set(_words(name)) and _mostly_numbers(table, name)]
    if not said:
        return []
    text = (
        f"{table.path.name}: {said[0]} holds times, and no column says who had the event; add that column, with 1 for "
        "those who died"
    )
    return [Note("warning", "IMP-06", text)]


def _mostly_numbers(table: Table, name: str) -> bool:
    """Whether half of what a column says are numbers, and of many values: BraTS writes `ALIVE (361 days later)` too."""
    cells = [cell for cell in table.text(name) if cell not in MISSING]
    numbers = {cell for cell in cells if re.fullmatch(r"\d+(\.\d+)?", cell)}
    return len(numbers) > _MOST_VALUES and 2 * sum(cell in numbers for cell in cells) >= len(cells)


def _of_everybody(table: Table, time: str, events: Sequence[str]) -> bool:
    """Whether times are there for those with the event and for those without: days to death are only the dead's."""
    known = np.isfinite(table.numbers([time])[:, 0])
    cells = table.text(_best_event(events, time))
    groups: dict[str, list[bool]] = {}
    for cell, has in zip(cells, known, strict=True):
        if cell not in MISSING:
            groups.setdefault(cell, []).append(bool(has))
    large = [mine for mine in groups.values() if 20 * len(mine) >= len(known)]
    return bool(known.any()) and all(2 * sum(mine) >= len(mine) for mine in large)


def _words(column: str) -> list[str]:
    """`OS.time` -> os, time; `Survival_days` -> survival, days; `daysToDeath` -> days, to, death; German as English."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", english(column))
    return [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word and not word.isdigit()]


def _stem(words: Sequence[str]) -> str:
    """The endpoint that a column is of."""
    known = next((_FAMILIES[word] for word in words if word in _FAMILIES), None)
    if known is not None:
        return "DFS" if known == "RFS" and "disease" in words else known
    if "disease" in words and "free" in words:
        return "DFS"
    rest = [word for word in words if word not in _TIME_WORDS | _EVENT_WORDS | _FILLING]
    return "_".join(rest) or "OS"


def _best_time(columns: Sequence[str]) -> str:
    """Of several columns of times the one that says its unit, and what is followed rather than until when."""
    return min(columns, key=lambda c: ("to" in _words(c), not set(_words(c)) & set(_UNITS), columns.index(c)))


def _best_event(columns: Sequence[str], time: str) -> str:
    """The column that is called as the times are (`OS` of `OS.time`); else the one that says that it is of events."""
    called = set(_words(time)) - _TIME_WORDS
    said = {"event", "status", "censorship"}
    return min(columns, key=lambda c: (-len(called & set(_words(c))), not said & set(_words(c)), columns.index(c)))


def _codes(table: Table, column: str) -> Counter[str]:
    """Every value of a column with how often, or nothing where they are too many to be codes."""
    count = Counter(cell for cell in table.text(column) if cell not in MISSING)
    return count if 1 <= len(count) <= _MOST_VALUES and not dates.are_dates(list(count)) else Counter()


def coding(table: Table, event: str, plan: TablePlan) -> Counter[str]:
    """Every value of a column with how many of the rows that a plan keeps have it."""
    cells = table.text(event)
    return Counter(cells[row] for row in kept_rows(table, plan.filter) if cells[row] not in MISSING)


def _endpoint(table: Table, plan: TablePlan, name: str, time: str, event: str, tables: Tables) -> Endpoint | None:
    unit, evidence, _ = time_unit(table, time)
    draft = Endpoint(
        key="#".join(filter(None, (table.path.name, plan.sheet, name))),
        name=name if name in _ORDER else name.replace("_", " "),
        path=table.path,
        plan=plan,
        time=time,
        event=event,
        unit=unit,
        event_value=(),
        evidence=(f"{time} holds times and {event} events", evidence),
    )
    return counted(draft, tables)


def counted(endpoint: Endpoint, tables: Tables) -> Endpoint | None:
    """An endpoint with its patients, events and follow-up as they are read; None where nobody has one.

    The unit is told from the table where it has none, and likewise which values mean the event. That the unit is in
    doubt is said only of the one that was told: of another, which a user chose, only what the times themselves say.
    """
    plan = endpoint.plan
    if not endpoint.named:
        return None
    try:
        table = tables.read(endpoint.path, sheet=plan.sheet, array=plan.array)
        values = coding(table, endpoint.event, plan)
        unit, _, doubts = time_unit(table, endpoint.time)
    except ReadError:
        return None
    events = endpoint.event_value or guess_events(endpoint.event, values)
    endpoint = replace(endpoint, unit=endpoint.unit or unit, event_value=events)
    outcomes = outcomes_of(endpoint, tables)
    if outcomes is None or not len(outcomes.ids):
        return None
    doubts = doubts if unit == endpoint.unit else ()
    said = ("OUT-01", "OUT-05", *(note.code for note in doubts))
    return replace(
        endpoint,
        coding=tuple(values.most_common()),
        patients=len(outcomes.ids),
        events=int(outcomes.events.sum()),
        follow_up=float(np.median(outcomes.months)),
        notes=(*doubts, *(note for note in outcomes.notes if note.code not in said)),
    )


def uncounted(endpoint: Endpoint, tables: Tables) -> Endpoint:
    """An endpoint that nobody has, with why."""
    unnamed = [what for what, column in (("time", endpoint.time), ("event", endpoint.event)) if not column]
    why = f"{endpoint.path.name}: no patient has an outcome; check the columns of ids, time and event"
    if unnamed:
        why = f"{endpoint.path.name}: name its columns too: {' and '.join(unnamed)}"
    else:
        try:
            read_outcome(outcome_spec(endpoint), tables)
        except ReadError as error:
            why = str(error)
    notes = (Note("error", "OUT-05", why),)
    return replace(endpoint, patients=0, events=0, matched=0, notes=notes)


def outcomes_of(endpoint: Endpoint, tables: Tables) -> Outcomes | None:
    """Every patient's outcome; None where the table does not hold what the endpoint names."""
    try:
        return read_outcome(outcome_spec(endpoint), tables) if endpoint.named else None
    except ReadError:
        return None


def outcome_spec(endpoint: Endpoint) -> OutcomeSpec:
    """The endpoint as the cohort's reader takes it."""
    plan = endpoint.plan
    table = TableSpec(endpoint.path, plan.sheet, plan.array, plan.case, dict(plan.filter))
    return OutcomeSpec(table, endpoint.time, endpoint.event, endpoint.unit or "months", endpoint.event_value or None)


def time_unit(table: Table, time: str) -> tuple[str, str, tuple[Note, ...]]:
    """The unit of a column of times, why, and a note where that is in doubt.

    The name of the column says it; TCGA-CDR's `OS.time` is in days; else the size of the numbers tells, which is our
    choice: cancer patients are followed for years, and hardly anybody for more than forty.
    """
    values = table.numbers([time])[:, 0]
    known = values[np.isfinite(values)]
    longest, median = (float(known.max()), float(np.median(known))) if len(known) else (0.0, 0.0)
    said = next((_UNITS[word] for word in _words(time) if word in _UNITS), None)
    size = f"half of them are below {_length(median)} and the longest is {_length(longest)}"
    likely = _likely_unit(median, longest)
    if said is not None:
        return said, f"the name of {time} says {said}", _doubt(table.path, time, said, likely, size)
    if f"{time}".endswith(".time") and likely == "days":
        return "days", f"{time} is named as in TCGA-CDR, which counts days; {size}", ()
    text = f"{table.path.name}: the unit of {time} is told from its numbers: {size}, so they are {likely}; check this"
    return likely, f"{time} is taken to be in {likely}: {size}", (Note("warning", "OUT-09", text),)


def _length(time: float) -> str:
    return f"{time:,.0f}" if time >= 1000 else f"{time:.4g}"


def _likely_unit(median: float, longest: float) -> str:
    if longest > 480 or median > 150:
        return "days"
    return "years" if longest <= 40 and median <= 12 and not float(longest).is_integer() else "months"


def _doubt(path: Path, time: str, said: str, likely: str, size: str) -> tuple[Note, ...]:
    """A note where the numbers cannot be what the name says: days under the name of months, or the reverse."""
    impossible = (said != "days" and likely == "days") or (said == "days" and likely == "years")
    if not impossible:
        return ()
    text = f"{path.name}: {time} says {said}, but {size}: are they {likely}? Change the unit if so"
    return (Note("warning", "OUT-09", text),)

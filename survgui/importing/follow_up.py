"""Follow-up that a table gives in several columns, as one time and one event.

The GDC has `days_to_death` for the dead and `days_to_last_follow_up` for the living, so that neither is a time by
itself; `vital_status` says which holds. Names may carry the entity in front, as in `demographic.vital_status`.
Hospitals have dates: of diagnosis, of death, of the last contact. They become days; no date is written anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.cohort import Note
from survgui.cases.proposal import Endpoint, TablePlan
from survgui.importing import dates
from survgui.importing.endpoints import overall_status
from survgui.readers.delimited import MISSING
from survgui.readers.outcome import guess_events
from survgui.readers.rows import any_of
from survgui.readers.spec import Value
from survgui.readers.table import Table
from survgui.readers.words import english

_DEATH = ("days_to_death", "death_days_to", "days_until_death")
_LAST = ("days_to_last_follow_up", "days_to_last_followup", "last_contact_days_to")
_STATUS = ("vital_status",)
DEAD = ("dead", "deceased")
_ORIGINS = (
    {"diagnosis", "dx", "diagnosed"},
    {"surgery", "operation", "resection"},
    {"enrolment", "enrollment", "randomisation", "randomization", "inclusion", "baseline"},
)
"""When observation begins, the first that is there: words of the column's name"""
_DIED = {"death", "died", "dod"}
_SEEN = {"contact", "follow", "followup", "fu", "visit", "seen", "alive", "news"}


@dataclass(frozen=True, slots=True)
class Dated:
    """Columns of dates that make an outcome; what is not there is empty."""

    origin: str = ""
    death: str = ""
    last: str = ""
    status: str = ""

    @property
    def whole(self) -> bool:
        """Whether they make an outcome."""
        return bool(self.origin and self.last and (self.death or self.status))


def columns(table: Table) -> tuple[str, str, str] | None:
    """The columns of days to death, days to the last follow-up, and vital status; None unless all are there."""
    found = [_column(table, names) for names in (_DEATH, _LAST, _STATUS)]
    death, last, status = found
    return None if death is None or last is None or status is None else (death, last, status)


def endpoint(table: Table, plan: TablePlan, target: Path) -> Endpoint | None:
    """Overall survival from several columns, in a table written to `target`; None where they are not there."""
    named = columns(table)
    if named is None or not {named[0], named[1]} <= set(table.numeric()):
        return _from_dates(table, plan, target)
    death, last, status = named
    died = np.array([word.casefold() in DEAD for word in table.text(status)])
    days = np.where(died, table.numbers([death])[:, 0], table.numbers([last])[:, 0])
    why = f"{death} of the dead and {last} of the living are one time; {status} says who died"
    known = np.isfinite(days)
    return _written(table, plan, target, days, _words(died), known, why)


def missing_dates(table: Table) -> list[Note]:
    """A note where a table holds dates of an outcome of which one is lacking, or that cannot be told for certain."""
    found = dated(table)
    if not (found.death or found.last):
        return []
    if found.whole:
        if not _read(table, found).doubt:
            return []
        text = (
            f"{table.path.name}: the dates of {found.origin} may be written day/month/year or month/day/year, and none "
            "of them tells which; write them as year-month-day (2014-03-31), and they become the time"
        )
        return [Note("warning", "IMP-10", text)]
    lacking = [
        *(["when observation began, such as date_of_diagnosis"] if not found.origin else []),
        *(["when each patient was last known to live, such as date_of_last_contact"] if not found.last else []),
        *(["who died, such as date_of_death or vital_status"] if not (found.death or found.status) else []),
    ]
    text = (
        f"{table.path.name}: {found.death or found.last} holds dates, and these would become the time with a column "
        f"more: {'; '.join(lacking)}; add it, or a column of times"
    )
    return [Note("warning", "IMP-10", text)]


def dated(table: Table) -> Dated:
    """The columns of dates of an outcome, by what they are called and hold."""
    words = {name: set(_plain(english(name)).split("_")) for name in table.names}
    wanted = set().union(*_ORIGINS, _DIED, _SEEN)
    named = [name for name in table.names if words[name] & wanted and "birth" not in words[name]]
    named = [name for name in named if dates.are_dates(table.text(name))]
    death = next((name for name in named if words[name] & _DIED), "")
    last = next((name for name in named if words[name] & _SEEN and "first" not in words[name]), "")
    others = [name for name in named if name not in (death, last)]
    origin = next((name for meant in _ORIGINS for name in others if words[name] & meant), "")
    return Dated(origin, death, last, overall_status(table))


def _from_dates(table: Table, plan: TablePlan, target: Path) -> Endpoint | None:
    """Days from the first date to death, where it is known, else to the last contact."""
    found = dated(table)
    read = _read(table, found) if found.whole else None
    if read is None or read.doubt:
        return None
    until, began = read.days[found.last], read.days[found.origin]
    everybody = np.ones(len(table), dtype=np.bool_)
    if not found.death:
        why = f"days from {found.origin} to {found.last}; {found.status} says who died"
        words, told = _status(table, found)
        return _written(table, plan, target, until - began, words, everybody, why, told)
    death, dead = read.days[found.death], _dead(table, found)
    days = np.where(np.isfinite(death), death, until) - began
    days[dead & ~np.isfinite(death)] = np.nan  # died nobody knows when: not followed alive until the last contact
    who = f"{found.status} or a {found.death}" if found.status else f"a {found.death}"
    why = f"days from {found.origin} to {found.death}, without one to {found.last}; {who} says who died"
    return _written(table, plan, target, days, _words(dead), everybody, why)


def _dead(table: Table, found: Dated) -> NDArray[np.bool_]:
    """(rows,) whether somebody has a date of death, or is said to be dead."""
    dead = np.array([cell not in MISSING for cell in table.text(found.death)], dtype=np.bool_)
    if found.status:
        words, told = _status(table, found)
        dead |= np.array([any_of(word, told) for word in words], dtype=np.bool_)
    return dead


def _status(table: Table, found: Dated) -> tuple[Sequence[str], tuple[Value, ...]]:
    """The cells of the vital status, and what of them means death."""
    words = table.text(found.status)
    return words, guess_events(found.status, [word for word in words if word not in MISSING])


def _words(died: NDArray[np.bool_]) -> list[str]:
    return ["dead" if one else "alive" for one in died]


def _read(table: Table, found: Dated) -> dates.Dates:
    return dates.read({name: table.text(name) for name in (found.origin, found.death, found.last) if name})


def _written(
    table: Table,
    plan: TablePlan,
    target: Path,
    days: NDArray[np.float64],
    status: Sequence[str],
    kept: NDArray[np.bool_],
    why: str,
    died: tuple[Value, ...] = ("dead",),
) -> Endpoint:
    """The endpoint, with its table written; it is counted by who reads it."""
    case = table.names[0] if plan.case is None else plan.case
    frame = pd.DataFrame({"case": table.text(case), "days": days, "status": status})[kept]
    with storage.replacing(target) as part:
        frame.drop_duplicates().to_csv(part, index=False)
    return Endpoint(
        key="#".join(filter(None, (table.path.name, plan.sheet, "OS"))),
        name="OS",
        path=target,
        of=table.path,
        of_sheet=plan.sheet,
        plan=TablePlan(case="case"),
        time="days",
        event="status",
        unit="days",
        event_value=died,
        coding=tuple(Counter(frame["status"]).most_common()),
        evidence=(why,),
    )


def _column(table: Table, names: tuple[str, ...]) -> str | None:
    """The first column of these names, whatever parts their words, and an entity may stand before a point."""
    return next((n for n in table.names if _plain(n) in names or _plain(n.rsplit(".", 1)[-1]) in names), None)


def _plain(name: str) -> str:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.casefold()).strip("_")

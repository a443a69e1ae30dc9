"""The GDC's follow-up, in three columns, as one time and one event.

`days_to_death` is there for the dead and `days_to_last_follow_up` for the living, so that neither is a time by itself;
`vital_status` says which holds. Names may carry the entity in front, as in `demographic.vital_status`.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from survgui import storage
from survgui.cases.proposal import Endpoint, TablePlan
from survgui.readers.table import Table

_DEATH = ("days_to_death", "death_days_to", "days_until_death")
_LAST = ("days_to_last_follow_up", "days_to_last_followup", "last_contact_days_to")
_STATUS = ("vital_status",)
DEAD = ("dead", "deceased")


def columns(table: Table) -> tuple[str, str, str] | None:
    """The columns of days to death, days to the last follow-up, and vital status; None unless all are there."""
    found = [_column(table, names) for names in (_DEATH, _LAST, _STATUS)]
    death, last, status = found
    return None if death is None or last is None or status is None else (death, last, status)


def endpoint(table: Table, plan: TablePlan, target: Path) -> Endpoint | None:
    """Overall survival from the three columns, in a table written to `target`; None where they are not there."""
    named = columns(table)
    if named is None or not {named[0], named[1]} <= set(table.numeric()):
        return None
    death, last, status = named
    case = table.names[0] if plan.case is None else plan.case
    died = np.array([word.casefold() in DEAD for word in table.text(status)])
    days = np.where(died, table.numbers([death])[:, 0], table.numbers([last])[:, 0])
    known = np.isfinite(days)
    words = np.where(died, "dead", "alive")
    frame = pd.DataFrame({"case": table.text(case), "days": days, "status": words})[known]
    with storage.replacing(target) as part:
        frame.drop_duplicates().to_csv(part, index=False)
    why = f"{death} of the dead and {last} of the living are one time; {status} says who died"
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
        event_value=("dead",),
        coding=(("dead", int(died[known].sum())), ("alive", int((~died[known]).sum()))),
        evidence=(why,),
    )


def _column(table: Table, names: tuple[str, ...]) -> str | None:
    """The first column of these names, whatever parts their words, and an entity may stand before a point."""
    return next((n for n in table.names if _plain(n) in names or _plain(n.rsplit(".", 1)[-1]) in names), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")

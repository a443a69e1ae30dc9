"""What a table tells while a cohort is put together: its columns and values, and the curve of an outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from survgui.cases.cohort import Note
from survgui.cases.import_facts import OutcomeFacts, TableFacts
from survgui.cases.proposal import Endpoint
from survgui.engine.cohort_facts import EVERYBODY, time_ticks
from survgui.engine.report import group_curve
from survgui.errors import ReadError
from survgui.importing.endpoints import outcome_spec
from survgui.readers.delimited import MISSING
from survgui.readers.outcome import read_outcome
from survgui.readers.table import Table, Tables
from survgui.survival.curves import median_follow_up

FEW = 12
"""different values that a column may have to be shown as codes"""
LOOKED_AT = 400
"""columns whose values are counted: a table of outcomes has tens, a matrix of genes has none of interest"""
HEAD_ROWS, HEAD_COLUMNS = 5, 7


def table_facts(table: Table) -> TableFacts:
    """The table's columns, what those with few values hold, and its first rows."""
    coded = {}
    for name in table.names[:LOOKED_AT]:
        count = Counter(cell for cell in table.text(name) if cell not in MISSING)
        if 0 < len(count) <= FEW:
            coded[name] = tuple(count.most_common())
    first = [table.text(name)[:HEAD_ROWS] for name in table.names[:HEAD_COLUMNS]]
    return TableFacts(
        table.path, len(table), table.names, frozenset(table.numeric()), coded, tuple(zip(*first, strict=True))
    )


def outcome_facts(endpoint: Endpoint, tables: Tables) -> OutcomeFacts:
    """An endpoint counted as it is mapped, with everybody's curve; what cannot be read is a note."""
    try:
        table = tables.read(endpoint.path, sheet=endpoint.plan.sheet, array=endpoint.plan.array)
        count = Counter(cell for cell in table.text(endpoint.event) if cell not in MISSING)
        endpoint = replace(endpoint, coding=tuple(count.most_common(FEW)))
        outcomes = read_outcome(outcome_spec(endpoint), tables)
    except ReadError as error:
        note = Note("error", error.code, str(error))
        return OutcomeFacts(replace(endpoint, patients=0, events=0, matched=0, follow_up=0.0, notes=(note,)))
    counted = replace(
        endpoint,
        patients=len(outcomes.ids),
        events=int(outcomes.events.sum()),
        follow_up=float(np.median(outcomes.months)) if len(outcomes.ids) else 0.0,
        notes=tuple(note for note in outcomes.notes if note.code != "OUT-01"),
    )
    if not len(outcomes.ids):
        return OutcomeFacts(counted)
    ticks = time_ticks(outcomes.months)
    curve = group_curve(EVERYBODY, outcomes.months, outcomes.events, ticks)
    return OutcomeFacts(counted, curve, ticks, median_follow_up(outcomes.months, outcomes.events))

"""One line of the case list, as it is read from the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from survgui.cases.case import Modality, State

COLUMNS = (
    "cases.key, id, subject, given, origin, cases.created, updated, opened, missing, "
    "bundle, version, risk_group, percentile, states, input_stale, bundle_stale, "
    "(SELECT max(at) FROM reports WHERE reports.key = cases.key)"
)
"""What `record_of` takes, of `cases LEFT JOIN predictions USING (key)`."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One line of the list.

    Attributes:
        key: Random; names the case's folder.
        id: The patient's id, for the screen only.
        subject: Age, sex and the like in words.
        modalities: What each is: a state of the last prediction, or `given` where there is none yet.
        details: What was given, in words, by modality.
        bundle: Name and version that predicted, or empty.
        risk_group: One of `GROUPS`, or empty.
        percentile: Rank of the risk in the development cohort, 0 to 100, or None.
        created, updated: ISO 8601, UTC; updated when its files or its prediction change.
        opened: When it was opened last, ISO 8601, UTC.
        missing: Which files are gone, one sentence; empty where all are there.
        stale: Why the prediction is no longer that of the case as it is, one sentence; empty where it is.
        reported: When a final report was last saved, ISO 8601, UTC; empty where none was.
        demo: Whether it is the simulated demo.
    """

    key: str
    id: str
    subject: str
    modalities: Mapping[Modality, State | Literal["given"]]
    bundle: str
    risk_group: str
    percentile: float | None
    created: str
    updated: str
    missing: str = ""
    stale: str = ""
    reported: str = ""
    opened: str = ""
    details: Mapping[Modality, str] = field(default_factory=dict)
    demo: bool = False


def record_of(row: Sequence[Any]) -> CaseRecord:
    """A line, from a row of `COLUMNS`."""
    key, identifier, subject, given, origin, created, updated, opened, missing, *predicted = row
    bundle, version, group, percentile, states, of_input, of_bundle, reported = predicted
    details = _details(given)
    return CaseRecord(
        key=key,
        id=identifier,
        subject=subject,
        modalities=_states(states) if states else _only_given(given),
        bundle=f"{bundle} {version}" if bundle else "",
        risk_group=group or "",
        percentile=percentile,
        created=created,
        updated=updated,
        opened=opened,
        missing=missing,
        stale="; ".join(reason for reason in (of_input, of_bundle) if reason),
        reported=reported or "",
        details=details,
        demo=bool(origin),
    )


# Ten thousand lines hold a few dozen texts: they are taken apart once, and nobody changes what a record holds.


@lru_cache(maxsize=4096)
def _details(given: str) -> Mapping[Modality, str]:
    return {Modality(name): text for name, text in json.loads(given).items()}


@lru_cache(maxsize=4096)
def _only_given(given: str) -> Mapping[Modality, State | Literal["given"]]:
    return dict.fromkeys(_details(given), "given")


@lru_cache(maxsize=4096)
def _states(states: str) -> Mapping[Modality, State | Literal["given"]]:
    return {Modality(name): State(state) for name, state in json.loads(states).items()}


def words(values: Mapping[Modality, str]) -> str:
    """What the list holds of values by modality."""
    return json.dumps({str(modality): str(value) for modality, value in values.items()})

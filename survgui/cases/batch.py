"""A batch: one thing that is done with many cases, and a row for what became of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from survgui.cases.spreadsheet import csv_text
from survgui.errors import Trouble


class Action(StrEnum):
    """What is done with every case."""

    ENCODE = "encode"
    PREDICT = "predict"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Item:
    """One case of a batch.

    Attributes:
        name: What its row is called: the patient's id on the command line, the case's key in the window.
        paths: A `case.toml`, a folder, or loose files; of a patient of a cohort, the cohort file.
        patient: Of a cohort; empty for a case.
        bundle: Folder of the model that is meant for this case, where cases of one batch have several; else None.
    """

    name: str
    paths: tuple[Path, ...]
    patient: str = ""
    bundle: Path | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is done with every case of a batch, and how.

    Attributes:
        bundle: Folder of the model; None where every item names its own, or none is needed.
        encoder: Of slides, for encoding without a model; empty for the model's.
        hide: Modalities that are treated as missing.
        draws, seed, generator, steps: As in a prediction.
        mpp: µm per pixel of slides that do not say it, or None.
        partial: Whether a case is predicted from the rest where one of its files cannot be read; else that is a
            failure, for nobody looks at the warnings of a hundred cases.
        reports: Folder of the reports, or None.
        pseudonyms: Whether reports name a case by its key and not by the patient's id.
        deidentify: Whether they are for somebody who must not learn whose they are; they go under random codes.
    """

    action: Action
    bundle: Path | None = None
    encoder: str = ""
    hide: tuple[str, ...] = ()
    draws: int = 20
    seed: int = 0
    generator: str = ""
    steps: int = 0
    device: str = "auto"
    mpp: float | None = None
    partial: bool = False
    reports: Path | None = None
    pseudonyms: bool = False
    deidentify: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one case.

    Attributes:
        item: Name of the item.
        result: What `as_json` says of a prediction; of an encoded case, `modalities` in words. None where it failed.
        trouble: Why it failed; None where it did not.
        seconds: How long it took.
        written: Files of its report.
        key: SHA-256 of everything that decides the row: files, model, settings, program.
        code: What a de-identified report calls the case, or empty.
    """

    item: str
    result: Mapping[str, Any] | None = None
    trouble: Trouble | None = None
    seconds: float = 0.0
    written: tuple[str, ...] = ()
    key: str = ""
    code: str = ""

    @property
    def done(self) -> bool:
        """Whether it did not fail."""
        return self.trouble is None

    @property
    def said(self) -> str:
        """Why it failed, with the code; empty where it did not."""
        if self.trouble is None:
            return ""
        text, code = self.trouble.text, self.trouble.code
        return f"{text} [{code}]" if code and f"[{code}]" not in text else text


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch as the window lists it.

    Attributes:
        key: Random; names its folder.
        title: Holds no patient identifier.
        created: ISO 8601, UTC.
        rows: Those that there are, by the item's name.
    """

    key: str
    title: str
    created: str
    order: Order
    items: tuple[Item, ...]
    rows: Mapping[str, Row]

    @property
    def done(self) -> int:
        """Cases that are finished."""
        return sum(row.done for row in self.rows.values())

    @property
    def failed(self) -> int:
        """Cases that failed."""
        return len(self.rows) - self.done

    @property
    def left(self) -> int:
        """Cases that nothing is known of yet."""
        return len(self.items) - len(self.rows)

    def without(self, names: Collection[str]) -> BatchFacts:
        """The batch without some of its cases."""
        items = tuple(item for item in self.items if item.name not in names)
        return replace(self, items=items, rows={name: row for name, row in self.rows.items() if name not in names})


COLUMNS = (
    "case",
    "bundle",
    "risk",
    "risk_percentile",
    "risk_group",
    "median_months",
    "modalities",
    "warnings",
    "error",
    "code",
)
"""Of the table of a batch."""


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Results as a table that a spreadsheet opens without running a cell; what failed has its reason and its code.

    Args:
        rows: As `as_json` and `error_json` make them, or `modalities` in words alone.
    """
    lines: list[Sequence[object]] = [COLUMNS]
    for row in rows:
        states = "; ".join(f"{modality}: {state}" for modality, state in row["modalities"].items())
        bundle, warnings = row.get("bundle") or {}, row.get("warnings") or ()
        flat = {**row, "bundle": bundle.get("name"), "modalities": states, "warnings": "; ".join(warnings)}
        lines.append([flat.get(column) for column in COLUMNS])
    return csv_text(lines)


def row_json(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return asdict(row)


def row_of(content: Mapping[str, Any]) -> Row:
    """A row from what `row_json` made.

    Raises:
        TypeError, KeyError: It is something else.
    """
    trouble = content["trouble"]
    plain = {**content, "trouble": None if trouble is None else Trouble(**trouble)}
    return Row(**{**plain, "written": tuple(content["written"])})


def batch_json(facts: BatchFacts) -> dict[str, Any]:
    """A batch without its rows, as JSON."""
    items = [_item_json(item) for item in facts.items]
    order = {**asdict(facts.order), "bundle": _text(facts.order.bundle), "reports": _text(facts.order.reports)}
    return {"key": facts.key, "title": facts.title, "created": facts.created, "order": order, "items": items}


def batch_of(content: Mapping[str, Any], rows: Sequence[Row]) -> BatchFacts:
    """A batch from what `batch_json` made.

    Raises:
        TypeError, KeyError, ValueError: It is something else.
    """
    order = {**content["order"], "hide": tuple(content["order"]["hide"])}
    order |= {name: _path(order[name]) for name in ("bundle", "reports")} | {"action": Action(order["action"])}
    items = tuple(_item_of(item) for item in content["items"])
    known = {item.name for item in items}
    found = {row.item: row for row in rows if row.item in known}
    return BatchFacts(content["key"], content["title"], content["created"], Order(**order), items, found)


def _item_json(item: Item) -> dict[str, Any]:
    paths = [str(path) for path in item.paths]
    return {"name": item.name, "paths": paths, "patient": item.patient, "bundle": _text(item.bundle)}


def _item_of(content: Mapping[str, Any]) -> Item:
    paths = tuple(Path(path) for path in content["paths"])
    return Item(content["name"], paths, content["patient"], _path(content["bundle"]))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)

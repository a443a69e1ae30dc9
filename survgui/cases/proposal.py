"""What files are proposed to become: a cohort, source by source, shown and edited before anything is written.

Plain values that cross a pipe. Who edits one makes another with `dataclasses.replace`; `Proposal.with_source` and its
neighbours put it in place. What must be read again for an edit is `importing.revise`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from survgui.cases.case import Modality
from survgui.cases.cohort import Note

Value = str | int | float | bool


class Use(StrEnum):
    """What a source is used for."""

    MODALITY = "modality"
    OUTCOME = "outcome"
    """nothing but the outcome; the endpoints that it holds are in `Proposal.endpoints`"""
    SPLITS = "splits"
    GROUPS = "gene groups"
    IDS = "ids"
    """says whose sample or file another source's is"""
    NONE = "not used"


class Conversion(StrEnum):
    """How a source becomes a table that a cohort file can name."""

    NONE = "read in place"
    GDC = "one file a patient, joined to one table"
    JOINED = "tables of one patient each, joined to one"
    MUTATIONS = "a list of mutations, made a table of genes"
    RENAMED = "ids of samples replaced by those of patients"
    FOLLOW_UP = "times of death and of last follow-up joined to one column"
    UNPACKED = "copied out of its archive"
    LISTED = "a list that says whose each file is"


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How a table is read; the fields are the keys of `cohort.toml`.

    Attributes:
        case: Column with the patient ids; None is the first.
        columns: A glob, names, or None for every numeric column.
        value: With one file a patient, the column that is taken of each.
    """

    sheet: str | None = None
    array: str | None = None
    case: str | None = None
    filter: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    orientation: str = "cases-in-rows"
    columns: str | tuple[str, ...] | None = None
    rows: str = "first"
    transform: str = "none"
    ordered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True, slots=True)
class GeneIds:
    """What the genes of a source are called.

    Attributes:
        kind: `symbols`, `Ensembl ids` or `Entrez ids`.
        known: How many are in the gene table, as current symbols or by another id.
        renamed: How many of the known are old symbols or aliases.
        repaired: Names that a spreadsheet had made dates, as `3-Mar = MARCH3`.
        spoilt: Such names that may mean several genes.
    """

    kind: str
    total: int
    known: int
    renamed: int = 0
    repaired: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedSource:
    """One use of a file (or of many that belong together): what it was taken for, and why.

    Attributes:
        key: Names the source in the proposal and stays the same while it is edited.
        paths: The file, or files; of an archive's member the file that was unpacked.
        format: Of what make it is, in words, such as `UCSC Xena matrix`.
        evidence: Why, one sentence each.
        chosen: Whether it becomes part of the cohort; of the sources of a modality at most one is.
        made: The table that was made of it, in the proposal's workspace; None where it is read in place.
        plan: How it is read; None of files that are no tables.
        files: Patterns with {case} and {sequence} of files that are no tables, absolute.
        members: Per patient the file, where a source is one file a patient; who has two samples has two.
        ids: How patients are named in it, in words.
        values: Unit of the values: `counts`, `log`, `z-score`, `beta`, `m-value`, `binary`, `cnv` or `mixed`.
        patients: How many it names; `matched`: how many of them have an outcome.
        features: How many columns, genes or probes it gives.
        encoder: Name of the encoder that made the features, where the files say it.
        sheet: Of a workbook of several sheets the one that it was found in; `plan` says which is read.
    """

    key: str
    paths: tuple[Path, ...]
    use: Use
    format: str
    evidence: tuple[str, ...] = ()
    modality: Modality | None = None
    chosen: bool = False
    conversion: Conversion = Conversion.NONE
    made: Path | None = None
    plan: TablePlan | None = None
    files: tuple[str, ...] = ()
    members: tuple[tuple[str, Path], ...] = ()
    ids: str = ""
    values: str = ""
    patients: int = 0
    matched: int = 0
    features: int = 0
    genes: GeneIds | None = None
    encoder: str = ""
    sheet: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> Path | None:
        """The table to read: the one that was made, else the file itself; None of files that are no tables."""
        return self.made or (self.paths[0] if self.plan is not None and self.paths else None)

    @property
    def name(self) -> str:
        """What a user calls it: the file's name, with the sheet of a workbook, or how many files there are."""
        first = self.paths[0].name if self.paths else self.key
        sheet = (self.plan.sheet if self.plan is not None else None) or self.sheet
        first += f", sheet {sheet}" if sheet else ""
        return first if len(self.paths) < 2 else f"{len(self.paths)} files, such as {first}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One outcome that could be predicted: two columns of a table, and how they are understood.

    Attributes:
        name: OS, DSS, DFI, PFI, PFS or RFS where it is known, else what the columns are called.
        unit: days | months | years.
        event_value: The values that mean that the event happened.
        path: The table to read, `of` the file that it was made of where it was made, and `of_sheet` the sheet of that.
        coding: Every value of the event's column and how many rows have it.
        patients: With a time and an event; `events` of them had it; `matched` also have a modality.
        follow_up: Median of the times, in months as read.
    """

    key: str
    name: str
    path: Path
    plan: TablePlan
    time: str
    event: str
    unit: str = "months"
    event_value: tuple[Value, ...] = (1,)
    coding: tuple[tuple[str, int], ...] = ()
    patients: int = 0
    events: int = 0
    matched: int = 0
    follow_up: float = 0.0
    evidence: tuple[str, ...] = ()
    of: Path | None = None
    of_sheet: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def sheet(self) -> str | None:
        """The sheet of the user's workbook that it was found in."""
        return self.of_sheet if self.of is not None else self.plan.sheet

    @property
    def named(self) -> bool:
        """Whether both columns are said; one without a name is a table's row numbers."""
        return bool(self.time and self.event)

    @property
    def words(self) -> str:
        """The coding said back: `1 = death: 214 events, 300 without`."""
        values = " or ".join(str(value) for value in self.event_value) or "no value"
        events = "1 event" if self.events == 1 else f"{self.events:,} events"
        return f"{values} = {event_word(self.name)}: {events}, {self.patients - self.events:,} without"


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How patients are parted into training and test.

    Attributes:
        key: The source that fixes the folds; empty where they are drawn: stratified by event, by patient.
        fold, part, train, test: As in `cohort.toml`, of fixed folds.
        by_site: Patients of one site stay together; the site is the second field of a TCGA barcode.
    """

    key: str = ""
    fold: str = ""
    part: str = ""
    train: str = ""
    test: str = ""
    folds: int = 5
    seed: int = 0
    by_site: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A whole cohort as proposed.

    Attributes:
        endpoint: Key of the chosen endpoint; empty where there is none.
        splits: None: folds are drawn at each training, five stratified by event, and nothing is written of them.
        workspace: Folder for what was unpacked and converted; what is used of it is copied when the cohort is written.
    """

    name: str
    sources: tuple[ProposedSource, ...]
    endpoints: tuple[Endpoint, ...] = ()
    endpoint: str = ""
    splits: SplitPlan | None = None
    notes: tuple[Note, ...] = ()
    workspace: Path | None = None

    def source(self, key: str) -> ProposedSource:
        """The source of a key; KeyError if there is none."""
        found = next((s for s in self.sources if s.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    @property
    def outcome(self) -> Endpoint | None:
        """The chosen endpoint."""
        return next((e for e in self.endpoints if e.key == self.endpoint), None)

    @property
    def modalities(self) -> dict[Modality, ProposedSource]:
        """What is chosen, by modality, in the order in which a cohort file is read."""
        chosen = {s.modality: s for s in self.sources if s.chosen and s.use is Use.MODALITY}
        return {modality: chosen[modality] for modality in Modality if modality in chosen}

    def with_source(self, changed: ProposedSource) -> Proposal:
        """The proposal with a source replaced; chosen, it takes the place of the others of its modality."""
        sources = tuple(changed if s.key == changed.key else s for s in self.sources)
        if changed.chosen:
            sources = tuple(_yielding(s, changed) for s in sources)
        return replace(self, sources=sources)

    def with_endpoint(self, changed: Endpoint) -> Proposal:
        """The proposal with an endpoint replaced, and chosen."""
        endpoints = tuple(changed if e.key == changed.key else e for e in self.endpoints)
        return replace(self, endpoints=endpoints, endpoint=changed.key)


def event_word(name: str) -> str:
    """What the event of an endpoint is, in a word or two."""
    return _EVENTS.get(name, "event")


_EVENTS = {
    "OS": "death",
    "DSS": "death of the disease",
    "DFI": "recurrence or new tumour",
    "DFS": "recurrence or death",
    "RFS": "recurrence or death",
    "PFI": "progression",
    "PFS": "progression or death",
    "": "death",
}


def _yielding(source: ProposedSource, chosen: ProposedSource) -> ProposedSource:
    same = (source.use, source.modality) == (chosen.use, chosen.modality)
    rivals = chosen.use in (Use.MODALITY, Use.SPLITS, Use.GROUPS)
    return replace(source, chosen=False) if rivals and same and source.key != chosen.key else source

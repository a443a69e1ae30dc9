"""A cohort in memory: patients, their outcome, and one block of measurements per modality.

A single case is a cohort of one patient, so everything that reads, encodes and predicts is written once.
Values in a block are as measured; the transform that a cohort file asks for is named in the block and
applied by the scaling that a bundle stores, so that training and prediction cannot differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality, Source
from survgui.errors import CohortError

Fields = tuple[float | str | None, ...]
"""The clinical fields of a patient, in the order of the block's names; None where missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """Rows of features of one patient, in no order.

    Attributes:
        values: (N, F) float32.
        coords: (N, 2) upper left corners of the patches in level-0 pixels, or None where unknown.
        patch: Side of a patch in level-0 pixels; 0 where unknown.
        slides: Name of the slide file of each row; empty where unknown.
    """

    values: NDArray[np.float32]
    coords: NDArray[np.int64] | None = None
    patch: float = 0.0
    slides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim != 2:
            raise ValueError(f"a bag is (N, F), not {self.values.shape}")
        self.values.flags.writeable = False

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Some tiles of one patient's slides, as pixels.

    Attributes:
        values: (K, S, S, 3) RGB.
        coords: (K, 2) upper left corners in level-0 pixels.
        side: Of a tile in level-0 pixels.
        slides: Name of the slide file of each tile; empty where unknown.
    """

    values: NDArray[np.uint8]
    coords: NDArray[np.int64]
    side: float
    slides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.ndim != 4 or self.values.shape[3] != 3:
            raise ValueError(f"tiles are (K, S, S, 3), not {self.values.shape}")
        self.values.flags.writeable = False

    def __len__(self) -> int:
        return len(self.values)


Item = Fields | NDArray[np.float32] | Bag | Tiles
"""One patient's measurement: `Fields`, a vector (D,), a `Bag`, `Tiles`, or a volume (C, X, Y, Z)."""


def item_bytes(item: Item) -> bytes:
    """The content of a measurement, for digests."""
    if isinstance(item, Bag | Tiles):
        return np.ascontiguousarray(item.values).tobytes()
    return np.ascontiguousarray(item).tobytes() if isinstance(item, np.ndarray) else repr(item).encode()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One modality of a cohort.

    Attributes:
        names: Feature names: fields, genes, probes, sequences; empty for encoded bags.
        items: Measurement per patient id, as measured; a patient without one is absent.
        files: Files per patient id that must be encoded before there are items (slides, MRI).
        unit: What the values are: `counts`, `log`, `z-score`, `beta`, `m-value`, `binary`, `cnv`, `mixed`.
        transform: none | log1p | log2p1 | signed-log1p | beta-to-m, to be applied by the scaling.
        groups: Gene groups (name -> member features), or None.
        ordered: Clinical fields whose words have an order, lowest first.
        encoder: Name of the encoder that made the items of a bag or volume; empty for tables.
    """

    modality: Modality
    kind: Kind
    names: tuple[str, ...]
    items: Mapping[str, Item]
    files: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    unit: str = "mixed"
    transform: str = "none"
    groups: Mapping[str, tuple[str, ...]] | None = None
    ordered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    encoder: str = ""

    @property
    def patients(self) -> frozenset[str]:
        """Patients who have this modality, encoded or still as files."""
        return frozenset(self.items) | frozenset(i for i, files in self.files.items() if files)

    @property
    def width(self) -> int:
        """Number of features: named ones, else of a row of the first bag, or of a tile's values."""
        if self.names:
            return len(self.names)
        first = next(iter(self.items.values()), None)
        return int(np.prod(first.values.shape[1:])) if isinstance(first, Bag | Tiles) else 0

    def keep(self, ids: Iterable[str]) -> Block:
        """The block with only these patients."""
        wanted = set(ids)
        return replace(
            self,
            items={i: v for i, v in self.items.items() if i in wanted},
            files={i: v for i, v in self.files.items() if i in wanted},
        )


@dataclass(frozen=True, slots=True)
class Split:
    """One fold: who trains and who tests."""

    fold: int
    train: tuple[str, ...]
    test: tuple[str, ...]

    def keep(self, ids: Collection[str]) -> Split:
        """The fold with only these patients."""
        return Split(self.fold, tuple(i for i in self.train if i in ids), tuple(i for i in self.test if i in ids))


@dataclass(frozen=True, slots=True)
class Note:
    """Something a user should know about what was read.

    Attributes:
        level: `info`, `warning` or `error`; an error means that the cohort cannot be trained on.
        code: Short stable code such as `TBL-07`.
        text: One sentence: what, where, and what to do.
    """

    level: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Patients, outcome and measurements.

    Attributes:
        months: (n,) follow-up in months, NaN where unknown.
        events: (n,) True where the patient died; False where unknown.
        splits: The folds that the cohort file fixes, or empty.
        origin: Per block name (`outcome`, modality) the source of a patient's values, for the record.
    """

    name: str
    ids: tuple[str, ...]
    months: NDArray[np.float64]
    events: NDArray[np.bool_]
    blocks: Mapping[Modality, Block]
    splits: tuple[Split, ...] = ()
    notes: tuple[Note, ...] = ()
    origin: Mapping[str, Source] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) True where the outcome is known."""
        return np.isfinite(self.months)

    def require_sound(self) -> None:
        """Refuse to learn from a cohort that was read with errors: who would be left out, and why, nobody has said.

        Raises:
            CohortError: A note of level `error`.
        """
        errors = [note for note in self.notes if note.level == "error"]
        if errors:
            more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
            raise CohortError(
                f"{self.name} cannot be used as it stands: {errors[0].text.rstrip('.')}{more}; "
                "see `survgui cohort check` [COH-15]"
            )

    def pattern(self, patient: str) -> frozenset[Modality]:
        """Modalities that the patient has."""
        return frozenset(m for m, block in self.blocks.items() if patient in block.patients)

    def digest(self) -> str:
        """SHA-256 of everything a model could learn from: who, outcome, folds, measurements."""
        found = hashlib.sha256(repr((self.name, self.ids, self.splits)).encode())
        found.update(self.months.tobytes())
        found.update(self.events.tobytes())
        for modality, block in self.blocks.items():
            fixed = (modality, block.kind, block.names, block.unit, block.transform, block.groups, block.ordered)
            found.update(repr((*fixed, block.encoder)).encode())
            for patient in sorted(block.items):
                found.update(patient.encode())
                found.update(item_bytes(block.items[patient]))
        return found.hexdigest()

    def keep(self, ids: Iterable[str]) -> Cohort:
        """The cohort with only these patients, in the cohort's own order.

        Folds keep these patients too; a fold with nobody left to train or to test on is dropped.
        """
        wanted = set(ids)
        rows = [row for row, i in enumerate(self.ids) if i in wanted]
        return replace(
            self,
            ids=tuple(self.ids[row] for row in rows),
            months=self.months[rows],
            events=self.events[rows],
            blocks={m: block.keep(wanted) for m, block in self.blocks.items()},
            splits=tuple(s for split in self.splits if (s := split.keep(wanted)).train and s.test),
        )

    def hide(self, modalities: Iterable[Modality]) -> Cohort:
        """The cohort as if nobody had these modalities; the blocks stay, empty."""
        hidden = set(modalities)
        return replace(self, blocks={m: b.keep(()) if m in hidden else b for m, b in self.blocks.items()})

    def with_outcome(self) -> Cohort:
        """The patients whose outcome is known."""
        return self.keep(i for i, ok in zip(self.ids, self.known, strict=True) if ok)

    def folds(self, k: int = 5, seed: int = 0) -> tuple[Split, ...]:
        """The cohort's own folds, or `k` folds stratified by event (contracts.md).

        Raises:
            ValueError: Fewer than `k` patients.
        """
        if self.splits:
            return self.splits
        if len(self) < k:
            raise ValueError(f"{len(self)} patients do not make {k} folds")
        fold_of = np.empty(len(self), dtype=int)
        draw = np.random.default_rng(seed)
        for event in (True, False):
            rows = draw.permutation(np.flatnonzero(self.events == event))
            fold_of[rows] = np.arange(len(rows)) % k
        ids = np.array(self.ids, dtype=object)
        return tuple(Split(fold, tuple(ids[fold_of != fold]), tuple(ids[fold_of == fold])) for fold in range(k))

"""A cohort judged before anybody trains on it: what missingness carries, what the folds hold, what leaks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from survgui.cases.case import Kind, Modality, is_tcga
from survgui.cases.cohort import Bag, Block, Cohort, Item, Split, Tiles, item_bytes
from survgui.cases.review import Carried, Fold, Review, Twins, folds_digest
from survgui.cases.step import Step, Task
from survgui.engine.cohort_facts import cohort_facts
from survgui.importing.splitting import site_of
from survgui.survival.hazard_ratio import hazard_ratio
from survgui.survival.metrics import Followed

TELLING = 12
"""Different values that a measurement must have for two that are equal to be no coincidence (our choice)."""


def review(cohort: Cohort, file: Path) -> Task[Review]:
    """Judge a cohort; nothing is fitted but a Cox model of one variable per modality.

    Args:
        file: The cohort's `cohort.toml`.
    """
    yield Step("review", 0, 3, "availability and follow-up")
    facts = cohort_facts(cohort, file)
    known = cohort.with_outcome()
    yield Step("review", 1, 3, "hazard ratios of missingness")
    carried = tuple(_carried(modality, block, known) for modality, block in known.blocks.items()) if len(known) else ()
    yield Step("review", 2, 3, "folds and duplicates")
    splits = cohort.splits or _drawn(known)
    return Review(
        facts=facts,
        carried=carried,
        folds=tuple(_fold(split, known) for split in splits),
        fixed=bool(cohort.splits),
        digest=folds_digest(splits) if splits else "",
        sites=_sites(known.ids),
        twins=tuple(_twins(cohort, splits)),
    )


def _carried(modality: Modality, block: Block, known: Cohort) -> Carried:
    mine = block.patients
    here = np.array([patient in mine for patient in known.ids], dtype=bool)
    row = Carried(
        modality,
        int(here.sum()),
        int((here & known.events).sum()),
        int((~here).sum()),
        int((~here & known.events).sum()),
    )
    found = hazard_ratio(~here, Followed(known.months, known.events))
    return row if found is None else replace(row, ratio=found.ratio, low=found.low, high=found.high, p=found.p)


def _drawn(known: Cohort) -> tuple[Split, ...]:
    """The folds that every training draws where the cohort fixes none."""
    try:
        return known.folds()
    except ValueError:  # fewer patients than folds, which the notes say
        return ()


def _fold(split: Split, known: Cohort) -> Fold:
    died = dict(zip(known.ids, known.events, strict=True))
    return Fold(
        split.fold,
        len(split.train),
        sum(bool(died.get(i, False)) for i in split.train),
        len(split.test),
        sum(bool(died.get(i, False)) for i in split.test),
        _sites(split.test),
        {modality: sum(i in block.patients for i in split.test) for modality, block in known.blocks.items()},
    )


def _twins(cohort: Cohort, splits: Sequence[Split]) -> Iterable[Twins]:
    """Patients who share a file, or a measurement that cannot be equal by chance."""
    for modality, block in cohort.blocks.items():
        if block.kind is not Kind.FIELDS:
            values = {i: _digest(item) for i, item in block.items.items() if _telling(item)}
            yield from _groups(modality, values, "the same values", splits)
        files = {i: tuple(source.path for source in mine) for i, mine in block.files.items() if mine}
        yield from _groups(modality, _copies(files), "the same files", splits)


def _groups(modality: Modality, contents: Mapping[str, str], what: str, splits: Sequence[Split]) -> Iterable[Twins]:
    together: dict[str, list[str]] = {}
    for patient, content in contents.items():
        together.setdefault(content, []).append(patient)
    for patients in together.values():
        if len(patients) > 1:
            parted = any(_parted(split, patients) for split in splits)
            yield Twins(modality, tuple(patients), what, parted)


def _parted(split: Split, patients: Sequence[str]) -> bool:
    return not set(split.train).isdisjoint(patients) and not set(split.test).isdisjoint(patients)


def _telling(item: Item) -> bool:
    """Whether two patients cannot have this by chance: mutations of a few genes, they can."""
    values = item.values if isinstance(item, Bag | Tiles) else item
    return isinstance(values, np.ndarray) and len(np.unique(values[np.isfinite(values)])) >= TELLING


def _digest(item: Item) -> str:
    return hashlib.sha256(item_bytes(item)).hexdigest()


def _copies(files: Mapping[str, tuple[Path, ...]]) -> dict[str, str]:
    """Digests of the files of those patients whose files are as large as another's: the others are no copies."""
    sizes = {patient: tuple(_size(path) for path in mine) for patient, mine in files.items()}
    often = Counter(sizes.values())
    found = {}
    for patient, mine in files.items():
        if often[sizes[patient]] > 1 and all(sizes[patient]):
            found[patient] = repr([_file_digest(path) for path in mine])
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # it is gone, which whoever encodes it will say
        return 0


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sites(patients: Sequence[str]) -> int:
    """How many sites the ids name; 0 where one does not."""
    return len({site_of(patient) for patient in patients}) if all(map(is_tcga, patients)) else 0

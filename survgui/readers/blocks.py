"""One modality of a cohort or a case, from a table or from files, as measured.

Codes: BLK-01 what was read; -02 nobody matches; -03 the only row taken; -04 a file left out; -05 spoilt gene
names; -06 groups that meet no feature; -07 words that the given order does not know; -08 a file of a case not there;
-09 a bag without a patch; -10 ids of genes named by symbols; -11 names of genes repaired; -12 a table without a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality, Source, is_tcga
from survgui.cases.cohort import Bag, Block, Fields, Item, Note
from survgui.errors import ReadError
from survgui.readers import columns, genes, mutations, sniff
from survgui.readers.delimited import MISSING
from survgui.readers.files import unpatterned
from survgui.readers.groups import read_groups
from survgui.readers.rows import nearly, patient_rows, rows_by_patient
from survgui.readers.spec import BlockSpec, TableSpec
from survgui.readers.table import Cell, Table, Tables, listed, transposed
from survgui.readers.units import guess_unit

_OF_GENES = (Modality.RNA, Modality.CNV, Modality.MUTATION)
_UNKNOWN = 0.8
"""Share of features that the gene table should know, below which a note asks what the names are (our choice)."""


@dataclass(slots=True)
class Reading:
    """What the blocks of one cohort share.

    Attributes:
        ids: Patients, in order.
        barred: Per table file, columns that are no features: the outcome's.
        lone: One case: a table with a single row is taken to be his, whatever its id.
        notes: Grows while reading.
        others: Further patients of the cohort that are not read now, whose files are not these patients'.
    """

    ids: tuple[str, ...]
    tables: Tables
    barred: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    lone: bool = False
    notes: list[Note] = field(default_factory=list)
    others: tuple[str, ...] = ()

    def note(self, level: str, code: str, text: str) -> None:
        """Add a note."""
        self.notes.append(Note(level, code, text))


def read_table_block(spec: BlockSpec, reading: Reading) -> Block:
    """Read a modality that is in a table.

    Returns:
        Kind `FIELDS` for clinical, `BAG` for rows = "bag", else `VECTOR`; a patient without a single value
        is absent.

    Raises:
        ReadError: The table cannot be read, a column is not there, a cell is no number, a value is infinite.
    """
    source = spec.table
    if source is None:
        raise ValueError("this modality is in files")
    table = reading.tables.read(source.path, sheet=source.sheet, array=source.array)
    if spec.modality is Modality.CLINICAL:
        block = _fields(spec, table, source, reading)
    else:
        block = _numbers(spec, table, source, reading)
    features = f"{len(block.names)} feature{'' if len(block.names) == 1 else 's'}"
    said = f"{len(block.items)} of {len(reading.ids)} patients, {features}, {block.unit}"
    reading.note("info", "BLK-01", f"{spec.modality}: {said} ({table.path.name})")
    return block


def _numbers(spec: BlockSpec, table: Table, source: TableSpec, reading: Reading) -> Block:
    if source.orientation == "cases-in-columns":
        ids, features, values = transposed(table, source.case)
        names = columns.chosen(features, spec.columns, features, ())
        at = {name: column for column, name in reversed(list(enumerate(features)))}
        names = list(dict.fromkeys(names or ()))
        values = values[:, [at[name] for name in names]]
        rows = {"": [0]} if source.case else rows_by_patient(ids, range(len(ids)))
    elif source.orientation == mutations.IN_ROWS:
        ids, names, values = mutations.of_table(table)
        rows = {patient: [row] for row, patient in enumerate(ids)}
        text = (
            f"{table.path.name}: a gene without a line counts as not mutated, which is so where the whole exome was "
            "sequenced; of a panel, give a table of its genes with 0 and 1"
        )
        reading.note("warning", "MUT-02", text)
    else:
        names = _columns(spec, table, source, reading)
        values = table.numbers(names or ())
        rows = patient_rows(table, source)
    if not names:
        raise columns.missing(table.path, spec.columns, table.names)
    filled = set(np.flatnonzero(np.isfinite(values).any(axis=1)).tolist())
    mine = {
        p: [row for row in r if row in filled] for p, r in _of_patients(rows, table, reading, spec.modality).items()
    }
    if mine and not any(mine.values()):
        text = f"{spec.modality}: {table.path.name} holds no value of its patients; check `columns` and the table"
        reading.note("warning", "BLK-12", text)
    mine = {patient: of_patient for patient, of_patient in mine.items() if of_patient}
    items = {patient: _item(values[of_patient], spec.rows) for patient, of_patient in mine.items()}
    used = [row for of_patient in mine.values() for row in of_patient]
    short = _named(columns.feature_names(names, spec.columns), spec.modality, table, reading)
    return Block(
        modality=spec.modality,
        kind=Kind.BAG if spec.rows == "bag" else Kind.VECTOR,
        names=short,
        items=items,
        unit=spec.unit or guess_unit(values[used], spec.modality),
        transform=spec.transform,
        groups=_groups(spec, short, reading),
        encoder=spec.encoder,
    )


def _columns(spec: BlockSpec, table: Table, source: TableSpec, reading: Reading) -> list[str] | None:
    case = table.names[0] if source.case is None else source.case
    outcome = reading.barred.get(sniff.real_path(source.path), frozenset())
    numeric = table.numeric() if spec.columns is None else ()
    names = columns.chosen(table.names, spec.columns, numeric, outcome | {case, *source.filter})
    told = [name for name in names or () if name in outcome]
    if told:
        text = (
            f"{table.path.name}: {listed(told)} is the outcome and an input of {spec.modality} too: a model would be "
            "told what it is to predict; take it out of columns"
        )
        reading.note("warning", "BLK-13", text)
    return names


def _of_patients(
    rows: dict[str, list[int]], table: Table, reading: Reading, modality: Modality
) -> dict[str, list[int]]:
    """Rows of the patients who are wanted, in their order."""
    mine = {patient: rows[patient] for patient in reading.ids if patient in rows}
    if mine or not rows:
        return mine
    if reading.lone and list(rows) == [""]:
        return {reading.ids[0]: rows[""]}
    barcodes = all(map(is_tcga, (*rows, *reading.ids)))  # which are not one patient under two names
    if reading.lone and len(rows) == 1 and not barcodes:
        ((other, only),) = rows.items()
        text = f"{table.path.name}: its only row ({other}) was taken to be {reading.ids[0]}'s; check this"
        reading.note("warning", "BLK-03", text)
        return {reading.ids[0]: only}
    text = (
        f"{modality}: none of the patients is in {table.path.name}, whose ids look like {listed(list(rows), 2)}, "
        f"the patients' like {listed(reading.ids, 2)}; {_how_to_meet(rows, reading.ids)}"
    )
    reading.note("warning", "BLK-02", text)
    return mine


def _how_to_meet(rows: Iterable[str], ids: Sequence[str]) -> str:
    near = nearly(rows, ids)
    if not near:
        return "check `case`, the column of ids"
    return f"{near[0][0]} and {near[0][1]} differ in capitals, leading zeros or signs: if it is one, write them alike"


def _item(rows: NDArray[np.float64], how: str) -> Item:
    """A patient's rows (r, d), none of them all NaN, as one vector (d,) or a bag."""
    if how == "bag":
        return Bag(np.ascontiguousarray(rows, dtype=np.float32))
    if how == "first" or len(rows) == 1:
        return np.asarray(rows[0], dtype=np.float32)
    known = np.isfinite(rows)
    count = known.sum(axis=0)
    mean = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.asarray(np.where(count > 0, mean, np.nan), dtype=np.float32)


def _fields(spec: BlockSpec, table: Table, source: TableSpec, reading: Reading) -> Block:
    names = _columns(spec, table, source, reading)
    if not names:
        raise columns.missing(table.path, spec.columns, table.names)
    rows = _of_patients(patient_rows(table, source), table, reading, spec.modality)
    used = [row for of_patient in rows.values() for row in of_patient]
    cells = [_ordered(table, n, spec, used, reading) if n in spec.ordered else table.cells(n) for n in names]
    items: dict[str, Item] = {}
    for patient, of_patient in rows.items():
        fields: list[Fields] = [tuple(column[row] for column in cells) for row in of_patient]
        known = [row for row in fields if any(cell is not None for cell in row)]
        if known:
            items[patient] = known[0]
    return Block(
        modality=spec.modality,
        kind=Kind.FIELDS,
        names=columns.feature_names(names, spec.columns),
        items=items,
        ordered=spec.ordered,
        transform=spec.transform,
    )


def _ordered(table: Table, name: str, spec: BlockSpec, used: Sequence[int], reading: Reading) -> list[Cell]:
    """Words of an ordered field, numbers among them as they are written (grade 2)."""
    order = spec.ordered[name]
    words: list[Cell] = [None if word in MISSING else word for word in table.text(name)]
    unknown = sorted({str(words[row]) for row in used if words[row] and not str(words[row]).startswith(order)})
    if unknown:
        text = f"{table.path.name}: {listed(unknown, 5)} in {name} start with none of {listed(order)}; taken as missing"
        reading.note("info", "BLK-07", text)
    return words


def _groups(spec: BlockSpec, names: Sequence[str], reading: Reading) -> Mapping[str, tuple[str, ...]] | None:
    """The groups with the members that are features here."""
    if spec.groups is None:
        return None
    groups = {g: tuple(_members(given, tuple(names))) for g, given in read_groups(spec.groups).items()}
    groups = {group: genes for group, genes in groups.items() if genes}
    if not groups:
        said = f"no gene of {spec.groups.name} is among the features (such as {listed(names, 3)})"
        text = f"{spec.modality}: {said}; choose groups of the same ids"
        reading.note("warning", "BLK-06", text)
    return groups or None


def _members(group: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    """The features that a group names, by whichever of a gene's names."""
    return list(dict.fromkeys(names[place] for place in genes.places(group, names) if place >= 0))


def _named(names: tuple[str, ...], modality: Modality, table: Table, reading: Reading) -> tuple[str, ...]:
    """Features of genes as a user reads them: symbols for ids, dates that a spreadsheet made of symbols repaired."""
    if modality not in _OF_GENES:
        return names
    found = genes.named(names)
    where = f"{table.path.name}: "
    if found.kind != "symbols":
        text = f"{where}{found.known:,} of {len(names):,} {found.kind} are named by symbols, the others keep the id"
        reading.note("info" if found.known >= _UNKNOWN * len(names) else "warning", "BLK-10", text)
    if found.repaired:
        text = f"{where}{len(found.repaired)} genes that a spreadsheet had made dates were repaired"
        reading.note("warning", "BLK-11", f"{text} ({listed(found.repaired, 5)}); check them")
    if found.spoilt:
        text = (
            f"{where}{len(found.spoilt)} features look like dates ({listed(found.spoilt, 3)}) and may mean two genes "
            "(1-Mar: MARCH1 or MARC1); export the table again with that column as text"
        )
        reading.note("warning", "BLK-05", text)
    return found.names


def read_file_block(spec: BlockSpec, files: Mapping[str, Sequence[Source]], reading: Reading) -> Block:
    """A modality that is in files: feature files are read, slides and volumes left to be encoded.

    Args:
        files: Sources per patient; a patient without one is absent.
    """
    features = {p: [s for s in sources if is_feature_file(s.path)] for p, sources in files.items()}
    if any(features.values()):
        block = _feature_bags(spec, features, reading)
    else:
        mri = spec.modality is Modality.MRI
        present = {s.role for sources in files.values() for s in sources if s.role} - {"segmentation"}
        names = tuple(s for s in spec.sequences if s in present) + tuple(sorted(present - set(spec.sequences)))
        block = Block(
            modality=spec.modality,
            kind=Kind.VOLUME if mri else Kind.BAG,
            names=names if mri else (),
            items={},
            files={patient: tuple(sources) for patient, sources in files.items() if sources},
            unit=spec.unit or "mixed",
            encoder=spec.encoder,
        )
    _note_absent(spec, files, reading)
    count = sum(len(sources) for sources in files.values())
    reading.note(
        "info", "BLK-01", f"{spec.modality}: {len(block.patients)} of {len(reading.ids)} patients, {count} files"
    )
    return block


def _note_absent(spec: BlockSpec, files: Mapping[str, Sequence[Source]], reading: Reading) -> None:
    """A note on files that a single case names and that are not there; a cohort's patients need not have any."""
    there = {source.path for sources in files.values() for source in sources}
    named = {pattern: unpatterned(pattern) for pattern in spec.files}
    lost = [name for name in named.values() if name is not None and spec.folder / name not in there]
    if reading.lone and (lost or (spec.files and not there)):
        names = listed([Path(name).name for name in lost or spec.files], 4)
        text = f"{spec.modality.title}: no file is at {names}; put it back where it was, or correct the case's `files`"
        reading.note("warning", "BLK-08", text)


def is_feature_file(path: Path) -> bool:
    """Whether a file's name says that it holds features of patches."""
    return path.suffix.lower() in (".h5", ".hdf5", ".pt", ".npz", ".mat")


def _feature_bags(spec: BlockSpec, files: Mapping[str, Sequence[Source]], reading: Reading) -> Block:
    from survgui.readers.apart import read_bag

    items: dict[str, Item] = {}
    encoders: set[str] = set()
    for patient, sources in files.items():
        bags = []
        for source in sources:
            try:
                bag, attributes = read_bag(source.path)
                bags.append((source.path, bag))
                encoders.add(str(attributes.get("encoder", "")))
            except ReadError as error:
                reading.note("warning", "BLK-04", f"{spec.modality} of {patient} is left out: {error}")
        for path in (path for path, bag in bags if not len(bag)):
            text = f"{spec.modality} of {patient}: {path.name} holds no patch with a number; encode the slide again"
            reading.note("warning", "BLK-09", text)
        bags = [(path, bag) for path, bag in bags if len(bag)]
        try:
            items |= {patient: joined(bags)} if bags else {}
        except ReadError as error:
            reading.note("warning", "BLK-04", f"{spec.modality} of {patient} is left out: {error}")
    named = encoders - {""}
    encoder = spec.encoder or (named.pop() if len(named) == 1 else "")
    return Block(spec.modality, Kind.BAG, (), items, unit=spec.unit or "mixed", encoder=encoder)


def joined(bags: Sequence[tuple[Path, Bag]]) -> Bag:
    """The bags of a patient's slides as one; every row remembers its slide.

    Raises:
        ReadError: The bags differ in width: they come from different encoders.
    """
    path, first = bags[0]
    if len(bags) == 1:
        return first
    for other, bag in bags[1:]:
        if bag.values.shape[1] != first.values.shape[1]:
            reason = f"has {bag.values.shape[1]} features a patch, {path.name} has {first.values.shape[1]}"
            raise ReadError(other, f"{reason}; encode all slides with one encoder", "BAG-08")
    coords = [bag.coords for _, bag in bags]
    slides = [name for path, bag in bags for name in (bag.slides or (path.stem,) * len(bag))]
    return Bag(
        np.concatenate([bag.values for _, bag in bags]),
        np.concatenate([c for c in coords if c is not None]) if all(c is not None for c in coords) else None,
        first.patch,
        tuple(slides),
    )

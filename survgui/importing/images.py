"""Slides, features of slides and MRI of many patients: which files belong together, and whose each is.

Features lie in folders as CLAM and TRIDENT write them: `h5_files` and `pt_files` hold the same slides twice, and
`features_conch_v15` beside `features_uni` two encoders' features of them; each folder is a source of its own, and of a
modality one is used. Whose a file is, is told by its name, or by a table that names slides and patients, such as
CLAM's (`case_id`, `slide_id`). Where patterns with {case} name exactly the files that are wanted, they are written
into the cohort file, else a list of the files.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from survgui import storage
from survgui.cases.case import Modality, is_tcga, patient_key
from survgui.cases.cohort import Note
from survgui.cases.proposal import Conversion, ProposedSource, Use
from survgui.errors import CohortError, ReadError
from survgui.importing import patterns, sources
from survgui.readers.apart import read_bag
from survgui.readers.files import files_by_patient
from survgui.readers.finding import VOLUME, Finding, settled
from survgui.readers.rows import owner_of, sample_type
from survgui.readers.sequences import TITLES
from survgui.readers.spec import BlockSpec
from survgui.readers.table import Table, Tables, listed

_SLIDE = (
    "slide_id",
    "slide",
    "slide_name",
    "slide_file",
    "wsi",
    "wsi_id",
    "image",
    "image_id",
    "file_name",
    "filename",
)
_CASE = ("case_id", "case", "patient_id", "patient", "submitter_id", "bcr_patient_barcode")
_ENCODER = re.compile(r"features?_(.+)", re.IGNORECASE)
_BARCODE = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}-\d{2}", re.IGNORECASE)
_PER_PATIENT = 8
"""Folders of features from which on they are taken for folders of patients, not of encoders"""


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose files are.

    Attributes:
        ids: Patients whose ids are looked for in names.
        slides: Patient of each slide that a table names, by the slide's name without suffix; empty where tables
            name several.
        table: Name of that table, or empty.
    """

    ids: tuple[str, ...]
    slides: Mapping[str, str]
    table: str = ""

    def of(self, path: Path) -> str | None:
        """The patient of a file: by the table of slides, else by the ids in its name and its folders'.

        A file that the table calls one patient's and that lies in the folder of another is nobody's: `slide1.svs`
        may be in both.
        """
        named = self.said(path)
        if not named:
            return patterns.patient_of(path, self.ids)
        return named if self.folder(path) in (None, named) else None

    def said(self, path: Path) -> str:
        """The patient of a file by the table of slides, or empty."""
        return self.slides.get(path.name) or self.slides.get(_stem(path)) or ""

    def folder(self, path: Path) -> str | None:
        """The patient whose folder a file lies in."""
        return patterns.patient_of(path.parent, self.ids)


def is_image(finding: Finding) -> bool:
    """Whether a finding is of a file of images or of their features, used or not, rather than of a table."""
    return finding.spec is None and (finding.role in ("slide", "features", VOLUME, *TITLES) or bool(finding.title))


def owners(findings: Iterable[Finding], ids: Iterable[str], tables: Tables) -> Owners:
    """Whose files are, by the tables of an import: those that name slides and patients, and all ids."""
    pairs: list[tuple[str, str]] = []
    said = ""
    named = ((f.path, f.sheet) for f in findings if f.role in ("table", "ids") and f.error is None)
    for path, sheet in dict.fromkeys(named):
        found = _slides_of(tables.read(path, sheet=sheet))
        said = said or (path.name if found else "")
        pairs += found
    slides = owner_of(pairs)
    known = sorted({i for i in (*ids, *slides.values()) if len(i) >= 3}, key=len, reverse=True)
    return Owners(tuple(known), slides, said)


def source_of(findings: Sequence[Finding], whose: Owners, workspace: Path, word: str = "") -> ProposedSource:
    """The source that files of one modality and kind give.

    Args:
        findings: All slides, all features of one folder, or all MRI volumes.
        workspace: Where a list of files is written to, if patterns cannot name them.
        word: What tells the list from others of the modality, where there are several.
    """
    first = findings[0]
    modality = first.modality or Modality.MRI
    mine, left = _owned(findings, whose)
    used = {who: _of_patient(files, modality) for who, files in mine.items()}
    used = {who: files for who, files in used.items() if files}
    members = tuple((who, f.path) for who, files in used.items() for f in files)
    kind = "volume" if modality is Modality.MRI else str(first.role)
    source = ProposedSource(
        key=f"{modality}#{kind}",
        paths=tuple(f.path for f in findings),
        use=Use.MODALITY if used else Use.NONE,
        format=_MAKES[kind],
        evidence=_evidence(used, whose, modality, first),
        modality=modality,
        members=members,
        ids=sources.id_words(list(used)),
        patients=len(used),
        notes=tuple(_notes(findings, left, mine)),
    )
    if not used:
        return source
    made, _ = patterns.patterns([path for _, path in members], list(used))
    if _name_exactly(modality, made, used):
        return replace(source, files=made)
    target = workspace / "tables" / f"{modality}-{word or kind}-files.csv"
    storage.write_text(target, _list(used, modality))
    return replace(source, conversion=Conversion.LISTED, made=target)


def feature_sources(findings: Sequence[Finding], whose: Owners, workspace: Path) -> list[ProposedSource]:
    """A source for each folder of features: those with coordinates before the same slides without."""
    found = []
    for number, (folder, mine) in enumerate(_folders(findings).items(), 1):
        word = re.sub(r"[^A-Za-z0-9]+", "-", mine[0].path.parent.name)[:40]
        source = source_of(mine, whose, workspace, f"{word}-{number}")  # two folders may be called alike
        name = folder.name if folder is not None else ""
        found.append(_looked_into(source, mine[0].path, name))
    return sorted(found, key=lambda source: (source.use is Use.NONE, source.paths[0].suffix.lower() == ".pt"))


def list_for(made: Path, folder: Path) -> str:
    """A list of files in the workspace as it is written into a cohort's folder: paths relative to it."""
    rows = list(csv.reader(io.StringIO(made.read_text("utf-8"))))
    at = rows[0].index("file")
    for row in rows[1:]:
        row[at] = (
            Path(os.path.relpath(row[at], folder.absolute())).as_posix() if _same_drive(row[at], folder) else row[at]
        )
    return _csv(rows)


_MAKES = {
    "slide": "slides, one or more a patient",
    "features": "features of slides, a file each",
    "volume": "MRI volumes, a file or a DICOM series a sequence",
}


# Whose


def _slides_of(table: Table) -> list[tuple[str, str]]:
    """Each slide with its patient, of a table that has a column of either."""
    lower = {name.casefold().replace(" ", "_"): name for name in reversed(table.names)}
    slide = next((lower[name] for name in _SLIDE if name in lower), None)
    case = next((lower[name] for name in _CASE if name in lower), None)
    if slide is None or case is None:
        return []
    pairs = zip(table.text(slide), table.text(case), strict=True)
    return [(_stem(Path(one)), patient_key(who)) for one, who in pairs]


def _stem(path: Path) -> str:
    """A slide's name without what says its format: `a.b.svs`, `a.b.h5` and `a.b.nii.gz` are `a.b`."""
    suffixes = r"\.(svs|tiff?|ndpi|mrxs|scn|bif|czi|dcm|png|jpe?g|h5|hdf5|pt|npz|nii|gz)"
    return re.sub(rf"({suffixes})+$", "", path.name, flags=re.IGNORECASE)


def _owned(findings: Sequence[Finding], whose: Owners) -> tuple[dict[str, list[Finding]], list[Finding]]:
    """Findings by patient, and those of nobody that is known: so are two files of the one name that a table has."""
    mine: dict[str, list[Finding]] = {}
    left = []
    often = Counter(finding.path.name for finding in findings)
    for finding in findings:
        path = finding.path
        who = finding.patients[0] if finding.patients else whose.of(path)
        if not finding.patients and often[path.name] > 1 and whose.said(path) and whose.folder(path) is None:
            who = None
        if who is None:
            left.append(finding)
        else:
            mine.setdefault(patient_key(who), []).append(finding)
    return mine, left


def _of_patient(findings: Sequence[Finding], modality: Modality) -> list[Finding]:
    """What is used of a patient's files: no slide of normal tissue, one volume of each sequence."""
    if modality is Modality.MRI:
        return [f for f in settled(findings) if f.modality is Modality.MRI]
    return [f for f in findings if not _is_normal(f.path)]


def _is_normal(path: Path) -> bool:
    """Whether a TCGA barcode in a name says that the tissue is normal (sample types 10 to 19)."""
    found = _BARCODE.search(path.name)
    return found is not None and is_tcga(found[0]) and 10 <= sample_type(found[0]) < 20


# What is said


def _evidence(
    used: Mapping[str, Sequence[Finding]], whose: Owners, modality: Modality, first: Finding
) -> tuple[str, ...]:
    if not used:
        return (first.evidence,)
    files = [f for mine in used.values() for f in mine]
    by_table = sum(f.path.name in whose.slides or _stem(f.path) in whose.slides for f in files)
    how = f"by {whose.table}" if by_table * 2 > len(files) else "by the ids in their names"
    many = max(len(mine) for mine in used.values())
    all_files = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    said = f"{all_files} of {len(used)} patient{'' if len(used) == 1 else 's'}, {how}"
    if modality is Modality.MRI:
        count: dict[str, int] = {}
        for finding in files:
            count[str(finding.role)] = count.get(str(finding.role), 0) + 1
        return said, ", ".join(f"{role} of {n}" for role, n in sorted(count.items())), first.evidence
    more = (f"up to {many} slides of a patient, taken together",) if many > 1 else ()
    return said, *more, first.evidence


def _notes(
    findings: Sequence[Finding], left: Sequence[Finding], mine: Mapping[str, Sequence[Finding]]
) -> Iterable[Note]:
    yield from unnamed(findings, [f.path for f in left])
    normal = sum(_is_normal(f.path) for files in mine.values() for f in files)
    if normal and findings[0].modality is Modality.PATHOLOGY:
        yield Note("info", "IMP-08", f"{normal} slides are of normal tissue by their barcode and are not used")
    broken = [f for files in mine.values() for f in files if f.error is not None]
    if broken:
        text = f"{len(broken)} MRI series cannot be used, such as {broken[0].path.name}: {broken[0].evidence}"
        yield Note("warning", "IMP-07", text)


def unnamed(files: Collection[object], lost: Sequence[Path]) -> tuple[Note, ...]:
    """The note on files of a kind whose patient nobody says; none where there are none."""
    if not lost:
        return ()
    text = (
        f"{len(lost)} of {len(files)} files carry no id of a patient in their name, or those of several (such as "
        f"{listed([path.name for path in lost], 2)}); add a table with the columns case_id and slide_id, rename "
        "them, or leave them out"
    )
    return (Note("warning", "IMP-04", text),)


# Features


def _folders(findings: Sequence[Finding]) -> dict[Path | None, list[Finding]]:
    """Features by the folder that they lie in; all together where there is a folder a patient, or less."""
    found: dict[Path | None, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.path.parent, []).append(finding)
    if len(found) > _PER_PATIENT or (len(found) > 1 and len(found) == len(findings)):
        return {None: list(findings)}
    by_suffix: dict[Path | None, list[Finding]] = {}
    for folder, mine in found.items():
        for suffix in dict.fromkeys(f.path.suffix.lower() for f in mine):
            place = folder / suffix if folder is not None else None
            by_suffix[place if len({f.path.suffix.lower() for f in mine}) > 1 else folder] = [
                f for f in mine if f.path.suffix.lower() == suffix
            ]
    return by_suffix


def _looked_into(source: ProposedSource, path: Path, folder: str) -> ProposedSource:
    """The source with what one of its files holds: encoder, width, whether the patches' places are known."""
    source = replace(source, key=f"{source.key}@{folder}" if folder else source.key)
    try:
        bag, attributes = read_bag(path)
    except ReadError as error:
        evidence = (*source.evidence, f"{path.name}: {error.reason}")
        return replace(
            source, use=Use.NONE, evidence=evidence, notes=(*source.notes, Note("warning", error.code, str(error)))
        )
    named = _ENCODER.fullmatch(folder)
    encoder = str(attributes.get("encoder", "")) or (named[1] if named else "")
    where = "with the places of the patches" if bag.coords is not None else "without the places of the patches"
    holds = f"{path.name} holds {len(bag):,} patches of {bag.values.shape[1]} features, {where}"
    by = f"made by {encoder}, as {'the file' if attributes.get('encoder') else 'the folder'} says" if encoder else ""
    said = (*source.evidence, holds, *((by,) if by else ()), *((f"in the folder {folder}",) if folder else ()))
    return replace(source, evidence=said, features=int(bag.values.shape[1]), encoder=encoder)


# Patterns and lists


def _name_exactly(modality: Modality, made: tuple[str, ...], used: Mapping[str, Sequence[Finding]]) -> bool:
    """Whether patterns name the wanted files of each patient, as what they are, and no others."""
    try:
        found = files_by_patient(BlockSpec(modality, Path("/"), files=made), tuple(used))
    except CohortError:
        return False
    for who, files in used.items():
        named = {(s.path, s.role) for s in found.get(who, ())}
        if named != {(f.path, f.role if modality is Modality.MRI else None) for f in files}:
            return False
    return True


def _list(used: Mapping[str, Sequence[Finding]], modality: Modality) -> str:
    mri = modality is Modality.MRI
    rows = [["case", "file", *(["sequence"] if mri else [])]]
    for who, files in used.items():
        rows += [[who, f.path.absolute().as_posix(), *([str(f.role)] if mri else [])] for f in files]
    return _csv(rows)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _same_drive(path: str, folder: Path) -> bool:
    return Path(path).drive == folder.absolute().drive

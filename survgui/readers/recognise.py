"""What files are taken for when nobody says: by content, by name, by the names of their columns.

Each answer carries its evidence in words, so that a user can see why and correct it in a `case.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from survgui.cases.case import Modality, Source, patient_key
from survgui.errors import ReadError, UsageError
from survgui.readers import sniff
from survgui.readers.blocks import is_feature_file
from survgui.readers.files import barcodes
from survgui.readers.formats import make_of
from survgui.readers.layout import Layout, layouts
from survgui.readers.sequences import SEGMENTATION, sequence_of
from survgui.readers.sniff import Content
from survgui.readers.spec import BlockSpec
from survgui.readers.table import Tables, listed

SLIDE_SUFFIXES = (
    *(".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".vms", ".vmu", ".svslide", ".bif", ".czi", ".dcm"),
    *(".png", ".jpg", ".jpeg", ".bmp"),
)
MAX_FILES = 5000
"""Files that a folder of one patient may hold; more is another kind of folder."""

_COMPANIONS = (".dat", ".ini", ".md", ".log", ".pdf", ".json", ".xml", ".geojson")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one file is taken for; a table of several modalities gives one finding each.

    Attributes:
        modality: None where the file is not used; `evidence` then says why.
        role: `slide`, `features`, an MRI sequence, `segmentation`, `case`, `cohort`, or what a table is: `table`,
            `splits`, `groups`, `mutations`, `ids`.
        evidence: Why, in words that go after "taken for ..., because".
        spec: How the table is to be read.
        patients: Patient ids in the table.
        error: Why the file could not be read.
        make: Of what make a table is, in words, such as `UCSC Xena matrix`.
        columns: Of a table that is not measurements: the columns that its role needs (`formats.Make`).
    """

    path: Path
    modality: Modality | None
    role: str | None
    evidence: str
    spec: BlockSpec | None = None
    patients: tuple[str, ...] = ()
    error: ReadError | None = None
    make: str = ""
    columns: tuple[str, ...] = ()


def recognise(paths: Iterable[Path], tables: Tables | None = None) -> tuple[Finding, ...]:
    """Say what every file is taken for; folders are looked through.

    Args:
        tables: Where tables that are read here are remembered for whoever loads them next.

    Raises:
        UsageError: A folder with more than `MAX_FILES` files.
    """
    remembered = tables or Tables()
    return tuple(finding for path in files_of(paths) for finding in findings_of(path, remembered))


def taken_as(finding: Finding, modality: Modality, role: str | None, tables: Tables | None = None) -> Finding:
    """A finding as the user corrects it: the modality, and of a volume which sequence it is.

    A table is looked at again, for the same columns are read otherwise as another modality.

    Raises:
        UsageError: The table holds nothing that could be of this modality.
        ReadError: The table cannot be read any more.
    """
    said = "you said so"
    if finding.spec is None and finding.role != "table":
        return replace(finding, modality=modality, role=role, evidence=said)
    table = (tables or Tables()).read(finding.path)
    found = next((layout for layout in layouts(table, modality) if layout.modality is modality), None)
    if found is not None:
        spec = BlockSpec(modality, finding.path.parent, replace(found.table, path=finding.path), found.columns)
        return replace(finding, modality=modality, role="table", evidence=said, spec=spec, patients=found.patients)
    if finding.spec is not None:
        return replace(finding, modality=modality, evidence=said, spec=replace(finding.spec, modality=modality))
    raise UsageError(f"{finding.path.name} has no columns that could be {modality.title}; leave it out")


def case_id(paths: Sequence[Path], findings: Sequence[Finding]) -> str:
    """The patient that loose files are of.

    A TCGA barcode in the names; else the name of the one folder that was given; else the only id in the
    tables, or the only one of theirs that is in a file's name; else what the file names have in common; else the
    folder that holds them.

    Raises:
        UsageError: The names are those of several patients.
    """
    absolute = [sniff.real_path(path) for path in paths]
    named = barcodes(" ".join(path.name for path in absolute) + " " + " ".join(f.path.name for f in findings))
    if not named:
        named = barcodes(" ".join(path.parent.name for path in absolute))
    if len(named) > 1:
        raise UsageError(f"the files are of {len(named)} patients ({listed(named, 4)}); give those of one")
    if named:
        return named[0]
    if len(paths) == 1 and absolute[0].is_dir():
        return patient_key(absolute[0].name)
    single = {f.patients[0] for f in findings if len(f.patients) == 1 and f.patients[0]}
    if len(single) == 1:
        return single.pop()
    if len(paths) == 1:
        return absolute[0].name.split(".")[0]
    called = {p for f in findings for p in f.patients if any(_is_called(path, p) for path in absolute)}
    if len(called) == 1:
        return called.pop()
    tables = {sniff.real_path(f.path) for f in findings if f.spec is not None}
    loose = [path for path in absolute if path not in tables] or absolute  # a table is not named after a patient
    common = _common_start([path.name.split(".")[0] for path in loose])
    return common if len(common) >= 3 else loose[0].parent.name


def _is_called(path: Path, patient: str) -> bool:
    """Whether a file, or the folder it lies in, has a patient's id in its name, as a word of three letters or more."""
    if len(patient) < 3 or not any(patient in name for name in (path.name, path.parent.name)):
        return False
    word = rf"(?<![A-Za-z0-9]){re.escape(patient)}(?![A-Za-z0-9])"
    return any(re.search(word, name) is not None for name in (path.name, path.parent.name))


def _common_start(names: Sequence[str]) -> str:
    """What all names begin with, up to a separator: `S-001` of `S-001_rna` and `S-001_slide`."""
    same = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        same += 1
    start = names[0][:same]
    whole = all(len(name) == same or not name[same].isalnum() for name in names)
    return re.sub(r"[-_. ]+$", "", start if whole else re.sub(r"[A-Za-z0-9]+$", "", start))


def grouped(findings: Sequence[Finding], patient: str, mpp: float | None) -> list[tuple[BlockSpec, tuple[Source, ...]]]:
    """One specification a modality: tables as they are to be read, files with their sources.

    Raises:
        UsageError: A table of several patients in which `patient` is not.
    """
    together: list[tuple[BlockSpec, tuple[Source, ...]]] = []
    files: dict[Modality, list[Source]] = {}
    for finding in findings:
        if finding.spec is not None:
            _check_patient(finding, patient)
            together.append((finding.spec, ()))
        elif finding.modality is not None:
            slide_mpp = mpp if finding.role == "slide" else None
            role = finding.role if finding.modality is Modality.MRI else None
            source = Source(finding.modality, finding.path, role=role, mpp=slide_mpp)
            files.setdefault(finding.modality, []).append(source)
    for modality, sources in files.items():
        together.append((BlockSpec(modality, sources[0].path.parent), tuple(sources)))
    return together


def _check_patient(finding: Finding, patient: str) -> None:
    if len(finding.patients) <= 1 or patient in finding.patients:
        return
    raise UsageError(
        f"{finding.path.name} holds {len(finding.patients)} patients and {patient} is not one of them "
        f"(they are {listed(finding.patients, 5)}); name the patient, or give the table as a cohort"
    )


def files_of(paths: Iterable[Path], most: int = MAX_FILES) -> list[Path]:
    """The files given and those in the folders given, once each; parts of a slide count as the slide.

    Raises:
        UsageError: A folder with more than `most` files.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file() and not _is_part(p, path))
        if len(inside) > most:
            raise UsageError(f"{path.name} holds {len(inside):,} files; give the folder of one patient")
        found += inside
    return _one_per_series(list(dict.fromkeys(found)))


def _is_part(path: Path, top: Path) -> bool:
    """Hidden files, and the data that lies beside a MIRAX slide in a folder of its name."""
    inner = path.relative_to(top).parts
    folders = (top.joinpath(*inner[:depth]) for depth in range(1, len(inner)))
    return any(part.startswith(".") for part in inner) or any(f.with_suffix(".mrxs").is_file() for f in folders)


def _one_per_series(paths: Sequence[Path]) -> list[Path]:
    """Of DICOM files in one folder, the folder: a slide is one series of files."""
    series: dict[Path, list[Path]] = {}
    for path in paths:
        if path.suffix.lower() == ".dcm":
            series.setdefault(path.parent, []).append(path)
    whole = {path: folder for folder, members in series.items() if len(members) > 1 for path in members}
    return list(dict.fromkeys(whole.get(path, path) for path in paths))


def findings_of(path: Path, tables: Tables) -> list[Finding]:
    """What one file is taken for; a table may hold several modalities."""
    if path.is_dir():
        return [Finding(path, Modality.PATHOLOGY, "slide", "a folder of DICOM files is taken for one slide")]
    if path.suffix.lower() == ".toml":
        role = "cohort" if "cohort" in path.stem.lower() else "case"
        return [Finding(path, None, role, "a description of a case or cohort is given alone, not among files")]
    try:
        kind = sniff.inspect(path, "TBL")
    except ReadError as error:
        return [Finding(path, None, None, error.reason, error=error)]
    if _is_volume(path, kind):
        return [_volume(path)]
    if path.suffix.lower() in SLIDE_SUFFIXES and kind is not Content.TEXT:
        return [Finding(path, Modality.PATHOLOGY, "slide", f"it is {kind} called {path.suffix}")]
    if is_feature_file(path) and not _npz_table(path, tables):
        return [Finding(path, Modality.PATHOLOGY, "features", f"it is {kind} called {path.suffix}")]
    return _table(path, tables)


def _is_volume(path: Path, kind: Content) -> bool:
    name = path.name.lower()
    return kind is Content.NIFTI or (kind is Content.GZIP and name.endswith(".nii.gz"))


def _volume(path: Path) -> Finding:
    role = sequence_of(path.name)
    if role is None:
        evidence = "a volume whose name says none of t1, t1c, t2, flair, seg; rename it or write a case.toml"
        return Finding(path, None, None, evidence)
    what = "a segmentation" if role == SEGMENTATION else f"the sequence {role}"
    return Finding(path, Modality.MRI, role, f"it is a NIfTI volume whose name says {what}")


def _npz_table(path: Path, tables: Tables) -> bool:
    """Whether an .npz holds a table with a patient a row, rather than the patches of one slide."""
    if path.suffix.lower() != ".npz":
        return False
    try:
        table = tables.read(path)
    except ReadError:
        return False
    return bool(set(table.names) - set(table.numeric()))


def _table(path: Path, tables: Tables) -> list[Finding]:
    try:
        table = tables.read(path)
    except ReadError as error:
        return [Finding(path, None, None, error.reason, error=error)]
    make = make_of(table)
    if make is not None:
        evidence = f"{make.evidence}: a table for a whole cohort, which `survgui cohort import` takes"
        return [Finding(path, None, make.role, evidence, make=make.name, columns=make.columns)]
    found: list[Layout] = layouts(table)
    if not found:
        if path.suffix.lower() in _COMPANIONS:
            return [Finding(path, None, None, "it is no table of measurements")]
        evidence = (
            f"a table whose columns ({listed(table.names, 4)}) say no modality; call it rna, dnam, cnv, mutation, "
            "mirna, clinical ... or write a case.toml"
        )
        return [Finding(path, None, "table", evidence)]
    return [
        Finding(
            path,
            layout.modality,
            "table",
            layout.evidence,
            spec=BlockSpec(layout.modality, path.parent, replace(layout.table, path=path), layout.columns),
            patients=layout.patients,
            make=layout.make,
        )
        for layout in found
    ]

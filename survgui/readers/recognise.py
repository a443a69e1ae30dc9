"""What files are taken for when nobody says: by content, by name, by the names of their columns.

Each answer carries its evidence in words, so that a user can see why and correct it in a `case.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from survgui.cases.case import Modality, Source, is_tcga, patient_key
from survgui.cases.step import Step, Task, run_to_end
from survgui.errors import ReadError, UsageError
from survgui.readers import dicom, mutations, sniff
from survgui.readers.blocks import is_feature_file
from survgui.readers.files import barcodes
from survgui.readers.finding import VOLUME, Finding, settled
from survgui.readers.formats import Make, Role, make_of
from survgui.readers.groups import is_gmt, read_groups
from survgui.readers.layout import Layout, layouts
from survgui.readers.rows import rows_by_patient
from survgui.readers.sequences import SEGMENTATION, TITLES, by_name, is_spare
from survgui.readers.sniff import Content
from survgui.readers.spec import BlockSpec, TableSpec
from survgui.readers.table import Tables, listed, sheets_of

__all__ = [
    "MAX_FILES",
    "Finding",
    "case_id",
    "files_of",
    "findings_of",
    "grouped",
    "look_through",
    "recognise",
    "settled",
    "taken_as",
]

SLIDE_SUFFIXES = (
    *(".svs", ".tif", ".tiff", ".ndpi", ".mrxs", ".scn", ".vms", ".vmu", ".svslide", ".bif", ".czi", ".btf"),
    *(".png", ".jpg", ".jpeg", ".bmp"),
)
TEXT_SLIDES = (".vms", ".vmu")
"""slides of several files, of which this one is a text that names the others"""
MAX_FILES = 20_000
"""Files that a folder of one patient may hold; more is another kind of folder. A study's MRI alone has thousands."""

_COHORTS = "it is for a whole cohort, which `survgui cohort import` makes"
"""what to do with a file that is no patient's alone"""
_COMPANIONS = (".dat", ".ini", ".md", ".log", ".pdf", ".json", ".xml", ".geojson")


def recognise(paths: Iterable[Path], tables: Tables | None = None) -> tuple[Finding, ...]:
    """Say what every file of a patient is taken for; folders are looked through.

    Args:
        tables: Where tables that are read here are remembered for whoever loads them next.

    Raises:
        UsageError: A folder with more than `MAX_FILES` files.
    """
    remembered = tables or Tables()
    return settled(finding for path in files_of(paths) for finding in findings_of(path, remembered))


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
    table = (tables or Tables()).read(finding.path, sheet=finding.sheet)
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
    single = {f.patients[0] for f in findings if len(f.patients) == 1 and f.patients[0]}
    # a barcode and a hospital's number may be one patient; two barcodes are not, nor are two tables that name others
    apart = next((who for who in ({*named, *filter(is_tcga, single)}, single) if len(who) > 1), None)
    if apart is not None:
        who = f"{len(apart)} patients ({listed(sorted(apart), 4)})"
        raise UsageError(f"the files are of {who}; give those of one; for one who has two ids, write a case.toml")
    if named:
        return named[0]
    if len(paths) == 1 and absolute[0].is_dir():
        return patient_key(absolute[0].name)
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
        f"(they are {listed(finding.patients, 5)}); call the folder as the patient, or make a cohort of it "
        "(Import in the window, or survgui cohort import)"
    )


def files_of(paths: Iterable[Path], most: int = MAX_FILES) -> list[Path]:
    """`look_through` without a pause."""
    return run_to_end(look_through(paths, most))


def look_through(paths: Iterable[Path], most: int = MAX_FILES) -> Task[list[Path]]:
    """The files given and those in the folders given, once each; parts of a slide count as the slide, and of a DICOM
    series one file does.

    Raises:
        UsageError: A folder with more than `most` files.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = _without_pictures((yield from _below(path, most)))
        found += inside
    return (yield from _one_per_series(list(dict.fromkeys(found))))


def _below(folder: Path, most: int) -> Task[list[Path]]:
    """The files in a folder and those below it, sorted; not hidden ones, nor those that a slide is made of."""
    found: list[Path] = []
    parts: dict[Path, bool] = {}
    for number, path in enumerate(folder.rglob("*")):
        if number % 1000 == 0:
            yield Step("look", 0, 0, f"looking for files: {number:,} so far")
        if path.is_file() and not _is_part(path, folder, parts):
            found.append(path)
            if len(found) > most:
                many = f"{folder.name} holds more than {most:,} files"
                raise UsageError(f"{many}; give a smaller folder, such as that of one patient")
    return sorted(found)


def _without_pictures(paths: list[Path]) -> list[Path]:
    """The files without the pictures that Hamamatsu slides (.vms, .vmu) are made of, which they name."""
    parts = set()
    for path in paths:
        if path.suffix.lower() in TEXT_SLIDES:
            names = re.findall(r"=[ \t]*(\S.*?)[ \t\r]*$", path.read_text("latin-1")[:100_000], re.MULTILINE)
            parts |= {path.parent / name for name in names}
    return [path for path in paths if path not in parts]


def _is_part(path: Path, top: Path, parts: dict[Path, bool]) -> bool:
    """Hidden files, and the data that lies beside a MIRAX slide in a folder of its name.

    Args:
        parts: Of folders that were asked for before, whether they are such; grows.
    """
    if path.name.startswith("."):
        return True
    folder = path.parent
    if folder not in parts:
        beside = folder != top and folder.with_suffix(".mrxs").is_file()
        parts[folder] = beside or (folder != top and _is_part(folder, top, parts))
    return parts[folder]


def _one_per_series(paths: Sequence[Path]) -> Task[list[Path]]:
    """Of DICOM files in one folder one file a series, or the folder if it is one slide."""
    beside: dict[Path, list[Path]] = {}
    for path in paths:
        if dicom.may_be(path):
            beside.setdefault(path.parent, []).append(path)
    place: dict[Path, Path] = {}
    done, total = 0, sum(map(len, beside.values()))
    for folder, members in beside.items():
        for series in (yield from dicom.series_among(members, done, total)):
            alone = series.is_slide and len(series.files) == len(members) > 1
            place |= dict.fromkeys(series.files, folder if alone else series.path)
        done += len(members)
    return list(dict.fromkeys(place.get(path, path) for path in paths))


def findings_of(path: Path, tables: Tables) -> list[Finding]:
    """What one file is taken for; a table may hold several modalities."""
    if path.is_dir() or dicom.is_dicom(path):
        return [_dicom(path)]
    if path.suffix.lower() == ".toml":
        role = "cohort" if "cohort" in path.stem.lower() else "case"
        return [Finding(path, None, role, "a description of a case or cohort is given alone, not among files")]
    try:
        kind = sniff.inspect(path, "TBL")
    except ReadError as error:
        return [Finding(path, None, None, error.reason, error=error)]
    if _is_volume(path, kind):
        return [_volume(path)]
    suffix = path.suffix.lower()
    if suffix in SLIDE_SUFFIXES and (kind is not Content.TEXT or suffix in TEXT_SLIDES):
        return [Finding(path, Modality.PATHOLOGY, "slide", f"it is {kind} called {path.suffix}")]
    if is_feature_file(path) and not _npz_table(path, tables):
        return [Finding(path, Modality.PATHOLOGY, "features", f"it is {kind} called {path.suffix}")]
    return _tables(path, tables)


def _is_volume(path: Path, kind: Content) -> bool:
    name = path.name.lower()
    return kind is Content.NIFTI or (kind is Content.GZIP and name.endswith(".nii.gz"))


def _volume(path: Path) -> Finding:
    told = by_name(path.name)
    rank = (float(not is_spare(path.name)),)
    if told.sequence is None:
        evidence = f"it is a NIfTI volume, but {told.why}; say which sequence it is, if it is one of these"
        return Finding(path, None, VOLUME, evidence, rank=rank)
    what = "a segmentation" if told.sequence == SEGMENTATION else f"the sequence {TITLES[told.sequence]}"
    evidence = f"it is a NIfTI volume whose {told.why.removeprefix('its ')}: {what}"
    return Finding(path, Modality.MRI, told.sequence, evidence, rank=rank)


def _dicom(path: Path) -> Finding:
    """A DICOM slide, or an MRI series; a series of anything else is not used."""
    if path.name.upper() == "DICOMDIR":
        return Finding(path, None, None, "it only lists other DICOM files; those that lie beside it are looked at")
    try:
        series = dicom.series_of(path)
    except ReadError as error:
        return Finding(path, None, None, error.reason, error=None if error.code == "VOL-06" else error)
    if series.is_slide:
        files = f"{len(series.files)} files" if len(series.files) > 1 else "one file"
        return Finding(path, Modality.PATHOLOGY, "slide", f"it is a DICOM slide of {files}")
    patients = (series.barcode,) if series.barcode else ()
    said = f"{series.told.why}; a DICOM series of {series.words}"
    found = Finding(path, None, VOLUME, said, patients=patients, title=series.title, header=series.patient)
    found = replace(found, rank=series.rank, series=(series.number, series.slices))
    if series.trouble is not None:
        reason, code = series.trouble
        broken = ReadError(path, reason, code) if code != "VOL-08" and series.told.sequence else None
        return replace(found, role=None, evidence=reason, error=broken)
    if series.told.sequence is None:
        return found
    return replace(found, modality=Modality.MRI, role=series.told.sequence)


def _of_one_tumour(path: Path, make: Make, patients: tuple[str, ...], sheet: str | None) -> Finding:
    """A list of one patient's mutations, which a case takes as it is."""
    table = TableSpec(path, sheet, orientation=mutations.IN_ROWS)
    spec = BlockSpec(Modality.MUTATION, path.parent, table)
    evidence = f"{make.evidence}, all of one patient"
    return Finding(path, Modality.MUTATION, "table", evidence, spec, patients, make=make.name, columns=make.columns)


def _npz_table(path: Path, tables: Tables) -> bool:
    """Whether an .npz holds a table with a patient a row, rather than the patches of one slide."""
    if path.suffix.lower() != ".npz":
        return False
    try:
        table = tables.read(path)
    except ReadError:
        return False
    return bool(set(table.names) - set(table.numeric()))


def _tables(path: Path, tables: Tables) -> list[Finding]:
    """What a table is taken for; of a workbook each sheet, but not those in which nothing is."""
    if is_gmt(path):
        return [_gmt(path)]
    try:
        sheets = sheets_of(path)
    except ReadError as error:
        return [Finding(path, None, None, error.reason, error=error)]
    if len(sheets) < 2:
        return _table(path, tables)
    found = [finding for sheet in sheets for finding in _table(path, tables, sheet)]
    return [f for f in found if f.error is None or f.error.code not in ("TBL-04", "TBL-17")] or found[:1]


def _gmt(path: Path) -> Finding:
    try:
        count = len(read_groups(path))
    except ReadError as error:
        return Finding(path, None, None, error.reason, error=error)
    evidence = f"each of its {count:,} lines is a group of genes"
    return Finding(path, None, Role.GROUPS, evidence, make="gene groups (GMT)", advice=_COHORTS)


def _table(path: Path, tables: Tables, sheet: str | None = None) -> list[Finding]:
    return [replace(finding, sheet=sheet) for finding in _taken(path, tables, sheet)]


def _taken(path: Path, tables: Tables, sheet: str | None) -> list[Finding]:
    try:
        table = tables.read(path, sheet=sheet)
    except ReadError as error:
        return [Finding(path, None, None, error.reason, error=error)]
    if table.is_blank():
        blank = ReadError(path, "all its cells are blank; export the table again", "TBL-17")
        return [Finding(path, None, None, blank.reason, error=blank)]
    make = make_of(table)
    if make is not None:
        samples = table.text(make.columns[1]) if make.role is Role.MUTATIONS else []
        patients = tuple(rows_by_patient(samples, range(len(samples))))
        if len(patients) == 1:
            return [_of_one_tumour(path, make, patients, sheet)]
        return [Finding(path, None, make.role, make.evidence, make=make.name, columns=make.columns, advice=_COHORTS)]
    found: list[Layout] = layouts(table)
    if not found:
        if path.suffix.lower() in _COMPANIONS:
            return [Finding(path, None, None, "it is no table of measurements")]
        evidence = f"it is a table whose columns ({listed(table.names, 4)}) say no modality"
        advice = "call it rna, dnam, cnv, mutation, mirna, clinical ... or write a case.toml"
        return [Finding(path, None, "table", evidence, advice=advice)]
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

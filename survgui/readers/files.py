"""Files of patients: by pattern (`slides/{case}*.svs`), or by a list that says whose each file is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from survgui.cases.case import Modality, Source, patient_key
from survgui.errors import CohortError
from survgui.readers import dicom
from survgui.readers.sequences import sequence_of
from survgui.readers.spec import BlockSpec
from survgui.readers.table import Tables

_TCGA = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?![A-Z0-9])", re.IGNORECASE)


def barcodes(text: str) -> list[str]:
    """TCGA patients named in a text, each once, in upper case."""
    return list(dict.fromkeys(found.upper() for found in _TCGA.findall(text)))


def files_by_patient(spec: BlockSpec, ids: Sequence[str], mpp: float | None = None) -> dict[str, tuple[Source, ...]]:
    """Sources of every patient; who has no file is not in it.

    Args:
        spec: Its `files` are patterns with {case} and {sequence}, and `*`, `?` as in a shell. A pattern without
            {case} is only meant for one patient. Where it has a `list`, the files are those of the list.
        mpp: Pixel size of slides, µm/px, where the specification gives none.

    Raises:
        CohortError: Several patients share a pattern without {case}; the list has not the columns that it needs.
        ReadError: The list cannot be read.
    """
    if spec.list is not None:
        return _listed(spec, spec.list, ids, mpp)
    found: dict[str, list[Source]] = {patient: [] for patient in ids}
    for number, pattern in enumerate(spec.files):
        if "{case}" not in pattern and len(ids) > 1:
            raise CohortError(f"files = {pattern!r} names the same files for everyone; put {{case}} into it [COH-06]")
        said = spec.roles[number] if spec.roles else None
        for words, sequence in _with_sequences(spec, pattern):
            _match(spec, words, sequence or said, found, mpp)
    return {patient: tuple(dict.fromkeys(sources)) for patient, sources in found.items() if sources}


def _listed(spec: BlockSpec, path: Path, ids: Sequence[str], mpp: float | None) -> dict[str, tuple[Source, ...]]:
    """The files of a list, in its order; paths are relative to the folder of the cohort file."""
    wanted: dict[str, list[Source]] = {patient: [] for patient in ids}
    for case, file, sequence in _rows_of(path, path.stat().st_mtime_ns if path.exists() else 0):
        if case in wanted and file:
            place = spec.folder / file
            role = (sequence_of(sequence) or sequence) if sequence else None
            if spec.modality is Modality.MRI and role is None:
                role = sequence_of(place.name)
            size = (spec.slide_mpp.get(place) or spec.mpp or mpp) if spec.modality is Modality.PATHOLOGY else None
            wanted[case].append(Source(spec.modality, place, role=role, mpp=size))
    return {patient: tuple(dict.fromkeys(sources)) for patient, sources in wanted.items() if sources}


@lru_cache(maxsize=16)
def _rows_of(path: Path, changed: int) -> tuple[tuple[str, str, str], ...]:
    """Patient, file and sequence of each row; a cohort is asked for its patients one by one."""
    table = Tables().read(path)
    missing = [name for name in ("case", "file") if name not in table.names]
    if missing:
        raise CohortError(f"{path.name} has no column {missing[0]!r}; a list of files needs `case` and `file` [COH-17]")
    cases = map(patient_key, table.text("case"))
    sequences = table.text("sequence") if "sequence" in table.names else [""] * len(table)
    return tuple(zip(cases, table.text("file"), sequences, strict=True))


def _with_sequences(spec: BlockSpec, pattern: str) -> Iterable[tuple[str, str | None]]:
    if "{sequence}" not in pattern:
        return [(pattern, None)]
    return [(pattern.replace("{sequence}", s), sequence_of(s) or s.lower()) for s in spec.sequences]


def _match(
    spec: BlockSpec, pattern: str, sequence: str | None, found: Mapping[str, list[Source]], mpp: float | None
) -> None:
    """Add the files of one pattern to the patients whose id stands in their path."""
    folder, inner = _anchored(spec.folder, pattern)
    # what is named outright is taken whatever it is: its reader says that a folder or a pipe is no file
    named = unpatterned(inner) is not None
    hits = folder.glob(re.sub(r"\**\{case\}\**", "*", inner))
    paths = sorted(path for path in hits if named or path.is_file() or dicom.is_series_folder(path))
    # one listing for all patients; a shell pattern per patient would list a network folder a thousand times
    names = [p.relative_to(folder).as_posix() for p in paths]
    slides = spec.modality is Modality.PATHOLOGY
    for patient, sources in found.items():
        fits = _compiled(inner.replace("{case}", literal(patient)))
        for path, name in zip(paths, names, strict=True):
            if (patient in name or "{case}" not in inner) and fits.fullmatch(name):
                role = sequence or (sequence_of(path.name) if spec.modality is Modality.MRI else None)
                slide_mpp = (spec.slide_mpp.get(path) or spec.mpp or mpp) if slides else None
                sources.append(Source(spec.modality, path, role=role, mpp=slide_mpp))


def _anchored(folder: Path, pattern: str) -> tuple[Path, str]:
    """The folder up to the first part that is a pattern, and the rest; `..` may only stand before it."""
    parts = Path(pattern).parts
    fixed = 0
    while fixed < len(parts) - 1 and not re.search(r"[*?\[{]", parts[fixed]):
        fixed += 1
    return folder.joinpath(*parts[:fixed]), "/".join(parts[fixed:])


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def literal(text: str) -> str:
    """A text that stands for itself in a pattern of `files`."""
    return re.sub(r"([*?[{])", r"[\1]", text)


def unpatterned(pattern: str) -> str | None:
    """The one path that a pattern of `files` can only mean, or None where it may mean several."""
    plain = re.sub(r"\[([*?[{])\]", "", pattern)
    return None if re.search(r"[*?[{]", plain) else re.sub(r"\[([*?[{])\]", r"\1", pattern)

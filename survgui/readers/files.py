"""Files of patients: by pattern (`slides/{case}*.svs`), or by a list that says whose each file is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from survgui.cases.case import Modality, Source, patient_key
from survgui.errors import CohortError
from survgui.readers import dicom
from survgui.readers.sequences import sequence_of
from survgui.readers.spec import BlockSpec
from survgui.readers.table import Tables

_WORD = "\ue000"
"""stands for an id while a pattern is made a regular expression; no file is called so"""
_TCGA = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?![A-Z0-9])", re.IGNORECASE)


def barcodes(text: str) -> list[str]:
    """TCGA patients named in a text, each once, in upper case."""
    return list(dict.fromkeys(found.upper() for found in _TCGA.findall(text)))


def as_word(patient: str) -> str:
    """A regular expression for an id that stands in a name as a whole word: P1 is not in P10, nor in XP1."""
    before = r"(?<![^\W_])" if patient[:1].isalnum() else ""
    after = r"(?![^\W_])" if patient[-1:].isalnum() else ""
    return f"{before}{re.escape(patient)}{after}"


def the_one(patients: Iterable[str], text: str) -> str | None:
    """Of patients whose ids stand in a text, the one that is meant: `P-1` is part of `P-1-2`. Of two others none."""
    named = []
    for patient in sorted(set(patients), key=len, reverse=True):
        if patient in text:
            named.append(patient)
            text = text.replace(patient, "\0")
    return named[0] if len(named) == 1 else None


def files_by_patient(
    spec: BlockSpec, ids: Sequence[str], mpp: float | None = None, others: Collection[str] = ()
) -> dict[str, tuple[Source, ...]]:
    """Sources of every patient; who has no file is not in it, and no file is two patients'.

    Args:
        spec: Its `files` are patterns with {case} and {sequence}, and `*`, `?` as in a shell. A pattern without
            {case} is only meant for one patient. Where it has a `list`, the files are those of the list.
        mpp: Pixel size of slides, µm/px, where the specification gives none.
        others: Further patients of the cohort, whose files are not looked for, and are not the patients' either.

    Raises:
        CohortError: Several patients share a pattern without {case}, or a file; the list has not the columns that it
            needs.
        ReadError: The list cannot be read.
    """
    if spec.list is not None:
        return _listed(spec, spec.list, ids, mpp)
    found: dict[str, list[Source]] = {patient: [] for patient in ids}
    for number, pattern in enumerate(spec.files):
        if "{case}" not in pattern and len({*ids, *others}) > 1:
            raise CohortError(f"files = {pattern!r} names the same files for everyone; put {{case}} into it [COH-06]")
        said = spec.roles[number] if spec.roles else None
        for words, sequence in _with_sequences(spec, pattern):
            _match(spec, words, sequence or said, found, mpp, others)
    return {patient: tuple(dict.fromkeys(sources)) for patient, sources in found.items() if sources}


def _listed(spec: BlockSpec, path: Path, ids: Sequence[str], mpp: float | None) -> dict[str, tuple[Source, ...]]:
    """The files of a list, in its order; paths are relative to the folder of the cohort file."""
    wanted: dict[str, list[Source]] = {patient: [] for patient in ids}
    for case, file, sequence in _rows_of(path, path.stat().st_mtime_ns if path.exists() else 0):
        if case in wanted and file:
            wanted[case].append(_source(spec, spec.folder / file, sequence_of(sequence) or sequence or None, mpp))
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
    spec: BlockSpec,
    pattern: str,
    sequence: str | None,
    found: Mapping[str, list[Source]],
    mpp: float | None,
    others: Collection[str],
) -> None:
    """Add the files of one pattern to the patients whose id stands in their path."""
    folder, inner = _anchored(spec.folder, pattern)
    # what is named outright is taken whatever it is: its reader says that a folder or a pipe is no file
    named = unpatterned(inner) is not None
    hits = folder.glob(re.sub(r"\**\{case\}\**", "*", inner))
    paths = sorted(path for path in hits if named or path.is_file() or dicom.is_series_folder(path))
    # one listing for all patients; a shell pattern per patient would list a network folder a thousand times
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    fitting = _fitting(inner, names, found)
    rivals = _fitting(inner, {path: names[path] for path in fitting}, others) if "{case}" in inner else {}
    for path, patients in fitting.items():
        who = the_one((*patients, *rivals.get(path, ())), names[path]) if "{case}" in inner else patients[0]
        if who is None:
            reason = f"{path.name} carries the ids of two patients; rename it, or say whose it is in a list of files"
            raise CohortError(f"files = {spec.modality}: {reason} [COH-18]")
        if who in found:
            found[who].append(_source(spec, path, sequence, mpp))


def _fitting(pattern: str, names: Mapping[Path, str], patients: Iterable[str]) -> dict[Path, list[str]]:
    """Of each file that a pattern takes, the patients for whom it does."""
    taken: dict[Path, list[str]] = {}
    for patient in patients:
        # asked before a pattern is made, which costs more for ten thousand patients than all else
        mine = [path for path, name in names.items() if patient in name or "{case}" not in pattern]
        for path in mine:
            if _compiled(pattern, patient).fullmatch(names[path]):
                taken.setdefault(path, []).append(patient)
    return taken


def _source(spec: BlockSpec, path: Path, sequence: str | None, mpp: float | None) -> Source:
    role = sequence or (sequence_of(path.name) if spec.modality is Modality.MRI else None)
    slide_mpp = (spec.slide_mpp.get(path) or spec.mpp or mpp) if spec.modality is Modality.PATHOLOGY else None
    return Source(spec.modality, path, role=role, mpp=slide_mpp)


def _anchored(folder: Path, pattern: str) -> tuple[Path, str]:
    """The folder up to the first part that is a pattern, and the rest; `..` may only stand before it."""
    parts = Path(pattern).parts
    fixed = 0
    while fixed < len(parts) - 1 and not re.search(r"[*?\[{]", parts[fixed]):
        fixed += 1
    return folder.joinpath(*parts[:fixed]), "/".join(parts[fixed:])


@lru_cache(maxsize=4096)
def _compiled(pattern: str, patient: str) -> re.Pattern[str]:
    """The pattern of one patient: beside a wildcard the id is a whole word, for `P1*` would take the files of P10."""
    plain, word = literal(patient), as_word(patient)
    wild = translate(re.sub(r"(?<=[*?])\{case\}|\{case\}(?=[*?])", _WORD, pattern).replace("{case}", plain))
    return re.compile(wild.replace(_WORD, word))


def literal(text: str) -> str:
    """A text that stands for itself in a pattern of `files`."""
    return re.sub(r"([*?[{])", r"[\1]", text)


def unpatterned(pattern: str) -> str | None:
    """The one path that a pattern of `files` can only mean, or None where it may mean several."""
    plain = re.sub(r"\[([*?[{])\]", "", pattern)
    return None if re.search(r"[*?[{]", plain) else re.sub(r"\[([*?[{])\]", r"\1", pattern)

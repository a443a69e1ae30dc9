"""Patterns with {case} for files that are one patient's each: slides, features of slides, volumes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from survgui.readers.files import as_word, barcodes, literal, the_one

_MANY = 8
"""Patterns from which on the folder that differs between them becomes `*`"""


def patterns(paths: Sequence[Path], patients: Iterable[str]) -> tuple[tuple[str, ...], dict[str, list[Path]]]:
    """Patterns that name all the files whose patient is known, and these files by patient.

    Args:
        patients: Ids, looked for in names of files and of their folders as whole words, the longest first.
    """
    ids = sorted({p for p in patients if len(p) >= 3}, key=len, reverse=True)
    found: dict[str, list[Path]] = {}
    made: dict[str, None] = {}
    for path in paths:
        who = patient_of(path, ids)
        if who is not None:
            found.setdefault(who, []).append(path)
            made[_pattern(path, who)] = None
    return tuple(_fewer(list(made))), found


def patient_of(path: Path, ids: Sequence[str]) -> str | None:
    """The patient whose id is in a file's name or a folder's above it, the nearest first; a TCGA barcode before others.

    Four folders are looked at: a DICOM archive has patient, study and series. A name with two patients is nobody's.
    """
    for name in (path.name, *(folder.name for folder in path.parents[:4])):
        if named := barcodes(name):
            return named[0] if len(named) == 1 else None
        if named := [patient for patient in ids if patient in name and re.search(as_word(patient), name)]:
            return the_one(named, name)
    return None


def _pattern(path: Path, patient: str) -> str:
    """The path with the id as {case}; what follows it in the file's name is `*`, up to the suffix."""
    folder, name = path.parent.as_posix(), path.name
    parts = [_put(part, patient) for part in folder.split("/")]
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if patient.casefold() in name.casefold():
        before = re.split(re.escape(patient), name, maxsplit=1, flags=re.IGNORECASE)[0]
        last = f"{literal(before)}{{case}}*{literal(suffix)}"
    else:
        last = f"*{literal(suffix)}"
    return "/".join([*parts, last])


def _put(part: str, patient: str) -> str:
    at = part.find(patient)
    return literal(part) if at < 0 else f"{literal(part[:at])}{{case}}{literal(part[at + len(patient) :])}"


def _fewer(made: list[str]) -> list[str]:
    """Many patterns that differ in the folder alone (the GDC's file ids) become one with `*`."""
    if len(made) <= _MANY:
        return made
    wider: dict[str, None] = {}
    for pattern in made:
        folder, _, name = pattern.rpartition("/")
        above, _, _ = folder.rpartition("/")
        wider[f"{above}/*/{name}" if "{case}" in name else pattern] = None
    return list(wider) if len(wider) < len(made) else made

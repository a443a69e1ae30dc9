"""The user's files that a `case.toml` names: which they are, and how it reads once they lie elsewhere."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.errors import ReadError
from survgui.readers import dicom
from survgui.readers.case_file import dumps
from survgui.readers.files import files_by_patient, literal, unpatterned
from survgui.readers.spec import CaseSpec, OutcomeSpec


def named(spec: CaseSpec) -> tuple[Path, ...]:
    """Every file that a case file names, each once, whether it is there or not; of a pattern those that are there."""
    found = [spec.outcome.table.path] if isinstance(spec.outcome, OutcomeSpec) else []
    for block in spec.blocks.values():
        found += [block.table.path] if block.table is not None else []
        found += [block.groups] if block.groups is not None else []
        plain = [unpatterned(pattern) for pattern in block.files]
        found += [block.folder / name for name in plain if name is not None]
        found += [block.list] if block.list is not None else []
        if None in plain or block.list is not None:
            found += [source.path for sources in files_by_patient(block, (spec.id,)).values() for source in sources]
    return tuple(dict.fromkeys(found))


def parts(path: Path) -> tuple[Path, ...]:
    """The files that a named one stands for: a DICOM file for its series, a MIRAX slide for its folder.

    Raises:
        ReadError: A series that cannot be read.
        OSError: It is not there.
    """
    beside = path.with_suffix("")
    if path.is_dir():
        files = [file for file in path.iterdir() if file.is_file()]
    elif path.suffix.lower() == ".mrxs" and beside.is_dir():
        files = [path, *(file for file in beside.iterdir() if file.is_file())]
    elif dicom.is_dicom(path):
        files = list(_series(path))
    else:
        files = [path]
    return tuple(sorted(files))


def fingerprint(files: tuple[Path, ...]) -> str:
    """SHA-256 of a file; of several, of their names and hashes.

    Raises:
        OSError: One cannot be read.
    """
    if len(files) == 1:
        return storage.sha256(files[0])
    lines = (f"{file.name}\0{storage.sha256(file)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def elsewhere(text: str, folder: Path, moved: Mapping[Path, Path]) -> str:
    """A `case.toml` that names files where they are now.

    Args:
        text: The file as it is.
        folder: Where it lies; what it names is relative to it.
        moved: New places by old ones. A relative one is written as it is, and one below `folder` as relative.
    """
    content = tomllib.loads(text)
    for section in (content.get("outcome", {}), *content.get("modality", {}).values()):
        for key in ("table", "groups", "list"):
            if key in section:
                section[key] = _moved(section[key], folder, moved)
        if "files" in section:
            section["files"] = _moved_patterns(section["files"], folder, moved)
        if isinstance(section.get("mpp"), dict):
            section["mpp"] = {_moved(name, folder, moved): mpp for name, mpp in section["mpp"].items()}
    return dumps(content)


def spelled_out(text: str, spec: CaseSpec) -> str:
    """A `case.toml` in which every file stands by its name, where a pattern or a list had stood for them."""
    content = tomllib.loads(text)
    for modality, block in spec.blocks.items():
        if block.list is None and None not in map(unpatterned, block.files):
            continue
        found = files_by_patient(block, (spec.id,)).get(spec.id, ())
        section = content["modality"][str(modality)]
        section.pop("list", None)
        if all(source.role for source in found):
            roles: dict[str, list[str]] = {}
            for source in found:
                roles.setdefault(str(source.role), []).append(literal(source.path.as_posix()))
            section["files"] = roles
            section.pop("sequences", None)
        else:
            section["files"] = [literal(source.path.as_posix()) for source in found]
    return dumps(content)


def _series(path: Path) -> tuple[Path, ...]:
    try:
        return dicom.series_of(path).files
    except ReadError:
        return (path,)  # what is wrong with it is told where it is read


def _moved(name: str, folder: Path, moved: Mapping[Path, Path]) -> str:
    now = moved.get(folder / name)
    if now is None:
        return name
    return (now.relative_to(folder) if now.is_relative_to(folder) else now).as_posix()


def _moved_patterns(files: Any, folder: Path, moved: Mapping[Path, Path]) -> Any:
    if isinstance(files, dict):
        return {role: _moved_patterns(patterns, folder, moved) for role, patterns in files.items()}
    if isinstance(files, list):
        return [_moved_patterns(pattern, folder, moved) for pattern in files]
    plain = unpatterned(files)
    if plain is None or folder / plain not in moved:
        return files
    return literal(_moved(plain, folder, moved))

"""Writing a `case.toml`: what was recognised and confirmed, in the form that everyone may write by hand.

Reading the file gives the same case as reading the loose files did, whatever their names hold.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from survgui.cases.case import Modality, Source, patient_key
from survgui.errors import UsageError
from survgui.readers.files import literal, unpatterned
from survgui.readers.recognise import Finding, grouped
from survgui.readers.spec import BlockSpec, CaseSpec, TableSpec, read_case_spec

_HEAD = "# Written by survgui. Paths may be changed by hand; the keys are those of the README."
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(patient: str, findings: Sequence[Finding], mpp: Mapping[Path, float] | None = None) -> str:
    """The `case.toml` of one patient.

    Args:
        patient: The id, as it stands in tables of many patients.
        findings: What each file was confirmed to be; those without a modality are left out. Of several tables of
            one modality the first counts.
        mpp: Pixel size in µm/px of slides that hold none.

    Raises:
        UsageError: Nothing is used, the id is empty, a table of several patients does not hold the patient, or a
            file's name is no text.
    """
    key = patient_key(patient)
    if not key:
        raise UsageError("the patient has no id; give one")
    blocks: dict[str, Any] = {}
    for spec, sources in grouped([_absolute(finding) for finding in findings], key, None):
        entry = _of_table(spec, spec.table) if spec.table is not None else _of_files(spec.modality, sources, mpp or {})
        blocks.setdefault(str(spec.modality), entry)
    if not blocks:
        raise UsageError("none of the files is used; say what at least one of them is")
    return dumps({"id": key, "modality": blocks})


def relocated(path: Path) -> str:
    """A user's `case.toml` with every path absolute, so that the copy may lie elsewhere.

    Raises:
        CohortError: It is not valid.
    """
    read_case_spec(path)
    content = tomllib.loads(path.read_text("utf-8-sig"))
    folder = _anchored(path).parent
    for section in (content.get("outcome", {}), *content.get("modality", {}).values()):
        for key in ("table", "groups"):
            if key in section:
                section[key] = str(folder / section[key])
        if "files" in section:
            section["files"] = _each(section["files"], partial(_under, start=literal(folder.as_posix())))
        if isinstance(section.get("mpp"), dict):
            section["mpp"] = {(folder / name).as_posix(): mpp for name, mpp in section["mpp"].items()}
    return dumps(content)


def placed(text: str, folder: Path) -> str:
    """A `case.toml` for the folder that the content of `folder` moves to: what lies in it is named relative to it."""
    content = tomllib.loads(text)
    for section in (content.get("outcome", {}), *content.get("modality", {}).values()):
        for key in ("table", "groups"):
            if key in section:
                section[key] = _within(section[key], folder.as_posix())
        if "files" in section:
            section["files"] = _each(section["files"], lambda name: _within(name, literal(folder.as_posix())))
        if isinstance(section.get("mpp"), dict):
            section["mpp"] = {_within(name, folder.as_posix()): mpp for name, mpp in section["mpp"].items()}
    return dumps(content)


def with_pixel_size(text: str, folder: Path, path: Path, mpp: float) -> str:
    """A `case.toml` that says how large a pixel of one slide is.

    Args:
        text: The file as it is.
        folder: Where the file lies; what it names is relative to it.
        path: The slide.
        mpp: µm per level-0 pixel, 0.05 to 10.

    Raises:
        UsageError: The case has no slide, or the pixel size cannot be.
    """
    content = tomllib.loads(text)
    pathology = content.get("modality", {}).get(str(Modality.PATHOLOGY))
    if pathology is None:
        raise UsageError("the case has no slide")
    if not 0.05 <= mpp <= 10:
        raise UsageError(f"{mpp:g} µm per pixel is no pixel size of a slide; give one between 0.05 and 10")
    sizes = pathology.get("mpp", {})
    if not isinstance(sizes, dict):  # one for all: written out, it would have to name every slide
        raise UsageError("the case file gives one pixel size for all slides; change `mpp` there")
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    pathology["mpp"] = {**sizes, name: float(mpp)}
    return dumps(content)


def without(text: str, modality: Modality) -> str:
    """A `case.toml` as if a modality had not been measured."""
    content = tomllib.loads(text)
    kept = {name: section for name, section in content.get("modality", {}).items() if name != str(modality)}
    return dumps({**content, "modality": kept})


def named_files(spec: CaseSpec) -> dict[Modality, tuple[Path, ...]]:
    """Files and tables that a case file names outright, by modality; whether they are there is not looked at."""
    found: dict[Modality, tuple[Path, ...]] = {}
    for modality, block in spec.blocks.items():
        if block.table is not None:
            found[modality] = (block.table.path,)
        else:
            plain = [unpatterned(pattern) for pattern in block.files]
            found[modality] = tuple(block.folder / name for name in plain if name is not None)
    return found


def dumps(content: Mapping[str, Any]) -> str:
    """A case file's content as TOML: texts, numbers, truth values, lists of them, and tables."""
    return "\n".join([_HEAD, *_table_lines("", content)]).rstrip() + "\n"


def _table_lines(name: str, content: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in content.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    lines = [f"[{name}]"] if name and (plain or not tables) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    lines += [""] if lines else []
    for key, value in tables.items():
        lines += _table_lines(f"{name}.{_key(key)}" if name else _key(key), value)
    return lines


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    raise TypeError(f"a {type(value).__name__} has no place in a case file")


def _text(text: str) -> str:
    """A TOML basic string: quotes, backslashes and control characters escaped."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("a file's name holds bytes that are no text; rename the file") from None
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04X}", escaped) + '"'


def _absolute(finding: Finding) -> Finding:
    """The finding with paths that stay true in another folder; links are kept, for their names say what they are."""
    path = _anchored(finding.path)
    spec = finding.spec
    if spec is not None and spec.table is not None:
        spec = replace(spec, folder=path.parent, table=replace(spec.table, path=path))
    return replace(finding, path=path, spec=spec)


def _anchored(path: Path) -> Path:
    path = path.absolute()
    return path.parent.resolve() / path.name if ".." in path.parts else path


def _each(files: Any, change: Callable[[str], str]) -> Any:
    """Every pattern of `files` changed, whether it is one, a list of them, or some for each role."""
    if isinstance(files, dict):
        return {role: _each(patterns, change) for role, patterns in files.items()}
    return [_each(pattern, change) for pattern in files] if isinstance(files, list) else change(files)


def _under(name: str, start: str) -> str:
    """A pattern as an absolute one."""
    return name if Path(name).is_absolute() else f"{start}/{name}"


def _within(name: str, folder: str) -> str:
    """A path as seen from a folder that holds it; unchanged where it does not."""
    return Path(name).as_posix().removeprefix(f"{folder}/")


def _of_files(modality: Modality, sources: Sequence[Source], mpp: Mapping[Path, float]) -> dict[str, Any]:
    names = [literal(source.path.as_posix()) for source in sources]
    if modality is Modality.MRI:
        roles: dict[str, list[str]] = {}
        for source, name in zip(sources, names, strict=True):
            roles.setdefault(str(source.role), []).append(name)
        return {"files": roles}
    sizes = {_anchored(path): value for path, value in mpp.items()}
    given = {source.path.as_posix(): sizes[source.path] for source in sources if source.path in sizes}
    return {"files": names, **({"mpp": given} if given else {})}


def _of_table(spec: BlockSpec, table: TableSpec) -> dict[str, Any]:
    entry: dict[str, Any] = {"table": str(table.path)}
    optional = {"sheet": table.sheet, "array": table.array, "case": table.case, "filter": dict(table.filter) or None}
    entry |= {key: value for key, value in optional.items() if value is not None}
    if table.orientation != TableSpec.__dataclass_fields__["orientation"].default:
        entry["orientation"] = table.orientation
    if spec.columns is not None:
        entry["columns"] = spec.columns if isinstance(spec.columns, str) else list(spec.columns)
    return entry

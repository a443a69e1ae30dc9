"""A case as one file, `.survcase`: to another machine, or away for good and back.

    manifest.json           version, the list's line, the prediction's line, sources by relative path and SHA-256
    case.toml               the description; what it names is relative
    prediction.json         the last result, where there is one
    features/<entry>        what was encoded of its slides and volumes, so that nothing is encoded again
    sources/<path>          the user's files, where asked for; survgui's own (the demo's) always

The file holds the patient's id and, where sources go with it, everything that they hold: also of other patients whose
rows stand in the same table. What is not embedded is looked for beside the `.survcase` when it is taken in, and can
be relinked afterwards.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import Any

from survgui import __version__, paths, storage
from survgui.cases.audit import Action
from survgui.cases.case import Modality, State
from survgui.cases.prediction import GROUPS, BundleName
from survgui.cases.step import Step, Task
from survgui.encoders import cache, foreign
from survgui.engine.upkeep.freshness import look
from survgui.errors import ReadError, StorageError, SurvguiError, UsageError
from survgui.readers import case_sources
from survgui.readers.spec import CaseSpec, read_case_spec
from survgui.workspace import CaseRecord, SourceState, Workspace, archive
from survgui.workspace.upkeep import CASE

VERSION = 1
PREDICTION, SOURCES, FEATURES = "prediction.json", "sources", "features"
_ENTRY = re.compile(r"[0-9a-f]{32}\.(h5|npz)")


def export(workspace: Workspace, key: str, target: Path, *, embed: bool) -> Task[Path]:
    """Write a case as one file.

    Args:
        embed: With the user's files.

    Returns:
        The file, with its suffix.

    Raises:
        UsageError: The case is no longer in the list, or a file that is to go with it is not there.
        ReadError, StorageError: A file cannot be read, or the disk is full; `target` is as it was.
    """
    target = target if target.suffix.lower() == archive.SUFFIX else target.with_name(target.name + archive.SUFFIX)
    yield Step("pack", 0, 0, "what the case is made of")
    record, folder = workspace.record(key), workspace.folder(key)
    spec = read_case_spec(workspace.case_file(key))
    kept = workspace.kept(key)
    places = _places(case_sources.named(spec), folder)
    files, sources = _sources(places, folder, workspace.sources(key), embed)
    with workspace.draft() as draft:
        text = case_sources.spelled_out(workspace.case_file(key).read_text("utf-8"), spec)
        text = case_sources.elsewhere(text, folder, _within(places, folder))
        storage.write_text(draft / CASE, text)
        files[CASE] = draft / CASE
        if kept is not None:
            storage.write_json(draft / PREDICTION, workspace.prediction(key))
            files[PREDICTION] = draft / PREDICTION
        files |= {f"{FEATURES}/{path.name}": path for path in _features(workspace.features(key))}
        manifest = {
            **{"survcase": VERSION, "survgui": __version__, "created": datetime.now(UTC).isoformat(timespec="seconds")},
            "case": {
                "id": record.id,
                "subject": record.subject,
                "given": {str(m): t for m, t in record.details.items()},
            },
            **{"prediction": kept, "sources": sources, "reports": workspace.reports(key)},
        }
        yield from archive.pack(target, manifest, files)
    workspace.audit.record(Action.EXPORT, [key], outputs={"survcase": storage.sha256(target)})
    return target


def take_in(workspace: Workspace, path: Path) -> Task[CaseRecord]:
    """Make a case of a `.survcase`; everything is checked before anything is kept.

    Raises:
        ReadError: It is no such file, damaged, of a later survgui, or made to do harm.
        StorageError: The disk is full or the workspace cannot be written; nothing was added.
    """
    yield Step("unpack", 0, 0, "checking the file")
    with archive.opened(path) as (manifest, opened), workspace.draft() as draft:
        case, kept = _checked(path, manifest)
        _check_names(path, opened)
        _check_room(draft, sum(member.bytes for member in opened.members))
        try:
            yield from opened.unpack(draft)
        except OSError as error:
            raise StorageError(
                f"{path.name} could not be unpacked ({error.strerror or error}); free some room"
            ) from error
        content = _prediction(path, draft, kept)
        spec = _description(path, draft, case["id"])
        features = [file for file in sorted((draft / FEATURES).glob("*")) if foreign.is_sound(file)]
        text = case_sources.elsewhere((draft / CASE).read_text("utf-8"), draft, _beside(spec, draft, path, manifest))
        held = _moved_out(draft, features)
        given = {Modality(name): str(words) for name, words in case["given"].items()}
        record = workspace.add(case["id"], case["subject"], text, given, files=draft)
    try:
        workspace.note_features(record.key, held)
        if kept is not None and content is not None:
            _restore(workspace, record.key, kept, content, manifest)
        look(workspace, record.key)
    except BaseException:
        workspace.delete([record.key])
        raise
    return workspace.record(record.key)


# Writing


@dataclass(frozen=True, slots=True)
class _Place:
    """A file that a case names, and where it is in the archive, without `sources/`."""

    path: Path
    name: str


def _places(named: tuple[Path, ...], folder: Path) -> tuple[_Place, ...]:
    """Names below the folder that all of the user's files have in common, so that no other path is told."""
    theirs = [path for path in named if not path.is_relative_to(folder)]
    try:
        top = Path(os.path.commonpath([path.parent for path in theirs])) if theirs else folder
    except ValueError:  # on several drives
        top = None
    found = []
    for number, path in enumerate(named):
        if path.is_relative_to(folder):
            name = path.relative_to(folder).as_posix()
        else:
            name = path.relative_to(top).as_posix() if top is not None else f"{number}/{path.name}"
        name = name.removeprefix(f"{SOURCES}/")
        found.append(_Place(path, name if archive.is_safe(name) else f"{number}/file{path.suffix}"))
    return tuple(found)


def _within(places: tuple[_Place, ...], folder: Path) -> dict[Path, Path]:
    return {place.path: folder / SOURCES / place.name for place in places}


def _sources(
    places: tuple[_Place, ...], folder: Path, known: tuple[SourceState, ...], embed: bool
) -> tuple[dict[str, Path], list[dict[str, Any]]]:
    """The files that go with the case, and what is told of all of them."""
    states = {state.path: state for state in known}
    files: dict[str, Path] = {}
    told = []
    for place in places:
        taken = embed or place.path.is_relative_to(folder)
        if taken and not place.path.exists():
            raise UsageError(
                f"{place.path.name} is not where the case was made from; relink it, or export without files"
            )
        state = states.get(place.path)
        told.append(
            {
                "path": place.name,
                "sha256": state.sha256 if state is not None else "",
                "bytes": state.bytes if state is not None else None,
                "embedded": taken,
            }
        )
        parts = case_sources.parts(place.path) if taken else ()
        for part in parts:
            among = Path(place.name).parent / part.relative_to(place.path.parent)
            files[f"{SOURCES}/{place.name if part == place.path else among.as_posix()}"] = part
    return files, told


def _features(entries: frozenset[str]) -> list[Path]:
    folder = paths.user_cache() / "features"
    files = [folder / f"{entry}.{kind}" for entry in sorted(entries) for kind in ("h5", "npz")]
    return [file for file in files if file.is_file()]


# Reading


def _checked(path: Path, manifest: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The line of the list and that of the prediction, of the right kinds."""
    version = manifest.get("survcase")
    if not isinstance(version, int):
        raise ReadError(path, "it is no case; give a .survcase that survgui has written", "ARC-02")
    if version > VERSION:
        raise ReadError(
            path, f"survgui {manifest.get('survgui')} wrote it, later than this one; update survgui", "ARC-06"
        )
    try:
        case, kept = dict(manifest["case"]), manifest["prediction"]
        good = all(isinstance(case[name], str) for name in ("id", "subject")) and case["id"].strip()
        for name, text in case["given"].items():
            good = good and Modality(name) and isinstance(text, str)
        if kept is not None:
            good = good and kept["risk_group"] in GROUPS and 0 <= float(kept["percentile"]) <= 100
            BundleName(str(kept["bundle"]), str(kept["version"]), str(kept["sha256"]))
            {Modality(name): State(state) for name, state in kept["states"].items()}
            good = good and math.isfinite(float(kept["risk"]))
        for source in manifest["sources"]:
            good = good and isinstance(source["path"], str) and isinstance(source["sha256"], str)
            good = good and isinstance(source["bytes"], int | None) and 0 <= (source["bytes"] or 0) < 2**63
        good = good and all(isinstance(report, str) for report in manifest["reports"].values())
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        good = False
    if not good:
        raise ReadError(path, "its manifest is not complete; export the case again where it came from", "ARC-03")
    return case, kept


def _check_names(path: Path, opened: archive.Opened) -> None:
    for member in opened.members:
        place, _, name = member.name.partition("/")
        if not (
            member.name in (CASE, PREDICTION) or place == SOURCES or (place == FEATURES and _ENTRY.fullmatch(name))
        ):
            raise ReadError(path, "it holds files that no case has; it was refused, and nothing was taken in", "ARC-05")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 1.2 * needed + cache.SPARE:
        raise StorageError(
            f"the case needs {needed // 2**20:,} MB, and {free // 2**20:,} MB are free; free some room, then try again"
        )


def _prediction(path: Path, draft: Path, kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The last result, which goes where the case's own are; only numbers that can be written again."""
    file = draft / PREDICTION
    if kept is None or not file.is_file():
        file.unlink(missing_ok=True)
        return None
    try:
        content = json.loads(file.read_text("utf-8"))
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError, OSError):
        raise ReadError(path, "its result cannot be read; export the case again", "ARC-03") from None
    file.unlink()
    return content if isinstance(content, dict) else None


def _description(path: Path, draft: Path, identifier: str) -> CaseSpec:
    """The case file, which may name nothing outside of the archive: no path that leads out, no list of paths."""
    try:
        text = (draft / CASE).read_text("utf-8")
        spec = read_case_spec(draft / CASE)
        own = tomllib.loads(text)
    except (OSError, ValueError, SurvguiError):
        raise ReadError(path, "its description is not valid; export it again", "ARC-03") from None
    outside = [word for word in _paths(own) if not _is_inside(word)]
    if outside or spec.id != identifier or any(block.list for block in spec.blocks.values()):
        reason = "its description leads out of it, or is of another patient; it was refused, and nothing was taken in"
        raise ReadError(path, reason, "ARC-05")
    return spec


def _is_inside(word: str) -> bool:
    """Whether a path stays below the folder that it is relative to, on every system."""
    path = PureWindowsPath(word)
    return not (path.anchor or path.drive or ".." in path.parts or "\\" in word)


def _paths(content: Mapping[str, Any]) -> list[str]:
    """Every path in a description."""
    found: list[str] = []
    for section in (content.get("outcome", {}), *content.get("modality", {}).values()):
        found += [str(section[key]) for key in ("table", "groups") if key in section]
        files = section.get("files", ())
        lists = files.values() if isinstance(files, dict) else [files]
        for one in lists:
            found += [one] if isinstance(one, str) else [str(word) for word in one]
        found += list(section["mpp"]) if isinstance(section.get("mpp"), dict) else []
    return found


def _beside(spec: CaseSpec, draft: Path, path: Path, manifest: Mapping[str, Any]) -> dict[Path, Path]:
    """Where files that did not come along are looked for: beside the `.survcase`, under the names that they had."""
    inside = {Path(SOURCES, source["path"]) for source in manifest["sources"] if not source.get("embedded")}
    moved = {}
    for named in case_sources.named(spec):
        name = named.relative_to(draft)
        if name in inside and not named.exists():
            moved[named] = path.resolve().parent / name.relative_to(SOURCES)
    return moved


def _moved_out(draft: Path, features: list[Path]) -> frozenset[str]:
    """Features go to the cache, where those that are there stay; entries that came."""
    target = paths.user_cache() / "features"
    for file in features:
        if not (target / file.name).exists():
            with storage.replacing(target / file.name) as part:
                shutil.copyfile(file, part)
    shutil.rmtree(draft / FEATURES, ignore_errors=True)
    return frozenset(file.stem for file in features)


def _restore(
    workspace: Workspace, key: str, kept: Mapping[str, Any], content: Mapping[str, Any], manifest: Mapping[str, Any]
) -> None:
    """The prediction as it was made elsewhere; whether the files here are those it was made of is looked at next."""
    known = {source["path"]: source for source in manifest["sources"] if source["sha256"]}
    sources = []
    for named in case_sources.named(read_case_spec(workspace.case_file(key))):
        names = [name for name in known if named.as_posix().endswith(f"/{name}")]
        if names:
            source = known[max(names, key=len)]  # `t1/scan.nii` ends in `scan.nii` too, which is another file
            sources.append(SourceState(named, int(source["bytes"] or 0), 0, source["sha256"]))
    workspace.keep_prediction(
        key,
        BundleName(str(kept["bundle"]), str(kept["version"]), str(kept["sha256"])),
        float(kept["risk"]),
        str(kept["risk_group"]),
        float(kept["percentile"]),
        {Modality(name): State(state) for name, state in kept["states"].items()},
        content,
        sources,
        current=bool(kept.get("current", True)),
    )
    for prediction, report in manifest["reports"].items():
        workspace.keep_report(key, prediction, report)

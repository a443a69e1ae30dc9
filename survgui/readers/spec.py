"""`cohort.toml` and `case.toml` as data: parsed, every key checked, nothing opened.

An unknown key is an error, not a comment: `colums = ...` silently ignored would train on every column.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from survgui.cases.case import Modality, Outcome
from survgui.errors import CohortError
from survgui.readers.units import UNITS

Value = str | int | float | bool

TIME_UNITS = {"days": 30.4375, "months": 1.0, "years": 1.0 / 12.0}
"""How many of each make a month; a month is a twelfth of 365.25 days."""

TRANSFORMS = ("none", "log1p", "log2p1", "signed-log1p", "beta-to-m")
ROWS = ("first", "mean", "bag")
ORIENTATIONS = ("cases-in-rows", "cases-in-columns", "mutations-in-rows")
SEQUENCES = ("t1", "t1c", "t2", "flair")

_TABLE_KEYS = ("table", "sheet", "array", "case", "filter", "orientation")
_BLOCK_KEYS = (*_TABLE_KEYS, "columns", "transform", "rows", "ordered", "groups", "files", "sequences")
_EXTRA_KEYS = ("unit", "mpp", "encoder", "list")


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table and which rows of it count.

    Attributes:
        case: Column with the patient ids; None is the first column, empty that there are none (a recognised
            table of one row). With cases in columns, the one column that is read, or None for all.
        filter: Keep rows whose column has one of these values.
    """

    path: Path
    sheet: str | None = None
    array: str | None = None
    case: str | None = None
    filter: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    orientation: str = "cases-in-rows"


@dataclass(frozen=True, slots=True)
class OutcomeSpec:
    """Where the outcome is.

    Attributes:
        unit: days | months | years.
        event_value: The values that mean death; None where the file does not say.
    """

    table: TableSpec
    time: str
    event: str
    unit: str = "months"
    event_value: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True)
class SplitsSpec:
    """Where fixed folds are: one row per fold and patient, its `part` saying `train` or `test`."""

    table: TableSpec
    fold: str
    part: str
    train: Value
    test: Value


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """Where one modality is: in a table, or in files named by a pattern.

    Attributes:
        columns: A glob, several names, or None for every numeric column.
        files: Patterns with {case} and {sequence}, relative to `folder`.
        roles: What the files of each pattern are (`t1c`, `segmentation`, ...) where the file says so, else empty:
            the names tell.
        list: A table that says whose each file is, in place of `files`: columns `case` and `file`, and of MRI
            `sequence`.
        rows: What several rows of a patient are: first | mean | bag.
        groups: File of gene groups.
        unit: Overrides what the values look like.
        mpp: Pixel size in µm/px of all slides.
        slide_mpp: Pixel size of single slides, by path.
        encoder: Name of the encoder that made the features.
    """

    modality: Modality
    folder: Path
    table: TableSpec | None = None
    columns: str | tuple[str, ...] | None = None
    files: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    list: Path | None = None
    rows: str = "first"
    transform: str = "none"
    ordered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Path | None = None
    sequences: tuple[str, ...] = SEQUENCES
    unit: str | None = None
    mpp: float | None = None
    slide_mpp: Mapping[Path, float] = field(default_factory=dict)
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class CohortSpec:
    """A whole `cohort.toml`."""

    name: str
    path: Path
    outcome: OutcomeSpec
    blocks: Mapping[Modality, BlockSpec]
    splits: SplitsSpec | None = None


@dataclass(frozen=True, slots=True)
class CaseSpec:
    """A whole `case.toml`; the outcome may be a table, or said outright (`time = 14.2`, `event = true`)."""

    id: str
    path: Path
    blocks: Mapping[Modality, BlockSpec]
    outcome: OutcomeSpec | Outcome | None = None


def read_cohort_spec(path: Path) -> CohortSpec:
    """Parse a `cohort.toml`, or the folder that holds one.

    Raises:
        CohortError: Not there, not TOML, an unknown or missing key, a value of the wrong kind; names file,
            table and key.
    """
    path = path / "cohort.toml" if path.is_dir() else path
    top = _Section(path, "", _toml(path), ("name", "outcome", "splits", "modality"))
    folder = path.parent
    splits = top.section("splits", (*_TABLE_KEYS, "fold", "part", "train", "test"))
    return CohortSpec(
        name=top.text("name", path.parent.name if path.name == "cohort.toml" else path.stem),
        path=path,
        outcome=_outcome(top.needed_section("outcome", (*_TABLE_KEYS, "time", "unit", "event", "event_value")), folder),
        blocks=_blocks(top, folder),
        splits=_splits(splits, folder) if splits else None,
    )


def is_cohort_file(path: Path) -> bool:
    """Whether a TOML file describes a cohort: it names no patient, but outcome or splits. One that cannot be read
    is taken for what its name says."""
    try:
        content = _toml(path)
    except CohortError:
        return "cohort" in path.stem.lower()
    named = "cohort" in path.stem.lower() and "id" not in content
    return named or ("id" not in content and not content.keys().isdisjoint(("outcome", "splits")))


def read_case_spec(path: Path) -> CaseSpec:
    """Parse a `case.toml`, or the folder that holds one; errors as in `read_cohort_spec`."""
    path = path / "case.toml" if path.is_dir() else path
    top = _Section(path, "", _toml(path), ("id", "name", "outcome", "modality"))
    outcome = top.section("outcome", (*_TABLE_KEYS, "time", "unit", "event", "event_value"))
    return CaseSpec(
        id=top.text("id"),
        path=path,
        blocks=_blocks(top, path.parent, lone=True),
        outcome=_case_outcome(outcome, path.parent) if outcome else None,
    )


class _Section:
    """One table of a TOML file; every question that it answers checks the kind of the value."""

    def __init__(self, path: Path, name: str, content: Mapping[str, Any], allowed: Sequence[str]) -> None:
        self.path, self.name, self.content = path, name, content
        for key in content:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise self.error(f"unknown key {key!r}; {hint}(allowed: {', '.join(allowed)})", "COH-01")

    def error(self, what: str, code: str) -> CohortError:
        where = f"{self.path.name}, [{self.name}]" if self.name else self.path.name
        return CohortError(f"{where}: {what} [{code}]")

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def get(self, key: str, kind: type | tuple[type, ...], words: str) -> Any:
        """The value of a key that must be there and of a kind, which `words` describes."""
        if key not in self.content:
            raise self.error(f"the key {key!r} is missing; give {words}", "COH-02")
        value = self.content[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.error(f"{key} = {value!r} must be {words}", "COH-03")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        if default is not None and key not in self:
            return default
        value: str = self.get(key, str, "a text in quotes")
        if not value.strip():
            raise self.error(f"{key} is empty; give a text", "COH-03")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self else None

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        value = self.text(key, default)
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise self.error(f"{key} = {value!r} is not known; {hint}(one of: {', '.join(allowed)})", "COH-03")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text is a list of one."""
        value = self.get(key, (str, list), "a text or a list of texts")
        values = [value] if isinstance(value, str) else value
        if not values or not all(isinstance(v, str) and v.strip() for v in values):
            raise self.error(f"{key} = {value!r} must be a text or a list of texts", "COH-03")
        return tuple(values)

    def values(self, key: str) -> tuple[Value, ...]:
        """A list of texts, numbers or truth values; a single one is a list of one."""
        value = self.content[key]
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(v, Value) for v in values):
            raise self.error(f"{key} = {value!r} must be a text, a number, true or false, or a list of them", "COH-03")
        return tuple(values)

    def value(self, key: str) -> Value:
        return self.values(key)[0] if key in self else str(self.get(key, str, "a text or a number"))

    def section(self, key: str, allowed: Sequence[str]) -> _Section | None:
        if key not in self:
            return None
        name = f"{self.name}.{key}" if self.name else key
        content: Mapping[str, Any] = self.get(key, dict, f"a table: [{name}]")
        return _Section(self.path, name, content, allowed)

    def needed_section(self, key: str, allowed: Sequence[str]) -> _Section:
        section = self.section(key, allowed)
        if section is None:
            raise self.error(
                f"the table [{key}] is missing; add it, for it says where the patients and their outcome are", "COH-02"
            )
        return section


_IMPORT = "(Import in the window, or survgui cohort import FOLDER)"


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        where = path.parent.name or path.parent
        made = path.name == "cohort.toml" and path.parent.is_dir()
        hint = f"put it back, or import the files there to make one {_IMPORT}" if made else "was it moved or renamed?"
        raise CohortError(f"{path.name} is not there (looked in {where}); {hint} [COH-04]") from None
    except OSError as error:
        raise CohortError(
            f"{path.name} cannot be opened ({error.strerror or error}); choose the file itself [COH-04]"
        ) from None
    except (UnicodeDecodeError, RecursionError, tomllib.TOMLDecodeError) as error:
        raise CohortError(f"{path.name} is not valid TOML{_no_toml(path, error)} [COH-05]") from None


def _no_toml(path: Path, error: Exception) -> str:
    """What to do with a file that is no TOML."""
    if path.suffix.lower() != ".toml":
        return f", which a cohort.toml or case.toml is; give that, or import tables and files to make one {_IMPORT}"
    if isinstance(error, UnicodeDecodeError):
        return ": it is no text in UTF-8; save it as such"
    return f": {'brackets in brackets' if isinstance(error, RecursionError) else error}; correct it"


def _table(section: _Section, folder: Path, lone: bool = False) -> TableSpec:
    """A table; that of a lone case may say `case = ""`: it has no ids, every row is the patient's."""
    filters = section.content.get("filter", {})
    if not isinstance(filters, dict):
        raise section.error(f'filter = {filters!r} must be like {{ column = ["value"] }}', "COH-03")
    inner = _Section(section.path, f"{section.name}.filter", filters, tuple(filters))
    return TableSpec(
        path=folder / section.text("table"),
        sheet=section.optional_text("sheet"),
        array=section.optional_text("array"),
        case="" if lone and section.content.get("case") == "" else section.optional_text("case"),
        filter={column: inner.values(column) for column in filters},
        orientation=section.choice("orientation", ORIENTATIONS, ORIENTATIONS[0]),
    )


def _outcome(section: _Section, folder: Path) -> OutcomeSpec:
    return OutcomeSpec(
        table=_table(section, folder),
        time=section.text("time"),
        event=section.text("event"),
        unit=section.choice("unit", tuple(TIME_UNITS), "months"),
        event_value=section.values("event_value") if "event_value" in section else None,
    )


def _case_outcome(section: _Section, folder: Path) -> OutcomeSpec | Outcome:
    if "table" in section:
        return _outcome(section, folder)
    time = float(section.get("time", (int, float), "a number, or name the `table` that holds it"))
    if not 0 <= time < float("inf") or not isinstance(section.content.get("event"), bool):
        raise section.error("time must be 0 or more, and event true (died) or false", "COH-03")
    months = time / TIME_UNITS[section.choice("unit", tuple(TIME_UNITS), "months")]
    return Outcome(months, section.content["event"])


def _splits(section: _Section, folder: Path) -> SplitsSpec:
    return SplitsSpec(
        table=_table(section, folder),
        fold=section.text("fold"),
        part=section.text("part"),
        train=section.value("train"),
        test=section.value("test"),
    )


def _blocks(top: _Section, folder: Path, lone: bool = False) -> dict[Modality, BlockSpec]:
    names = tuple(str(m) for m in Modality)
    modalities = top.section("modality", names)
    if modalities is None:
        return {}
    sections = {m: modalities.section(m, (*_BLOCK_KEYS, *_EXTRA_KEYS)) for m in Modality}
    return {m: _block(m, section, folder, lone) for m, section in sections.items() if section is not None}


def _block(modality: Modality, section: _Section, folder: Path, lone: bool) -> BlockSpec:
    if sum(key in section for key in ("table", "files", "list")) != 1:
        raise section.error("give one of `table`, `files` and `list`", "COH-02")
    ordered = section.content.get("ordered", {})
    if not isinstance(ordered, dict):
        raise section.error("ordered must be a table: field = [lowest, ..., highest]", "COH-03")
    inner = _Section(section.path, f"{section.name}.ordered", ordered, tuple(ordered))
    groups = section.optional_text("groups")
    files, roles = _files(section)
    mpp, slide_mpp = _pixel_sizes(section, folder)
    return BlockSpec(
        modality=modality,
        folder=folder,
        table=_table(section, folder, lone) if "table" in section else None,
        columns=_columns(section),
        files=files,
        roles=roles,
        list=folder / section.text("list") if "list" in section else None,
        rows=section.choice("rows", ROWS, ROWS[0]),
        transform=section.choice("transform", TRANSFORMS, TRANSFORMS[0]),
        ordered={name: inner.texts(name) for name in ordered},
        groups=folder / groups if groups else None,
        sequences=section.texts("sequences") if "sequences" in section else SEQUENCES,
        unit=section.choice("unit", UNITS, UNITS[0]) if "unit" in section else None,
        mpp=mpp,
        slide_mpp=slide_mpp,
        encoder=section.text("encoder", "") if "encoder" in section else "",
    )


def _files(section: _Section) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns, and the role of each where `files` is a table: `files = { t1c = "scan1.nii.gz" }`."""
    if not isinstance(section.content.get("files"), dict):
        return (section.texts("files") if "files" in section else ()), ()
    roles = section.content["files"]
    inner = _Section(section.path, f"{section.name}.files", roles, tuple(roles))
    pairs = [(pattern, role.lower()) for role in roles for pattern in inner.texts(role)]
    return tuple(pattern for pattern, _ in pairs), tuple(role for _, role in pairs)


def _pixel_sizes(section: _Section, folder: Path) -> tuple[float | None, dict[Path, float]]:
    """The pixel size of all slides, or those of single ones: `mpp = { "slides/a.svs" = 0.25 }`."""
    given = section.content.get("mpp")
    slides = given if isinstance(given, dict) else {} if given is None else {"": given}
    found = {}
    for name, mpp in slides.items():
        if not isinstance(mpp, int | float) or isinstance(mpp, bool):
            raise section.error(f"mpp = {mpp!r} must be a number of µm per pixel", "COH-03")
        if not 0.05 <= mpp <= 10:
            raise section.error(f"mpp = {mpp!r} is no pixel size; give µm per pixel, 0.05 to 10", "COH-03")
        found[name] = float(mpp)
    return found.get(""), {folder / name: mpp for name, mpp in found.items() if name}


def _columns(section: _Section) -> str | tuple[str, ...] | None:
    if "columns" not in section:
        return None
    names = section.texts("columns")
    return names[0] if isinstance(section.content["columns"], str) else names

"""`survgui cohort`: what a cohort file is read as, and cohort files of what users have."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui import storage
from survgui.cli import arguments as common
from survgui.cli import importing
from survgui.cli.progress import follow
from survgui.errors import CohortError, ReadError

if TYPE_CHECKING:
    from survgui.cases.cohort import Cohort


def add(commands: common.Commands) -> None:
    """Add the command group."""
    group = common.add_command(commands, "cohort", "look into a cohort", "survgui cohort check cohort.toml", check)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    parser = common.add_command(
        actions,
        "check",
        "read everything; say what was recognised, matched, dropped and why",
        "survgui cohort check cohort.toml --json check.json",
        check,
    )
    parser.add_argument("cohort", metavar="COHORT", type=Path, help="cohort.toml or its folder")
    parser.add_argument("--json", metavar="F", type=Path, help="write the findings there")
    importing.add(actions)


def check(arguments: argparse.Namespace) -> int:
    """Print what was read; 1 where the cohort cannot be trained on as it stands."""
    try:
        cohort = common.open_cohort(arguments.cohort)
    except (CohortError, ReadError) as error:
        if arguments.json:
            storage.write_json(arguments.json, unreadable(arguments.cohort, error))
        raise
    findings = findings_of(cohort)
    if arguments.json:
        storage.write_json(arguments.json, findings)
    print(as_text(findings))
    return 0 if findings["ok"] else 1


def findings_of(cohort: Cohort) -> dict[str, Any]:
    """What was read, and, of a cohort that can be trained on, whether missingness carries risk."""
    from survgui.readers.cohort import describe

    findings = describe(cohort)
    if findings["ok"]:
        from survgui.cases.review import as_json
        from survgui.engine.evaluation.comparison import mask_c_index
        from survgui.engine.review import review

        tells = follow(mask_c_index(cohort))
        judged = follow(review(cohort, Path(cohort.name))).with_mask(tells)
        findings = {**findings, **as_json(judged)}
        said = [{"level": note.level, "code": note.code, "text": note.text} for note in judged.warnings()]
        findings["notes"] = [*findings["notes"], *said]
    return findings


def unreadable(path: Path, error: CohortError | ReadError) -> dict[str, Any]:
    """The findings of a cohort that could not be read at all."""
    note = {"level": "error", "code": getattr(error, "code", ""), "text": str(error)}
    return {"name": path.name, "ok": False, "notes": [note]}


def as_text(findings: Mapping[str, Any]) -> str:
    """The findings as lines: plain values, a line per modality and pattern, then the notes."""
    lines = []
    for key, value in findings.items():
        if key in REVIEWED:
            lines += REVIEWED[key](value)
        elif isinstance(value, Mapping):
            lines += [f"{key} {name}: {_plain(inner)}" for name, inner in value.items()]
        elif key not in ("ok", "notes"):
            lines.append(f"{key}: {_plain(value)}")
    lines += [f"{note['level']} {note['code']}: {note['text']}" for note in findings["notes"]]
    lines.append("can be trained on" if findings["ok"] else "cannot be trained on as it stands")
    return "\n".join(lines)


def _missingness(found: Mapping[str, Any]) -> list[str]:
    """The hazard ratio of not having each modality that somebody has not."""
    lines = []
    for name, row in found.items():
        if not row["missing"]:
            continue
        said = f"without {name}: patients {row['missing']}, deaths {row['missing_events']}"
        if row["ci95"] is not None:
            low, high = row["ci95"]
            said += f", hazard ratio {row['hazard_ratio_without']:.2f} (95 % CI {low:.2f} to {high:.2f})"
        lines.append(said)
    return lines


def _splits(found: Mapping[str, Any]) -> list[str]:
    how = "fixed by the cohort" if found["fixed"] else "drawn at each training"
    return [f"folds: {len(found['folds'])}, {how}, SHA-256 {found['sha256']}"] if found["folds"] else []


def _mask(c_index: float | None) -> list[str]:
    return [] if c_index is None else [f"C-index of knowing only which modalities there are: {c_index:.2f}"]


def _twins(found: list[Any]) -> list[str]:
    return [] if found else ["no two patients have the same files or measurements"]


REVIEWED: dict[str, Callable[[Any], list[str]]] = {
    "missingness": _missingness,
    "mask_c_index": _mask,
    "splits": _splits,
    "twins": _twins,
}
"""What the review adds, as lines; twins that were found are notes."""


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items() if inner not in ("", "none", 0, None))
    if isinstance(value, list):
        return f"{len(value)} ({', '.join(map(str, value[:5]))}{', …' if len(value) > 5 else ''})"
    return f"{value:.1f}" if isinstance(value, float) else str(value)

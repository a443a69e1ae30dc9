"""What lies beside the tables of a cBioPortal study: descriptions (`meta_*.txt`) and lists of samples (`case_lists/`).

They are lines of `key: value` (docs.cbioportal.org/file-formats). Of the lists one is used: who was sequenced, for a
list of mutations alone does not tell those without any from those who were not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from survgui.cases.proposal import ProposedSource, Use

_KEY = re.compile(r"([a-z][a-z_]*) *:(.*)")
_STUDY = ("cancer_study_identifier", "type_of_cancer")
_MOST = 20 * 2**20
"""Bytes of the largest description: a list of a hundred thousand samples has two million."""


def described(path: Path) -> Mapping[str, str] | None:
    """What a description says, by its keys; None of every other file."""
    try:
        if path.suffix.lower() != ".txt" or path.stat().st_size > _MOST:
            return None
        with path.open(encoding="utf-8-sig") as file:
            if not any(file.readline(200).startswith(_STUDY) for _ in range(3)):
                return None
            file.seek(0)
            lines = [_KEY.match(line) for line in file]
    except (OSError, UnicodeDecodeError):
        return None
    return {line[1]: line[2].strip() for line in lines if line is not None}


def sequenced(said: Mapping[str, str]) -> tuple[str, ...]:
    """The samples that were sequenced, where a description is the list of these; else none."""
    stable, category = said.get("stable_id", ""), said.get("case_list_category", "")
    if not stable.endswith("_sequenced") and category != "all_cases_with_mutation_data":
        return ()
    return tuple(said.get("case_list_ids", "").split())


def sources(found: Mapping[Path, Mapping[str, str]]) -> Iterable[ProposedSource]:
    """The list of those who were sequenced as a source, and all the others as one."""
    others = tuple(path for path, said in found.items() if not sequenced(said))
    for path, said in found.items():
        if samples := sequenced(said):
            evidence = (f"it names {len(samples):,} samples that were sequenced, with and without mutations",)
            yield ProposedSource(f"{path.name}#sequenced", (path,), Use.IDS, "cBioPortal's list of samples", evidence)
    if others:
        evidence = ("they hold names of studies, tables and samples, and no measurements",)
        yield ProposedSource("cbioportal#described", others, Use.NONE, "cBioPortal's descriptions", evidence)

"""`survgui cohort import`: files, folders and archives as a cohort folder, with the evidence said first."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from survgui.cases.audit import Action
from survgui.cases.case import Modality
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, SplitPlan, TablePlan, Use
from survgui.cli import arguments as common
from survgui.cli.progress import follow
from survgui.errors import UsageError

if TYPE_CHECKING:
    from survgui.cases.cohort import Cohort, Note

Choice = TypeVar("Choice", bound=str)

_PLAN = ("case", "sheet", "array", "columns", "orientation", "rows", "transform", "value")
_SOURCE = ("use", "modality", "chosen", *_PLAN)
_OUTCOME = ("table", "case", "sheet", "time", "unit", "event", "event_value")
_TOLD = ("outcome.unit", "outcome.event_value")
"""what is told anew from a column that is named, and must therefore be set after it"""
_HOW = {
    "IMP-01": "--set outcome.table=FILE --set outcome.time=COLUMN --set outcome.event=COLUMN",
    "IMP-02": "--set NUMBER.case=COLUMN",
    "IMP-03": "--set NUMBER.modality=rna, or another",
    "IMP-05": "--set splits.folds=5",
    "OUT-03": "--set outcome.event_value=WORD,WORD",
    "OUT-04": "--set outcome.event_value=WORD",
    "OUT-09": "--set outcome.unit=days, months or years",
}
"""what a user of the command sets, by the code of the note"""
_UNITS = ("days", "months", "years")
_SPLITS = ("folds", "seed", "by_site")
_HELP = (
    "correct what was recognised; repeat it. NUMBER is a source's in the list: NUMBER.FIELD=VALUE with FIELD one of "
    f"{', '.join(_SOURCE)}; endpoint=PFI; outcome.FIELD=VALUE ({', '.join(_OUTCOME)}); splits=none or "
    f"splits.FIELD=VALUE ({', '.join(_SPLITS)}); name=TEXT"
)


def add(actions: common.Commands) -> None:
    """Add the command."""
    parser = common.add_command(
        actions,
        "import",
        "say what files are, and make a cohort folder of them",
        "survgui cohort import downloads/ --out cohort --set endpoint=PFI --set 3.modality=cnv",
        run,
    )
    parser.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="files, folders, archives")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="write cohort.toml there (default: only say)")
    parser.add_argument("--set", metavar="WHAT=VALUE", action="append", default=[], help=_HELP)
    parser.add_argument("--yes", action="store_true", help="write without asking, where a terminal would be asked")
    parser.add_argument("--replace", action="store_true", help="replace a cohort.toml that is there")
    parser.add_argument("--json", metavar="F", type=Path, help="write the findings of the check there")


def run(arguments: argparse.Namespace) -> int:
    """Print what each file was taken for, write the folder, and check it; 1 where it cannot be trained on."""
    from survgui.cli.cohort import as_text, findings_of
    from survgui.importing import load, propose, write

    if arguments.json and arguments.out is None:
        raise UsageError("--json is for the check of what --out writes; give --out FOLDER too")
    with tempfile.TemporaryDirectory(prefix="survgui-import-") as workspace:
        proposal = follow(propose(arguments.paths, Path(workspace)))
        proposal = changed(proposal, arguments.set)
        print("\n".join(described(proposal)))
        if arguments.out is None:
            print("nothing was written; say where with --out FOLDER")
            return 0
        cohort: Cohort = follow(load(proposal))
        findings = findings_of(cohort)
        print(f"\n{as_text(findings)}")
        if not (arguments.yes or _agreed(arguments.out)):
            return 0
        file = follow(write(proposal, arguments.out, arguments.replace))
        from survgui import storage
        from survgui.workspace.audit import default_log

        default_log().record(Action.IMPORT, outputs={"cohort": storage.sha256(file)})
        print(f"wrote {file}")
    if arguments.json:
        from survgui import storage

        storage.write_json(arguments.json, findings)
    return 0 if findings["ok"] else 1


def _agreed(folder: Path) -> bool:
    """Whether the cohort is to be written: asked on a terminal; elsewhere `--out` has said so."""
    if not sys.stdin.isatty():
        return True
    return input(f"write the cohort to {folder}? [y/N] ").strip().casefold() in ("y", "yes")


def described(proposal: Proposal) -> Iterator[str]:
    """The proposal as lines: sources with their numbers and evidence, endpoints, folds, problems."""
    for number, source in enumerate(proposal.sources, 1):
        rival = any(s.chosen and s.use is source.use and s.modality is source.modality for s in proposal.sources)
        yield from _source_lines(number, source, rival)
    for endpoint in proposal.endpoints:
        mark = "chosen" if endpoint.key == proposal.endpoint else "there is also"
        table = (endpoint.of or endpoint.path).name + (f", sheet {endpoint.sheet}" if endpoint.sheet else "")
        of = f"{table}: {endpoint.time} in {endpoint.unit}, {endpoint.event}"
        yield f"outcome, {mark}: {endpoint.name} ({of}); {endpoint.words}; {endpoint.matched:,} patients are measured"
        if endpoint.key == proposal.endpoint:
            yield from (f"    because {reason}" for reason in endpoint.evidence)
            yield from _said(endpoint.notes, "    ")
    yield _split_line(proposal)
    yield from _said(proposal.notes)


def _said(notes: Iterable[Note], indent: str = "") -> Iterator[str]:
    """Notes as lines, and what to set where that corrects what they say."""
    for note in notes:
        how = f" ({_HOW[note.code]})" if note.code in _HOW else ""
        yield f"{indent}{note.level} {note.code}: {note.text}{how}"


def _source_lines(number: int, source: ProposedSource, rival: bool) -> Iterator[str]:
    what = source.modality.title if source.use is Use.MODALITY and source.modality else str(source.use)
    left_out = ", not used: another of them is" if rival else ", not used"
    state = "" if source.chosen or source.use is not Use.MODALITY else left_out
    yield f"{number}. {source.name}: {what} ({source.format}){state}"
    if source.patients:
        counts = f"{_many(source.patients, 'patient')}, {source.matched:,} with an outcome"
        yield f"    {counts}, {_many(source.features, 'feature')}; {source.ids}"
    yield from (f"    because {reason}" for reason in source.evidence)
    plan = source.plan
    if plan is not None and source.use is Use.MODALITY:
        yield f"    read with {', '.join(_plan_words(plan))}"
    if source.genes is not None:
        found = source.genes
        renamed = f", {found.renamed:,} by an older name or id" if found.renamed else ""
        yield f"    genes: {found.kind}, {found.known:,} of {found.total:,} known{renamed}"
    yield from _said(source.notes, "    ")


def _many(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _plan_words(plan: TablePlan) -> Iterator[str]:
    from survgui.readers.table import listed

    yield plan.orientation
    yield f"case = {plan.case or 'the first column'}" if plan.orientation == "cases-in-rows" else "ids in the header"
    if plan.columns is not None:
        yield f"columns = {plan.columns if isinstance(plan.columns, str) else listed(plan.columns, 12)}"
    yield f"rows = {plan.rows}"
    yield f"transform = {plan.transform}"


def _split_line(proposal: Proposal) -> str:
    plan = proposal.splits
    if plan is None:
        return "folds: none are fixed; each training draws five, stratified by event"
    if plan.key:
        return f"folds: those of {proposal.source(plan.key).name}"
    kept = "sites kept together" if plan.by_site else "by patient, stratified by event"
    return f"folds: {plan.folds} are drawn, {kept}, seed {plan.seed}"


def changed(proposal: Proposal, settings: Sequence[str]) -> Proposal:
    """The proposal with every `--set` applied, in order; unit and coding of the outcome after its columns.

    Raises:
        UsageError: No such source, field or value.
    """
    for setting in sorted(settings, key=lambda said: said.strip().startswith(_TOLD)):
        what, sign, value = setting.partition("=")
        if not sign:
            raise UsageError(f"--set {setting}: give WHAT=VALUE, such as endpoint=PFI or 2.modality=rna")
        head, _, field = what.strip().partition(".")
        proposal = _changed(proposal, head, field, value.strip())
    return proposal


def _changed(proposal: Proposal, head: str, field: str, value: str) -> Proposal:
    from survgui.importing import recount, revise

    if head == "name":
        return replace(proposal, name=value)
    if head == "endpoint":
        return follow(recount(replace(proposal, endpoint=_endpoint_key(proposal, value))))
    if head == "outcome":
        return follow(recount(_outcome(proposal, field, value)))
    if head == "splits":
        return replace(proposal, splits=_splits(proposal, field, value))
    return follow(revise(proposal, _source(proposal, head, field, value)))


def _endpoint_key(proposal: Proposal, value: str) -> str:
    same = [e for e in proposal.endpoints if value.casefold() in (e.name.casefold(), e.key.casefold())]
    if not same:
        names = ", ".join(e.name for e in proposal.endpoints) or "none was found"
        raise UsageError(f"there is no endpoint {value!r}; there are: {names}")
    return max(same, key=lambda e: e.matched).key


def _outcome(proposal: Proposal, field: str, value: str) -> Proposal:
    """The chosen endpoint with a field changed, or a new one of a table that is named."""
    _known(field, _OUTCOME, "outcome")
    if field == "table":
        path = next((s.paths[0] for s in proposal.sources if s.paths and s.paths[0].name == value), Path(value))
        endpoint = Endpoint(f"{path.name}#said", "OS", path, TablePlan(), "", "", "", ())
        return replace(proposal, endpoints=(*proposal.endpoints, endpoint), endpoint=endpoint.key)
    endpoint_now = proposal.outcome
    if endpoint_now is None:
        raise UsageError("no outcome was found; name its table first: --set outcome.table=FILE")
    if field in ("case", "sheet"):
        where: dict[str, Any] = {field: value}
        edited = replace(endpoint_now, plan=replace(endpoint_now.plan, **where))
    elif field == "event_value":
        edited = replace(endpoint_now, event_value=tuple(_value(word) for word in value.split(",")))
    elif field == "event":
        edited = replace(endpoint_now, event=value, event_value=())
    elif field == "time":
        edited = replace(endpoint_now, time=value, unit="")
    else:
        edited = replace(endpoint_now, unit=_one_of(_UNITS, value))
    return proposal.with_endpoint(edited)


def _splits(proposal: Proposal, field: str, value: str) -> SplitPlan | None:
    if not field:
        if value != "none":
            raise UsageError(f"splits={value}: give none, or splits.folds=5, splits.seed=0, splits.by_site=true")
        return None
    _known(field, _SPLITS, "splits")
    plan = proposal.splits if proposal.splits is not None and not proposal.splits.key else SplitPlan()
    given: Any = value.casefold() in ("true", "yes", "1") if field == "by_site" else _whole(field, value)
    return replace(plan, **{field: given})


def _source(proposal: Proposal, head: str, field: str, value: str) -> ProposedSource:
    if not head.isdigit() or not 1 <= int(head) <= len(proposal.sources):
        raise UsageError(f"there is no source {head!r}; they have the numbers 1 to {len(proposal.sources)}")
    _known(field, _SOURCE, head)
    source = proposal.sources[int(head) - 1]
    if field == "use":
        use = Use.NONE if value == "none" else _one_of(Use, value)
        return replace(source, use=use, chosen=source.chosen and use is not Use.NONE)
    if field == "modality":
        return replace(source, modality=_one_of(Modality, value), use=Use.MODALITY, chosen=True)
    if field == "chosen":
        return replace(source, chosen=value.casefold() in ("true", "yes", "1"))
    plan = source.plan or TablePlan()
    given: Any = tuple(value.split(",")) if field == "columns" and "," in value else value
    return replace(source, plan=replace(plan, **{field: given}), use=Use.MODALITY)


def _one_of(kind: Iterable[Choice], value: str) -> Choice:
    found = next((choice for choice in kind if choice == value), None)
    if found is None:
        raise UsageError(f"{value!r} is not known; give one of: {', '.join(kind)}")
    return found


def _known(field: str, fields: Sequence[str], where: str) -> None:
    if field not in fields:
        raise UsageError(f"{where}.{field} is not known; there are: {', '.join(fields)}")


def _whole(field: str, value: str) -> int:
    if not value.isdigit():
        raise UsageError(f"splits.{field}={value}: give a whole number")
    return int(value)


def _value(word: str) -> int | str:
    return int(word) if word.strip().lstrip("-").isdigit() else word.strip()

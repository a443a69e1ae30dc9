"""Files to a proposal: every file is recognised, what needs conversion is converted, and a cohort is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from survgui.cases.case import Modality, patient_key
from survgui.cases.cohort import Note
from survgui.cases.proposal import Conversion, Endpoint, Proposal, ProposedSource, TablePlan, Use
from survgui.cases.step import Step, Task
from survgui.errors import ReadError
from survgui.importing import (
    cbioportal,
    choosing,
    endpoints,
    follow_up,
    gathering,
    gdc,
    images,
    mutations,
    renaming,
    sources,
)
from survgui.importing.collecting import collect
from survgui.readers import formats
from survgui.readers.finding import Finding
from survgui.readers.groups import is_gmt
from survgui.readers.mutations import IN_ROWS
from survgui.readers.recognise import findings_of
from survgui.readers.rows import owner_of, sample_type
from survgui.readers.table import Table, Tables

Keyed = TypeVar("Keyed", ProposedSource, Endpoint)

_TABLES = ("table", "mutations", "ids", "splits", "groups")


def propose(paths: Iterable[Path], workspace: Path, name: str = "") -> Task[Proposal]:
    """Recognise files and propose a cohort of them; nothing is written but in the workspace.

    Args:
        paths: Files, folders and archives.
        workspace: An own folder for this import: unpacked and converted tables; the caller removes it.
        name: Of the cohort; left out: from the folder or file that was given.

    Raises:
        UsageError: A path is not there, or there are too many files.
    """
    given = [Path(path) for path in paths]
    files, notes = yield from collect(given, workspace)
    tables = Tables()
    findings: list[Finding] = []
    counts: list[Path] = []
    metadata: list[Path] = []
    descriptions: dict[Path, Mapping[str, str]] = {}
    alike: dict[gathering.Alike, list[Path]] = {}
    for number, path in enumerate(files):
        yield Step("recognise", number, len(files), f"{number + 1} of {len(files)} files")
        if gdc.is_counts(path):
            counts.append(path)
        elif gdc.is_metadata(path):
            metadata.append(path)
        elif said := cbioportal.described(path):
            descriptions[path] = said
        else:
            taken = findings_of(path, tables)
            findings += taken
            if kind := gathering.alike(taken, tables):
                alike.setdefault(kind, []).append(path)
                tables.forget(path)
    together = {kind: mine for kind, mine in alike.items() if len(mine) >= gathering.FEWEST}
    apart = {path for mine in together.values() for path in mine}
    findings = [finding for finding in findings if finding.path not in apart]
    makers = _Makers(workspace, tables, findings)
    found = list((yield from makers.counts(counts, metadata)))
    found += makers.tables(tuple(sample for said in descriptions.values() for sample in cbioportal.sequenced(said)))
    found += cbioportal.sources(descriptions)
    yield Step("outcome", 0, 1, "looking for endpoints")
    outcome = makers.endpoints()
    for (modality, _), mine in together.items():
        found.append((yield from makers.gathered(modality, mine, metadata, _everybody(found, outcome, tables))))
    found = _unique(found)
    found += makers.files(_everybody(found, outcome, tables))
    patients = {s.key: frozenset(map(patient_key, sources.patients_of(s, tables))) for s in found}
    patients |= makers.owned
    proposal = Proposal(
        name=name or (given[0].stem.split(".")[0] if given else "cohort"),
        sources=tuple(_holding_outcomes(found, outcome)),
        endpoints=tuple(outcome),
        notes=(*notes, *makers.notes),
        workspace=workspace,
    )
    proposal = choosing.chosen(proposal, patients, tables)
    return _clinical_again(proposal, patients, tables)


def _holding_outcomes(found: Sequence[ProposedSource], outcome: Sequence[Endpoint]) -> Iterable[ProposedSource]:
    """The sources; a table that gives nothing but endpoints is used for that, and says so."""
    for source in found:
        mine = [e for e in outcome if source.paths and (e.of or e.path) == source.paths[0]]
        mine = [e for e in mine if e.sheet == source.sheet]
        if source.use is Use.NONE and mine and not source.notes:
            said = tuple(dict.fromkeys(text for endpoint in mine for text in endpoint.evidence))
            yield replace(source, use=Use.OUTCOME, format="table of the outcome", evidence=said, plan=mine[0].plan)
        else:
            yield source


def _clinical_again(proposal: Proposal, patients: Mapping[str, frozenset[str]], tables: Tables) -> Proposal:
    """Fields worth taking are those of the patients who have the outcome, not those of all studies in the table."""
    known = choosing.outcome_ids(proposal, tables)
    for source in proposal.sources:
        if source.modality is Modality.CLINICAL and source.plan is not None:
            mine = patients.get(source.key, frozenset())
            proposal = proposal.with_source(sources.measured(source, tables, mine & known or mine))
    return proposal


def _everybody(found: Sequence[ProposedSource], outcome: Sequence[Endpoint], tables: Tables) -> set[str]:
    """Every id that a table names."""
    ids = {i for source in found for i in sources.patients_of(source, tables)}
    for endpoint in outcome:
        outcomes = endpoints.outcomes_of(endpoint, tables)
        ids |= set(outcomes.ids) if outcomes else set()
    return ids


class _Makers:
    """Sources out of findings, each kind by its own method; `notes` and `owned` grow on the way."""

    def __init__(self, workspace: Path, tables: Tables, findings: Sequence[Finding]) -> None:
        self.workspace, self.all, self.findings = workspace, tables, findings
        self.notes: list[Note] = []
        self.owned: dict[str, frozenset[str]] = {}
        self._places: set[Path] = set()
        self.patient_of = self._samples()

    def counts(self, files: Sequence[Path], metadata: Sequence[Path]) -> Task[list[ProposedSource]]:
        """The GDC's gene counts, joined."""
        if not files:
            return []
        sheets = [f for f in self.findings if f.role == formats.Role.IDS]
        members, lost = gdc.of_patients(files, gdc.owners(sheets, self.all, metadata))
        self.notes += [gdc.unknown(lost)] if lost else []
        tumour = [(who, path) for who, path in members if sample_type(who) < 10]
        if not tumour:
            evidence = ("they are gene counts, and nothing says of whom",)
            return [ProposedSource("gdc#rna", tuple(files), Use.NONE, "GDC STAR gene counts", evidence, Modality.RNA)]
        said = f"{len(files)} files have the GDC's header gene_id, gene_name, ..., {gdc.VALUES[0]}"
        ours = f"{len(tumour)} of them are tumour samples of known patients"
        source = ProposedSource(
            key="gdc#rna",
            paths=tuple(path for _, path in tumour),
            use=Use.MODALITY,
            format="GDC STAR gene counts, one file a sample",
            evidence=(said, ours),
            modality=Modality.RNA,
            conversion=Conversion.GDC,
            plan=TablePlan(orientation="cases-in-columns", value=gdc.VALUES[0]),
            members=tuple(tumour),
        )
        return [(yield from self.joined(source))]

    def _place(self, path: Path, what: str) -> Path:
        """Where a table that is made of a file is written: no other's, for `study.rna.csv` is not `study.cna.csv`."""
        name, number = path.name.split(".")[0].lower(), 1  # some systems do not tell `Study` from `study`
        while (place := self.workspace / "tables" / f"{name}-{number}-{what}") in self._places:
            number += 1
        self._places.add(place)
        return place

    def gathered(
        self, modality: Modality, files: Sequence[Path], metadata: Sequence[Path], patients: Iterable[str]
    ) -> Task[ProposedSource]:
        """Tables of one patient each, joined."""
        sheets = [f for f in self.findings if f.role == formats.Role.IDS]
        ids = sorted((i for i in patients if len(i) >= 3), key=len, reverse=True)
        owned, lost = gathering.of_patients(files, gdc.owners(sheets, self.all, metadata), ids)
        members = tuple((who, path) for who, path in owned if sample_type(who) < 10)
        value = gathering.value_of(files[0])
        said = f"{len(files)} files have the same columns, which are no patients"
        source = ProposedSource(
            key=f"{files[0].name}#joined",
            paths=tuple(files),
            use=Use.NONE,
            format="tables of one patient each",
            evidence=(said,),
            modality=modality,
            notes=images.unnamed(files, lost),
        )
        if not members:
            return source
        target = self._place(files[0], f"{modality}-joined.parquet")
        notes = yield from gathering.join(members, value, target)
        source = replace(source, evidence=(said, f"{value} is taken of each file"))
        plan = TablePlan(orientation="cases-in-columns", value=value)
        made = replace(source, use=Use.MODALITY, conversion=Conversion.JOINED, made=target, plan=plan, members=members)
        counted = sources.measured(made, self.all)
        return replace(counted, notes=(*source.notes, *notes, *counted.notes))

    def joined(self, source: ProposedSource) -> Task[ProposedSource]:
        """The files of a source as one table of the value that its plan names."""
        value = source.plan.value if source.plan else gdc.VALUES[0]
        target = self.workspace / "tables" / f"gdc-{value}.parquet"
        self.notes += yield from gdc.join(source.members, value, target)
        return sources.measured(replace(source, made=target), self.all)

    def tables(self, sequenced: Sequence[str]) -> list[ProposedSource]:
        """Every finding but files that are no tables; of mutations with those samples that are known to have none."""
        lists = [f for f in self.findings if f.role == formats.Role.MUTATIONS or _is_of_one_tumour(f)]
        found = [self._mutations(lists, sequenced)] if lists else []
        said: set[tuple[Path, str | None]] = set()
        for finding in self.findings:
            if finding in lists or images.is_image(finding):
                continue
            found.append(self._of(finding, said))
        return _unique(found)

    def _of(self, finding: Finding, said: set[tuple[Path, str | None]]) -> ProposedSource:
        """The source of a finding; what was assumed in reading its table is said once a file."""
        try:
            source = self._renamed(sources.of_finding(finding, self.all))
        except ReadError as error:
            key, why = f"{finding.path.name}#error", (error.reason,)
            note = Note("warning", error.code, str(error))
            return ProposedSource(key, (finding.path,), Use.NONE, "cannot be read", why, notes=(note,))
        if finding.role == "table" and finding.modality is None and formats.sample_ids(self._read(finding)):
            said_of = ("it says whose each sample is",)
            source = replace(source, use=Use.IDS, format="table of samples", evidence=said_of)
        table = finding.error is None and finding.role in _TABLES and not is_gmt(finding.path)
        if not table or (finding.path, finding.sheet) in said:
            return source
        said.add((finding.path, finding.sheet))
        return replace(source, notes=(*self._read(finding).notes, *source.notes))

    def _read(self, finding: Finding) -> Table:
        return self.all.read(finding.path, sheet=finding.sheet)

    def endpoints(self) -> list[Endpoint]:
        """The endpoints of every table with a case a row."""
        found: list[Endpoint] = []
        seen: set[tuple[Path, str | None]] = set()
        for finding in self.findings:
            if (finding.path, finding.sheet) in seen or finding.role not in _TABLES or finding.role in _TABLES[1:]:
                continue
            seen.add((finding.path, finding.sheet))
            table = self._read(finding)
            plan = TablePlan(sheet=finding.sheet, case=case_column(finding, table.names))
            spec = finding.spec.table if finding.spec else None
            if spec is not None and spec.orientation != "cases-in-rows":
                continue
            joined = follow_up.endpoint(table, plan, self._place(finding.path, "outcome.csv"))
            counted = endpoints.counted(joined, self.all) if joined else None
            others = endpoints.endpoints(table, plan, self.all)
            if not others and counted is None:
                self.notes += endpoints.times_alone(table) or follow_up.missing_dates(table)
            plain = next((e for e in others if e.name == "OS"), None)
            if counted and (plain is None or any(note.code == "OUT-09" for note in plain.notes)):
                others = [counted, *(e for e in others if e is not plain)]
            found += others
        return _unique(found)

    def files(self, patients: Iterable[str]) -> list[ProposedSource]:
        """Slides, folders of features, and volumes."""
        whose = images.owners(self.findings, patients, self.all)
        files = [f for f in self.findings if images.is_image(f)]
        slides = [f for f in files if f.role == "slide"]
        features = [f for f in files if f.role == "features"]
        volumes = [f for f in files if f.role not in ("slide", "features")]
        found = [images.source_of(mine, whose, self.workspace) for mine in (slides, volumes) if mine]
        found = _unique(images.feature_sources(features, whose, self.workspace) + found)
        self.owned |= {s.key: frozenset(who for who, _ in s.members) for s in found}
        return found

    def _mutations(self, lists: Sequence[Finding], sequenced: Sequence[str]) -> ProposedSource:
        target = self._place(lists[0].path, "mutations.parquet")
        read = [(self._read(f), f.columns) for f in lists]
        _, _, notes = mutations.table_of(read, self.patient_of, target, sequenced)
        source = ProposedSource(
            key=f"{lists[0].path.name}#mutation",
            paths=tuple(f.path for f in lists),
            use=Use.MODALITY,
            format=lists[0].make,
            evidence=(sources.in_import(lists[0]),),
            modality=Modality.MUTATION,
            conversion=Conversion.MUTATIONS,
            made=target,
            plan=TablePlan(case="case"),
        )
        counted = sources.measured(source, self.all)
        return replace(counted, notes=(*notes, *counted.notes))

    def _samples(self) -> dict[str, str]:
        """Patient of every sample, from tables of samples such as cBioPortal's `data_clinical_sample`.

        A sample that they say to be of several patients is nobody's: its patient is empty.
        """
        found: list[tuple[str, str]] = []
        for finding in self.findings:
            if finding.role == formats.Role.IDS and finding.make != "GDC sample sheet":
                table = self._read(finding)
                for other in finding.columns[1:]:
                    found += zip(table.text(other), table.text(finding.columns[0]), strict=True)
            if finding.role != "table":
                continue
            table = self._read(finding)
            named = formats.sample_ids(table)
            if named is not None:
                found += zip(table.text(named[1]), table.text(named[0]), strict=True)
        return {sample: patient for sample, patient in owner_of(found).items() if sample != patient}

    def _renamed(self, source: ProposedSource) -> ProposedSource:
        """The source with patients' ids where it has samples', by the tables of samples."""
        if source.use is not Use.MODALITY or not self.patient_of:
            return source
        ids = sources.patients_of(source, self.all)
        mine = sum(i in self.patient_of for i in ids)
        if mine * 2 < len(ids) or mine == 0 or sources.id_words(ids).startswith("TCGA barcodes, "):
            return source
        patients = set(self.patient_of.values())
        if both := [i for i in ids if i in self.patient_of and i in patients]:
            text = (
                f"{len(both)} of its ids (such as {both[0]}) are those of a patient, and of a sample of somebody else; "
                "give samples ids of their own, or leave the table of samples out"
            )
            return replace(source, use=Use.NONE, notes=(*source.notes, Note("warning", "IMP-11", text)))
        place = self._place(source.paths[0], f"{source.modality}-patients.parquet")
        source = renaming.renamed(source, self.patient_of, self.all, place)
        if nobodys := [i for i in ids if self.patient_of.get(i) == ""]:
            text = (
                f"{len(nobodys)} of its samples (such as {nobodys[0]}) are said to be of several patients, and not used"
            )
            source = replace(source, notes=(*source.notes, Note("warning", "IMP-11", f"{text}; correct their table")))
        return source


def case_column(finding: Finding, names: Sequence[str]) -> str | None:
    """The column of patients' ids: patients before samples where a table names both."""
    lower = {name.casefold(): name for name in names}
    if "patient_id" in lower and "sample_id" in lower:
        return lower["patient_id"]
    spec = finding.spec.table if finding.spec else None
    if spec is not None:
        return spec.case or None
    words = ("case_id", "case", "patient", "patient_id", "submitter_id", "bcr_patient_barcode", "id")
    return next((lower[word] for word in words if word in lower), None)


def _is_of_one_tumour(finding: Finding) -> bool:
    """Whether it is a list of one patient's mutations: those of several patients become one table."""
    spec = finding.spec.table if finding.spec else None
    return spec is not None and spec.orientation == IN_ROWS


def _unique(found: Sequence[Keyed]) -> list[Keyed]:
    """Files of one name in several folders get keys of their own."""
    seen: dict[str, int] = {}
    unique = []
    for one in found:
        seen[one.key] = seen.get(one.key, 0) + 1
        unique.append(one if seen[one.key] == 1 else replace(one, key=f"{one.key}-{seen[one.key]}"))
    return unique

"""Cases: making one of recognised files, opening it, and the demo.

Each function is a task: a generator of steps whose return value is the result. No step names a file or a patient.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from survgui.cases.case import Kind, Modality, Source, patient_key
from survgui.cases.cohort import Bag, Block, Cohort, Note, Tiles
from survgui.cases.display import CaseFacts, SequenceFacts, SlideFacts
from survgui.cases.step import Step, Task
from survgui.cases.subject import subject
from survgui.engine.upkeep.freshness import look
from survgui.errors import ReadError, SurvguiError, UsageError
from survgui.figures.words import count, plural
from survgui.readers import case_file, sniff
from survgui.readers.blocks import is_feature_file
from survgui.readers.cohort import load_case
from survgui.readers.files import files_by_patient
from survgui.readers.recognise import Finding, taken_as
from survgui.readers.sequences import SEGMENTATION
from survgui.readers.spec import CaseSpec, read_case_spec
from survgui.readers.table import Tables
from survgui.worker.dropped import draft_of, slide_facts
from survgui.workspace import CaseRecord, Workspace

_GONE = "the file is no longer where it was; put it back, or add the case again from where it is now"


def adopt(findings: Sequence[Finding], patient: str, mpp: float | None) -> Task[CaseRecord]:
    """Make a case of files as the user has confirmed them.

    Args:
        findings: What each file is; one whose modality the user has changed is looked at again.
        mpp: µm per pixel of the slides that hold none, or None.

    Raises:
        UsageError: Nothing of it can be used.
        StorageError: The workspace cannot be written; nothing was added.
    """
    yield Step("add", 0, 2, "where the files are")
    identifier, text = _case_file(findings, patient, mpp)
    with Workspace.default() as workspace:
        draft = draft_of((finding.path for finding in findings), workspace)
        text = text if draft is None else case_file.placed(text, draft)
        given = {f.modality: "" for f in findings if f.modality is not None}
        record = workspace.add(identifier, "", text, given, files=draft)
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)  # its content has moved
        yield Step("add", 1, 2, "what they hold")
        try:
            return _note(workspace, _of_use(_facts(workspace, record.key)))
        except SurvguiError:
            workspace.delete([record.key])  # a case that cannot be opened helps nobody
            raise


def _of_use(facts: CaseFacts) -> CaseFacts:
    """A new case of which something can be used, if only once a file is mended."""
    if facts.given or facts.slides or facts.sequences:
        return facts
    why = "; ".join(note.text for note in facts.notes if note.level != "info")
    raise UsageError(f"nothing of these files can be used: {why or 'they hold no measurement'}")


def _case_file(findings: Sequence[Finding], patient: str, mpp: float | None) -> tuple[str, str]:
    """The id, and the text of the case file."""
    described = next((f for f in findings if f.role == "case" and f.error is None), None)
    if described is not None:
        return read_case_spec(described.path).id, case_file.relocated(described.path)
    identifier = patient_key(patient)
    return identifier, case_file.as_toml(identifier, _corrected(findings), _pixel_sizes(findings, mpp))


def open(key: str) -> Task[CaseFacts]:
    """Open a case; a broken slide or a missing file is said, and never keeps the rest from opening.

    Raises:
        UsageError: The case is no longer in the workspace.
        CohortError: Its `case.toml` is not there or not valid.
    """
    yield Step("open", 0, 1, "reading the case")
    with Workspace.default() as workspace:
        workspace.record(key)
        return _opened(workspace, key)


def demo(complete: bool = True) -> Task[CaseRecord]:
    """The simulated demo patient as a case; where it is there already, that one.

    Args:
        complete: With every modality; without, RNA-seq was not measured and is left to be imputed.
    """
    yield Step("demo", 0, 2, "simulating a patient")
    origin = "demo" if complete else "demo without RNA-seq"
    with Workspace.default() as workspace:
        there = workspace.of_origin(origin)
        if there is not None:
            return there
        with workspace.draft() as folder:
            identifier, text = _simulate(folder, complete)
            yield Step("demo", 1, 2, "keeping it")
            record = workspace.add(identifier, "", text, {}, files=folder, origin=origin)
        return _note(workspace, _facts(workspace, record.key))


def set_pixel_size(key: str, path: Path, mpp: float) -> Task[CaseFacts]:
    """Keep how large a slide's pixels are, in µm, and open the case again.

    Raises:
        UsageError: The case is gone or has no slide, or the pixel size cannot be.
    """
    yield Step("pixel size", 0, 1, "keeping it with the case")
    with Workspace.default() as workspace:
        folder = workspace.folder(key)
        workspace.edit_case_file(
            key, lambda text: case_file.with_pixel_size(text, folder, Path(path), mpp), "the pixel size of a slide"
        )
        return _opened(workspace, key)


def step_back(key: str, back: bool) -> Task[CaseFacts]:
    """Undo the last change of a case's description, or redo what was undone last, and open the case again.

    Raises:
        UsageError: The case is gone, or there is nothing to undo or redo.
    """
    yield Step("undo" if back else "redo", 0, 1, "the case's description")
    with Workspace.default() as workspace:
        _ = workspace.undo(key) if back else workspace.redo(key)
        return _opened(workspace, key)


def delete(keys: Collection[str]) -> Task[None]:
    """Remove cases with all that survgui keeps of them: results, drafts, what was encoded for them alone; the user's
    own files stay.
    """
    yield Step("delete", 0, 1, plural(len(keys), "case"))
    from survgui.encoders import cache

    with Workspace.default() as workspace:
        own = workspace.delete(keys)
    cache.remove([entry for entry in cache.entries() if entry.name in own])


def _corrected(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those that the user has changed looked at again."""
    tables = Tables()
    made = []
    for finding in findings:
        table = finding.role == "table" and finding.modality is not None
        if table and (finding.spec is None or finding.spec.modality is not finding.modality):
            made.append(taken_as(finding, finding.modality or Modality.CLINICAL, finding.role, tables))
        else:
            made.append(finding if finding.modality is not None else replace(finding, spec=None))
    return made


def _pixel_sizes(findings: Sequence[Finding], mpp: float | None) -> Mapping[Path, float]:
    """The pixel size that the user gave single slides, and one for every other that can be opened and holds none."""
    used = [finding for finding in findings if finding.role == "slide" and finding.modality]
    given = {finding.path: finding.mpp for finding in used if finding.mpp is not None}
    if mpp is None:
        return given
    slides = [slide_facts(finding.path, None) for finding in used if finding.path not in given]
    return given | {slide.path: mpp for slide in slides if slide.mpp is None and not slide.error}


def _simulate(folder: Path, complete: bool) -> tuple[str, str]:
    """Write the demo patient into a folder; id and case file."""
    from survgui.engine.simulation import demo_case

    demo_case(folder)
    text = (folder / "case.toml").read_text("utf-8")
    if not complete:
        text = case_file.without(text, Modality.RNA)
        (folder / "rna.csv").unlink()
    return read_case_spec(folder).id, text


def _opened(workspace: Workspace, key: str) -> CaseFacts:
    """A case as it is now, which the list remembers."""
    facts = _facts(workspace, key)
    _note(workspace, facts)
    return facts


def _facts(workspace: Workspace, key: str) -> CaseFacts:
    """Everything that the window shows of a case before it is predicted."""
    path = workspace.case_file(key)
    spec = read_case_spec(path)
    cohort = load_case([path])
    patient, undoable = cohort.ids[0], workspace.undoable(key)
    sources = {
        modality: files_by_patient(block, (patient,)).get(patient, ())
        for modality, block in spec.blocks.items()
        if block.table is None
    }
    slides = tuple(_slides(spec, sources.get(Modality.PATHOLOGY, ())))
    sequences = tuple(_sequences(spec, sources.get(Modality.MRI, ())))
    return CaseFacts(
        key=key,
        file=path,
        id=spec.id,
        subject=subject(cohort, patient),
        given=_given(cohort, slides),
        slides=slides,
        sequences=sequences,
        notes=(*_without_missing(cohort.notes), *_looked_at(workspace, key)),
        undo=undoable[0],
        redo=undoable[1],
        reports=workspace.reports(key),
    )


def _note(workspace: Workspace, facts: CaseFacts) -> CaseRecord:
    """Remember in the list what opening has shown."""
    gone = [note.text for note in facts.notes if note.code == "CAS-01"]
    return workspace.describe(facts.key, facts.subject, facts.given, gone[0] if gone else "")


def _without_missing(notes: Sequence[Note]) -> Iterator[Note]:
    """What reading had to say but of files that are gone, of which one note tells at once."""
    return (note for note in notes if note.code != "BLK-08")


def _looked_at(workspace: Workspace, key: str) -> Iterator[Note]:
    """What a look at the files has shown: some are gone, or the kept result is not of these."""
    found = look(workspace, key)
    if found.missing:
        yield Note("warning", "CAS-01", found.missing)
    stale = workspace.record(key).stale
    if stale:
        yield Note("warning", "CAS-02", f"The kept result is out of date: {stale}. Predict it again (F5).")


def _slides(spec: CaseSpec, sources: Sequence[Source]) -> Iterator[SlideFacts]:
    """The slides, also those given together with features, and those that are gone."""
    for source in sources:
        if not is_feature_file(source.path):
            yield slide_facts(source.path, source.mpp)
    for path in _gone(spec, Modality.PATHOLOGY):
        if not is_feature_file(path):
            yield SlideFacts(path, error=_GONE)


def _sequences(spec: CaseSpec, sources: Sequence[Source]) -> Iterator[SequenceFacts]:
    for source in sources:
        yield SequenceFacts(source.role or "", source.path, _unreadable(source.path))
    block = spec.blocks.get(Modality.MRI)
    for path in _gone(spec, Modality.MRI):
        named = dict(zip(block.files, block.roles, strict=False)) if block else {}
        role = next((role for pattern, role in named.items() if Path(pattern).name == path.name), "")
        yield SequenceFacts(role, path, _GONE)


def _gone(spec: CaseSpec, modality: Modality) -> list[Path]:
    block = spec.blocks.get(modality)
    if block is None or block.table is not None:
        return []
    return [path for path in case_file.named_files(spec)[modality] if not path.exists()]


def _unreadable(path: Path) -> str:
    """Why a volume cannot be read, as far as its first bytes tell; empty where they do not."""
    try:
        sniff.inspect(path, "MRI")
        return ""
    except ReadError as error:
        return error.reason


def _given(cohort: Cohort, slides: Sequence[SlideFacts]) -> dict[Modality, str]:
    """What there is, per modality, in words."""
    patient = cohort.ids[0]
    said: dict[Modality, str] = {}
    for modality, block in cohort.blocks.items():
        if patient in block.patients:
            said[modality] = _amount(block, patient)
    usable = sum(not slide.error for slide in slides)
    if usable:
        features = said.get(Modality.PATHOLOGY, "") if patient in _items(cohort, Modality.PATHOLOGY) else ""
        said[Modality.PATHOLOGY] = " · ".join(part for part in (plural(usable, "slide"), features) if part)
    elif slides and patient not in _items(cohort, Modality.PATHOLOGY):
        said.pop(Modality.PATHOLOGY, None)  # none of the slides can be opened: there is nothing to measure
    return {modality: said[modality] for modality in Modality if modality in said}


def _items(cohort: Cohort, modality: Modality) -> Mapping[str, object]:
    block = cohort.blocks.get(modality)
    return block.items if block is not None else {}


def _amount(block: Block, patient: str) -> str:
    """`4 sequences`, `5 fields`, `3 120 patches`, `1 549 features`."""
    if patient not in block.items:
        files = [source for source in block.files[patient] if source.role != SEGMENTATION]
        return plural(len(files), "sequence" if block.kind is Kind.VOLUME else "slide")
    item = block.items[patient]
    if isinstance(item, Bag):
        return "1 patch" if len(item) == 1 else f"{count(len(item))} patches"
    if isinstance(item, Tiles):
        return plural(len(item), "tile")
    if block.kind is Kind.FIELDS:
        return plural(sum(value is not None for value in item), "field")
    return plural(int(np.isfinite(np.asarray(item, dtype=float)).sum()), "feature")

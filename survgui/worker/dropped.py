"""What dropped files are: recognised, opened once, and the archives among them unpacked.

`recognise` is a task: a generator of steps whose return value is the result. No step names a file or a patient.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from survgui.cases.case import Modality, patient_key
from survgui.cases.display import LABELS, Recognised, ScanFacts, SlideFacts
from survgui.cases.installed import is_bundle
from survgui.cases.step import Step, Task
from survgui.errors import ReadError, SurvguiError, UsageError
from survgui.figures.words import count
from survgui.importing.collecting import is_archive, unpack
from survgui.readers.apart import open_slide
from survgui.readers.blocks import is_feature_file
from survgui.readers.files import files_by_patient
from survgui.readers.finding import Finding, settled
from survgui.readers.recognise import case_id, findings_of, look_through
from survgui.readers.scan import grid_of, look
from survgui.readers.sequences import TITLES
from survgui.readers.spec import is_cohort_file, read_case_spec
from survgui.readers.table import Tables
from survgui.readers.volume import open_volume
from survgui.workspace import Workspace, archive

STUDY = 20
"""patients of a table from which on a folder that is nobody's alone is a study's (our choice)"""
_BROKEN = (OSError, SurvguiError)


def recognise(paths: Sequence[Path]) -> Task[Recognised]:
    """Say what dropped files, folders and archives are taken for, and whose they are; a cohort or a bundle given
    alone, and a folder of many patients, are only told as such.

    Raises:
        CohortError: A `case.toml` that is not valid.
    """
    given = [Path(path) for path in paths]
    inside, broken, draft = yield from _unpacked(given)
    whole = _whole(inside)
    if whole is not None:
        return whole
    written = _written(inside)
    if written is not None:
        return (yield from _described(written))
    try:
        files = yield from look_through(inside)
    except UsageError:  # more files than one patient has
        return Recognised("", (), kind="import")
    findings = broken + (yield from _findings(files))
    slides = yield from _slides(findings)
    scans = yield from _scans(findings)
    patient, question = "", ""
    try:
        patient = case_id(given, findings) if findings else ""
    except UsageError as error:
        question = str(error)
    if question and len(inside) == 1 and inside[0].is_dir() and _of_a_cohort(findings):
        if draft is not None:  # the import of a cohort unpacks in a place of its own
            shutil.rmtree(draft, ignore_errors=True)
        return Recognised("", (), kind="import")
    return Recognised(patient, tuple(findings), slides, question, scans=scans)


def draft_of(paths: Iterable[Path], workspace: Workspace) -> Path | None:
    """The folder into which archives were unpacked of which some of these files are; None where none are."""
    drafts = workspace.drafts
    inner = (path.relative_to(drafts).parts for path in paths if path.is_relative_to(drafts))
    return next((drafts / parts[0] for parts in inner if parts), None)


def _whole(paths: Sequence[Path]) -> Recognised | None:
    """What one thing is that was given alone and is no patient's files: a packed case, a bundle, a cohort."""
    if len(paths) != 1:
        return None
    (only,) = paths
    if only.suffix.lower() == archive.SUFFIX and only.is_file():
        return Recognised("", (), kind="packed", path=only)
    if is_bundle(only):
        return Recognised("", (), kind="bundle", path=only)
    written = _written(paths)
    return Recognised("", (), kind="cohort", path=written) if written and is_cohort_file(written) else None


def _findings(files: Sequence[Path]) -> Task[list[Finding]]:
    tables = Tables()
    findings: list[Finding] = []
    for number, path in enumerate(files):
        yield Step("recognise", number, len(files), f"file {count(number + 1)} of {count(len(files))}")
        findings += findings_of(path, tables)
    return list(settled(findings))


def _slides(findings: Sequence[Finding]) -> Task[tuple[SlideFacts, ...]]:
    slides = []
    wanted = [finding.path for finding in findings if finding.role == "slide"]
    for number, path in enumerate(wanted):
        yield Step("open slides", number, len(wanted), f"slide {number + 1} of {len(wanted)}")
        slides.append(slide_facts(path, None))
    return tuple(slides)


def _of_a_cohort(findings: Sequence[Finding]) -> bool:
    """Whether files are those of a whole study: tables of many patients, of folds, of ids."""
    roles = {"splits", "ids", "mutations"}
    return any(finding.role in roles or len(finding.patients) >= STUDY for finding in findings)


def _unpacked(paths: Sequence[Path]) -> Task[tuple[list[Path], list[Finding], Path | None]]:
    """The paths, archives among them as folders that they were unpacked to; those that could not be; and the draft.

    The draft lies in the workspace and moves into the case that is made of it; else it goes with those that nobody
    has worked on for a day.
    """
    found: list[Path] = []
    broken: list[Finding] = []
    draft: Path | None = None
    for number, path in enumerate(paths, 1):
        if path.suffix.lower() == archive.SUFFIX or not (path.is_file() and is_archive(path)):
            found.append(path)
            continue
        yield Step("unpack", 0, 1, "unpacking the archive")
        if draft is None:
            with Workspace.default() as workspace:
                draft = workspace.drafts / secrets.token_hex(8)
        target = draft / f"files-{number}"  # never the archive's name: it may be a patient's
        try:
            target.mkdir(parents=True)
            unpack(path, target)
            found.append(target)
        except ReadError as error:
            broken.append(Finding(path, None, None, error.reason, error=error))
    return found, broken, draft


def _scans(findings: Sequence[Finding]) -> Task[tuple[ScanFacts, ...]]:
    """The volumes that are or may be of a sequence, each looked at once."""
    wanted = [finding.path for finding in findings if finding.role in TITLES and finding.modality is Modality.MRI]
    found = []
    for number, path in enumerate(wanted):
        yield Step("open volumes", number, len(wanted), f"volume {number + 1} of {len(wanted)}")
        found.append(_scan(path))
    return tuple(found)


def _scan(path: Path) -> ScanFacts:
    try:
        volume = open_volume(path)
    except ReadError as error:
        return ScanFacts(path, error=error.reason)
    looks = look(volume)
    sides = " × ".join(f"{side:.2g}" for side in volume.spacing)
    stripped = looks.stripped
    said = f"; {looks.words}" if stripped is not None else ""
    return ScanFacts(path, f"{sides} mm{said}", stripped, grid_of(volume))


def _written(paths: Sequence[Path]) -> Path | None:
    """The description of a case or a cohort that was given alone, or in the one folder that was given."""
    if len(paths) != 1:
        return None
    inside = (paths[0] / "case.toml", paths[0] / "cohort.toml")
    possible = inside if paths[0].is_dir() else (paths[0],)
    return next((path for path in possible if path.suffix.lower() == ".toml" and path.is_file()), None)


def _described(path: Path) -> Task[Recognised]:
    """What a user's own case file says, as findings that need no confirmation."""
    spec = read_case_spec(path)
    findings = [Finding(path, None, "case", "it says what every file is, and is taken as it stands")]
    slides = []
    yield Step("open slides", 0, 1, "those that the case file names")
    for modality, block in spec.blocks.items():
        if block.table is not None:
            findings.append(Finding(block.table.path, modality, "table", "the case file says so", spec=block))
            continue
        for source in files_by_patient(block, (patient_key(spec.id),)).get(patient_key(spec.id), ()):
            role = source.role or ("features" if is_feature_file(source.path) else "slide")
            findings.append(Finding(source.path, modality, role, "the case file says so"))
            if role == "slide":
                slides.append(slide_facts(source.path, source.mpp))
    return Recognised(patient_key(spec.id), tuple(findings), tuple(slides))


def slide_facts(path: Path, mpp: float | None) -> SlideFacts:
    """A slide, opened once."""
    try:
        with open_slide(path, mpp) as slide:
            return SlideFacts(
                path=path,
                mpp=slide.mpp,
                mpp_by_user=slide.mpp_by_user,
                objective=slide.objective_power,
                levels=slide.levels,
                downsamples=tuple(float(scale) for scale in slide.downsamples),
                notes=slide.notes,
                labels=tuple(name for name in LABELS if name in slide.associated_images),
            )
    except ReadError as error:
        return SlideFacts(path, mpp, mpp is not None, error=error.reason)
    except _BROKEN as error:
        return SlideFacts(path, error=str(error))

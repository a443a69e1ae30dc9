"""What dropped files were taken for, and what the user makes of it: choices, clashes, and what is left to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from survgui.cases.case import Modality, patient_key
from survgui.cases.display import Recognised, SlideFacts
from survgui.figures.words import count, plural
from survgui.readers.recognise import Finding
from survgui.readers.sequences import SEGMENTATION


@dataclass(frozen=True, slots=True)
class Choice:
    """What a file may be taken for.

    Attributes:
        modality: None where the file is not used.
    """

    words: str
    modality: Modality | None
    role: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said below a file's name.

    Attributes:
        level: `info`, `warning` or `error`.
    """

    level: str
    text: str


NOT_USED = Choice("Not used", None, None)
SLIDE = Choice("Slide", Modality.PATHOLOGY, "slide")
FEATURES = Choice("Slide features", Modality.PATHOLOGY, "features")
VOLUMES = (
    *(Choice(f"MRI {role}", Modality.MRI, role.lower()) for role in ("T1", "T1c", "T2", "FLAIR")),
    Choice("MRI segmentation", Modality.MRI, SEGMENTATION),
)
TABLES = (
    *(Choice(m.title, m, "table") for m in Modality if m not in (Modality.PATHOLOGY, Modality.MRI)),
    Choice("Slide features", Modality.PATHOLOGY, "table"),
    Choice("MRI features", Modality.MRI, "table"),
)


def choices(finding: Finding) -> tuple[Choice, ...]:
    """What this file may be taken for; one where there is nothing to choose."""
    if finding.role == "case":
        return (Choice("Case file", None, "case"),)
    if finding.role == "cohort":
        return (Choice("Cohort", None, "cohort"),)
    if finding.error is not None:
        return (Choice("Cannot be used", None, finding.role),)
    if finding.role == "table":
        return (*TABLES, NOT_USED)
    if finding.modality is Modality.MRI or finding.path.name.lower().endswith((".nii", ".nii.gz")):
        return (*VOLUMES, NOT_USED)
    if finding.role in ("slide", "features"):
        return (SLIDE if finding.role == "slide" else FEATURES, NOT_USED)
    return (NOT_USED,)


class Entries:
    """The files of an import, each with what it is taken for now."""

    def __init__(self, found: Recognised) -> None:
        self.findings: tuple[Finding, ...] = found.findings
        self._slides: dict[Path, SlideFacts] = {slide.path: slide for slide in found.slides}
        self.written = any(f.role == "case" and f.error is None for f in found.findings)
        self.chosen: list[Choice] = [self._first(finding) for finding in found.findings]
        self.patient = found.patient

    def __len__(self) -> int:
        return len(self.findings)

    def choices(self, row: int) -> tuple[Choice, ...]:
        """What a file may be taken for; what a case file says is not asked."""
        return (self.chosen[row],) if self.written else choices(self.findings[row])

    def choose(self, row: int, choice: Choice) -> None:
        """Take a file for something else."""
        self.chosen[row] = choice

    def remark(self, row: int) -> Remark:
        """Why a file is taken for what it is, or what is wrong with it."""
        finding, slide = self.findings[row], self._slide(row)
        if finding.error is not None:
            return Remark("error", sentence(finding.error.reason))
        if slide is not None and slide.error:
            return Remark("error", sentence(slide.error))
        if self.chosen[row].modality is not None and not self.written:
            warning = self._warning(row)
            if warning:
                return Remark("warning", sentence(warning))
        changed = self.chosen[row] != self._first(finding)
        return Remark("info", "As you said" if changed else sentence(finding.evidence))

    def used(self) -> list[int]:
        """Rows of the files that become part of the case."""
        return [
            row
            for row in range(len(self))
            if self.chosen[row].modality is not None and (self.written or not (self._twice(row) or self._stranger(row)))
        ]

    def modalities(self) -> list[Modality]:
        """What the case will have."""
        used = {self.chosen[row].modality for row in self.used()}
        return [modality for modality in Modality if modality in used]

    def without_pixel_size(self) -> list[SlideFacts]:
        """Slides that are used and do not say how large their pixels are."""
        slides = [self._slide(row) for row in self.used()]
        return [slide for slide in slides if slide is not None and slide.mpp is None and not slide.error]

    def confirmed(self) -> tuple[Finding, ...]:
        """All findings as the user has corrected them; what is not used has no modality."""
        used = set(self.used())
        return tuple(self._corrected(row, row in used) for row in range(len(self)))

    def _corrected(self, row: int, used: bool) -> Finding:
        finding, choice = self.findings[row], self.chosen[row]
        if self.written:
            return finding
        if not used:
            return replace(finding, modality=None, spec=None)
        return replace(finding, modality=choice.modality, role=choice.role)

    def _first(self, finding: Finding) -> Choice:
        """What the file was taken for; a slide that cannot be opened is left out until the user wants it."""
        slide = self._slides.get(finding.path)
        if self.written and finding.modality is not None:
            found = [c for c in (SLIDE, FEATURES, *VOLUMES, *TABLES) if _same(c, finding)]
            return found[0] if found else Choice(finding.modality.title, finding.modality, finding.role)
        offered = choices(finding)
        if slide is not None and slide.error:
            return NOT_USED
        return next((c for c in offered if _same(c, finding)), offered[-1])

    def _slide(self, row: int) -> SlideFacts | None:
        finding = self.findings[row]
        return self._slides.get(finding.path) if finding.role == "slide" else None

    def _warning(self, row: int) -> str:
        finding, choice = self.findings[row], self.chosen[row]
        if self._twice(row) and choice.modality is not None:
            return f"{choice.modality.title} is given twice; only the first is used"
        if self._stranger(row):
            who = f"{patient_key(self.patient)} is not one of them" if self.patient.strip() else "which one is not said"
            return f"it holds {count(len(finding.patients))} patients and {who}; not used"
        only = finding.patients[0] if len(finding.patients) == 1 else ""
        if only and self.patient.strip() and only != patient_key(self.patient):
            return f"its only row is called {only}; it is taken to be this patient’s"
        slide = self._slide(row)
        if slide is not None and slide.mpp is None:
            return "it does not say how large its pixels are; give it below"
        return ""

    def _stranger(self, row: int) -> bool:
        """Whether the file is a table of several patients without this one."""
        patients = self.findings[row].patients
        return len(patients) > 1 and patient_key(self.patient) not in patients

    def _twice(self, row: int) -> bool:
        """Whether another table is used for this modality: tables come before files, and the first of them counts."""
        modality = self.chosen[row].modality
        tables = [
            other
            for other, choice in enumerate(self.chosen)
            if choice.role == "table" and choice.modality is modality and not self._stranger(other)
        ]
        return bool(tables) and row != tables[0] and (self.chosen[row].role != "table" or row > tables[0])


def summary(entries: Entries) -> str:
    """`9 of 12 files used`."""
    files = {finding.path for finding in entries.findings if finding.role != "case"}
    used = {entries.findings[row].path for row in entries.used()}
    whole = plural(len(files), "file")
    return f"{whole}, all used" if used == files else f"{count(len(used))} of {whole} used"


def pixel_question(slides: Sequence[SlideFacts]) -> str:
    """What is asked of slides without a pixel size."""
    if len(slides) == 1:
        return f"{slides[0].name} does not say how large its pixels are."
    return f"{count(len(slides))} slides do not say how large their pixels are; one value is taken for all."


def sentence(text: str) -> str:
    """A reason with a capital letter; names of files and genes keep theirs."""
    return text[:1].upper() + text[1:] if text[:1].islower() and " " in text else text


def _same(choice: Choice, finding: Finding) -> bool:
    return choice.modality is finding.modality and choice.role == finding.role

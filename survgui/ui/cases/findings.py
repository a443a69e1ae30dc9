"""What dropped files were taken for, and what the user makes of it: choices, clashes, and what is left to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from survgui.cases.case import Modality, patient_key
from survgui.cases.display import Recognised, ScanFacts, SlideFacts
from survgui.figures.words import count, plural
from survgui.readers.finding import VOLUME, Finding
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
        more: A second line, of what the file holds; or empty.
    """

    level: str
    text: str
    more: str = ""


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
    if finding.modality is Modality.MRI or finding.role == VOLUME:
        return (*VOLUMES, NOT_USED)
    if finding.role in ("slide", "features"):
        return (SLIDE if finding.role == "slide" else FEATURES, NOT_USED)
    return (NOT_USED,)


class Entries:
    """The files of an import, each with what it is taken for now."""

    def __init__(self, found: Recognised) -> None:
        self.findings: tuple[Finding, ...] = found.findings
        self._slides: dict[Path, SlideFacts] = {slide.path: slide for slide in found.slides}
        self._scans: dict[Path, ScanFacts] = {scan.path: scan for scan in found.scans}
        self._sizes: dict[Path, float] = {}
        self.written = any(f.role == "case" and f.error is None for f in found.findings)
        self.chosen: list[Choice] = [self._first(finding) for finding in found.findings]
        self.patient = found.patient
        if self.of_others and not self.used():
            self.patient = ""  # what was guessed is the name of a file or folder, and no patient's

    def __len__(self) -> int:
        return len(self.findings)

    def choices(self, row: int) -> tuple[Choice, ...]:
        """What a file may be taken for; what a case file says is not asked."""
        return (self.chosen[row],) if self.written else choices(self.findings[row])

    def choose(self, row: int, choice: Choice) -> None:
        """Take a file for something else; of two volumes of one sequence the one that was chosen last is used."""
        if choice in VOLUMES:
            self.chosen = [NOT_USED if other == choice else other for other in self.chosen]
        self.chosen[row] = choice

    def slide(self, row: int) -> SlideFacts | None:
        """The slide of a row, if it is one that can be opened and is used."""
        slide = self._slide(row)
        return slide if slide is not None and not slide.error and self.chosen[row].modality is not None else None

    def give_size(self, path: Path, mpp: float | None) -> None:
        """How large a slide's pixels are by the user, in µm; None takes it back."""
        self._sizes.pop(path, None)
        if mpp is not None:
            self._sizes[path] = mpp

    def remark(self, row: int) -> Remark:
        """Why a file is taken for what it is, or what is wrong with it."""
        finding, slide = self.findings[row], self._slide(row)
        if finding.error is not None:
            return Remark("error", sentence(finding.error.reason))
        if slide is not None and slide.error:
            return Remark("error", sentence(slide.error))
        scan = self._scans.get(finding.path)
        if scan is not None and scan.error:
            return Remark("error", sentence(scan.error))
        if self.chosen[row].modality is not None and not self.written:
            warning = self._warning(row)
            if warning:
                return Remark("warning", sentence(warning), sentence(finding.evidence) if self._skull(row) else "")
        changed = self.chosen[row] != self._first(finding)
        if changed:
            return Remark("info", "As you said", sentence(self._holds(row)))
        return Remark("info", sentence(finding.evidence), sentence(self._holds(row) or _advice(finding)))

    def used(self) -> list[int]:
        """Rows of the files that become part of the case."""
        return [
            row
            for row in range(len(self))
            if self.chosen[row].modality is not None and (self.written or not (self._twice(row) or self._stranger(row)))
        ]

    @property
    def of_others(self) -> int:
        """How many patients there are in tables of which none has this patient's row."""
        strange = [self.findings[row].patients for row in range(len(self)) if self._stranger(row)]
        return len({patient for patients in strange for patient in patients})

    @property
    def for_a_cohort(self) -> bool:
        """Whether there is a table that only a cohort has a use for, such as one of folds."""
        return any(_of_a_cohort(finding) for finding in self.findings)

    def modalities(self) -> list[Modality]:
        """What the case will have."""
        used = {self.chosen[row].modality for row in self.used()}
        return [modality for modality in Modality if modality in used]

    def without_pixel_size(self) -> list[SlideFacts]:
        """Slides that are used and do not say how large their pixels are."""
        slides = [self._slide(row) for row in self.used()]
        return [s for s in slides if s is not None and s.mpp is None and not s.error and s.path not in self._sizes]

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
        return replace(finding, modality=choice.modality, role=choice.role, mpp=self._sizes.get(finding.path))

    def _first(self, finding: Finding) -> Choice:
        """What the file was taken for; a slide that cannot be opened is left out until the user wants it."""
        slide = self._slides.get(finding.path)
        if self.written and finding.modality is not None:
            found = [c for c in (SLIDE, FEATURES, *VOLUMES, *TABLES) if _same(c, finding)]
            return found[0] if found else Choice(finding.modality.title, finding.modality, finding.role)
        offered = choices(finding)
        scan = self._scans.get(finding.path)
        if (slide is not None and slide.error) or (scan is not None and scan.error):
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
            who = f"it holds {count(len(finding.patients))} patients"
            if self.patient.strip():
                return (
                    f"{who}, and {patient_key(self.patient)} is not one of them; it is used once you give the id of one"
                )
            return f"{who}: give the id of one above, or import all of them as a cohort"
        only = finding.patients[0] if len(finding.patients) == 1 else ""
        if only and self.patient.strip() and only != patient_key(self.patient):
            what = "its only row is called" if choice.role == "table" else "its header names"
            return f"{what} {only}; it is taken to be this patient’s"
        slide = self._slide(row)
        if slide is not None and slide.mpp is None and slide.path not in self._sizes:
            return "it does not say how large its pixels are; give it below"
        if self._skull(row):
            return f"{self._scans[finding.path].words}: remove it first"
        return ""

    def _skull(self, row: int) -> bool:
        """Whether the row is a sequence from which the skull was not removed, as models need it."""
        scan = self._scans.get(self.findings[row].path)
        return scan is not None and scan.stripped is False and self.chosen[row] in VOLUMES[:-1]

    def _holds(self, row: int) -> str:
        """What is in a slide or a volume, in words; empty for other files."""
        finding, slide = self.findings[row], self._slide(row)
        scan = self._scans.get(finding.path)
        if slide is not None and slide.levels:
            return slide_words(slide, self._sizes.get(slide.path))
        if scan is None:
            return ""
        apart = self.chosen[row] in VOLUMES and self._beside(row)
        return f"will be registered to {apart}; {scan.words}" if apart else scan.words

    def _beside(self, row: int) -> str:
        """The first used sequence, if this volume is a sequence on another grid."""
        used = [other for other in range(len(self)) if self.chosen[other] in VOLUMES[:-1]]
        scans = [self._scans.get(self.findings[other].path) for other in used]
        if row not in used or row == used[0] or scans[0] is None:
            return ""
        mine = self._scans[self.findings[row].path]
        return "" if mine.grid == scans[0].grid else self.chosen[used[0]].words.removeprefix("MRI ")

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


def slide_words(slide: SlideFacts, given: float | None) -> str:
    """What a slide holds: `46,000 × 32,914 pixels of 0.499 µm, 3 levels`."""
    wide, high = slide.levels[0]
    mpp = given or slide.mpp
    size = f" of {mpp:.3g} µm" if mpp else ""
    said = " as you said" if given else ""
    levels = plural(len(slide.levels), "level") if len(slide.levels) > 1 else "no overview levels"
    return f"{count(wide)} × {count(high)} pixels{size}{said}, {levels}"


def pixel_question(slides: Sequence[SlideFacts]) -> str:
    """What is asked of slides without a pixel size."""
    if len(slides) == 1:
        return f"{slides[0].name} does not say how large its pixels are."
    return f"{count(len(slides))} slides do not say how large their pixels are; one value is taken for all."


def size_question(slide: SlideFacts) -> str:
    """What is asked of a slide whose pixel size the user wants to say."""
    said = f"says {slide.mpp:.3g} µm" if slide.mpp else "does not say it"
    return f"How large are the pixels of {slide.name}? Its file {said}; what you enter is used instead."


def sentence(text: str) -> str:
    """A reason with a capital letter; names of files, columns and genes keep theirs."""
    first, sign, _ = text.partition(" ")
    return text[:1].upper() + text[1:] if sign and first.isalpha() and first.islower() else text


def _advice(finding: Finding) -> str:
    """What to do with a table that is not used as it is; empty for other files."""
    if _of_a_cohort(finding):
        return "it is for a cohort: import it as one"
    return "say on the right what it holds" if finding.modality is None and finding.role == "table" else ""


def _of_a_cohort(finding: Finding) -> bool:
    return finding.modality is None and bool(finding.make)


def _same(choice: Choice, finding: Finding) -> bool:
    return choice.modality is finding.modality and choice.role == finding.role

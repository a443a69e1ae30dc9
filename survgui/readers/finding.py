"""What one file is taken for, and what several findings of one patient say together.

Of several files of one MRI sequence one is used: not the scanner's computed or the unstripped form, and of series the
one with most slices. Files whose headers name different patients are not put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from survgui.cases.case import Modality
from survgui.errors import ReadError
from survgui.readers.sequences import TITLES
from survgui.readers.spec import BlockSpec

VOLUME = "volume"
"""The role of an MRI volume that is of no sequence that is used."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one file is taken for; a table of several modalities gives one finding each.

    Attributes:
        path: The file; of a DICOM series the first of its files.
        modality: None where the file is not used; `evidence` then says why.
        role: `slide`, `features`, an MRI sequence, `segmentation`, `volume`, `case`, `cohort`, or what a table is:
            `table`, `splits`, `groups`, `mutations`, `ids`.
        evidence: Why, in words that go after "taken for ..., because".
        spec: How the table is to be read.
        patients: Patient ids in the table.
        error: Why the file could not be read.
        make: Of what make a table is, in words, such as `UCSC Xena matrix`.
        columns: Of a table that is not measurements: the columns that its role needs (`formats.Make`).
        title: What a DICOM series calls itself, for the screen alone; empty: the file's name says enough.
        rank: Of volumes of one sequence the one with the highest is used.
        header: Hash of the patient that the file's own header names; empty where it names none.
        series: Of a DICOM series the hashes of its number and of its slices.
        sheet: Of a workbook of several sheets the one that the table is.
        mpp: µm per pixel of a slide, where the user says another value than its file, or its file none.
        advice: What a user of the commands can do with a table that is not used; the window offers that itself.
    """

    path: Path
    modality: Modality | None
    role: str | None
    evidence: str
    spec: BlockSpec | None = None
    patients: tuple[str, ...] = ()
    error: ReadError | None = None
    make: str = ""
    columns: tuple[str, ...] = ()
    title: str = ""
    rank: tuple[float, ...] = ()
    header: str = ""
    series: tuple[str, str] = ("", "")
    sheet: str | None = None
    mpp: float | None = None
    advice: str = ""

    @property
    def name(self) -> str:
        """What a user sees it called."""
        return self.title or (f"{self.path.name}, sheet {self.sheet}" if self.sheet else self.path.name)


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of one patient, of which one file of each MRI sequence is used, and none of two patients.

    A part of a series in each of several folders would be half a head: none of them is used.
    """
    return _one_a_sequence(_in_one_folder(_of_one_patient(tuple(findings))))


def _of_one_patient(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    patients = {finding.header for finding in findings if finding.header}
    if len(patients) < 2:
        return findings
    reason = f"the DICOM files are of {len(patients)} patients by their headers; give the folder of one patient"
    return tuple(
        replace(f, modality=None, evidence=reason, error=ReadError(f.path, reason, "VOL-17")) if f.header else f
        for f in findings
    )


def _in_one_folder(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    parts: dict[str, dict[str, Path]] = {}
    for finding in findings:
        number, slices = finding.series
        parts.setdefault(number, {})[slices] = finding.path
    wanted = {finding.series[0] for finding in findings if finding.modality is Modality.MRI} - {""}
    return tuple(_whole(f, list(parts[f.series[0]].values())) if f.series[0] in wanted else f for f in findings)


def _whole(finding: Finding, parts: Sequence[Path]) -> Finding:
    """The finding, not used where it is one of several parts of its series; copies of all of it are one part."""
    if len(parts) < 2:
        return finding
    folders = ", ".join(dict.fromkeys(path.parent.name for path in parts))
    reason = f"its series lies in {len(parts)} folders, a part in each ({folders}); put all its files into one folder"
    return replace(
        finding, modality=None, role=VOLUME, evidence=reason, error=ReadError(finding.path, reason, "VOL-18")
    )


def _one_a_sequence(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.modality is Modality.MRI and finding.spec is None and finding.role in TITLES:
            other = best.get(finding.role)
            if other is None or finding.rank > other.rank:
                best[finding.role] = finding
    return tuple(_yielding(finding, best.get(finding.role or "")) for finding in findings)


def _yielding(finding: Finding, best: Finding | None) -> Finding:
    """The finding, not used if another one is the better one of its sequence."""
    rival = finding.modality is Modality.MRI and finding.spec is None
    if not rival or best is None or finding is best:
        return finding
    why = f"{best.name} is taken for the {TITLES[finding.role or '']} instead; {finding.evidence}"
    return replace(finding, modality=None, role=VOLUME, evidence=why)

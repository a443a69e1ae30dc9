"""What the window shows of a case, a cohort and a bundle: plain data that a worker process sends it.

The window's process reads no file of a case and computes no estimate. Everything here is frozen, its arrays are
read-only by convention, and it travels through the pipe between survgui's own processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.evaluation import Evaluation
from survgui.cases.prediction import Prediction
from survgui.cases.reconstruction import Reconstruction
from survgui.cases.report import GroupCurve, ReportContent

if TYPE_CHECKING:
    from survgui.readers.recognise import Finding

Vector = NDArray[np.float64]

LABELS = ("label", "macro")
"""Images in a slide that may show the patient's name: nobody sees them unless he asks, and nothing is kept of them."""


@dataclass(frozen=True, slots=True)
class SlideFacts:
    """A slide that a worker has opened once, so that the window's tile threads may.

    Attributes:
        mpp: µm per level-0 pixel, or None where neither file nor user says.
        objective: Magnification that the file names, or None.
        levels: (width, height) of every level, level 0 first.
        downsamples: Level-0 pixels per pixel of each level.
        error: Why it cannot be shown, one sentence; empty where it can.
        labels: Which of `label` and `macro` it holds; they may show the patient's name and are read only if asked for.
    """

    path: Path
    mpp: float | None = None
    mpp_by_user: bool = False
    objective: float | None = None
    levels: tuple[tuple[int, int], ...] = ()
    downsamples: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """An MRI volume that a worker has looked at once.

    Attributes:
        words: Its grid and how it was processed: `1 × 1 × 5 mm; skull removed (86% is exactly zero, ...)`.
        stripped: Whether the skull has been removed; None where the volume does not tell.
        grid: The same for volumes that have their voxels at the same places.
        error: Why it cannot be read, one sentence; empty where it can.
    """

    path: Path
    words: str = ""
    stripped: bool | None = None
    grid: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SequenceFacts:
    """One MRI file of a case: its sequence (`t1c`, ..., `segmentation`) and where it is."""

    role: str
    path: Path
    error: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it was opened; nothing is encoded or predicted yet.

    Attributes:
        key: The case's random key in the workspace; names its folder, holds nothing of the patient.
        file: Its `case.toml`.
        id: The patient's id, for the screen only: no log, title or path holds it.
        subject: Age, sex and the like in words.
        given: What there is, per modality, in words: `1 slide`, `4 sequences`, `1 549 features`.
        notes: What reading had to say.
        undo, redo: Which change of its description would be undone or redone next, in words; or empty.
        reports: Ids of its final reports, by prediction.
    """

    key: str
    file: Path
    id: str
    subject: str
    given: Mapping[Modality, str]
    slides: tuple[SlideFacts, ...] = ()
    sequences: tuple[SequenceFacts, ...] = ()
    notes: tuple[Note, ...] = ()
    undo: str = ""
    redo: str = ""
    reports: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_pixel_size(self) -> tuple[SlideFacts, ...]:
        """Slides that can be opened but of which nobody has said how large a pixel is."""
        return tuple(slide for slide in self.slides if slide.mpp is None and not slide.error)


@dataclass(frozen=True, slots=True)
class Relinked:
    """A file that is no longer where a case says.

    Attributes:
        key: The case's.
        new: Where it is now; None where it was not found.
        certain: Whether its content is the same, not its name alone.
        sha256: Of its content when the case was predicted; empty where it never was.
    """

    key: str
    old: Path
    new: Path | None = None
    certain: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What survgui keeps of one kind.

    Attributes:
        kind: By which it is cleared.
        title: In a word or two.
        about: What it is, and what clearing it costs, one sentence.
        bytes: That it takes.
        items: How many there are.
        clearable: Whether it can be cleared as a whole.
    """

    kind: str
    title: str
    about: str
    bytes: int
    items: int
    clearable: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """What dropped files were taken for; the user confirms or corrects it.

    Attributes:
        patient: Proposed id, or empty where the files do not tell.
        findings: One for each file; of a table with several modalities one for each.
        slides: The slides among them, opened once; `scans` the MRI volumes.
        question: What the user has to settle, such as files of several patients; or empty.
        kind: `case`; or `cohort`, `bundle` or `packed` (a `.survcase`) for the one file or folder at `path` that is
            no patient's files, without findings; or `import` for a folder of many patients' files.
    """

    patient: str
    findings: tuple[Finding, ...]
    slides: tuple[SlideFacts, ...] = ()
    question: str = ""
    scans: tuple[ScanFacts, ...] = ()
    kind: Literal["case", "cohort", "bundle", "packed", "import"] = "case"
    path: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CohortMap:
    """The development cohort in its first two principal components, and this case among it.

    Attributes:
        cohort: (n, 2); empty where the bundle has no map.
        groups: (n,) risk group of each development patient.
        events: (n,) True where the patient died.
        case: (2,) this case, missing parts at their mean draw.
        cloud: (S, 2) one point a draw; S = 1 where nothing is imputed.
        explained: Share of the development patients' variance on each axis, or None where it is not known.
    """

    cohort: Vector
    groups: NDArray[np.str_]
    events: NDArray[np.bool_]
    case: Vector
    cloud: Vector
    explained: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """A prediction with everything the window draws of it.

    Attributes:
        content: The report's content, without pictures.
        map: Where the case lies in the cohort.
        preliminary: True for the first estimate, from what was measured alone; the draws follow.
    """

    prediction: Prediction
    content: ReportContent
    map: CohortMap
    preliminary: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class OmicsTable:
    """One omics block of a case beside the bundle's development cohort.

    Attributes:
        names: (n,) features that the case has.
        values: (n,) as measured, NaN where missing.
        z: (n,) distance from the development mean in its standard deviations, after the bundle's transform; NaN
            where the bundle does not take the feature or the value is missing.
        taken: (n,) True where the bundle takes the feature.
        missing: Features that the bundle takes and the case has not.
        patients: Development patients behind mean and deviation; 0 where the bundle does not take the modality.
        reason: Why the bundle cannot use the block, or empty.
    """

    modality: Modality
    unit: str
    names: tuple[str, ...]
    values: Vector
    z: Vector
    taken: NDArray[np.bool_]
    missing: tuple[str, ...] = ()
    patients: int = 0
    reason: str = ""

    @property
    def wanted(self) -> int:
        """How many features the bundle takes."""
        return int(np.count_nonzero(self.taken)) + len(self.missing)


@dataclass(frozen=True, slots=True, eq=False)
class VolumeImage:
    """One MRI sequence for the screen, in RAS order: axes go to the patient's right, front and head.

    Attributes:
        voxels: (X, Y, Z) uint16; measured value = low + (high - low) * voxel / 65535.
        affine: (4, 4) voxel to world in mm, RAS.
        spacing: mm per voxel along X, Y, Z.
        window: Lower and upper value of the automatic window (2nd and 98th percentile of the non-zero voxels).
        box: First and last + 1 voxel along each axis of the crop that the model sees, or None.
        outline: (X, Y, Z) bool where the case's segmentation marks a lesion on the same grid, or None.
    """

    role: str
    voxels: NDArray[np.uint16]
    low: float
    high: float
    affine: Vector
    spacing: tuple[float, float, float]
    window: tuple[float, float]
    box: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None = None
    outline: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A measured modality hidden, imputed, and laid beside the real one.

    Attributes:
        real, imputed: The case predicted with and without the modality.
        cosine: (S,) cosine of every drawn component with the real one, about the development mean.
        real_part: (D,) the real component, standardised by the development deviation.
        drawn_part: (S, D) the draws, standardised alike.
        ranks: (D,) rank of the real value among the draws, 0 to 1; even where the spread is right.
        inside: Share of the D values that lie within the 5th to 95th percentile of the draws; 0.9 is ideal.
        real_point: (2,) the case in the cohort map with everything measured.
        reconstruction: The modality as data, real and imputed; None where a bundle imputes components alone.
    """

    modality: Modality
    real: Predicted
    imputed: Predicted
    cosine: Vector
    real_part: Vector
    drawn_part: Vector
    ranks: Vector
    inside: float
    real_point: Vector
    reconstruction: Reconstruction | None = None

    @property
    def risk_change(self) -> float:
        """Risk without the modality less risk with it (log cumulative hazard)."""
        return self.imputed.prediction.risk - self.real.prediction.risk


@dataclass(frozen=True, slots=True)
class Trial:
    """What one generator drew for a modality that was measured and hidden.

    Attributes:
        steps: Steps that it took; 1 in closed form.
        cosine: Mean cosine of the draws with the real component, about the development mean; 1 is best.
        inside: Share of the real values within the 5th to 95th percentile of the draws, 0.9 is ideal; None where
            there is no spread.
        milliseconds: That drawing took, on the worker's device.
    """

    generator: str
    steps: int
    draws: int
    cosine: float
    inside: float | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Trials:
    """Every generator of a bundle on the same hidden modality of the same case."""

    modality: Modality
    rows: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CohortFacts:
    """A cohort file as it was read.

    Attributes:
        ids: (n,) patients, for the screen only.
        months: (n,) follow-up, NaN where unknown.
        events: (n,) True where the patient died.
        present: modality -> (n,) True where the patient has it.
        features: modality -> number of features; 0 for files that are not encoded yet.
        curve: Kaplan-Meier of everybody, as one group named `all`.
        ticks: Months of the time axis.
        patterns: (modalities that are there, number of patients), the most frequent first.
        mask_c_index: C-index of the availability mask alone, cross-validated, or None where it was not computed.
    """

    file: Path
    name: str
    ids: tuple[str, ...]
    months: Vector
    events: NDArray[np.bool_]
    present: Mapping[Modality, NDArray[np.bool_]]
    features: Mapping[Modality, int]
    curve: GroupCurve | None
    ticks: Vector
    median_follow_up: float | None
    folds: int
    patterns: tuple[tuple[frozenset[Modality], int], ...]
    notes: tuple[Note, ...]
    mask_c_index: float | None = None

    @property
    def trainable(self) -> bool:
        """Whether nothing that was read forbids training on it."""
        return not any(note.level == "error" for note in self.notes)


@dataclass(frozen=True, slots=True, eq=False)
class BundleFacts:
    """A bundle on disk.

    Attributes:
        manifest: None where it cannot be read.
        sha256: Of the manifest once every file was verified, else empty.
        card: The model card, Markdown.
        error: Why it cannot be used, or empty.
        shipped: Whether it came with survgui; such a bundle cannot be removed.
        evaluation: Methods beside each other on its development cohort, or None.
    """

    folder: Path
    manifest: Manifest | None
    sha256: str = ""
    card: str = ""
    error: str = ""
    shipped: bool = False
    bytes: int = 0
    evaluation: Evaluation | None = None

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.manifest.name if self.manifest else self.folder.name


@dataclass(frozen=True, slots=True)
class Trained:
    """A training that has published its bundle.

    Attributes:
        rows: Summary rows of the cross-validation, the reference rows beside (contracts.md, `evaluate --json`).
    """

    folder: Path
    name: str
    seconds: float
    rows: tuple[Mapping[str, object], ...] = field(default_factory=tuple)

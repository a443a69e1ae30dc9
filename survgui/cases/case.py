"""A patient: which modalities there are, which files hold them, and what became of the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Modality(StrEnum):
    """What was measured. A bundle declares which of these it takes, any number of them."""

    CLINICAL = "clinical"
    PATHOLOGY = "pathology"
    RNA = "rna"
    DNAM = "dnam"
    CNV = "cnv"
    MUTATION = "mutation"
    MIRNA = "mirna"
    MRI = "mri"

    @property
    def title(self) -> str:  # type: ignore[override]  # str.title is not meant on a modality
        """The name that a user reads, such as `RNA-seq`."""
        return _TITLES[self]


_TITLES = {
    Modality.CLINICAL: "Clinical",
    Modality.PATHOLOGY: "Slide",
    Modality.RNA: "RNA-seq",
    Modality.DNAM: "Methylation",
    Modality.CNV: "Copy number",
    Modality.MUTATION: "Mutations",
    Modality.MIRNA: "miRNA",
    Modality.MRI: "MRI",
}


class Kind(StrEnum):
    """The shape of a modality's input, which decides its encoder."""

    FIELDS = "fields"
    """named fields, numbers and words mixed: clinical data"""
    VECTOR = "vector"
    """one number per named feature: omics, slide-level features, radiomics"""
    BAG = "bag"
    """any number of rows of equal width, in no order: patches of a slide"""
    TILES = "tiles"
    """a few square pictures of tissue, as pixels: what a masked autoencoder takes of a slide"""
    VOLUME = "volume"
    """channels on one grid: MRI sequences"""


class State(StrEnum):
    """What a modality is to one prediction."""

    MEASURED = "measured"
    IMPUTED = "imputed"
    ABSENT = "absent"
    """neither given nor recovered"""
    UNUSED = "unused"
    """given, but the bundle does not take it"""
    UNUSABLE = "unusable"
    """given, but of another encoder or unit, or with too few of the bundle's features"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where one piece of a modality comes from: a file, or a table and a row.

    Attributes:
        path: The file.
        row: The patient's key in it where the file is a table of many patients.
        role: What the file is among several, such as the MRI sequence `t1c` or `segmentation`.
        mpp: Pixel size in µm/px given by the user for a slide that holds none.
    """

    modality: Modality
    path: Path
    row: str | None = None
    role: str | None = None
    mpp: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a patient: followed for `months`, and died (`event`) or was still alive."""

    months: float
    event: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One patient's files."""

    id: str
    sources: Mapping[Modality, tuple[Source, ...]] = field(default_factory=lambda: MappingProxyType({}))
    outcome: Outcome | None = None

    @property
    def present(self) -> frozenset[Modality]:
        """Modalities that have at least one source."""
        return frozenset(m for m, sources in self.sources.items() if sources)


def patient_key(identifier: str) -> str:
    """The id under which a patient's rows are joined: a TCGA barcode's first 12 characters, else all.

    R writes barcodes with dots where they are names of columns (`TCGA.DU.7294.01A`).
    """
    text = identifier.strip()
    return text[:12].upper().replace(".", "-") if is_tcga(text) else text


def is_tcga(identifier: str) -> bool:
    """Whether an id is a TCGA barcode such as `TCGA-DU-7294`, `TCGA-DU-7294-01A-11R` or R's `TCGA.DU.7294`."""
    parts = identifier.replace(".", "-").split("-")
    return len(parts) >= 3 and parts[0].upper() == "TCGA" and len(parts[1]) == 2 and len(parts[2]) == 4

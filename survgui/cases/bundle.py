"""Model bundles: a folder with a manifest, weights and a model card, listed and verified without torch.

    models/tcga-glioma/
        manifest.json             everything below, and SHA-256 of every other file
        weights.safetensors       the network
        generator-ddim.safetensors  one file for each generator of missing parts
        inputs.safetensors        scaling of every modality (means, deviations, components)
        development.safetensors   the development cohort's risks, outcomes and component statistics
        README.md                 the model card

No pickled file, ever: a bundle from a stranger can be opened without running his code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from glob import escape
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.case import Kind, Modality, patient_key
from survgui.cases.prediction import BundleName
from survgui.errors import BundleError, BundleTooNew, ChecksumMismatch

SCHEMA = 1
MANIFEST, CARD = "manifest.json", "README.md"
GENERATOR, TENSORS = "generator-", ".safetensors"
"""A generator's file is called by its name between the two."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a bundle takes for one modality.

    Attributes:
        unit: Unit of the values as measured (see `Block.unit`); `mixed` takes anything.
        encoder: For bags and volumes, the encoder whose features it was trained on.
        names: Feature names, in the order of the scaling's vectors.
        coverage: Least share of `names` that a case must have to be usable.
        patients: Development patients who had the modality.
    """

    kind: Kind
    unit: str
    transform: str
    encoder: str
    names: tuple[str, ...]
    width: int
    coverage: float
    patients: int


@dataclass(frozen=True, slots=True)
class Development:
    """The cohort that a bundle was trained on."""

    cohort: str
    patients: int
    events: int
    endpoint: str = "overall survival, death of any cause"
    origin: str = "diagnosis"
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a bundle that is not a tensor.

    Attributes:
        decoders: Generators that are the network's own decoder: they have no file.
        thresholds: Risks that part low from intermediate and intermediate from high, frozen.
        config: The network's configuration, by field.
        training: Seed, epochs, preset, device, seconds.
        metrics: Summary rows of the cross-validation (contracts.md, `evaluate --json`).
        evaluations: Of the development cohort: `protocol`, `summary` and `differences` of `evaluate --json`.
        calibration: What recalibrates the curves and how well that went, plain values; empty where nothing does.
        salt: Of the hashes of training ids.
        trained_on: Salted hashes of the training ids; predicting one of them warns.
        files: SHA-256 of every other file of the bundle.
    """

    name: str
    version: str
    method: str
    created: str
    survgui: str
    development: Development
    inputs: Mapping[Modality, Input]
    config: Mapping[str, Any]
    edges_months: tuple[float, ...]
    horizon_months: float
    thresholds: tuple[float, float]
    generator: str
    steps: int
    training: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...]
    intended_use: str
    limits: tuple[str, ...]
    evaluations: tuple[Mapping[str, Any], ...] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    salt: str = ""
    trained_on: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    decoders: tuple[str, ...] = ()

    @property
    def generators(self) -> tuple[str, ...]:
        """Names of the generators that the bundle holds, its own first."""
        held = {file[len(GENERATOR) : -len(TENSORS)] for file in self.files if file.startswith(GENERATOR)}
        return tuple(sorted({*held, *self.decoders}, key=lambda name: (name != self.generator, name)))

    def knows(self, patient: str) -> bool:
        """Whether this patient was among those the bundle was trained on."""
        return salted(self.salt, patient) in self.trained_on


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk, its files verified against its manifest."""

    folder: Path
    manifest: Manifest
    sha256: str
    """of the manifest, which holds the hashes of all else"""

    @property
    def label(self) -> BundleName:
        """Which bundle this is, for results."""
        return BundleName(self.manifest.name, self.manifest.version, self.sha256)


def salted(salt: str, patient: str) -> str:
    """A patient's salted hash; without the salt's owner's list of ids it names nobody."""
    return hashlib.sha256(f"{salt}:{patient_key(patient)}".encode()).hexdigest()[:24]


def read_manifest(folder: Path) -> Manifest:
    """Read `manifest.json` without touching the other files.

    Raises:
        BundleError: No manifest, or not one of ours.
        BundleTooNew: Written by a later survgui.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"{folder.name} is not a bundle: it holds no {MANIFEST}; choose a bundle's folder [BUN-01]"
        ) from None
    except OSError as error:
        why = error.strerror or error
        raise BundleError(f"{folder.name}/{MANIFEST} cannot be opened ({why}); may you read it? [BUN-01]") from None
    except (ValueError, RecursionError):
        raise BundleError(f"{folder.name}/{MANIFEST} is damaged; install the bundle again [BUN-02]") from None
    if not isinstance(content, dict) or not isinstance(content.get("schema"), int):
        raise BundleError(f"{folder.name}/{MANIFEST} is not a survgui manifest; choose a bundle's folder [BUN-02]")
    if content["schema"] > SCHEMA:
        raise BundleTooNew(
            f"{folder.name} comes from survgui {content.get('survgui')}, later than this one; update survgui [BUN-03]"
        )
    try:
        return _manifest(content)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BundleError(f"{folder.name}/{MANIFEST} is incomplete; install the bundle again [BUN-02]") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json` with the hashes of the files that are there; the last step of making a bundle."""
    content = asdict(manifest)
    content["trained_on"] = sorted(manifest.trained_on)
    content["inputs"] = {str(m): asdict(i) for m, i in manifest.inputs.items()}
    content["files"] = {file.name: storage.sha256(file) for file in sorted(folder.iterdir()) if file.name != MANIFEST}
    storage.write_json(folder / MANIFEST, {"schema": SCHEMA, **content})


def open_bundle(name: str, folders: Iterable[Path]) -> Bundle:
    """Find a bundle by name or path and verify every file of it.

    Args:
        name: A bundle's name, or the path of its folder.
        folders: Where to look for names, first match wins.

    Raises:
        BundleError: Not found, or not readable.
        ChecksumMismatch: A file is missing or not the one that the manifest names.
    """
    folders = tuple(folders)
    for folder in (Path(name), *(place / name for place in folders)):
        storage.put_back(folder.parent, escape(folder.name))
        if (folder / MANIFEST).is_file():
            return verify(folder)
    known = ", ".join(b.name for b in list_bundles(folders)) or "none"
    raise BundleError(f"no bundle {name!r}; installed are: {known}; give one of them, or a bundle's folder [BUN-01]")


def verify(folder: Path) -> Bundle:
    """Check every file against the manifest.

    Raises:
        ChecksumMismatch: With both hashes of the first file that differs.
    """
    manifest = read_manifest(folder)
    for name, wanted in manifest.files.items():
        file = folder / name
        if Path(name).name != name or not file.is_file() or file.is_symlink():
            raise ChecksumMismatch(f"{folder.name}: {name} is missing; install the bundle again [BUN-04]")
        found = storage.sha256(file)
        if found != wanted:
            raise ChecksumMismatch(
                f"{folder.name}: {name} is damaged or was changed (manifest {wanted[:12]}…, file {found[:12]}…); "
                "install the bundle again [BUN-04]"
            )
    return Bundle(folder, manifest, storage.sha256(folder / MANIFEST))


def list_bundles(folders: Iterable[Path]) -> list[Path]:
    """Folders of all bundles found, the first of each name."""
    found: dict[str, Path] = {}
    for place in folders:
        storage.put_back(place)
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            if (folder / MANIFEST).is_file() and not folder.name.startswith("."):
                found.setdefault(folder.name, folder)
    return list(found.values())


def _manifest(content: Mapping[str, Any]) -> Manifest:
    plain = {f.name: content[f.name] for f in fields(Manifest) if f.name in content}
    plain["development"] = Development(**content["development"])
    plain["inputs"] = {Modality(m): _input(i) for m, i in content["inputs"].items()}
    for name in ("edges_months", "thresholds", "metrics", "limits"):
        plain[name] = tuple(content[name])
    for name in ("evaluations", "decoders"):
        plain[name] = tuple(content.get(name, ()))
    plain["trained_on"] = frozenset(content["trained_on"])
    return Manifest(**plain)


def _input(content: Mapping[str, Any]) -> Input:
    return Input(**{**content, "kind": Kind(content["kind"]), "names": tuple(content["names"])})

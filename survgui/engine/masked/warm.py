"""Encoders taken over from another bundle before pre-training, as the paper's of MRI comes from BraTS.

A modality's encoder is taken where it reads the same: kind, size, features and their order, patches, width and depth.
Its head goes with it where neither network has a closed form, of which a head tells only the rest. An encoder that has
seen patients of the cohort is never taken: the cross-validation would judge on them what had learned from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from survgui import paths
from survgui.cases.bundle import Bundle, open_bundle, salted
from survgui.cases.case import Kind, Modality
from survgui.cases.prediction import BundleName
from survgui.cases.step import Step, Task
from survgui.encoders.patch_scaling import ChannelScaling, PlainScaling
from survgui.encoders.scaling import FieldsScaling, Scaling
from survgui.engine.inputs import Inputs
from survgui.engine.model import WEIGHTS
from survgui.engine.stored import read_scalings
from survgui.errors import BundleError, UsageError
from survgui.nets.families import FAMILIES
from survgui.nets.masked.autoencoder import MaskedAutoencoder
from survgui.nets.masked.config import SEQUENCES, ImputmaeConfig
from survgui.nets.weights import load_tensors

METHOD = "imputmae"
STAGE = "start"
DIFFERENCES = {
    "width": "width",
    "layers": "layers",
    "heads": "heads",
    "patch": "patch",
    "made_by": "encoder of the files",
}
"""settings that must be the same, and what they are called"""


def encoder_file(modality: Modality) -> str:
    """The file of an encoder that a bundle holds beside its network."""
    return f"encoder-{modality}.safetensors"


@dataclass(frozen=True, slots=True)
class Reads:
    """What an encoder reads and how.

    Attributes:
        shape: (1, F), (3, S, S) of one tile, or (C, S, S, S).
        features: Of a table, or the sequences of a volume, in their order.
        made_by: What makes pictures of files; empty of tables.
    """

    kind: Kind
    shape: tuple[int, ...]
    features: tuple[str, ...]
    made_by: str
    width: int
    heads: int
    layers: int
    patch: int

    @classmethod
    def of(
        cls,
        modality: Modality,
        config: ImputmaeConfig,
        kind: Kind,
        shape: Sequence[int],
        features: tuple[str, ...],
        made_by: str,
    ) -> Reads:
        """An encoder of a network with this configuration."""
        one = tuple(shape)[1:] if kind is Kind.TILES else tuple(shape)  # tiles are read one by one
        patch = config.patch(modality, kind)
        return cls(kind, one, features, made_by, config.width, config.heads, config.layers(kind), patch)

    def other_than(self, wanted: Reads) -> str:
        """Why this encoder does not fit where another is wanted; empty if it does."""
        if self.kind is not wanted.kind:
            return f"{self.kind} there, {wanted.kind} here"
        for field, word in DIFFERENCES.items():
            its, ours = getattr(self, field), getattr(wanted, field)
            if its != ours:
                return f"{word} {its or 'unknown'} there, {ours or 'unknown'} here"
        if self.features != wanted.features:
            return "other features, or another order of them"
        return "" if self.shape == wanted.shape else f"size {_size(self.shape)} there, {_size(wanted.shape)} here"


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """An encoder that can be taken over.

    Attributes:
        body, head: Tensors of the encoder, and of the decoder's head of its modality.
        closed: Whether its network has a closed form beside the head.
        trained_on: A cohort's name.
        seen: How many patients of the new cohort it was trained on.
    """

    modality: Modality
    reads: Reads
    body: Mapping[str, Tensor]
    head: Mapping[str, Tensor]
    closed: bool
    trained_on: str
    seen: int

    def unfit(self, wanted: Reads) -> str:
        """Why it cannot be taken, or nothing."""
        if found := self.reads.other_than(wanted):
            return found
        return f"it has seen {self.seen} of these patients, on whom the folds test" if self.seen else ""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Encoders of a bundle, ready to be taken over by the networks of a training."""

    bundle: BundleName
    encoders: tuple[Encoder, ...]

    def plan(self, inputs: Inputs, config: ImputmaeConfig) -> list[dict[str, Any]]:
        """What is taken and what is not, one row a modality: `modality`, `taken`, `head`, `trained_on`, `why`."""
        return [_row(m, *self._best(m, reads), closed=bool(config.factors)) for m, reads in _wanted(inputs, config)]

    def facts(self, inputs: Inputs, config: ImputmaeConfig) -> dict[str, Any]:
        """What `Manifest.training["start"]` keeps."""
        name = self.bundle
        rows = self.plan(inputs, config)
        return {"bundle": name.name, "version": name.version, "sha256": name.sha256, "encoders": rows}

    def into(self, autoencoder: MaskedAutoencoder, inputs: Inputs) -> Task[None]:
        """Fill what fits into an autoencoder with fresh weights.

        Yields:
            One step that says what was taken and what was not.

        Raises:
            UsageError: Nothing fits.
            BundleError: Tensors do not fit what the bundle says of them.
        """
        config = autoencoder.config
        rows = self.plan(inputs, config)
        if not any(row["taken"] for row in rows):
            reasons = "; ".join(f"{row['modality']}: {row['why']}" for row in rows)
            raise UsageError(f"no encoder of {self.bundle.name} can be taken ({reasons}); leave out --start")
        for (modality, reads), row in zip(_wanted(inputs, config), rows, strict=True):
            encoder, _ = self._best(modality, reads)
            if row["taken"] and encoder is not None:
                try:
                    autoencoder.encoder(modality).load_state_dict(dict(encoder.body))
                    if row["head"]:
                        autoencoder.heads[str(modality)].load_state_dict(dict(encoder.head))
                except RuntimeError:
                    raise BundleError(
                        f"{self.bundle.name}: its encoder of {modality} does not fit its manifest"
                    ) from None
        yield Step(STAGE, 1, 1, "; ".join(said(self.bundle.name, row) for row in rows))

    def _best(self, modality: Modality, wanted: Reads) -> tuple[Encoder | None, str]:
        """The encoder that fits, and nothing; or none, and why."""
        reasons = ["it has none"]
        for encoder in self.encoders:
            if encoder.modality is modality:
                why = encoder.unfit(wanted)
                if not why:
                    return encoder, ""
                reasons.append(why)
        return None, reasons[-1]


def said(bundle: str, row: Mapping[str, Any]) -> str:
    """One row of a plan in words."""
    name = Modality(row["modality"]).title
    if not row["taken"]:
        return f"{name} starts afresh ({row['why']})"
    part = "encoder and head" if row["head"] else "encoder"
    return f"{name} starts from the {part} of {bundle}, trained on {row['trained_on']}"


def open_start(name: str, ids: Sequence[str]) -> Start:
    """The encoders of an installed bundle, or of one at a path.

    Args:
        ids: Patients of the cohort that is to be trained on.

    Raises:
        BundleError, ChecksumMismatch: There is no such bundle, or it is damaged.
        UsageError: It has no encoders of this kind.
    """
    bundle = open_bundle(name, paths.bundle_folders())
    if bundle.manifest.method != METHOD:
        raise UsageError(
            f"{bundle.manifest.name} is of the method {bundle.manifest.method} and has no encoders to start from"
        )
    try:
        return Start(bundle.label, (*_apart(bundle, ids), *_own(bundle, ids)))
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{bundle.manifest.name}: its encoders are not understood ({error}); update survgui"
        ) from None


def _own(bundle: Bundle, ids: Sequence[str]) -> Iterator[Encoder]:
    """The encoders of the bundle's network."""
    manifest = bundle.manifest
    config, tensors = _config(manifest.config["network"]), load_tensors(bundle.folder / WEIGHTS)
    seen = sum(manifest.knows(patient) for patient in ids)
    for m, scaling in read_scalings(bundle).items():
        spec = manifest.inputs[m]
        reads = Reads.of(m, config, spec.kind, scaling.shape, features_of(scaling), spec.encoder)
        parts = _within(tensors, f"autoencoder.encoders.{m}."), _within(tensors, f"autoencoder.heads.{m}.")
        yield Encoder(m, reads, *parts, bool(config.factors), manifest.development.cohort, seen)


def _apart(bundle: Bundle, ids: Sequence[str]) -> Iterator[Encoder]:
    """The encoders that lie beside the network."""
    manifest = bundle.manifest
    for row in manifest.training.get("encoders", ()):
        m, config = Modality(row["modality"]), _config(row["config"])
        kind, known = Kind(row["kind"]), frozenset(row["seen"])
        tensors = load_tensors(bundle.folder / encoder_file(m))
        features = config.taken if kind is Kind.VOLUME else ()
        reads = Reads.of(m, config, kind, row["shape"], features, row["encoder"])
        seen = sum(salted(manifest.salt, patient) in known for patient in ids)
        parts = _within(tensors, f"encoders.{m}."), _within(tensors, f"heads.{m}.")
        yield Encoder(m, reads, *parts, bool(config.factors), row["trained_on"], seen)


def features_of(scaling: Scaling) -> tuple[str, ...]:
    """What an encoder's inputs mean, place by place, beyond their number."""
    if isinstance(scaling, FieldsScaling):
        return tuple(f"{field}: {word}" for field, word in scaling.columns)
    if isinstance(scaling, PlainScaling):
        return scaling.names
    return tuple(SEQUENCES[k] for k in scaling.channels) if isinstance(scaling, ChannelScaling) else ()


def _wanted(inputs: Inputs, config: ImputmaeConfig) -> Iterator[tuple[Modality, Reads]]:
    for m, spec in inputs.specs.items():
        scaling = inputs.scalings[m]
        yield m, Reads.of(m, config, spec.kind, scaling.shape, features_of(scaling), spec.encoder)


def _row(modality: Modality, encoder: Encoder | None, why: str, *, closed: bool) -> dict[str, Any]:
    head = encoder is not None and not closed and not encoder.closed
    trained_on = "" if encoder is None else encoder.trained_on
    return {
        "modality": str(modality), "taken": encoder is not None, "head": head, "trained_on": trained_on, "why": why
    }  # fmt: skip


def _config(fields: Mapping[str, Any]) -> ImputmaeConfig:
    config = FAMILIES[METHOD].stored(fields)
    assert isinstance(config, ImputmaeConfig)
    return config


def _within(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value.float() for name, value in tensors.items() if name.startswith(prefix)}


def _size(shape: Sequence[int]) -> str:
    return " x ".join(str(side) for side in shape)

"""Everything that decides an impuTMAE network and its training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from survgui.cases.case import Kind, Modality
from survgui.nets.settings import changed

FREEZING = ("published", "encoders", "none")
"""Recipes of fine-tuning: imaging frozen and the last omics layer open; every encoder frozen; nothing frozen."""
ORDERS = ("file", "cluster")
FUSIONS = ("latents", "tokens")


@dataclass(frozen=True, slots=True)
class ImputmaeConfig:
    """Everything that decides the network and its training. Defaults are the small preset.

    Attributes:
        width: d, of every token.
        vector_layers, image_layers: Encoder layers of omics and clinical tables, and of tiles and volumes.
        decoder_layers: Of the one decoder that all modalities share.
        rna_patch, dnam_patch, vector_patch: Features per token of RNA, methylation and every other table.
        tile_pixels, tile_patch: Side of a tile and of its patches, in pixels.
        volume_side, volume_patch: Side of a volume and of its patches, in voxels.
        sequences: MRI sequences that are taken, with commas; the paper takes `t1c`.
        factors: Most shared factors of the closed form from which reconstruction and latents start; 0 does without.
        own_factors: Of each modality by itself.
        order: Of features along a vector: as in the file, or by hierarchical clustering so that a patch holds
            features that vary together (`encoders.patch_scaling.MOST_ORDERED` features at most).
        mask_ratio: Share of a measured modality's patches that are masked in pre-training.
        mask_ratios: Per modality where it differs, such as `mri=0.75,rna=0.5`.
        whole: Chance that a measured modality is masked wholly in pre-training, as a missing one is (our choice).
        pretrain_*: Of the masked pre-training; no epochs is `imputmae-scratch`.
        freezing: What fine-tuning leaves alone (`FREEZING`).
        fusion: What the fusion attention reads: one latent per modality, or every token as in the paper.
        anchor: Whether the hazard starts from a ridge Cox model of the words on the factors, of the latents where
            there are none (our choice, not in the paper).
        hide: Chance that a present modality is hidden from fine-tuning and imputed instead (our choice).
        bins: Equidistant, from 0 to the longest training follow-up.
        generator, generators: Of missing latents: `latent` and `reencode` are the decoder's own, `gaussian` the closed
            form, whose spread covers as it should at a fifth of their width (our choice).
        keep: Share of the visible patches that a draw of the decoder's imputation sees.
        horizon: Months at which risk is stated; 0 leaves it to `survival.bins.default_horizon`.
    """

    width: int = 64
    heads: int = 4
    vector_layers: int = 2
    image_layers: int = 2
    decoder_layers: int = 2
    rna_patch: int = 64
    dnam_patch: int = 64
    vector_patch: int = 64
    tile_pixels: int = 64
    tile_patch: int = 8
    volume_side: int = 32
    volume_patch: int = 8
    sequences: str = "t1,t1c,t2,flair"
    factors: int = 16
    own_factors: int = 8
    order: str = "cluster"
    mask_ratio: float = 0.5
    mask_ratios: str = ""
    whole: float = 0.3
    pretrain_epochs: int = 60
    pretrain_batch: int = 48
    pretrain_rate: float = 1e-3
    pretrain_decay: float = 1e-2
    freezing: str = "encoders"
    fusion: str = "latents"
    anchor: bool = True
    hide: float = 0.3
    dropout: float = 0.1
    epochs: int = 20
    batch: int = 48
    learning_rate: float = 2e-4
    weight_decay: float = 1e-2
    bins: int = 20
    generator: str = "gaussian"
    generators: str = "gaussian,latent,reencode,mean"
    keep: float = 0.5
    horizon: float = 0.0

    def __post_init__(self) -> None:
        if wrong := next(self._wrong(), None):
            raise ValueError(wrong)

    def _wrong(self) -> Iterator[str]:  # noqa: C901  # a list of plain conditions
        """What cannot be, one sentence each."""
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                yield f"setting {name!r} must be at least 1"
        for name in _AT_LEAST_ZERO:
            if not 0 <= getattr(self, name) < math.inf:
                yield f"setting {name!r} must be 0 or more"
        for name in _POSITIVE:
            if not 0 < getattr(self, name) < math.inf:
                yield f"setting {name!r} must be more than 0"
        for name in _CHANCES:
            if not 0 <= getattr(self, name) < 1:
                yield f"setting {name!r} is a chance, from 0 to less than 1"
        for name, allowed in _WORDS.items():
            if getattr(self, name) not in allowed:
                yield f"setting {name!r} is one of {', '.join(allowed)}"
        if self.width % (2 * self.heads):
            yield f"setting 'width' must be a multiple of twice the {self.heads} heads"
        if self.tile_pixels % self.tile_patch or self.volume_side % self.volume_patch:
            yield "a patch must divide its tile ('tile_pixels') or volume ('volume_side')"
        if TILE % self.tile_pixels or VOLUME % self.volume_side:
            yield f"'tile_pixels' must divide {TILE} and 'volume_side' {VOLUME}: that is what encoded files hold"
        if self.anchor and not self.factors and self.recipe != "encoders":
            yield "an 'anchor' needs frozen encoders, or 'factors' that stay as they are"
        if self.keep > 1:
            yield "setting 'keep' is a share, at most 1"
        if not all(0 < ratio < 1 for ratio in (self.mask_ratio, *self._ratios().values())):
            yield "a mask ratio lies between 0 and 1"
        if not self.taken or set(self.taken) - set(SEQUENCES):
            yield f"setting 'sequences' takes some of {', '.join(SEQUENCES)}"

    @property
    def taken(self) -> tuple[str, ...]:
        """The MRI sequences that are taken, in the order of `SEQUENCES`."""
        named = {name.strip() for name in self.sequences.split(",") if name.strip()}
        return tuple(s for s in SEQUENCES if s in named) + tuple(sorted(named - set(SEQUENCES)))

    @property
    def recipe(self) -> str:
        """What fine-tuning freezes; without pre-training there is nothing worth keeping."""
        return self.freezing if self.pretrain_epochs else "none"

    def ratio(self, modality: Modality) -> float:
        """Share of a modality's patches that is masked."""
        return self._ratios().get(modality, self.mask_ratio)

    def patch(self, modality: Modality, kind: Kind) -> int:
        """Features, pixels or voxels along one side of a patch."""
        if kind is Kind.TILES:
            return self.tile_patch
        if kind is Kind.VOLUME:
            return self.volume_patch
        return {Modality.RNA: self.rna_patch, Modality.DNAM: self.dnam_patch}.get(modality, self.vector_patch)

    def layers(self, kind: Kind) -> int:
        """Layers of a modality's encoder."""
        return self.image_layers if kind in (Kind.TILES, Kind.VOLUME) else self.vector_layers

    def changed(self, changes: Mapping[str, Any]) -> ImputmaeConfig:
        """The same configuration with some fields changed.

        Raises:
            ValueError: A field that does not exist, or a value of another type or one that no network has.
        """
        return changed(self, changes)

    def _ratios(self) -> dict[Modality, float]:
        found = {}
        for part in filter(None, (piece.strip() for piece in self.mask_ratios.split(","))):
            name, _, value = part.partition("=")
            try:
                found[Modality(name.strip())] = float(value)
            except ValueError:
                raise ValueError(f"setting 'mask_ratios' is written as rna=0.5,mri=0.75, not {part!r}") from None
        return found


SEQUENCES = ("t1", "t1c", "t2", "flair")
"""channels of an encoded volume"""
TILE, VOLUME = 256, 64
"""sides of encoded tiles (pixels) and volumes (voxels)"""

_AT_LEAST_ONE = (
    "width", "heads", "vector_layers", "image_layers", "decoder_layers", "rna_patch", "dnam_patch", "vector_patch",
    "tile_pixels", "tile_patch", "volume_side", "volume_patch", "pretrain_batch", "batch", "bins",
)  # fmt: skip
_POSITIVE = ("pretrain_rate", "learning_rate", "keep")
_CHANCES = ("whole", "hide", "dropout")
_WORDS = {"freezing": FREEZING, "order": ORDERS, "fusion": FUSIONS}
_AT_LEAST_ZERO = ("factors", "own_factors", "pretrain_epochs", "pretrain_decay", "epochs", "weight_decay", "horizon")

PRESETS: Mapping[str, ImputmaeConfig] = {
    "small": ImputmaeConfig(),
    "demo": ImputmaeConfig(pretrain_epochs=20, epochs=8),
    "published": ImputmaeConfig(
        width=256, vector_layers=6, image_layers=4, decoder_layers=3, rna_patch=512, dnam_patch=1024, vector_patch=512,
        tile_pixels=256, tile_patch=16, volume_side=64, volume_patch=16, sequences="t1c", factors=0, order="file",
        whole=0.0, pretrain_epochs=400, pretrain_batch=96, freezing="published", fusion="tokens", anchor=False,
        hide=0.0, dropout=0.3, epochs=20, batch=24, learning_rate=1e-4, generator="reencode",
        generators="reencode,latent",
    ),
}  # fmt: skip

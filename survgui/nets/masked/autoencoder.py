"""The masked autoencoder of impuTMAE: an encoder per modality, one decoder that reconstructs all of them.

Source: impuTMAE (arXiv 2508.09195) and He et al. 2022. Encoders run on visible patches alone. Their tokens go back to
their places among mask tokens, and a missing modality is nothing but mask tokens; a decoder that sees all modalities
together reconstructs every patch. The loss is the squared error of masked patches of what was measured.

Where we differ (our choice): a mask token for each modality, a learned embedding that says which modality a token is
of, 2-D and 3-D positions, and a closed-form reconstruction (`factors`) from which the heads learn the difference; the
`published` preset has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.factors import Factors
from survgui.nets.masked.patches import Patches, positions
from survgui.nets.masked.transformer import Transformer

Patched = Mapping[Modality, Tensor]
"""Per modality (B, T, P) patches; of tiles (B, K, T, P)."""
Masks = Mapping[Modality, Tensor]
"""Per modality (B, T) True where a patch is masked."""


class MaskedAutoencoder(nn.Module):
    """Encoders, mask tokens, decoder and heads.

    Args:
        inputs: Kind and shape of every modality's input, in the network's order.
    """

    def __init__(self, config: ImputmaeConfig, inputs: Mapping[Modality, tuple[Kind, tuple[int, ...]]]) -> None:
        super().__init__()
        self.config = config
        self.modalities = tuple(inputs)
        self.patches = {m: Patches(kind, shape, config.patch(m, kind)) for m, (kind, shape) in inputs.items()}
        self.encoders = nn.ModuleDict({str(m): PatchEncoder(config, cut) for m, cut in self.patches.items()})
        d = config.width
        self.mask_token = nn.Parameter(torch.randn(len(inputs), d) * 0.02)
        self.which = nn.Parameter(torch.randn(len(inputs), d) * 0.02)
        self.cls = nn.Parameter(torch.randn(d) * 0.02)
        self.decoder = Transformer(d, config.heads, config.decoder_layers, 2 * d)
        self.heads = nn.ModuleDict({str(m): PatchHead(config, cut) for m, cut in self.patches.items()})
        self.factors = Factors(self.patches, config.factors, config.own_factors)

    def encoder(self, modality: Modality) -> PatchEncoder:
        """The encoder of a modality."""
        return cast(PatchEncoder, self.encoders[str(modality)])

    def cut(self, batch: Batch) -> dict[Modality, Tensor]:
        """A batch as patches."""
        return {m: cut.cut(batch.inputs[m]) for m, cut in self.patches.items()}

    def tokens(self, batch: Batch) -> dict[Modality, Tensor]:
        """Per modality (B, T, D + r) what every patch says: its token, encoded with nothing masked, and its evidence.

        Of several tiles the mean, position by position.
        """
        return {m: self.tokens_of(m, x) for m, x in self.cut(batch).items()}

    def tokens_of(self, modality: Modality, patches: Tensor) -> Tensor:
        """(B, T, D + r) of one modality."""
        if self.patches[modality].kind is not Kind.TILES:
            return torch.cat([self.encoder(modality)(patches), self.factors.evidence(modality, patches)], dim=-1)
        b, k = patches.shape[:2]
        encoded = self.encoder(modality)(patches.flatten(0, 1)).view(b, k, patches.shape[2], -1).mean(dim=1)
        return torch.cat([encoded, self.factors.evidence(modality, patches.mean(dim=1))], dim=-1)

    def decode(self, tokens: Patched, visible: Masks, luck: Tensor | None = None) -> Decoded:
        """What the decoder makes of everything from what is visible.

        Args:
            tokens: (B, T, D + r) as `tokens` gives them; what stands where nothing is visible is not looked at.
            visible: (B, T) True where a token may be seen.
            luck: (B, r) standard normal numbers that draw the factors; without them they are at their mean.
        """
        d = self.config.width
        encoded = {m: x[..., :d] for m, x in tokens.items()}
        mean, precision = self.factors.posterior({m: x[..., d:] for m, x in tokens.items()}, visible)
        z = mean if luck is None else mean + _scattered(precision, luck)
        return Decoded(self.hidden(encoded, visible), z, _unseen(visible))

    def hidden(self, encoded: Patched, visible: Masks) -> dict[Modality, Tensor]:
        """(B, T, D) hidden states of every place of every modality from (B, T, D) tokens."""
        rows = [
            torch.where(visible[m].unsqueeze(-1), encoded[m], self.mask_token[place])
            + self.encoder(m).positions
            + self.which[place]
            for place, m in enumerate(self.modalities)
        ]
        joined = torch.cat([self.cls.expand(len(rows[0]), 1, -1), *rows], dim=1)
        states = self.decoder(joined)[:, 1:].split([row.shape[1] for row in rows], dim=1)
        return dict(zip(self.modalities, states, strict=True))

    def reconstruct(self, modality: Modality, decoded: Decoded) -> Tensor:
        """(B, T, P) patches: the closed form's, and what the network adds to it."""
        added: Tensor = self.heads[str(modality)](decoded.hidden[modality])
        patches: Tensor = self.factors.base(modality, decoded.factors, decoded.unseen[modality]) + added
        return patches

    def forward(self, patched: Patched, masks: Masks) -> dict[Modality, Tensor]:
        """(B, T, P) reconstructions of every patch from those that are not masked.

        Args:
            patched: Of tiles one tile each, (B, T, P).
            masks: Each row of a modality masks as many patches as every other, or all of them.
        """
        visible = {m: ~mask for m, mask in masks.items()}
        evidence = {m: self.factors.evidence(m, patched[m]) for m in self.modalities}
        encoded = {m: self._encoded(m, patched[m], masks[m]) for m in self.modalities}
        decoded = Decoded(self.hidden(encoded, visible), self.factors.posterior(evidence, visible)[0], _unseen(visible))
        return {m: self.reconstruct(m, decoded) for m in self.modalities}

    def _encoded(self, modality: Modality, patches: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) encodings of the visible patches at their places; rows that see nothing hold zeros."""
        b, t = mask.shape
        tokens = patches.new_zeros(b, t, self.config.width)
        seeing = ~mask.all(dim=1)
        if not bool(seeing.any()):
            return tokens
        kept = int((~mask[seeing]).sum(dim=1).max())
        # the visible patches first, in their order: a stable sort of False before True
        order = mask[seeing].to(torch.uint8).argsort(dim=1, stable=True)[:, :kept]
        encoded = self.encoder(modality)(patches[seeing], order)
        at = order.unsqueeze(-1).expand(-1, -1, encoded.shape[-1])
        placed = torch.zeros_like(tokens[seeing]).scatter(1, at, encoded)
        return tokens.index_put((torch.nonzero(seeing).flatten(),), placed)

    def loss(self, patched: Patched, masks: Masks, present: Tensor) -> dict[Modality, Tensor]:
        """Mean squared error of masked patches of each modality, over those who have it (impuTMAE's loss).

        Args:
            present: (B, M) True where measured: a missing modality contributes nothing.
        """
        found = self(patched, masks)
        losses = {}
        for place, m in enumerate(self.modalities):
            counted = (masks[m] & present[:, place, None]).unsqueeze(-1) * self.encoder(m).real
            squares = (found[m] - patched[m]) ** 2 * counted
            losses[m] = squares.sum() / counted.sum().clamp_min(1.0)
        return losses


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What the decoder makes of a batch.

    Attributes:
        hidden: Per modality (B, T, D) hidden states of every place.
        factors: (B, r) z of the closed form.
        unseen: Per modality (B,) True where nothing of it was visible.
    """

    hidden: Mapping[Modality, Tensor]
    factors: Tensor
    unseen: Mapping[Modality, Tensor]


def _unseen(visible: Masks) -> dict[Modality, Tensor]:
    return {m: ~seen.any(dim=1) for m, seen in visible.items()}


def _scattered(precision: Tensor, luck: Tensor) -> Tensor:
    """(B, r) draws about zero with this (B, r, r) precision from (B, r) standard normal numbers."""
    factor = torch.linalg.cholesky(precision)
    drawn: Tensor = torch.linalg.solve_triangular(factor.transpose(1, 2), luck.unsqueeze(-1), upper=True)
    return drawn.squeeze(-1)


class PatchEncoder(nn.Module):
    """Patches to tokens: embedding, fixed positions, a CLS that only the layers read, a transformer."""

    positions: Tensor
    real: Tensor

    def __init__(self, config: ImputmaeConfig, cut: Patches) -> None:
        super().__init__()
        d = config.width
        self.embed: nn.Module = SubPatches(cut, d) if cut.kind is Kind.VOLUME else nn.Linear(cut.size, d)
        self.cls = nn.Parameter(torch.randn(d) * 0.02)
        self.body = Transformer(d, config.heads, config.layers(cut.kind), 4 * d)
        self.register_buffer("positions", positions(cut.grid, d), persistent=False)
        self.register_buffer("real", cut.real(), persistent=False)

    def forward(self, patches: Tensor, kept: Tensor | None = None) -> Tensor:
        """(B, T, D) tokens of (B, T, P) patches, or (B, k, D) of those at the (B, k) places kept."""
        tokens = self.embed(patches) + self.positions
        if kept is not None:
            tokens = tokens.gather(1, kept.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))
        joined = torch.cat([self.cls.expand(len(tokens), 1, -1), tokens], dim=1)
        return cast(Tensor, self.body(joined)[:, 1:])


class PatchHead(nn.Module):
    """Hidden states to patches: linear, or for volumes the two steps of `SubPatches` backwards."""

    def __init__(self, config: ImputmaeConfig, cut: Patches) -> None:
        super().__init__()
        volume = cut.kind is Kind.VOLUME
        self.out: nn.Module = SubPatchesBack(cut, config.width) if volume else nn.Linear(config.width, cut.size)
        if config.factors:  # nothing is added to the closed form before something is learned
            last = self.out.second if isinstance(self.out, SubPatchesBack) else self.out
            for parameter in last.parameters():
                nn.init.zeros_(parameter)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T, D) to (B, T, P)."""
        return cast(Tensor, self.out(hidden))


class SubPatches(nn.Module):
    """A patch of a volume through cubes of a quarter of its side: two strided convolutions, written as products."""

    def __init__(self, cut: Patches, width: int, between: int = 16) -> None:
        super().__init__()
        self.pieces = _pieces(cut)
        self.first = nn.Linear(self.pieces.size, between)
        self.second = nn.Linear(between * self.pieces.count, width)

    def forward(self, patches: Tensor) -> Tensor:
        """(B, T, P) to (B, T, D)."""
        cubes = self.pieces.cut(patches.reshape(-1, *self.pieces.shape))  # (B T, cubes, size)
        mixed = self.second(nn.functional.gelu(self.first(cubes)).flatten(1))
        return cast(Tensor, mixed.view(*patches.shape[:-1], -1))


class SubPatchesBack(nn.Module):
    """Hidden states to patches of a volume: two transposed strided convolutions, written as products."""

    def __init__(self, cut: Patches, width: int, between: int = 16) -> None:
        super().__init__()
        self.pieces, self.between = _pieces(cut), between
        self.first = nn.Linear(width, between * self.pieces.count)
        self.second = nn.Linear(between, self.pieces.size)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T, D) to (B, T, P)."""
        cubes = nn.functional.gelu(self.first(hidden)).view(-1, self.pieces.count, self.between)
        joined = self.pieces.join(self.second(cubes))
        return joined.reshape(*hidden.shape[:-1], math.prod(self.pieces.shape))


def _pieces(cut: Patches) -> Patches:
    """A patch of a volume as a volume of smaller cubes."""
    return Patches(Kind.VOLUME, (cut.shape[0], cut.side, cut.side, cut.side), max(1, cut.side // 4))


def masked_patches(count: int, ratio: float) -> int:
    """How many of a modality's patches are masked: at least one, and where there are several at least one is not."""
    return min(max(1, round(ratio * count)), max(1, count - 1))


def draw_mask(present: Tensor, count: int, ratio: float, whole: Tensor, random: Tensor) -> Tensor:
    """(B, T) True where a patch is masked: a share of what is there, everything of what is not.

    Args:
        present: (B,) whether the patient has the modality.
        count: T.
        ratio: See `masked_patches`. Of a modality that is one patch, the chance that it is masked.
        whole: (B,) True where a present modality is masked wholly.
        random: (B, T) uniform numbers that choose the patches.
    """
    rank = random.argsort(dim=1).argsort(dim=1)
    chosen = rank < masked_patches(count, ratio) if count > 1 else random < ratio
    return chosen | (whole | ~present)[:, None]

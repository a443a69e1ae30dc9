"""MUST for any number of modalities: encoders, attention, exact decomposition, survival head.

Sources: the MUST paper and its main figure (methods.md 2.2); the hub tokens, which make the cost linear
in the number of modalities, and the precision-weighted shared part are ours (methods.md 2.7).

    tokens_m --level 1, CLS_g--> g_m and updated tokens --level 2, CLS_u--> u_m
    hub --reads--> updated tokens of every modality           N attentions
    hub of the others --reads--> updated tokens of m --CLS_c--> c_m      N attentions
    shared = product of the experts P g_m present;  specific_m = (I - P) u_m
    head([shared; specific_1; ...; specific_M]) -> log cumulative hazard per time bin

With an anchor (our choice, not in the paper) part of g and u is a closed-form linear map of the input, and the
head starts from a ridge Cox model of these parts and learns what it misses; see `survgui.nets.anchor`.
g_m and u_m depend on modality m alone, so a patient's representation is the same whatever else is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.cases.case import Kind, Modality
from survgui.nets.anchor import LinearPart, layout, mean_row, shared_slope
from survgui.nets.batch import Batch, Parts, Read
from survgui.nets.decomposition import SharedSubspace, pooled_shared
from survgui.nets.generators.trunk import HEADS as DENOISER_HEADS
from survgui.nets.net import SurvivalNet
from survgui.nets.settings import changed
from survgui.nets.tokens import TokenConfig, token_encoder
from survgui.survival.anchor.hazard import Anchor


@dataclass(frozen=True, slots=True)
class MustConfig:
    """Everything that decides the network and its training. Defaults are the small preset.

    Attributes:
        width: D, of every token and component.
        rank: r, of the shared subspace.
        hubs: Hub tokens.
        anchor: Whether the network starts from a closed-form decomposition and hazard; not in the paper.
        factors: Shared factors of the anchor, at most `rank`.
        leading: Components of each modality's rest that the anchor multiplies with the factors.
        bins: Time bins.
        lambda_*: Weights of the losses (MUST: 1.0, 1.0, 0.5).
        batch: Patients per step.
        hide: Chance that a present modality is hidden from the head during training (our choice).
        noise: Share of the noise in warm-up, as a multiple of the deviation of g.
        diffusion_*: Of the conditional generator; 1000 steps of training noise, 50 of sampling.
        generator: Of missing parts, where a prediction does not ask for another (`engine.generating`).
        generators: All that are fitted, by name with commas; the default one is, named here or not.
        horizon: Months at which risk is stated; 0 leaves it to `survival.bins.default_horizon`.
    """

    width: int = 64
    rank: int = 16
    heads: int = 4
    hubs: int = 8
    queries: int = 16
    split: int = 2
    patch: int = 16
    hidden: int = 64
    dropout: float = 0.5
    anchor: bool = True
    factors: int = 6
    leading: int = 4
    bins: int = 8
    lambda_decomposition: float = 1.0
    lambda_shared: float = 1.0
    lambda_orthogonality: float = 0.5
    warmup_epochs: int = 4
    epochs: int = 12
    batch: int = 64
    bag_rows: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    hide: float = 0.3
    noise: float = 1.0
    diffusion_width: int = 96
    diffusion_layers: int = 4
    diffusion_epochs: int = 100
    diffusion_batch: int = 256
    generator: str = "gaussian"
    generators: str = "mean,gaussian,flow,ddim"
    horizon: float = 0.0
    components: int = 30
    group_components: int = 12
    bag_components: int = 48

    def __post_init__(self) -> None:
        small = [name for name in _AT_LEAST_ONE if getattr(self, name) < 1]
        if small:
            raise ValueError(f"setting {small[0]!r} must be at least 1")
        if self.width % self.heads or self.diffusion_width % DENOISER_HEADS:
            raise ValueError(
                f"setting 'width' must be a multiple of the {self.heads} heads, 'diffusion_width' of {DENOISER_HEADS}"
            )
        if not self.factors <= self.rank < self.width - 1:
            raise ValueError(f"setting 'rank' must lie between 'factors', {self.factors}, and the width, {self.width}")
        if self.patch % 4 or self.patch < 4:
            raise ValueError("setting 'patch' must be a multiple of 4")
        if not (0 <= self.dropout < 1 and 0 <= self.hide < 1):
            raise ValueError("settings 'dropout' and 'hide' are chances, from 0 to less than 1")
        negative = [name for name in _AT_LEAST_ZERO if not 0 <= getattr(self, name) < math.inf]
        if negative:
            raise ValueError(f"setting {negative[0]!r} must be 0 or more")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError("setting 'learning_rate' must be more than 0")

    def changed(self, changes: Mapping[str, Any]) -> MustConfig:
        """The same configuration with some fields changed.

        Raises:
            ValueError: A field that does not exist, or a value of another type or one that no network has.
        """
        return changed(self, changes)


_AT_LEAST_ONE = (
    "width", "rank", "heads", "hubs", "queries", "split", "hidden", "bins", "batch", "diffusion_width",
    "diffusion_layers", "diffusion_batch", "factors", "leading", "components", "group_components", "bag_components",
)  # fmt: skip
_AT_LEAST_ZERO = (
    "lambda_decomposition", "lambda_shared", "lambda_orthogonality", "warmup_epochs", "epochs", "bag_rows",
    "weight_decay", "noise", "diffusion_epochs", "horizon",
)  # fmt: skip


PRESETS: Mapping[str, MustConfig] = {
    "small": MustConfig(),
    "demo": MustConfig(warmup_epochs=2, epochs=4, diffusion_epochs=20),
    "published": MustConfig(
        width=256, rank=64, hidden=256, bins=4, warmup_epochs=8, epochs=25, batch=32, bag_rows=4096,
        learning_rate=2e-4, weight_decay=1e-5, dropout=0.25, hide=0.0, diffusion_width=256,
        anchor=False, diffusion_epochs=300,
    ),
}  # fmt: skip


class Must(SurvivalNet):
    """The network of one bundle.

    Args:
        inputs: Kind and shape of every modality's scaled input, in the bundle's order.
    """

    known_precision: Tensor

    def __init__(self, config: MustConfig, inputs: Mapping[Modality, tuple[Kind, tuple[int, ...]]], bins: int) -> None:
        super().__init__()
        self.config = config
        self.modalities = tuple(inputs)
        d, m = config.width, len(self.modalities)
        self.towers = nn.ModuleDict({str(name): Tower(config, *inputs[name]) for name in self.modalities})
        self.hub = nn.Parameter(torch.randn(config.hubs, d) / math.sqrt(d))
        self.subspace = SharedSubspace(d, config.rank, learned=not config.anchor)
        self.log_precision = nn.Parameter(torch.zeros(m, config.rank))
        self.head = SurvivalHead(m, config, bins)
        self.register_buffer("mean_shared", torch.zeros(d))
        self.register_buffer("mean_specific", torch.zeros(m, d))
        self.register_buffer("specific_deviation", torch.ones(m, d))
        self.register_buffer("known_precision", torch.full((m, config.rank), -1.0))

    @torch.no_grad()
    def start(self, anchor: Anchor) -> None:
        """Take over a closed-form start; modalities that it does not know, such as volumes, keep to their deep part."""
        rank, factors = self.config.rank, self.config.factors
        self.known_precision[:, :factors] = 0.0
        maps = layout(anchor, self.config.width, rank)
        self.head.gamma[:factors] = torch.from_numpy(shared_slope(anchor)).float()
        self.head.slope.fill_(anchor.slope)
        self.head.constant.fill_(anchor.constant)
        for place, name in enumerate(self.modalities):
            if name not in anchor.views:
                self.tower(name).blind(factors)
                continue
            self.tower(name).linear.fill(*maps[name], rank, factors)
            self.known_precision[place, :factors] = torch.from_numpy(anchor.views[name].precision).float()
            products = torch.from_numpy(anchor.products[name]).float()[:, : self.config.width - 1 - rank]
            self.head.product[place, :factors, rank : rank + products.shape[1]] = products

    @property
    def precision(self) -> Tensor:
        """(M, r) what each modality knows of each shared coordinate: the anchor's, else learned."""
        return torch.where(self.known_precision >= 0.0, self.known_precision, self.log_precision.exp())

    def tower(self, name: Modality) -> Tower:
        """The tower of a modality."""
        return cast(Tower, self.towers[str(name)])

    def read(self, batch: Batch) -> Read:
        """g as `whole` and u as `unique`, (B, M, D) each; the updated tokens."""
        wholes, uniques, tokens, attention = [], [], [], {}
        for name in self.modalities:
            tower = self.tower(name)
            g, u, updated, weights = tower(batch.inputs[name], batch.rows.get(name))
            wholes.append(g)
            uniques.append(u)
            tokens.append(updated)
            if weights is not None:
                attention[name] = weights
        return Read(torch.stack(wholes, dim=1), torch.stack(uniques, dim=1), tuple(tokens), attention)

    def cross(self, tokens: Sequence[Tensor], present: Tensor) -> Tensor:
        """c (B, M, D): what each modality holds of what the others ask for, through the hub.

        2M attentions, so linear in M. A modality that is alone is asked by the plain hub.
        """
        towers = [self.tower(name) for name in self.modalities]
        read = torch.stack([t.read(self.hub, x) for t, x in zip(towers, tokens, strict=True)], dim=1)  # (B, M, H, D)
        weight = present[:, :, None, None].float()
        total, count = (weight * read).sum(dim=1), weight.sum(dim=1)  # (B, H, D), (B, 1, 1)
        answers = []
        for place, (tower, x) in enumerate(zip(towers, tokens, strict=True)):
            others = count - weight[:, place]
            context = (total - weight[:, place] * read[:, place]) / others.clamp_min(1.0)
            context = torch.where(others > 0, context, self.hub.expand_as(context))
            answers.append(tower.answer(context, x))
        return torch.stack(answers, dim=1)

    def parts(self, whole: Tensor, unique: Tensor, present: Tensor) -> Parts:
        """Shared and specific components of whatever is present; the development mean where missing."""
        pooled = pooled_shared(self.subspace, whole, present, self.precision)
        shared = torch.where(present.any(dim=1, keepdim=True), pooled, self.mean_shared)
        here = present.unsqueeze(-1)
        specific = torch.where(here, self.own(unique), self.mean_specific.expand_as(unique))
        return Parts(shared, specific, torch.where(here, whole, torch.zeros_like(whole)), present)

    def own(self, unique: Tensor) -> Tensor:
        """(I - P) u: of what is drawn too, which must not speak of what is shared."""
        return self.subspace.specific(unique)

    def fidelity(self, read: Read, present: Tensor) -> Tensor:
        """Cosine of g with what its parts recompose to, (I - P) u + P c; NaN where absent (MUST, "fidelity")."""
        recomposed = self.subspace.recompose(read.unique, self.cross(read.tokens, present))
        cosine = functional.cosine_similarity(read.whole, recomposed, dim=-1)
        return torch.where(present, cosine, torch.nan)

    def log_hazards(self, shared: Tensor, specific: Tensor) -> Tensor:
        """(..., K) log cumulative hazard per bin from (..., D) shared and (..., M, D) specific components."""
        output: Tensor = self.head(shared, specific)
        return output

    def forward(self, batch: Batch) -> Tensor:
        """(B, K) log cumulative hazards, missing specific parts at their development mean."""
        parts = self.embed(batch)
        return self.log_hazards(parts.shared, parts.specific)

    @torch.no_grad()
    def remember(self, shared: Tensor, specific: Tensor, present: Tensor) -> None:
        """Store the development cohort's component means and deviations: (n, D), (n, M, D), (n, M)."""
        weight = present.unsqueeze(-1).float()
        count = weight.sum(dim=0).clamp_min(1.0)
        mean = (weight * specific).sum(dim=0) / count
        variance = (weight * (specific - mean) ** 2).sum(dim=0) / count
        self.mean_shared.copy_(shared[present.any(dim=1)].mean(dim=0))
        self.mean_specific.copy_(mean)
        self.specific_deviation.copy_(variance.sqrt().clamp_min(1e-4))


class Tower(nn.Module):
    """All that belongs to one modality: its tokens, its two attention levels, its way to the hub, its anchor."""

    def __init__(self, config: MustConfig, kind: Kind, shape: tuple[int, ...]) -> None:
        super().__init__()
        d = config.width
        # A single short vector, such as clinical fields, is split; groups are many tokens already.
        split = config.split if kind in (Kind.FIELDS, Kind.VECTOR) else 1
        self.encode = token_encoder(
            TokenConfig(kind, shape, d, config.heads, config.queries, split, config.patch, config.dropout)
        )
        self.cls = nn.Parameter(torch.randn(3, d) / math.sqrt(d))  # of g, u and c
        self.level1 = AttentionLayer(d, config.heads, config.dropout)
        self.level2 = AttentionLayer(d, config.heads, config.dropout)
        self.from_hub = CrossAttention(d, config.heads)
        self.to_hub = CrossAttention(d, config.heads)
        self.linear = LinearPart(1 if kind is Kind.VOLUME else shape[-1], d)
        self.anchored = config.anchor and kind is not Kind.VOLUME

    @torch.no_grad()
    def blind(self, factors: int) -> None:
        """Leave the anchor's places alone: it does not know this modality."""
        self.linear.room[:factors] = 0.0
        self.linear.room[-1] = 0.0

    def forward(self, x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """g (B, D), u (B, D), updated tokens (B, T, D) and attention over a bag (B, N)."""
        tokens, weights = self.encode(x, rows)
        first = self.level1(torch.cat([self.cls[0].expand(len(x), 1, -1), tokens], dim=1))
        updated = first[:, 1:]
        second = self.level2(torch.cat([self.cls[1].expand(len(x), 1, -1), updated], dim=1))
        return self._joined(first[:, 0], x, rows), self._joined(second[:, 0], x, rows), updated, weights

    def _joined(self, vector: Tensor, x: Tensor, rows: Tensor | None) -> Tensor:
        """The deep vector (B, D) where there is room for it, the anchor's numbers elsewhere."""
        written = vector * self.linear.room
        return written + self.linear(mean_row(x, rows)) if self.anchored else written

    def read(self, hub: Tensor, tokens: Tensor) -> Tensor:
        """(B, H, D): what the hub sees of this modality."""
        seen: Tensor = self.to_hub(hub.expand(len(tokens), -1, -1), tokens)
        return seen

    def answer(self, context: Tensor, tokens: Tensor) -> Tensor:
        """c (B, D): this modality read by the others' hub, pooled by its own CLS."""
        answers = self.from_hub(context, tokens)  # (B, H, D)
        weights = (answers @ self.cls[2] / math.sqrt(answers.shape[-1])).softmax(dim=1)
        return torch.einsum("bh,bhd->bd", weights, answers)


class AttentionLayer(nn.Module):
    """Pre-norm self-attention and feed-forward, each with its residual; the output is normalised."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attend = CrossAttention(width, heads)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )  # fmt: skip
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        x = x + self.dropout(self.attend(x, x))
        x = x + self.dropout(self.feed(x))
        normalised: Tensor = self.norm(x)
        return normalised


class CrossAttention(nn.Module):
    """Multi-head attention of queries (B, Q, D) on tokens (B, T, D), both normalised first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, queries: Tensor, tokens: Tensor) -> Tensor:
        """(B, Q, D)."""
        query = self._split(self.query(self.norm(queries)))
        key, value = (self._split(x) for x in self.key_value(self.norm(tokens)).chunk(2, dim=-1))
        mixed = functional.scaled_dot_product_attention(query, key, value)
        output: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return output

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, H, T, D / H)."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class SurvivalHead(nn.Module):
    """Components to log cumulative hazards: baseline of every bin + slope * T(components) + what is learned beyond.

    T is the anchor's score, written in components c (shared) and s_m (specific):

        T = <gamma, c> + sum_m s_m[-1] + sum_m <c, V_m s_m> - constant;        zero where there is no anchor
    """

    gamma: Tensor
    product: Tensor
    slope: Tensor
    constant: Tensor

    def __init__(self, modalities: int, config: MustConfig, bins: int) -> None:
        super().__init__()
        wide = (1 + modalities) * config.width
        self.rank = config.rank
        self.linear = nn.Linear(wide, 1, bias=False)
        last = nn.Linear(config.hidden, bins, bias=False)
        self.curved = nn.Sequential(nn.Linear(wide, config.hidden), nn.GELU(), nn.Dropout(config.dropout), last)
        self.baseline = nn.Parameter(torch.zeros(bins))
        self.dropout = nn.Dropout(config.dropout)
        nn.init.zeros_(self.linear.weight)
        nn.init.normal_(last.weight, std=0.01)
        self.register_buffer("gamma", torch.zeros(config.rank))
        self.register_buffer("product", torch.zeros(modalities, config.rank, config.width))
        self.register_buffer("slope", torch.zeros(()))
        self.register_buffer("constant", torch.zeros(()))

    def forward(self, shared: Tensor, specific: Tensor, offset: Tensor | None = None) -> Tensor:
        """(..., K) from (..., D) and (..., M, D).

        Args:
            offset: (...) taken instead of slope * T, such as a score by a fit that had not seen the patient.
        """
        known = self.slope * self.score(shared, specific) if offset is None else offset
        dropped = self.dropout(torch.cat([shared, specific.flatten(-2)], dim=-1))
        learned = self.linear(dropped) + self.curved(dropped)
        # exp() of a log hazard beyond 8 is certain death inside a bin; the bound keeps gradients finite
        return torch.clamp(self.baseline + known.unsqueeze(-1) + learned, -12.0, 8.0)

    def score(self, shared: Tensor, specific: Tensor) -> Tensor:
        """T (...)."""
        c = shared[..., : self.rank]
        together = torch.einsum("...r,mrd,...md->...", c, self.product, specific)
        return c @ self.gamma + specific[..., -1].sum(dim=-1) + together - self.constant

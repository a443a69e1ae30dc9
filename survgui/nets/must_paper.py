"""MUST as its paper has it: two sides of a patient, both cross-attention directions, one exact projector.

Source: the paper's main figure and text (methods.md 2.2 to 2.5; F1 to F8 are facts of the figure). What the
paper leaves open is a field of `PaperConfig`, each with the reading that is the default.

    tokens_m --self-attention, CLS--> g_m, updated tokens --self-attention, CLS--> u_m             (F2)
    the other side's updated tokens ask m's: cross-attention, then self-attention, CLS --> c_m     (F3)
    g_m = (I - P) u_m + P c_m         with c_P = c_{G<-P} and c_G = c_{P<-G}                       (F4)
    head([(I - P) u_P; P c; (I - P) u_G]) --> logits of the hazards of four bins                   (F6)

Side 0 is the pathology's and side 1 the genomics'; every pair of tensors is in this order. What the three
constraints do not exclude is a shared part that is the same for everybody: all of them are zero there. It is
the survival loss, and starting from the warmed-up encoders, that keeps the shared part alive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.nets.decomposition import SharedSubspace

_CHOICES = {
    "patch_attention": ("latent", "full"),
    "gene_tokens": ("groups", "blocks"),
    "distance": ("mse", "l1", "cosine"),
    "both_shared": ("mean", "of-first", "of-second"),
    "optimiser": ("adam", "sgd"),
    "average": ("vectors", "curves"),
}


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """What the paper says, and for what it leaves open the choice that is made. Defaults are the published sizes.

    Said by the paper: width, rank, bins, the three weights, four layers of the denoiser, steps and samples.

    Attributes:
        width: D, of every token and component.
        rank: r, of the shared subspace.
        bins: Time bins at quantiles of the uncensored training times.
        lambda_*: Weights of the three constraints.
        diffusion_layers: Layers of the denoiser.
        steps, samples: DDIM steps, and samples averaged.
        patch_attention: `latent`: learned queries read the projected patches, and attention goes over them, at a
            cost linear in the patches; `full`: attention goes over the patches themselves. CMTA has Nystrom's.
        queries: Latent queries.
        bag_rows: Random patches of a bag in training; all of them at test.
        gene_tokens: `groups`: one token for each gene set that the cohort names, be it the six families of the
            figure or pathways; `blocks`: one for each table, as where no set is named.
        snn_hidden: Hidden width of a gene group's self-normalising network (CMTA: 1024).
        feed_forward: Width of a feed-forward layer after each self-attention, as a multiple of D; 0 has none (CMTA).
        heads, cross_heads: Of self-attention and of cross-attention (CMTA: 8 and 1).
        dropout: In encoders, attention and head (CMTA: 0.25).
        distance: Of g from what its parts make, in L_decomp.
        stop_gradient: Whether L_decomp moves the parts alone and leaves g to the survival loss.
        both_shared: Which c the head sees when both sides are there: the mean, or that of one side.
        projected: Whether the head sees, and the generator makes, (I - P) u rather than u (F8); samples are then
            projected again.
        optimiser, learning_rate, weight_decay, batch: Of warm-up and main stage (MCAT: Adam, 32 patients a step).
        warmup_epochs, epochs, diffusion_epochs: Of the three stages.
        noise: Deviation of the warm-up's noise, as a multiple of that of g.
        one_denoiser: Whether one denoiser, told by CLS_u, serves both sides.
        diffusion_width, diffusion_heads, diffusion_rate, diffusion_batch: Of the denoiser and its training.
        average: Whether the samples or the curves that they lead to are averaged.
    """

    width: int = 256
    rank: int = 64
    bins: int = 4
    lambda_decomposition: float = 1.0
    lambda_shared: float = 1.0
    lambda_orthogonality: float = 0.5
    diffusion_layers: int = 4
    steps: int = 50
    samples: int = 5
    patch_attention: str = "latent"
    queries: int = 64
    bag_rows: int = 4096
    gene_tokens: str = "groups"
    snn_hidden: int = 1024
    feed_forward: int = 0
    heads: int = 4
    cross_heads: int = 4
    dropout: float = 0.25
    distance: str = "mse"
    stop_gradient: bool = False
    both_shared: str = "mean"
    projected: bool = True
    optimiser: str = "adam"
    learning_rate: float = 2e-4
    weight_decay: float = 1e-5
    batch: int = 32
    warmup_epochs: int = 8
    epochs: int = 25
    diffusion_epochs: int = 200
    noise: float = 1.0
    one_denoiser: bool = False
    diffusion_width: int = 256
    diffusion_heads: int = 4
    diffusion_rate: float = 6e-4
    diffusion_batch: int = 64
    average: str = "vectors"

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"setting {name!r} is one of {', '.join(known)}, not {getattr(self, name)!r}")
        if self.width % self.heads or self.width % self.cross_heads:
            raise ValueError("setting 'width' must be a multiple of 'heads' and of 'cross_heads'")
        if self.diffusion_width % self.diffusion_heads:
            raise ValueError("setting 'diffusion_width' must be a multiple of 'diffusion_heads'")


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a patient is.

    Attributes:
        width: Features of a patch, or of all tables joined.
        groups: For tables, the columns of every token; empty for a bag of patches.
    """

    width: int
    groups: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Patients, both sides.

    Attributes:
        inputs: Each (B, N, F) patches, padded, or (B, F) joined tables; zeros where absent.
        rows: Each (B, N) True where a patch is real, or None for tables.
        present: (B, 2) True where a side is there.
    """

    inputs: tuple[Tensor, Tensor]
    rows: tuple[Tensor | None, Tensor | None]
    present: Tensor

    def to(self, device: torch.device) -> Pair:
        """The same patients on another device."""
        first, second = self.inputs
        masks = [None if r is None else r.to(device) for r in self.rows]
        return Pair((first.to(device), second.to(device)), (masks[0], masks[1]), self.present.to(device))


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """g, u and c of both sides, each (B, 2, D); c of a side is what the other asked of it.

    Where a side is absent all that involves it is meaningless.
    """

    whole: Tensor
    unique: Tensor
    crossed: Tensor


class MustPaper(nn.Module):
    """The network. Bins are given, for ties may leave fewer than the configuration asks for."""

    mean_shared: Tensor
    mean_specific: Tensor
    specific_deviation: Tensor

    def __init__(self, config: PaperConfig, sides: tuple[Side, Side], bins: int) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.towers = nn.ModuleList([PaperTower(config, side) for side in sides])
        self.asked = nn.ModuleList([CrossReading(config) for _ in sides])
        self.subspace = SharedSubspace(d, config.rank)
        self.head = nn.Sequential(nn.Linear(3 * d, d), nn.ReLU(), nn.Dropout(config.dropout), nn.Linear(d, bins))
        self.register_buffer("mean_shared", torch.zeros(d))
        self.register_buffer("mean_specific", torch.zeros(2, d))
        self.register_buffer("specific_deviation", torch.ones(2, d))

    @property
    def identity(self) -> Tensor:
        """(2, D) CLS_u of both sides, which the generator is told."""
        return torch.stack([cast(PaperTower, tower).unique.cls for tower in self.towers])

    def vectors(self, pair: Pair) -> Vectors:
        """All six vectors of the figure (F7)."""
        found = [tower(x, real) for tower, x, real in zip(self.towers, pair.inputs, pair.rows, strict=True)]
        tokens, masks = [f[2] for f in found], [f[3] for f in found]
        crossed = [asked(tokens[1 - m], masks[1 - m], tokens[m], masks[m]) for m, asked in enumerate(self.asked)]
        return Vectors(*(torch.stack(v, dim=1) for v in ([f[0] for f in found], [f[1] for f in found], crossed)))

    def own(self, unique: Tensor) -> Tensor:
        """What the head sees of u, and what the generator makes."""
        return self.subspace.specific(unique) if self.config.projected else unique

    def shared(self, vectors: Vectors, present: Tensor) -> Tensor:
        """c^ (B, D): of both directions where both sides are there, else P g of the one that is (identity A)."""
        crossed = self.subspace.shared(vectors.crossed)
        both = {"mean": crossed.mean(dim=1), "of-first": crossed[:, 0], "of-second": crossed[:, 1]}
        recovered = self.subspace.shared(vectors.whole)
        alone = torch.where(present[:, :1], recovered[:, 0], recovered[:, 1])
        found = torch.where(present.all(dim=1, keepdim=True), both[self.config.both_shared], alone)
        return torch.where(present.any(dim=1, keepdim=True), found, self.mean_shared)

    def logits(self, shared: Tensor, own: Tensor) -> Tensor:
        """(..., K) logits of the hazards from (..., D) shared and (..., 2, D) specific parts (F6)."""
        output: Tensor = self.head(torch.cat([own[..., 0, :], shared, own[..., 1, :]], dim=-1))
        return output

    def warm_logits(self, whole: Tensor, noise: Tensor) -> Tensor:
        """(B, 2, K): the head on [g_m; eps_m], eps in the two slots that are not m's own (L_warm).

        Args:
            noise: (B, 2, 2 D) of its full size.
        """
        d = whole.shape[-1]
        first = torch.cat([whole[:, 0], noise[:, 0]], dim=-1)
        second = torch.cat([noise[:, 1, :d], noise[:, 1, d:], whole[:, 1]], dim=-1)
        output: Tensor = self.head(torch.stack([first, second], dim=1))
        return output

    @torch.no_grad()
    def remember(self, shared: Tensor, own: Tensor) -> None:
        """Keep the training part's means, (n, D) and (n, 2, D): what stands for a patient without either side."""
        self.mean_shared.copy_(shared.mean(dim=0))
        self.mean_specific.copy_(own.mean(dim=0))
        self.specific_deviation.copy_(own.std(dim=0, correction=0).clamp_min(1e-4))


class PaperTower(nn.Module):
    """One side: its encoder and the two attention levels, each with its CLS."""

    def __init__(self, config: PaperConfig, side: Side) -> None:
        super().__init__()
        self.encode = GroupEncoder(config, side) if side.groups else PatchEncoder(config, side)
        self.whole = ClsAttention(config)
        self.unique = ClsAttention(config)

    def forward(self, x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """g (B, D), u (B, D), updated tokens (B, T, D) and (B, T) True where a token is real, or None."""
        tokens, real = self.encode(x, rows)
        whole, updated = self.whole(tokens, real)
        unique, _ = self.unique(updated, real)
        return whole, unique, updated, real


class PatchEncoder(nn.Module):
    """Patches to tokens (F1, "Patch Encoder"): a projection, and queries that read it where attention is latent."""

    def __init__(self, config: PaperConfig, side: Side) -> None:
        super().__init__()
        d = config.width
        self.project = nn.Sequential(nn.Linear(side.width, d), nn.ReLU(), nn.Dropout(config.dropout))
        self.queries, self.read = None, None
        if config.patch_attention == "latent":
            self.queries = nn.Parameter(torch.randn(config.queries, d) / math.sqrt(d))
            self.read = nn.MultiheadAttention(d, config.heads, config.dropout, batch_first=True)

    def forward(self, x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(B, N, F) to (B, Q, D), or to (B, N, D) with its mask."""
        patches = self.project(x)
        if self.queries is None or self.read is None:
            return patches, rows
        queries = self.queries.expand(len(x), -1, -1)
        return queries + attend(self.read, queries, patches, rows), None


class GroupEncoder(nn.Module):
    """Gene groups to tokens (F1, "Group Encoder"): a self-normalising network each (CMTA, MCAT)."""

    def __init__(self, config: PaperConfig, side: Side) -> None:
        super().__init__()
        self.groups = [torch.tensor(columns) for columns in side.groups]
        self.nets = nn.ModuleList(
            nn.Sequential(
                *_self_normalising(len(columns), config.snn_hidden, config.dropout),
                *_self_normalising(config.snn_hidden, config.width, config.dropout),
            )
            for columns in side.groups
        )

    def forward(self, x: Tensor, rows: Tensor | None = None) -> tuple[Tensor, None]:
        """(B, F) to (B, groups, D)."""
        each = [net(x[:, columns.to(x.device)]) for net, columns in zip(self.nets, self.groups, strict=True)]
        return torch.stack(each, dim=1), None


class ClsAttention(nn.Module):
    """Self-attention over tokens with a learned CLS before them: its vector, and the tokens after it."""

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        d, wide = config.width, config.feed_forward * config.width
        self.cls = nn.Parameter(torch.randn(d) / math.sqrt(d))
        self.before, self.after = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention = nn.MultiheadAttention(d, config.heads, config.dropout, batch_first=True)
        self.feed = None
        if wide:
            self.feed = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, wide), nn.GELU(), nn.Linear(wide, d))

    def forward(self, tokens: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor]:
        """(B, T, D) to the CLS's (B, D) and the tokens' (B, T, D)."""
        x = torch.cat([self.cls.expand(len(tokens), 1, -1), tokens], dim=1)
        real = None if real is None else functional.pad(real, (1, 0), value=True)
        normed = self.before(x)
        x = x + attend(self.attention, normed, normed, real)
        x = self.after(x if self.feed is None else x + self.feed(x))
        return x[:, 0], x[:, 1:]


class CrossReading(nn.Module):
    """One cross-attention direction, c_{asker<-asked}: the asker's tokens are queries, and a CLS pools the answers.

    There is no residual, so that c holds of the asked side alone (our choice).
    """

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(config.width, config.cross_heads, config.dropout, batch_first=True)
        self.pool = ClsAttention(config)

    def forward(self, asker: Tensor, asker_real: Tensor | None, asked: Tensor, asked_real: Tensor | None) -> Tensor:
        """c (B, D)."""
        pooled: Tensor = self.pool(attend(self.attention, asker, asked, asked_real), asker_real)[0]
        return pooled


def attend(attention: nn.MultiheadAttention, queries: Tensor, tokens: Tensor, real: Tensor | None) -> Tensor:
    """(B, Q, D) queries on (B, T, D) tokens, of which the real ones count; all of them where none is."""
    hidden = None if real is None else ~real & real.any(dim=1, keepdim=True)
    answers: Tensor = attention(queries, tokens, tokens, key_padding_mask=hidden, need_weights=False)[0]
    return answers


def discrete_nll(logits: Tensor, index: Tensor, events: Tensor) -> Tensor:
    """L_surv: negative log likelihood in discrete time, h = sigmoid(logits), S = cumprod(1 - h) (MCAT, alpha = 0).

    Died in bin y: -log S(y - 1) - log h(y). Censored in bin y: -log S(y).

    Args:
        logits: (B, K).
        index: (B,) y.
        events: (B,) 1 where the patient died.

    Returns:
        Mean over the batch.
    """
    bins = torch.arange(logits.shape[1], device=logits.device)
    before = (bins < index[:, None]).to(logits.dtype)
    at = (bins == index[:, None]).to(logits.dtype)
    died = events[:, None].to(logits.dtype) * at
    outlived = before + at - died
    return -(outlived * functional.logsigmoid(-logits) + died * functional.logsigmoid(logits)).sum(dim=1).mean()


def survival_of(logits: Tensor) -> Tensor:
    """(..., K + 1) S at the edges, the first 1, of (..., K) logits."""
    curve = torch.cumprod(torch.sigmoid(-logits), dim=-1)
    return torch.cat([torch.ones_like(curve[..., :1]), curve], dim=-1)


def decomposition_loss(
    vectors: Vectors, subspace: SharedSubspace, distance: str = "mse", stop_gradient: bool = False
) -> Tensor:
    """L_decomp: distance of g_m from (I - P) u_m + P c_m, summed over the two sides."""
    made = subspace.recompose(vectors.unique, vectors.crossed)
    whole = vectors.whole.detach() if stop_gradient else vectors.whole
    if distance == "cosine":
        each = 1.0 - functional.cosine_similarity(whole, made, dim=-1)
    else:
        difference = whole - made
        each = (difference**2 if distance == "mse" else difference.abs()).mean(dim=-1)
    return each.sum(dim=1).mean()


def shared_loss(vectors: Vectors, subspace: SharedSubspace) -> Tensor:
    """L_shared: ||P c_{G<-P} - P c_{P<-G}||², mean over D."""
    shared = subspace.shared(vectors.crossed)
    return ((shared[:, 0] - shared[:, 1]) ** 2).mean()


def orthogonality_loss(vectors: Vectors, subspace: SharedSubspace) -> Tensor:
    """L_orth: cos²((I - P) u_P, (I - P) u_G) + cos²(u_P, c_P) + cos²(u_G, c_G).

    The last two are of the raw vectors: of the projected ones they are zero whatever is learned (identity B).
    """
    own = subspace.specific(vectors.unique)
    between = functional.cosine_similarity(own[:, 0], own[:, 1], dim=-1) ** 2
    within = functional.cosine_similarity(vectors.unique, vectors.crossed, dim=-1) ** 2
    return (between + within.sum(dim=1)).mean()


def _self_normalising(columns: int, width: int, dropout: float) -> Sequence[nn.Module]:
    linear = nn.Linear(columns, width)
    nn.init.normal_(linear.weight, std=1.0 / math.sqrt(columns))
    nn.init.zeros_(linear.bias)
    return linear, nn.ELU(), nn.AlphaDropout(dropout)

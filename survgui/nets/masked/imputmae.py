"""impuTMAE: the encoders of a masked autoencoder under a survival head, and its decoder as an imputer.

Sources: impuTMAE (arXiv 2508.09195) for encoders, decoder, fusion attention and the logistic hazard over equidistant
bins; one latent per modality and the linear start of the hazard are ours, and the `published` preset does without both.

    tokens_m = encoder_m(patches of m)
    z_m      = [mean of tokens_m over its patches, or all of them (fusion `tokens`); the word of m on the factors]
    f        = one attention of a learned CLS on [CLS; the tokens' part of z_1; ...; of z_M]
    logit_k  = baseline_k + slope * sum_m <w_m, z_m> + (W f)_k,     hazard_k = sigmoid(logit_k)

A missing modality is imputed by the decoder from what is visible of the others: by its hidden states and the factors,
mapped to the latent by a regression (`latent`), or by its raw reconstruction, encoded again (`reencode`, the paper's).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch, Parts, Read
from survgui.nets.masked.autoencoder import Decoded, MaskedAutoencoder
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.net import SurvivalNet


class Imputmae(SurvivalNet):
    """The network of one bundle.

    Args:
        inputs: Kind and shape of every modality's scaled input, in the bundle's order.
        bins: Of the hazard.
    """

    latent_map: Tensor
    latent_offset: Tensor

    def __init__(
        self, config: ImputmaeConfig, inputs: Mapping[Modality, tuple[Kind, tuple[int, ...]]], bins: int
    ) -> None:
        super().__init__()
        self.config = config
        self.modalities = tuple(inputs)
        self.autoencoder = MaskedAutoencoder(config, inputs)
        d, m, r = config.width, len(self.modalities), self.autoencoder.factors.rank
        self.counts = [self.autoencoder.patches[name].count for name in self.modalities]
        self.most = max(self.counts)
        wide = d if config.fusion == "latents" else d * self.most
        self.head = FusionHead(config, self.counts, bins, wide, wide + r)
        self.register_buffer("mean_shared", torch.zeros(0))
        self.register_buffer("mean_specific", torch.zeros(m, wide + r))
        self.register_buffer("specific_deviation", torch.ones(m, wide + r))
        self.register_buffer("latent_map", torch.zeros(m, d + r, d))  # from a hidden state and the factors
        self.register_buffer("latent_offset", torch.zeros(m, d))

    def read(self, batch: Batch) -> Read:
        """Tokens of every modality, and its latent."""
        tokens = self.autoencoder.tokens(batch)
        whole = torch.stack([self._padded(tokens[m]) for m in self.modalities], dim=1)
        return Read(whole, self.latents(whole), (), {})

    def latents(self, whole: Tensor) -> Tensor:
        """(B, M, D) latents of (B, M, most * (d + r)) padded tokens and evidence."""
        d = self.config.width
        found = []
        for m, both in self.split(whole).items():
            tokens, evidence = both[..., :d], both[..., d:]
            found.append(torch.cat([self._fused(tokens), self.autoencoder.factors.word(m, evidence)], dim=-1))
        return torch.stack(found, dim=1)

    def split(self, whole: Tensor) -> dict[Modality, Tensor]:
        """Tokens with their evidence, (B, T, d + r) of every modality, from padded ones."""
        tokens = whole.view(*whole.shape[:-1], self.most, -1)
        return {m: tokens[:, k, : self.counts[k]] for k, m in enumerate(self.modalities)}

    def parts(self, whole: Tensor, unique: Tensor, present: Tensor) -> Parts:
        """Latents of what is present; the development mean where missing."""
        here = present.unsqueeze(-1)
        specific = torch.where(here, unique, self.mean_specific.expand_as(unique))
        return Parts(unique.new_zeros(len(unique), 0), specific, torch.where(here, whole, 0.0), present)

    def own(self, unique: Tensor) -> Tensor:
        """The latents themselves."""
        return unique

    def fidelity(self, read: Read, present: Tensor) -> Tensor:
        """NaN everywhere: nothing is decomposed."""
        return torch.full(present.shape, torch.nan, device=present.device)

    def log_hazards(self, shared: Tensor, specific: Tensor) -> Tensor:
        """See `SurvivalNet`; -log(1 - sigmoid(logit)) is the cumulative hazard of a bin."""
        return functional.softplus(self.head(specific)).clamp_min(1e-8).log()

    def visible(self, present: Tensor) -> dict[Modality, Tensor]:
        """(B, T) per modality, all of a present one's places."""
        return {m: present[:, k, None].expand(-1, self.counts[k]) for k, m in enumerate(self.modalities)}

    def resampled(self, present: Tensor, draws: int, seed: int) -> Iterator[dict[Modality, Tensor]]:
        """What each draw of the decoder's imputation sees: a random share `keep` of the visible patches.

        A single draw sees them all. The patches depend on the seed alone: two patients are compared under the same
        luck, and every device gets the same. At least one patch of each modality is seen.
        """
        visible = self.visible(present)
        if draws == 1:
            yield visible
            return
        luck = torch.Generator().manual_seed(seed)
        for _ in range(draws):
            some = {}
            for m, count in zip(self.modalities, self.counts, strict=True):
                rank = torch.rand(count, generator=luck).argsort().argsort().to(present.device)
                some[m] = visible[m] & (rank < max(1, round(self.config.keep * count)))
            yield some

    def decode(self, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor | None = None) -> Decoded:
        """What the decoder makes of every place from the tokens that are visible (`MaskedAutoencoder.decode`)."""
        return self.autoencoder.decode(self.split(whole), visible, luck)

    def decoded_latents(self, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor | None = None) -> Tensor:
        """(B, M, D) imputed latents of every modality by way of hidden states and factors (`latent`)."""
        decoded = self.decode(whole, visible, luck)
        found = []
        for k, m in enumerate(self.modalities):
            states = decoded.hidden[m]
            if self.config.fusion == "latents":
                states = states.mean(dim=1, keepdim=True)
            known = decoded.factors[:, None].expand(-1, states.shape[1], -1)
            tokens = torch.cat([states, known], dim=-1) @ self.latent_map[k] + self.latent_offset[k]
            fused = tokens[:, 0] if self.config.fusion == "latents" else self._padded(tokens)
            found.append(torch.cat([fused, self.autoencoder.factors.expected_word(m, decoded.factors)], dim=-1))
        return torch.stack(found, dim=1)

    def reencoded_latents(
        self, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor | None = None
    ) -> Tensor:
        """(B, M, D) imputed latents of every modality by way of its raw reconstruction (`reencode`)."""
        decoded = self.decode(whole, visible, luck)
        rows = []
        for m in self.modalities:
            patches = self.autoencoder.reconstruct(m, decoded) * self.autoencoder.encoder(m).real
            if self.autoencoder.patches[m].kind is Kind.TILES:
                patches = patches.unsqueeze(1)
            rows.append(self._padded(self.autoencoder.tokens_of(m, patches)))
        return self.latents(torch.stack(rows, dim=1))

    @torch.no_grad()
    def remember(self, specific: Tensor, present: Tensor) -> None:
        """Store the development cohort's means and deviations of (n, M, D) latents where (n, M) present."""
        weight = present.unsqueeze(-1).float()
        count = weight.sum(dim=0).clamp_min(1.0)
        mean = (weight * specific).sum(dim=0) / count
        variance = (weight * (specific - mean) ** 2).sum(dim=0) / count
        self.mean_specific.copy_(mean)
        self.specific_deviation.copy_(variance.sqrt().clamp_min(1e-4))

    def _fused(self, tokens: Tensor) -> Tensor:
        """What the fusion reads of (B, T, d) tokens: their mean, or all of them, padded."""
        return tokens.mean(dim=1) if self.config.fusion == "latents" else self._padded(tokens)

    def _padded(self, tokens: Tensor) -> Tensor:
        """(B, T, ...) to (B, most * ...)."""
        return functional.pad(tokens, (0, 0, 0, self.most - tokens.shape[1])).flatten(1)


class FusionHead(nn.Module):
    """Latents to logits of the hazard: a linear score that may start from a Cox model, and the fusion attention.

    Args:
        counts: Tokens of each modality.
        wide: Width of what the fusion reads of a modality's component.
        whole: Width of the component; what comes after the first `wide` numbers enters the linear score alone.
    """

    slope: Tensor
    weights: Tensor
    constant: Tensor
    real: Tensor

    def __init__(self, config: ImputmaeConfig, counts: list[int], bins: int, wide: int, whole: int) -> None:
        super().__init__()
        d, m = config.width, len(counts)
        self.wide, self.each = wide, wide // d
        self.cls = nn.Parameter(torch.randn(d) * 0.02)
        self.norm = nn.LayerNorm(d)
        self.attend = nn.MultiheadAttention(d, config.heads, dropout=config.dropout, batch_first=True)
        self.out = nn.Linear(d, bins, bias=False)
        self.baseline = nn.Parameter(torch.zeros(bins))
        nn.init.normal_(self.out.weight, std=0.01)
        self.register_buffer("weights", torch.zeros(m, whole))
        self.register_buffer("slope", torch.zeros(()))
        self.register_buffer("constant", torch.zeros(()))
        kept = [torch.arange(self.each) < (count if self.each > 1 else 1) for count in counts]
        self.register_buffer("real", torch.cat(kept), persistent=False)

    def forward(self, specific: Tensor, offset: Tensor | None = None) -> Tensor:
        """(..., K) logits from (..., M, D) components.

        Args:
            offset: (...) taken instead of the linear score, such as one by a fit that had not seen the patient.
        """
        leading = specific.shape[:-2]
        rows = specific[..., : self.wide].reshape(-1, specific.shape[-2] * self.each, len(self.cls))[:, self.real]
        joined = self.norm(torch.cat([self.cls.expand(len(rows), 1, -1), rows], dim=1))
        fused, _ = self.attend(joined[:, :1], joined, joined, need_weights=False)
        known = self.slope * self.score(specific) if offset is None else offset
        learned = self.out(fused[:, 0]).view(*leading, -1)
        return torch.clamp(self.baseline + known.unsqueeze(-1) + learned, -16.0, 16.0)

    def score(self, specific: Tensor) -> Tensor:
        """(...) the linear score of (..., M, D) components."""
        return (specific * self.weights).sum(dim=(-2, -1)) - self.constant

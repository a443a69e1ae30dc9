"""What a further modality costs: hub tokens, two attentions for each modality, beside one attention for each pair.

The pairwise form is the paper's, in which every modality asks every other one, carried on to N modalities.
Every modality has the same number of tokens, so that nothing but their number changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.must import PRESETS, Must
from survgui.nets.must_paper import CrossReading, PaperConfig

COUNTS = range(2, len(Modality) + 1)
PATIENTS, GROUPS, FEATURES = 16, 16, 12

Work = Callable[[], Tensor]


class Pairwise(nn.Module):
    """N (N - 1) cross-attentions, each pooled by a CLS of its own; c of a modality is the mean over who asks it."""

    def __init__(self, modalities: int, width: int) -> None:
        super().__init__()
        config = PaperConfig(width=width, rank=1, dropout=0.0)
        self.pairs = [(asker, asked) for asked in range(modalities) for asker in range(modalities) if asker != asked]
        self.readings = nn.ModuleList([CrossReading(config) for _ in self.pairs])

    def forward(self, tokens: Sequence[Tensor]) -> Tensor:
        """c (B, M, D) from (B, T, D) tokens of each modality."""
        answers = [r(tokens[q], None, tokens[k], None) for r, (q, k) in zip(self.readings, self.pairs, strict=True)]
        stacked = torch.stack(answers, dim=1)  # (B, M (M - 1), D), those who ask the same modality side by side
        return stacked.view(len(stacked), len(tokens), len(tokens) - 1, -1).mean(dim=2)


class Fusion:
    """The network of the small preset for the first `count` modalities, with a batch, and both ways to fuse it."""

    def __init__(self, count: int) -> None:
        torch.manual_seed(0)
        config, modalities = PRESETS["small"], list(Modality)[:count]
        self.must = Must(config, dict.fromkeys(modalities, (Kind.VECTOR, (GROUPS, FEATURES))), config.bins).eval()
        self.pairwise = Pairwise(count, config.width).eval()
        inputs = {m: torch.randn(PATIENTS, GROUPS, FEATURES) for m in modalities}
        self.batch = Batch(inputs, {}, torch.ones(PATIENTS, count, dtype=torch.bool))
        with torch.no_grad():
            self.tokens = [x.clone().requires_grad_() for x in self.must.read(self.batch).tokens]

    def whole(self) -> Tensor:
        """All that training runs: towers, hub, parts and head."""
        read = self.must.read(self.batch)
        parts = self.must.parts(read.whole, read.unique, self.batch.present)
        crossed = self.must.cross(read.tokens, self.batch.present)
        return self.must.log_hazards(parts.shared, parts.specific).sum() + crossed.sum()

    def hub(self) -> Tensor:
        """c through the hub."""
        return self.must.cross(self.tokens, self.batch.present)

    def pairs(self) -> Tensor:
        """c of every pair."""
        answer: Tensor = self.pairwise(self.tokens)
        return answer


@dataclass(frozen=True, slots=True)
class Costs:
    """Of 2 to 8 modalities: seconds, and bytes of activations."""

    seconds: list[float]
    kept: list[int]


def costs(timer: Callable[[Sequence[Work]], list[float]]) -> dict[str, Costs]:
    """Costs of a whole forward pass (`whole`), of fusion through the hub (`hub`) and of pairs (`pairs`).

    Args:
        timer: Gives the seconds that each of some pieces of work takes.
    """
    networks = [Fusion(count) for count in COUNTS]
    found = {}
    for name in ("whole", "hub", "pairs"):
        works: list[Work] = [getattr(network, name) for network in networks]
        kept = [kept_bytes(w, [n.must, n.pairwise]) for w, n in zip(works, networks, strict=True)]
        found[name] = Costs(timer(works), kept)
    return found


def kept_bytes(work: Work, modules: Sequence[nn.Module]) -> int:
    """Memory of activations: what a forward pass keeps for the backward one, weights not counted."""
    own = {p.untyped_storage().data_ptr() for module in modules for p in (*module.parameters(), *module.buffers())}
    kept: dict[int, int] = {}

    def note(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return x

    with saved_tensors_hooks(note, lambda x: x):
        output = work()  # held while counting, so that no storage is used twice
    total = sum(kept.values())
    del output
    return total


def straight_line(counts: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """Slope and R² of a straight line through costs by the number of modalities."""
    slope, constant = np.polyfit(counts, values, 1)
    residual = np.asarray(values) - slope * np.asarray(counts) - constant
    return float(slope), float(1.0 - np.sum(residual**2) / np.sum((np.asarray(values) - np.mean(values)) ** 2))


def growth(counts: Sequence[int], values: Sequence[float]) -> float:
    """Exponent k of cost ~ N^k: 1 where linear, 2 where quadratic."""
    return float(np.polyfit(np.log(counts), np.log(values), 1)[0])

"""What goes into a network and what comes between its body and its head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from survgui.cases.case import Modality


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Patients of whatever availability, padded together.

    Attributes:
        inputs: Per modality (B, G, C) groups, (B, N, F) bags or (B, C, X, Y, Z) volumes; zeros where absent.
        rows: For bags, (B, N) True where a row is real.
        present: (B, M) True where the modality is given, in the order of the network's modalities.
    """

    inputs: Mapping[Modality, Tensor]
    rows: Mapping[Modality, Tensor]
    present: Tensor

    def __len__(self) -> int:
        return len(self.present)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(
            {m: x.to(device) for m, x in self.inputs.items()},
            {m: x.to(device) for m, x in self.rows.items()},
            self.present.to(device),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a network reads of each modality by itself.

    Attributes:
        whole: (B, M, W) all that it reads: MUST's global vector g, impuTMAE's tokens one after the other.
        unique: (B, M, D) what the modality's own component is made of.
        tokens: Per modality (B, T, D), where a network needs them to say how faithful its components are.
        attention: Over bags, (B, N) each.
    """

    whole: Tensor
    unique: Tensor
    tokens: tuple[Tensor, ...]
    attention: Mapping[Modality, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A patient's representation: one shared component and one specific component per modality.

    Attributes:
        shared: (B, D) what modalities share: in MUST inside the shared subspace; of width 0 in impuTMAE.
        specific: (B, M, D) each modality's own, in MUST inside the complement; the development mean where missing.
        whole: (B, M, W) all that was read of each modality; zeros where absent.
        present: (B, M) True where measured.
    """

    shared: Tensor
    specific: Tensor
    whole: Tensor
    present: Tensor

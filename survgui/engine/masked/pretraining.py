"""Masked pre-training: hide patches, reconstruct them, from whatever modalities a patient has (impuTMAE, stage 1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.case import Kind, Modality
from survgui.cases.step import Task
from survgui.engine.inputs import Prepared
from survgui.engine.stages import History, Stages, Terms
from survgui.nets.masked.autoencoder import MaskedAutoencoder, draw_mask
from survgui.nets.masked.config import ImputmaeConfig

STAGE = "pre-training"
AT_ONCE = 64
"""patients whose pictures are cut at once for the closed form"""


def pretrain(
    autoencoder: MaskedAutoencoder,
    prepared: Prepared,
    config: ImputmaeConfig,
    *,
    seed: int,
    device: torch.device,
    checkpoint: Path | None = None,
) -> Task[History]:
    """Train an autoencoder on these patients, whatever modalities each of them has; outcomes are not looked at.

    Yields:
        One step per epoch; its values are the mean `loss` and the error of every modality's masked patches.

    Raises:
        OutOfMemory: The device cannot hold one patient; its checkpoint can go on elsewhere.
    """
    run = Pretraining(autoencoder, prepared, config, seed=seed, device=device, folder=checkpoint)
    if config.factors and not run.begun(STAGE):  # a checkpoint holds them
        _fit_factors(autoencoder, prepared, seed)
    yield from run.stage(
        STAGE, autoencoder, run.loss,
        epochs=config.pretrain_epochs, rate=config.pretrain_rate, batch=config.pretrain_batch,
    )  # fmt: skip
    autoencoder.eval()
    return run.history


@torch.no_grad()
def _fit_factors(autoencoder: MaskedAutoencoder, prepared: Prepared, seed: int) -> None:
    """Fit the closed-form part; of a patient's tiles, the mean.

    On the CPU: EM takes 64 bits, which Apple's devices have not, and everybody at once, which a device may not hold.
    """
    tiles = {m for m, cut in autoencoder.patches.items() if cut.kind is Kind.TILES}
    pieces = []
    for start in range(0, len(prepared), AT_ONCE):
        cuts = autoencoder.cut(prepared.batch(range(start, min(start + AT_ONCE, len(prepared)))))
        pieces.append({m: x.mean(dim=1) if m in tiles else x for m, x in cuts.items()})
    patched = {m: torch.cat([piece[m] for piece in pieces]) for m in autoencoder.patches}
    device = autoencoder.cls.device
    autoencoder.factors.cpu().fit(patched, torch.from_numpy(prepared.present), seed)
    autoencoder.factors.to(device)


class Pretraining(Stages):
    """What an epoch of pre-training needs."""

    def __init__(
        self,
        autoencoder: MaskedAutoencoder,
        prepared: Prepared,
        config: ImputmaeConfig,
        *,
        seed: int,
        device: torch.device,
        folder: Path | None,
    ) -> None:
        super().__init__(len(prepared), seed=seed, device=device, decay=config.pretrain_decay, folder=folder)
        self.autoencoder, self.prepared, self.config = autoencoder, prepared, config

    def loss(self, rows: NDArray[np.int64]) -> Terms:
        """Error of what is masked, modality by modality, as an unweighted sum (impuTMAE)."""
        batch = self.prepared.batch(rows.tolist()).to(self.device)
        hidden = self._wholly_masked(batch.present)
        cuts = self.autoencoder.cut(batch)
        patched = {m: self._one_tile(m, cut) for m, cut in cuts.items()}
        masks = self._masks(batch.present, hidden)
        found = self.autoencoder.loss(patched, masks, batch.present)
        return {str(m): loss for m, loss in found.items()}

    def _wholly_masked(self, present: Tensor) -> Tensor:
        """(B, M) True where a measured modality is hidden as if it were missing; never all of a patient's."""
        if not self.config.whole:
            return torch.zeros_like(present)
        return present & ~self.hidden(present, self.config.whole)

    def _one_tile(self, modality: Modality, cut: Tensor) -> Tensor:
        """(B, T, P): of tiles (B, K, T, P) one each, another one every time."""
        if self.autoencoder.patches[modality].kind is not Kind.TILES:
            return cut
        chosen = torch.from_numpy(self.draw.integers(cut.shape[1], size=len(cut))).to(cut.device)
        return cut[torch.arange(len(cut), device=cut.device), chosen]

    def _masks(self, present: Tensor, hidden: Tensor) -> dict[Modality, Tensor]:
        """Of every modality (B, T) True where a patch is masked; something of every patient stays visible."""
        masks = {m: self._mask(m, present[:, k], hidden[:, k]) for k, m in enumerate(self.autoencoder.modalities)}
        blind = torch.stack([mask.all(dim=1) for mask in masks.values()]).all(dim=0)
        for k, mask in enumerate(masks.values()):  # of those, what is not hidden wholly is one patch, and is shown
            mask[blind & present[:, k] & ~hidden[:, k]] = False
        return masks

    def _mask(self, modality: Modality, present: Tensor, whole: Tensor) -> Tensor:
        count = self.autoencoder.patches[modality].count
        random = torch.from_numpy(self.draw.random((len(present), count))).to(present.device)
        return draw_mask(present, count, self.config.ratio(modality), whole, random)

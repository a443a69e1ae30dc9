"""What a trained autoencoder makes of modalities it is not shown, as data on the scale of its input."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.case import Kind, Modality
from survgui.engine.inputs import Prepared
from survgui.nets.generators.base import antithetic
from survgui.nets.masked.autoencoder import Decoded, MaskedAutoencoder, draw_mask
from survgui.nets.masked.imputmae import Imputmae

Arrays = dict[Modality, NDArray[np.float32]]


@torch.inference_mode()
def reconstruct(
    net: Imputmae, prepared: Prepared, shown: NDArray[np.bool_], *, draws: int = 1, seed: int = 0, size: int = 64
) -> Arrays:
    """Reconstruct every modality from what is shown of each patient.

    Args:
        shown: (n, M) what the network may see, of what is there, in the order of its modalities.
        draws: S; each sees another random part of what is shown (`Imputmae.resampled`) and draws the factors given it,
            and of tables what no factor tells of a feature; their mean is the reconstruction from everything that is
            shown. A single one is that.

    Returns:
        Per modality (n, S, *shape); of tiles one tile, (n, S, 1, 3, H, W): missing ones are all alike.
    """
    pieces: dict[Modality, list[NDArray[np.float32]]] = {m: [] for m in net.modalities}
    device, several_draws = net.mean_specific.device, draws > 1
    luck = antithetic(seed, (draws, 1, net.autoencoder.factors.rank)).to(device)
    noise = {m: _noise(net, m, draws, seed) for m in net.modalities} if several_draws else {}
    for start in range(0, len(prepared), size):
        rows = range(start, min(start + size, len(prepared)))
        whole = net.read(prepared.batch(rows).to(device)).whole
        present = torch.from_numpy(shown[start : rows.stop] & prepared.present[start : rows.stop]).to(device)
        found: list[Arrays] = []
        for some, own in zip(net.resampled(present, draws, seed), luck, strict=True):
            decoded = net.decode(whole, some, own.expand(len(whole), -1) if several_draws else None)
            found.append(_joined(net.autoencoder, decoded))
        everything = _joined(net.autoencoder, net.decode(whole, net.visible(present)))
        for m, several in pieces.items():
            drawn = np.stack([one[m] for one in found], axis=1) + noise.get(m, 0.0)
            several.append(drawn + (everything[m][:, None] - drawn.mean(axis=1, keepdims=True)))
    return {m: np.concatenate(several) for m, several in pieces.items()}


@torch.inference_mode()
def inpaint(
    net: Imputmae, prepared: Prepared, modality: Modality, ratio: float, *, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Mask part of one modality's patches, reconstruct them from the others and from whatever else is there.

    Args:
        ratio: Share of the patches that is masked.

    Returns:
        (n, *shape) with masked patches as reconstructed and the others as measured; of tiles the first one,
        (n, 1, 3, H, W). And (n, *shape) True where masked.
    """
    autoencoder, place = net.autoencoder, net.modalities.index(modality)
    cut = autoencoder.patches[modality]
    device = net.mean_specific.device
    batch = prepared.batch(range(len(prepared))).to(device)
    patched = {
        m: x[:, 0] if autoencoder.patches[m].kind is Kind.TILES else x for m, x in autoencoder.cut(batch).items()
    }
    random = torch.rand(len(prepared), cut.count, generator=torch.Generator().manual_seed(seed)).to(device)
    nobody = torch.zeros(len(prepared), dtype=torch.bool, device=device)
    mask = draw_mask(batch.present[:, place], cut.count, ratio, nobody, random)
    masks = {m: ~batch.present[:, k, None].expand(-1, autoencoder.patches[m].count)
             for k, m in enumerate(net.modalities)}  # fmt: skip
    found = autoencoder(patched, {**masks, modality: mask})[modality]
    mixed = torch.where(mask.unsqueeze(-1), found, patched[modality])
    return _array(autoencoder, modality, mixed), _array(autoencoder, modality, mask.unsqueeze(-1).expand_as(mixed)) > 0


def _noise(net: Imputmae, modality: Modality, draws: int, seed: int) -> NDArray[np.float32] | float:
    """(S, *shape) what the closed form leaves of every feature of a table; nothing of pictures, to keep their grain."""
    cut = net.autoencoder.patches[modality]
    if cut.kind in (Kind.TILES, Kind.VOLUME) or not net.config.factors:
        return 0.0
    deviation = net.autoencoder.factors.part(modality, "noise").sqrt().cpu()
    luck = antithetic(seed + 1 + net.modalities.index(modality), (draws, cut.count, cut.size))
    return np.asarray(cut.join(luck * deviation).numpy(), dtype=np.float32)


def _joined(autoencoder: MaskedAutoencoder, decoded: Decoded) -> Arrays:
    return {m: _array(autoencoder, m, autoencoder.reconstruct(m, decoded)) for m in autoencoder.modalities}


def _array(autoencoder: MaskedAutoencoder, modality: Modality, patches: Tensor) -> NDArray[np.float32]:
    """Patches (n, T, P) as arrays."""
    cut = autoencoder.patches[modality]
    joined = cut.join(patches.float().unsqueeze(1) if cut.kind is Kind.TILES else patches.float())
    return np.asarray(joined.cpu().numpy(), dtype=np.float32)

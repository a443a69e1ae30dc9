"""Encoders of pictures that are pre-trained by themselves, as the paper's of MRI is, and kept in a bundle for others.

A masked autoencoder of one modality, without a closed form, is trained on patients who need no outcome and nothing
else. Every volume, and every crop of a slide, is a sample of its own. It is judged on patients who were left out: half
of a picture's patches are masked and told from the other half, beside two guesses that need no network, the mean
picture of the training patients, and the mean colour or intensity of what is visible of the picture itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.bundle import Bundle, salted
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.evaluation.record import rewritten
from survgui.engine.inputs import Prepared
from survgui.engine.masked.pretraining import pretrain
from survgui.engine.masked.samples import encoder_name, samples
from survgui.engine.masked.warm import METHOD, encoder_file
from survgui.engine.train import is_simulated
from survgui.errors import CohortError, UsageError
from survgui.nets.families import FAMILIES
from survgui.nets.masked.autoencoder import MaskedAutoencoder, draw_mask
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.factors import coarsened

EPOCHS = 100
LEFT_OUT = 0.2
"""share of the patients on whom an encoder is judged; at least two"""
FEWEST = 6
"""patients from whom anything is pre-trained"""
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """An autoencoder of one modality.

    Attributes:
        facts: A row of `Manifest.training["encoders"]`.
        patients: On whom it was trained.
        left_out: On whom it was judged.
    """

    autoencoder: MaskedAutoencoder
    facts: dict[str, Any]
    patients: tuple[str, ...]
    left_out: tuple[str, ...]


def config_of(bundle: Bundle, epochs: int = EPOCHS) -> ImputmaeConfig:
    """Sizes as of a bundle's own network, so that the encoder fits what is trained with its settings.

    Raises:
        UsageError: The bundle holds another kind of network.
    """
    if bundle.manifest.method != METHOD:
        raise UsageError(f"{bundle.manifest.name} is of the method {bundle.manifest.method}; take one of {METHOD}")
    known = FAMILIES[METHOD].stored(bundle.manifest.config["network"])
    assert isinstance(known, ImputmaeConfig)
    return known.changed({"factors": 0, "anchor": False, "whole": 0.0, "pretrain_epochs": epochs})


def pretrain_alone(
    cohort: Cohort,
    modality: Modality,
    config: ImputmaeConfig,
    *,
    others: Sequence[Cohort] = (),
    seed: int = 0,
    device: torch.device | None = None,
) -> Task[Alone]:
    """Train an autoencoder of one modality on four fifths of a cohort's patients, and judge it on the rest.

    Args:
        cohort: With slides or volumes as files; outcomes are not looked at.
        config: Without a closed form (`config_of`).
        others: Cohorts on which it is judged as well, such as real patients where it is trained on simulated ones.

    Yields:
        Steps of reading, and one per epoch of the stage `pre-training`.

    Raises:
        CohortError: The cohort has no pictures of this kind, or too few patients who have.
    """
    device = device or torch.device("cpu")
    every = yield from samples(cohort, modality, config, seed=seed)
    out = _left_out(every.ids, seed, cohort.name)
    train, test = _part(every, out, inside=False), _part(every, out, inside=True)
    torch.manual_seed(seed)
    kind, shape = every.kinds[modality], every.shapes[modality]
    autoencoder = MaskedAutoencoder(config, {modality: (kind, shape)}).to(device)
    yield from pretrain(autoencoder, train, config, seed=seed, device=device)
    _as_stored(autoencoder)
    mean = mean_patches(autoencoder, train)
    judged = [{"on": cohort.name, **judge(autoencoder, test, mean, seed)}]
    for other in others:
        read = yield from samples(other, modality, config, seed=seed)
        judged.append({"on": other.name, **judge(autoencoder, read, mean, seed)})
    patients = tuple(sorted(set(train.ids)))
    facts = {
        "modality": str(modality),
        "kind": str(kind),
        "shape": list(shape),
        "encoder": encoder_name(kind),
        "config": asdict(config),
        "trained_on": cohort.name,
        "simulated": is_simulated(cohort),
        "patients": len(patients),
        "samples": len(train),
        "epochs": config.pretrain_epochs,
        "seed": seed,
        "mse": judged[0]["mse"],
        "mean_mse": judged[0]["mean_mse"],
        "held_out": f"{judged[0]['patients']} patients of the same cohort",
        "judged": judged,
    }
    return Alone(autoencoder, facts, patients, tuple(sorted(out)))


@torch.no_grad()
def judge(autoencoder: MaskedAutoencoder, test: Prepared, mean: Tensor, seed: int = 0) -> dict[str, Any]:
    """Mean squared error of the masked half of some pictures' patches, on the scale of the network's input.

    Args:
        mean: (T, P) of the training samples' patches.

    Returns:
        `patients`, `samples`; `mse` of the network, `mean_mse` of the mean picture of the training samples, and
        `visible_mse` of the mean of the picture's own visible half, channel by channel.
    """
    (modality,) = autoencoder.modalities
    luck = torch.Generator().manual_seed(seed)
    errors: list[Tensor] = []
    for start in range(0, len(test), 64):
        patches = patches_of(autoencoder, test, range(start, min(start + 64, len(test))))
        mask = half_masked(autoencoder, len(patches), luck).to(patches.device)
        guesses = (
            autoencoder({modality: patches}, {modality: mask})[modality],
            mean.expand_as(patches),
            visible_mean(autoencoder, patches, mask),
        )
        squares = [((guess - patches) ** 2).mean(dim=2) * mask for guess in guesses]
        errors.append(torch.stack([square.sum(dim=1) / mask.sum(dim=1) for square in squares], dim=1).cpu().double())
    found = dict(zip(("mse", "mean_mse", "visible_mse"), torch.cat(errors).mean(dim=0).tolist(), strict=True))
    return {"patients": len(set(test.ids)), "samples": len(test), **found}


def half_masked(autoencoder: MaskedAutoencoder, count: int, luck: torch.Generator) -> Tensor:
    """(count, T) True at a random half of the patches of each picture."""
    (cut,) = autoencoder.patches.values()
    nobody, everybody = torch.zeros(count, dtype=torch.bool), torch.ones(count, dtype=torch.bool)
    return draw_mask(everybody, cut.count, HALF, nobody, torch.rand(count, cut.count, generator=luck))


def visible_mean(autoencoder: MaskedAutoencoder, patches: Tensor, mask: Tensor) -> Tensor:
    """(B, T, P) each channel's mean over the visible patches of the same picture, at every place."""
    (cut,) = autoencoder.patches.values()
    seen = (~mask).unsqueeze(-1)
    channels = (coarsened(cut, patches) * seen).sum(dim=1) / seen.sum(dim=1)  # (B, C)
    return channels.repeat_interleave(cut.size // channels.shape[1], dim=1)[:, None].expand_as(patches)


@torch.no_grad()
def mean_patches(autoencoder: MaskedAutoencoder, train: Prepared) -> Tensor:
    """(T, P) mean of all samples."""
    total = sum(patches_of(autoencoder, train, range(s, min(s + 64, len(train)))).cpu().double().sum(dim=0)
                for s in range(0, len(train), 64))  # fmt: skip
    assert isinstance(total, Tensor)
    return (total / len(train)).float()


def patches_of(autoencoder: MaskedAutoencoder, prepared: Prepared, rows: range) -> Tensor:
    """(B, T, P) patches of some samples."""
    (modality,) = autoencoder.modalities
    cut = autoencoder.cut(prepared.batch(rows).to(autoencoder.cls.device))[modality]
    return cut[:, 0] if autoencoder.patches[modality].kind is Kind.TILES else cut


def add_encoder(bundle: Bundle, alone: Alone, note: str = "") -> Bundle:
    """Put an encoder into a bundle in place of an older one of its modality, and write the card anew.

    Args:
        note: What somebody saw who looked at its reconstructions.

    Raises:
        UsageError: The bundle is of another method.
        StorageError: The bundle cannot be written.
    """
    config_of(bundle)  # refuses what is no bundle of this method
    manifest, modality = bundle.manifest, Modality(alone.facts["modality"])
    seen = sorted(salted(manifest.salt, patient) for patient in alone.patients)
    rows = {row["modality"]: row for row in manifest.training.get("encoders", ())}
    rows[str(modality)] = {**alone.facts, "seen": seen, "note": note}
    training = {**manifest.training, "encoders": [rows[name] for name in sorted(rows)]}
    learned = {name: value.half() for name, value in alone.autoencoder.named_parameters()}
    return rewritten(bundle, replace(manifest, training=training), {encoder_file(modality): learned})


def _left_out(ids: Sequence[str], seed: int, name: str) -> frozenset[str]:
    patients = sorted(set(ids))
    if len(patients) < FEWEST:
        raise CohortError(f"{name}: {len(patients)} patients have pictures that can be read; {FEWEST} are needed")
    count = max(2, round(LEFT_OUT * len(patients)))
    order: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(patients))
    return frozenset(patients[k] for k in order[:count])


def _part(every: Prepared, patients: frozenset[str], *, inside: bool) -> Prepared:
    rows = [row for row, patient in enumerate(every.ids) if (patient in patients) is inside]
    arrays = {m: tuple(column[row] for row in rows) for m, column in every.arrays.items()}
    return replace(every, ids=tuple(every.ids[row] for row in rows), arrays=arrays)


@torch.no_grad()
def _as_stored(autoencoder: MaskedAutoencoder) -> None:
    """Round the weights as a bundle keeps them, so that what is judged is what is kept."""
    for parameter in autoencoder.parameters():
        parameter.copy_(parameter.half().float())

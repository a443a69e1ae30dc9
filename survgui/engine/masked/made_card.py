"""How an impuTMAE network came about, in the words of its model card, and the paper's own figures beside it."""

from __future__ import annotations

from collections.abc import Iterable

from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality
from survgui.nets.masked.config import ImputmaeConfig

GLIOMA = ("TCGA-GBMLGG",)
"""Cohorts of the patients on whom the paper reports: TCGA GBM and LGG."""
PUBLISHED = (
    "Published of impuTMAE (arXiv 2508.09195), on another split of TCGA GBM+LGG: C-index .840, CS .870 (binned times). "
    "Not comparable fold by fold."
)


def made(config: ImputmaeConfig, modalities: Iterable[Modality], *, alone: bool = True) -> str:
    """What was trained on what, and for how long, with a space at the end.

    Args:
        alone: Whether pre-training saw no patient but the development cohort's.
    """
    trained = "not pre-trained"
    if config.pretrain_epochs:
        trained = (
            f"pre-trained on the development cohort{' alone' if alone else ''} for {config.pretrain_epochs} epochs "
            f"with {_masked(config, modalities)} of the patches masked"
        )
    recipe = f"recipe `{config.recipe}`"
    if config.recipe != config.freezing:
        recipe += f", since `{config.freezing}` asks for pre-trained encoders"
    factors = (
        "Reconstruction starts from a factor analysis of all modalities in closed form (at most "
        f"{config.factors} shared factors, {config.own_factors} of each modality), which is not in the paper. "
    )
    return (
        "A masked autoencoder of patches of every modality, after impuTMAE (arXiv 2508.09195): tokens of width "
        f"{config.width}, {trained}, then {config.epochs} epochs of survival ({recipe}, fusion of `{config.fusion}`). "
        + (factors if config.factors else "")
    )


def published(manifest: Manifest) -> list[str]:
    """The paper's figures, where they are of the same patients."""
    return [PUBLISHED] if manifest.development.cohort in GLIOMA else []


def _masked(config: ImputmaeConfig, modalities: Iterable[Modality]) -> str:
    """`50%`, with those modalities whose share is another."""
    shares = {m.title: config.ratio(m) for m in modalities if config.ratio(m) != config.mask_ratio}
    others = ", ".join(f"{share:.0%} of {title}" for title, share in shares.items())
    return f"{config.mask_ratio:.0%}" + (f" ({others})" if others else "")

"""From a cohort to what a masked autoencoder cuts into patches: scalings fitted on the training part."""

from __future__ import annotations

from collections.abc import Sequence

from survgui.cases.cohort import Block, Cohort
from survgui.encoders import patch_scaling
from survgui.encoders.patch_scaling import PatchConfig
from survgui.encoders.scaling import Scaling
from survgui.engine.inputs import Inputs, fit_each
from survgui.nets.masked.config import SEQUENCES, ImputmaeConfig


def fit_patch_inputs(cohort: Cohort, train: Sequence[str], config: ImputmaeConfig) -> Inputs:
    """Fit every modality's scaling on the training patients alone.

    Raises:
        CohortError: No modality has enough patients.
    """
    settings = patch_config(config)

    def fit(block: Block) -> Scaling:
        return patch_scaling.fit(block, train, settings)

    return fit_each(cohort, train, fit, patch_scaling.feature_names)


def patch_config(config: ImputmaeConfig) -> PatchConfig:
    """What the scalings need to know of a network."""
    channels = tuple(SEQUENCES.index(name) for name in config.taken)
    return PatchConfig(
        cluster=config.order == "cluster", pixels=config.tile_pixels, channels=channels, side=config.volume_side
    )

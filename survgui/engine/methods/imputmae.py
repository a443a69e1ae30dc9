"""`imputmae`: a masked autoencoder of every modality under a survival head, and the same with other imputations."""

from __future__ import annotations

from survgui.encoders import patch_scaling
from survgui.engine.masked import finetuning, quality
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.engine.methods.network import Recipe

IMPUTMAE = Recipe(
    "imputmae", "imputmae", fit_patch_inputs, finetuning.learn, patch_scaling.describe, quality.fold_quality,
    quality.pooled,
)  # fmt: skip

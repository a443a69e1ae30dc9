"""One pass of a network over nothing, so that the first case does not wait for kernels and threads to start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from survgui.engine import inference
from survgui.engine.inputs import Prepared
from survgui.engine.model import OpenModel


def rehearse(model: OpenModel) -> None:
    """Embed, impute, draw curves and credit a patient of zeros; nothing of it is kept."""
    net = model.fitted.net
    kinds = {m: spec.kind for m, spec in model.inputs.specs.items()}
    shapes = {m: scaling.shape for m, scaling in model.inputs.scalings.items()}
    nobody = Prepared(("",), kinds, {}, shapes)
    rows = {m: (1, *shape) if nobody.padded(m) else shape for m, shape in shapes.items()}
    arrays = {m: (np.zeros(shape, dtype=np.float32),) for m, shape in rows.items()}
    with torch.inference_mode():
        batch = replace(nobody, arrays=arrays).batch([0]).to(model.device)
        read = net.read(batch)
        present = batch.present.clone()
        present[:, -1] = len(net.modalities) == 1  # the last one is to be drawn, where it is not the only one
        net.fidelity(read, present)
        parts = net.parts(read.whole, read.unique, present)
    *_, drawn = inference.impute(model.fitted, parts, draws=2, seed=0, steps=2)
    inference.shapley(model.fitted, drawn)

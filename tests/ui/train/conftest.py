"""The engine's presets and refusals, asked in a process of its own: the window's tests, like the window, run without
torch.
"""

import json
import random
import subprocess
import sys

import pytest

from survgui.ui.train.fields import Choice, Number
from survgui.ui.train.settings import METHODS

ASKED = """
import json, sys
from dataclasses import asdict
import numpy as np
from survgui.cases.cohort import Cohort
from survgui.engine.train import Plan, train
from survgui.errors import CohortError
from survgui.nets import must
from survgui.nets.masked import config as masked

CONFIGS = {"must": (must.MustConfig, must.PRESETS), "imputmae": (masked.ImputmaeConfig, masked.PRESETS)}

def refused(config, values):
    try:
        config().changed(values)
    except ValueError as error:
        return str(error)
    return ""

try:
    next(train(Cohort("c", ("a",), np.ones(1), np.ones(1, bool), {}), None, Plan(device="cpu")))
except CohortError as error:
    least = str(error)
asked, said = json.load(sys.stdin), {"least": least}
for key, (config, presets) in CONFIGS.items():
    stored = {name: asdict(preset) for name, preset in presets.items()}
    said[key] = {"presets": stored, "refused": [refused(config, values) for values in asked[key]]}
said["words"] = {"freezing": masked.FREEZING, "order": masked.ORDERS, "fusion": masked.FUSIONS}
said["sequences"] = masked.SEQUENCES
print(json.dumps(said))
"""


def some_values(method):
    """Sizes that fit together and that do not, then every setting at both ends of its range and every choice."""
    draw, small, wide = random.Random(0), method.preset("small").values, method.preset("published").values
    sizes = {"must": ("width", "rank"), "imputmae": ("width", "tile_pixels", "tile_patch", "volume_side")}[method.key]
    some = [{**small, **{key: draw.randint(8, 90) for key in sizes}} for _ in range(150)]
    some += [{**small, **{key: 2 ** draw.randint(3, 6) for key in sizes}} for _ in range(150)]
    for field in method.fields:
        if isinstance(field, Number) and not field.inside:
            some += [{**wide, field.key: end} for end in (field.least, field.most)]
        if isinstance(field, Choice):
            some += [{**wide, field.key: word} for word, *_ in field.options]
    return some


@pytest.fixture(scope="session")
def engine():
    """Presets, the least numbers of a cohort, and why a network refuses each of `some_values`."""
    asked = json.dumps({method.key: some_values(method) for method in METHODS})
    done = subprocess.run([sys.executable, "-c", ASKED], input=asked, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

"""MUST as the trainer offers it: its settings, presets and stages."""

from __future__ import annotations

from survgui.report.words import METHODS
from survgui.ui.train.fields import Method, Number, Part, Preset, Row, Value, Values

HEADS = 4
"""of every preset; the width is a multiple of it"""
FACTORS = 6
"""of every preset: the shared factors that are found in closed form, at most the rank"""


def _values(width: int, rank: int, rate: float, warmup: int, epochs: int, generator: int) -> dict[str, Value]:
    return {
        **{"width": width, "rank": rank, "learning_rate": rate},
        **{"lambda_decomposition": 1.0, "lambda_shared": 1.0, "lambda_orthogonality": 0.5},
        **{"warmup_epochs": warmup, "epochs": epochs, "diffusion_epochs": generator},
    }


def _wrong(values: Values) -> str:
    width, rank = int(values["width"]), int(values["rank"])
    if width % HEADS:
        return f"Width D must be a multiple of {HEADS}, the number of heads."
    if not FACTORS <= rank < width - 1:
        return f"Shared rank r must be at least {FACTORS}, and less than the width."
    return ""


def _epochs(key: str, title: str, tip: str, most: int = 10_000) -> Number:
    return Number(key, title, 0, most, whole=True, tip=tip)


def _weight(key: str, title: str, tip: str) -> Row:
    return Row((Number(key, title, 0.0, 100.0, tip=f"Weight of: {tip}"),))


_SIZES = (
    Number("width", "Width D", 8, 1024, whole=True, tip="Length of every token; a multiple of 4"),
    Number("rank", "Shared rank r", 6, 1023, whole=True, tip="Dimensions of the shared subspace; less than the width"),
)
_RATE = Number("learning_rate", "Learning rate", 1e-7, 1.0, tip="Of AdamW at the start; falls as a cosine")
_EPOCHS = (
    _epochs("warmup_epochs", "Epochs, warm-up", "Each modality alone learns to predict"),
    _epochs("epochs", "Epochs, main", "All together, with the three constraints"),
    _epochs("diffusion_epochs", "Epochs, generator", "The generator of missing parts", 100_000),
)

MUST = Method(
    key="must",
    title=METHODS["must"],
    about="Splits every modality into what all share and what is its own; draws the own parts that are missing",
    rows=(
        *(Row((size,)) for size in _SIZES),
        _weight("lambda_decomposition", "λ decomposition", "specific + shared give the whole"),
        _weight("lambda_shared", "λ shared", "the shared parts of all modalities agree"),
        _weight("lambda_orthogonality", "λ orthogonality", "specific and shared share nothing"),
        Row((_RATE,)),
        Row(_EPOCHS, "Epochs", "Of warm-up, main stage and generator"),
    ),
    presets=(
        Preset("small", "small cohort", "width 64, 4 + 12 + 100 epochs", _values(64, 16, 1e-3, 4, 12, 100)),
        Preset("demo", "demo, a minute", "width 64, 2 + 4 + 20 epochs", _values(64, 16, 1e-3, 2, 4, 20)),
        Preset("published", "as published", "width 256, 8 + 25 + 300 epochs", _values(256, 64, 2e-4, 8, 25, 300)),
    ),
    stages={"warm-up": "warmup_epochs", "main": "epochs", "generator": "diffusion_epochs"},
    costs={"warm-up": 1.0, "main": 2.0, "generator": 0.1},
    parts=(Part("network", "Network", ("warm-up", "main")), Part("generator", "Generator", ("generator",))),
    wrong=_wrong,
)

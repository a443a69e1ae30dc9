"""How fast this machine does the work of a day: the quick part of the benchmark table.

Each row is the median of several runs after one that is not counted, with its target from the design
(2 cores, no GPU). Speed is measured here and never in a unit test.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from survgui import paths
from survgui.cases.bundle import open_bundle
from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.prediction import Prediction
from survgui.cases.step import Step, Task
from survgui.encoders.registry import patch_encoder
from survgui.engine.encode import encode
from survgui.engine.fusion_cost import COUNTS, Costs, costs, growth, straight_line
from survgui.engine.model import OpenModel, open_model
from survgui.engine.predict import Choices, predict_one
from survgui.engine.simulation import demo_case
from survgui.errors import SurvguiError
from survgui.readers.cohort import load_case
from survgui.readers.slide import open_slide
from survgui.survival.curves import kaplan_meier
from survgui.survival.metrics import Followed, harrell_c

BUNDLE = "demo-simulated"
STEPS = {"flow": (1, 2, 4, 8), "ddim": (5, 50)}
"""Numbers of steps at which generators that take several are measured."""
DEFAULT_TARGET = 30.0
"""Milliseconds that a case with something missing may take with the bundle's own generator."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Attributes:
        better: `higher` or `lower`.
        target: What the design asks for, or None.
        runs: How many timed runs the median is over.
    """

    name: str
    value: float
    unit: str
    better: str
    target: float | None
    runs: int

    def as_json(self) -> dict[str, Any]:
        """The row as `bench --json` writes it, with whether the target is met."""
        met = None
        if self.target is not None:
            met = self.value >= self.target if self.better == "higher" else self.value <= self.target
        return {
            "name": self.name, "value": round(self.value, 3), "unit": self.unit, "better": self.better,
            "target": self.target, "met": met, "runs": self.runs,
        }  # fmt: skip


def bench(quick: bool = True) -> Task[dict[str, Any]]:
    """Measure reading, encoding, inference, statistics, and how the cost grows with the modalities.

    Args:
        quick: Fewer runs, under a minute on 2 cores.

    Raises:
        BundleError: The demo bundle is not installed.
    """
    runs = 5 if quick else 20
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="survgui-bench-") as folder:
        yield Step("bench", 0, 5, "a simulated case")
        case = demo_case(Path(folder) / "case")
        rows += _reading(next(case.rglob("*.svs")), runs)
        yield Step("bench", 1, 5, "encoding")
        rows += _encoding(runs)
        yield Step("bench", 2, 5, "inference")
        cohort = yield from encode(load_case([case]), device="cpu", cache=Path(folder) / "cache")
        rows += _inference(cohort, runs)
        yield Step("bench", 3, 5, "statistics")
        rows += _statistics(runs)
        yield Step("bench", 4, 5, "fusion of 2 to 8 modalities")
        rows += _fusion(5 if quick else 11)
    yield Step("bench", 5, 5)
    return {"machine": _machine(), "quick": quick, "rows": [row.as_json() for row in rows]}


def _reading(slide_file: Path, runs: int) -> list[Row]:
    """Tiles of 256 px at level 0, in rows and at random places."""
    with open_slide(slide_file) as slide:
        corners = [(x, y) for y in range(0, slide.height - 255, 256) for x in range(0, slide.width - 255, 256)]
        draw = np.random.default_rng(0)
        wild = [(int(x), int(y)) for x, y in draw.integers(0, min(slide.width, slide.height) - 256, (64, 2))]

        def read(places: Iterable[tuple[int, int]]) -> None:
            for x, y in places:
                slide.read(x, y, 0, 256, 256)

        ordered = _median(lambda: read(corners), runs)
        random = _median(lambda: read(wild), runs)
    return [
        Row("slide, tiles in rows", len(corners) / ordered, "tiles/s", "higher", 700.0, runs),
        Row("slide, tiles at random", len(wild) / random, "tiles/s", "higher", 300.0, runs),
    ]


def _encoding(runs: int) -> list[Row]:
    """224-px tiles through the default patch encoder."""
    encoder = patch_encoder(device=torch.device("cpu"))
    tiles = np.random.default_rng(0).integers(0, 256, (32, 224, 224, 3), dtype=np.uint8)

    def all_tiles() -> None:
        for start in range(0, len(tiles), 16):
            encoder.encode(tiles[start : start + 16])

    seconds = _median(all_tiles, runs)
    target = 100.0 if "onnx" in encoder.backend.lower() else 40.0
    return [Row(f"patch encoder, {encoder.backend}", len(tiles) / seconds, "tiles/s", "higher", target, runs)]


def _inference(cohort: Cohort, runs: int) -> list[Row]:
    """One case with its features ready, through to curve, contributions and states."""
    model = open_model(open_bundle(BUNDLE, paths.bundle_folders()), torch.device("cpu"))
    hidden = cohort.hide([Modality.RNA])
    complete = _median(lambda: _predicted(model, cohort, Choices()), runs)
    faithful = _median(lambda: _predicted(model, hidden, Choices(draws=5, generator="ddim", steps=50)), runs)
    return [
        Row("inference, complete case", complete * 1e3, "ms", "lower", 150.0, runs),
        Row("inference, RNA missing, ddim, 50 steps x 5 draws", faithful * 1e3, "ms", "lower", 250.0, runs),
        *_generators(model, hidden, runs),
    ]


def _generators(model: OpenModel, hidden: Cohort, runs: int) -> list[Row]:
    """The same case with RNA missing through every generator of the bundle, in as many steps as are usual."""
    rows = []
    for name, steps in ((n, s) for n in model.manifest.generators for s in STEPS.get(n, (1,))):
        seconds = _median(partial(_predicted, model, hidden, Choices(generator=name, steps=steps)), runs)
        target = DEFAULT_TARGET if name == model.manifest.generator else None
        rows.append(Row(f"inference, RNA missing, {name}, {_count(steps)}", seconds * 1e3, "ms", "lower", target, runs))
    return rows


def _count(steps: int) -> str:
    return f"{steps} step{'s' if steps > 1 else ''} x 20 draws"


def _predicted(model: OpenModel, cohort: Cohort, choices: Choices) -> Prediction:
    result = predict_one(model, cohort, cohort.ids[0], choices)
    if not isinstance(result, Prediction):
        raise SurvguiError(f"the benchmark's case could not be predicted: {result.message}")
    return result


def _statistics(runs: int) -> list[Row]:
    draw = np.random.default_rng(0)
    many = Followed(draw.exponential(20.0, 10_000), draw.random(10_000) < 0.5)
    few = Followed(many.months[:1000], many.events[:1000])
    risks = draw.standard_normal(1000)
    return [
        Row("Kaplan-Meier, n = 10,000", _median(lambda: kaplan_meier(many.months, many.events), runs) * 1e3, "ms",
            "lower", None, runs),
        Row("concordance, n = 1,000", _median(lambda: harrell_c(few, risks), runs) * 1e3, "ms", "lower", None, runs),
    ]  # fmt: skip


def _fusion(runs: int) -> list[Row]:
    """How forward time and memory of activations grow from 2 to 8 modalities, beside the paper's form for pairs."""
    found = costs(lambda works: _medians(works, runs))
    rows = []
    for what, unit, of in (("forward time", "ms", _milliseconds), ("activations", "MiB", _mebibytes)):
        slope, fit = straight_line(COUNTS, of(found["whole"]))
        rows.append(Row(f"2 to 8 modalities, {what}, each further one", slope, unit, "lower", None, runs))
        rows.append(Row(f"2 to 8 modalities, {what}, straight line", fit, "R²", "higher", 0.97, runs))
        for name, target in (("hub", 1.2), ("pairs", None)):
            power = growth(COUNTS, of(found[name]))
            rows.append(Row(f"2 to 8 modalities, {what} of {name} ~ N^k", power, "k", "lower", target, runs))
    return rows


def _milliseconds(cost: Costs) -> list[float]:
    return [seconds * 1e3 for seconds in cost.seconds]


def _mebibytes(cost: Costs) -> list[float]:
    return [kept / 2**20 for kept in cost.kept]


def _median(work: Callable[[], object], runs: int) -> float:
    """Median seconds of `work`; the first run warms up and does not count."""
    return _medians([work], runs)[0]


def _medians(works: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """Median seconds of each piece of work, in turns, so that what else the machine does falls on all of them."""
    for work in works:
        work()
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for own, work in zip(seconds, works, strict=True):
            start = time.perf_counter()
            work()
            own.append(time.perf_counter() - start)
    return [statistics.median(own) for own in seconds]


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "torch_threads": torch.get_num_threads(),
    }

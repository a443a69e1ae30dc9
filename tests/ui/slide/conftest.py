"""Slides made by code, a worker's words for them, and views whose threads are joined."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.display import SlideFacts
from survgui.cases.prediction import Attention
from survgui.readers.slide import open_slide
from survgui.ui.slide.tiles import Loader
from survgui.ui.slide.view import SlideView
from tests.readers.conftest import noise, write_slide

SIDE = 1400


def facts_of(path: Path, **more: object) -> SlideFacts:
    """What a worker says of a slide."""
    with open_slide(path) as slide:
        return SlideFacts(path, slide.mpp, levels=slide.levels, downsamples=slide.downsamples, **more)


def attention(side: int = 200, patch: int = 100, names: tuple[str, ...] = (), start: int = 0) -> Attention:
    """Patches side by side over `side` level-0 pixels, their weights rising from the upper left."""
    across, down = np.meshgrid(np.arange(0, side, patch), np.arange(0, side, patch))
    coords = np.column_stack([across.ravel(), down.ravel()]).astype(np.int64) + start
    weights = np.arange(1, len(coords) + 1, dtype=np.float32)
    return Attention(weights / weights.sum(), coords, float(patch), names)


@pytest.fixture
def loader(qapp) -> Iterator[Loader]:
    made = Loader()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture(scope="session")
def slide(tmp_path_factory: pytest.TempPathFactory) -> SlideFacts:
    """A pyramid of three levels, 0.25 µm per pixel."""
    path = tmp_path_factory.mktemp("slide") / "a.tif"
    write_slide(path, noise(SIDE, grain=5))
    return facts_of(path)


@pytest.fixture
def view(loader: Loader, qtbot) -> Iterator[SlideView]:
    made = SlideView(loader, limit=64 * 2**20)
    qtbot.addWidget(made)
    made.resize(640, 480)
    yield made
    made.show_slide(None)


@pytest.fixture
def loaded(view: SlideView, slide: SlideFacts, qtbot) -> SlideView:
    """A view on the pyramid, with every tile in sight."""
    view.show()
    view.show_slide(slide)
    wait_sharp(qtbot, view)
    return view


def wait_sharp(qtbot, view: SlideView) -> None:
    """Until every tile in sight is there and painted well."""
    qtbot.waitUntil(lambda: not view.raster.missing() and not view.raster.rough, timeout=10_000)

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.prediction import Attention
from survgui.cli import arguments as common
from survgui.cli import reporting
from survgui.engine.simulation import demo_case
from survgui.readers.slide import open_slide


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return demo_case(tmp_path_factory.mktemp("demo") / "case")


@pytest.fixture
def case(folder):
    return common.open_cases([folder])


@pytest.fixture
def attended(prediction, case):
    """Attention on a grid of patches that rises from patch to patch."""
    coords = np.array([(x, y) for y in range(0, 1024, 256) for x in range(0, 1024, 256)])
    weights = np.arange(1, 17, dtype=np.float32) / 136
    attention = Attention(weights, coords, 256.0, ("slide.svs",) * 16)
    return replace(prediction, case=case.ids[0], attention={Modality.PATHOLOGY: attention})


def test_pictures_are_of_the_cases_own_files(attended, case, folder):
    shown = reporting.pictures(attended, case)
    (slide,) = shown.slides
    with open_slide(folder / "slide.svs") as opened:
        assert slide.extent == (opened.width, opened.height) and slide.mpp == opened.mpp
        highest = opened.read_scaled(768, 768, 256, reporting.TILE)
    assert max(slide.pixels.shape) <= reporting.THUMBNAIL
    assert [tile.rank for tile in shown.top] == pytest.approx([1.0, 14 / 15, 13 / 15, 12 / 15])
    assert [tile.rank for tile in shown.least] == pytest.approx([0.0, 1 / 15, 2 / 15, 3 / 15])
    assert np.array_equal(shown.top[0].pixels, highest)
    assert shown.top[0].side_um == pytest.approx(256 * slide.mpp)
    (mri,) = shown.mri
    assert mri.sequence == "t1c" and len(mri.planes) == 3


def test_a_slide_without_attention_is_shown_without_patches(attended, case):
    shown = reporting.pictures(replace(attended, attention={}), case)
    assert len(shown.slides) == 1 and shown.top == shown.least == ()


def test_what_cannot_be_read_again_is_left_out(attended, case, tmp_path):
    def elsewhere(block):
        files = {
            i: tuple(replace(s, path=tmp_path / s.path.name) for s in sources) for i, sources in block.files.items()
        }
        return replace(block, files=files)

    gone = replace(case, blocks={m: elsewhere(block) for m, block in case.blocks.items()})
    shown = reporting.pictures(attended, gone)
    assert (shown.slides, shown.top, shown.mri) == ((), (), ())


def test_tables_have_no_pictures(prediction, cohort):
    shown = reporting.pictures(prediction, cohort)
    assert (shown.slides, shown.mri) == ((), ())


@pytest.mark.parametrize(
    ("target", "alone", "formats"), [("r.PDF", True, ("pdf",)), ("out", False, ("pdf", "html", "json"))]
)
def test_the_report_is_of_the_bundles_development(
    engine, monkeypatch, prediction, bundle, cohort, tmp_path, target, alone, formats
):
    asked = {}

    def report_content(prediction, manifest, reference, *, pictures):
        asked["content"] = (prediction, manifest, reference)
        return "content"

    engine("survgui.engine.model", read_development=lambda bundle: SimpleNamespace(reference="reference"))
    engine("survgui.engine.report", report_content=report_content)
    monkeypatch.setattr("survgui.report.write", lambda *args: asked.setdefault("written", args) and [args[1]])
    written = reporting.write_report(prediction, bundle, cohort, tmp_path / target, alone=alone)
    assert asked["content"] == (prediction, bundle.manifest, "reference")
    assert asked["written"] == ("content", tmp_path / target, formats)
    assert written == [tmp_path / target]

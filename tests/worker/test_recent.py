import os
import shutil

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.step import run_to_end
from survgui.errors import BundleError, ChecksumMismatch, UsageError
from survgui.worker import recent
from survgui.worker.recent import Recent
from survgui.workspace import Workspace

RNA, SLIDE, MRI = Modality.RNA, Modality.PATHOLOGY, Modality.MRI


def test_the_last_values_are_kept_and_the_one_asked_for_longest_ago_goes():
    kept, made = Recent(2), []

    def make(key):
        return kept.get(key, lambda: made.append(key) or key.upper())

    assert [make(key) for key in "abab"] == ["A", "B", "A", "B"] and made == ["a", "b"]
    make("a")
    make("c")  # b goes
    assert [make(key) for key in "acb"] == ["A", "C", "B"] and made == ["a", "b", "c", "b"]
    kept.clear()
    make("b")
    assert made[-2:] == ["b", "b"]


def test_what_could_not_be_made_is_not_kept():
    kept = Recent(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 5) == 5


def test_a_case_is_read_again_when_one_of_its_files_has_changed(adopt, tmp_path):
    key = adopt("clinical", "rna")
    first = recent.case(key)
    assert first.patient == "DEMO-01" and recent.case(key) is first
    rna = next(iter(recent._files(_case_file(key))[1:]))
    before = rna.stat()
    try:
        os.utime(rna, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
        again = recent.case(key)
    finally:
        os.utime(rna, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert again is not first
    assert np.array_equal(again.cohort.blocks[RNA].items["DEMO-01"], first.cohort.blocks[RNA].items["DEMO-01"])


def _case_file(key):
    with Workspace.default() as workspace:
        return workspace.case_file(key)


def test_every_file_of_a_case_decides(adopt, demo_files):
    files = recent._files(_case_file(adopt("clinical", "pathology", "rna", "mri")))
    names = {file.name for file in files}
    assert names == {"clinical.csv", "slide.svs", "rna.csv", "t1.nii.gz", "t1c.nii.gz", "t2.nii.gz", "flair.nii.gz",
                     "seg.nii.gz"}  # fmt: skip


def test_a_case_that_was_deleted_is_said(key):
    with Workspace.default() as workspace:
        workspace.delete([key])
    with pytest.raises(UsageError, match="no longer in the list"):
        recent.case(key)


def test_a_bundle_is_verified_once_until_a_file_changes(bundle_folder, tmp_path):
    copy = shutil.copytree(bundle_folder, tmp_path / "demo-simulated")
    first = recent.bundle(copy)
    assert recent.bundle(copy) is first and recent.model(copy, "cpu") is recent.model(copy, "cpu")
    weights = copy / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ChecksumMismatch):
        recent.bundle(copy)
    with pytest.raises(BundleError, match="not a bundle"):
        recent.bundle(tmp_path / "none")


@pytest.fixture
def encoding(monkeypatch):
    """What is asked of the encoder, without encoding anything."""
    from dataclasses import replace

    from survgui.cases.step import Step
    from survgui.engine import encode as module

    asked = []

    def encode(cohort, *, device, encoder, batch):
        asked.append((sorted(cohort.blocks), encoder))
        yield Step("encode", 1, 1)
        filled = {
            m: replace(b, items={"DEMO-01": np.zeros((4, 64, 64, 64), np.float32)}) for m, b in cohort.blocks.items()
        }
        return replace(cohort, blocks=filled)

    monkeypatch.setattr(module, "encode", encode)
    return asked


def test_only_what_the_bundle_takes_and_nobody_hides_is_encoded_and_once(adopt, bundle_folder, encoding):
    opened, bundle = recent.case(adopt("clinical", "pathology", "rna", "mri")), recent.bundle(bundle_folder)

    def encoded(*hide):
        return run_to_end(recent.encoded(opened, bundle, frozenset(hide), "cpu"))

    first = encoded(SLIDE)
    assert encoding == [(["mri"], "efficientnet-lite0")]
    assert list(first.blocks) == list(opened.cohort.blocks) and not first.blocks[SLIDE].items
    second = encoded()
    assert encoding[1:] == [(["pathology"], "efficientnet-lite0")]
    assert second.blocks[SLIDE].items and second.blocks[MRI].items
    assert encoded(RNA) is second and encoded() is second and len(encoding) == 2


def test_a_case_can_go_through_bundles_of_different_encoders(adopt, bundle_folder, encoding):
    from dataclasses import replace

    opened, bundle = recent.case(adopt("clinical", "pathology", "mri")), recent.bundle(bundle_folder)
    inputs = dict(bundle.manifest.inputs)
    inputs[SLIDE] = replace(inputs[SLIDE], kind=Kind.TILES, encoder="tiles-256")
    tiled = replace(bundle, manifest=replace(bundle.manifest, inputs=inputs))
    features = run_to_end(recent.encoded(opened, bundle, frozenset(), "cpu"))
    tiles = run_to_end(recent.encoded(opened, tiled, frozenset(), "cpu"))
    assert encoding == [(["mri", "pathology"], "efficientnet-lite0"), (["mri", "pathology"], "tiles-256")]
    assert run_to_end(recent.encoded(opened, bundle, frozenset(), "cpu")) is features is not tiles
    assert run_to_end(recent.encoded(opened, tiled, frozenset(), "cpu")) is tiles
    assert len(encoding) == 2


def test_a_bundle_that_takes_no_slides_has_none_encoded(adopt, bundle_folder, encoding):
    from dataclasses import replace

    opened, bundle = recent.case(adopt("clinical", "pathology", "mri")), recent.bundle(bundle_folder)
    inputs = {m: spec for m, spec in bundle.manifest.inputs.items() if m is not SLIDE}
    narrow = replace(bundle, manifest=replace(bundle.manifest, inputs=inputs))
    run_to_end(recent.encoded(opened, narrow, frozenset(), "cpu"))
    assert encoding == [(["mri"], "efficientnet-lite0")]


def test_work_that_was_stopped_is_not_taken_for_done(adopt, bundle_folder, encoding):
    opened, bundle = recent.case(adopt("clinical", "mri")), recent.bundle(bundle_folder)
    task = recent.encoded(opened, bundle, frozenset(), "cpu")
    next(task)
    task.close()
    assert not opened.tried
    assert run_to_end(recent.encoded(opened, bundle, frozenset(), "cpu")).blocks[MRI].items

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.engine import model, stored
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.errors import BundleError
from survgui.nets.masked.config import ImputmaeConfig
from tests.engine.conftest import TINY_MASKED


def test_what_is_read_without_torch_is_what_the_network_was_saved_with(bundle):
    opened = model.open_model(bundle, torch.device("cpu"))
    development = stored.read_development(bundle)
    assert np.array_equal(development.axes, opened.development.axes)
    assert development.axes @ development.axes.T == pytest.approx(np.eye(2), abs=1e-5)
    assert np.array_equal(development.reference.map_, opened.development.reference.map_)
    scalings = stored.read_scalings(bundle)
    assert tuple(scalings) == opened.fitted.net.modalities
    rna = scalings[Modality.RNA]
    assert rna.apply(rna.mean.copy(), rna.names) == pytest.approx(0.0, abs=1e-5)  # the mean patient lies at the origin


def test_the_maps_axes_say_how_much_of_the_variance_they_show(bundle):
    development = stored.read_development(bundle)
    first, second = development.explained
    assert 0 < second <= first < 1 and first + second <= 1
    spread = development.reference.map_.var(axis=0)
    assert spread[0] / spread[1] == pytest.approx(first / second, rel=0.05)  # the map lacks those whom no fold tests


def test_a_bundle_without_the_shares_or_with_half_a_file(bundle, tmp_path):
    from safetensors.numpy import load_file, save_file

    arrays = load_file(bundle.folder / stored.DEVELOPMENT)
    del arrays["explained"]
    old = replace(bundle, folder=tmp_path)
    save_file(arrays, tmp_path / stored.DEVELOPMENT)
    assert stored.read_development(old).explained is None
    del arrays["axes"]
    save_file(arrays, tmp_path / stored.DEVELOPMENT)
    with pytest.raises(BundleError, match="incomplete"):
        stored.read_development(old)
    (tmp_path / stored.DEVELOPMENT).write_bytes(b"\x08")
    with pytest.raises(BundleError, match="damaged"):
        stored.read_development(old)
    with pytest.raises(BundleError, match="damaged"):
        stored.read_scalings(old)


def wrong(of, modality=Modality.RNA, extra=None, **spec):
    """A bundle whose manifest says something else of one modality."""
    manifest = of.manifest
    scalings = manifest.config["scalings"]
    changed = {**scalings, str(modality): {**scalings[str(modality)], **(extra or {})}}
    inputs = {**manifest.inputs, modality: replace(manifest.inputs[modality], **spec)}
    config = {**manifest.config, "scalings": changed}
    return replace(of, manifest=replace(manifest, inputs=inputs, config=config))


TILES, VOLUME = {"kind": Kind.TILES}, {"kind": Kind.VOLUME}
GRID = {"whole": [4, 8, 8, 8], "channels": [0, 1], "side": 4}


@pytest.mark.parametrize(
    ("spec", "extra"),
    [
        ({"names": ("one", "two")}, {}),  # means are of another length
        ({"transform": "cube root"}, {}),
        ({"kind": Kind.FIELDS}, {"columns": 7, "ordered": {}}),
        ({"kind": Kind.FIELDS}, {"columns": [["age", ""]], "ordered": []}),
        ({"kind": Kind.FIELDS}, {"columns": [["age", ""]], "ordered": {}}),
        (TILES, {"count": "x", "pixels": 64}),
        (TILES, {"count": [3], "pixels": 64}),
        (TILES, {"count": 0, "pixels": 64}),
        (TILES, {"pixels": 64}),
        (VOLUME, {**GRID, "channels": [0, 7]}),
        (VOLUME, {**GRID, "channels": [-1]}),
        (VOLUME, {**GRID, "channels": []}),
        (VOLUME, {**GRID, "whole": [4, 8, 8]}),
        (VOLUME, {**GRID, "side": 3}),
        (VOLUME, {**GRID, "side": 0}),
        (VOLUME, {**GRID, "side": None}),
    ],
)
def test_a_scaling_that_does_not_fit_its_arrays_is_refused(masked, spec, extra):
    with pytest.raises(BundleError, match="masked: the scaling of rna is incomplete"):
        stored.read_scalings(wrong(masked, extra=extra, **spec))


@pytest.mark.parametrize(
    ("modality", "spec", "extra"),
    [
        (Modality.RNA, {"names": ("one", "two")}, {}),
        (Modality.RNA, VOLUME, {"size": [1, 2]}),
        (Modality.RNA, VOLUME, {"size": "4x4"}),
        (Modality.CLINICAL, {}, {"columns": [["age", ""]]}),
        (Modality.PATHOLOGY, {"kind": Kind.VECTOR}, {}),
    ],
)
def test_so_is_one_of_features(bundle, modality, spec, extra):
    with pytest.raises(BundleError, match=f"the scaling of {modality} is incomplete"):
        stored.read_scalings(wrong(bundle, modality, extra, **spec))


@pytest.mark.parametrize("scalings", [[], {"rna": 3}, {"rna": []}])
def test_so_are_scalings_that_are_no_table(masked, scalings):
    manifest = replace(masked.manifest, config={**masked.manifest.config, "scalings": scalings})
    with pytest.raises(BundleError, match=r"the scaling of .* is incomplete"):
        stored.read_scalings(replace(masked, manifest=manifest))


def test_no_torch_is_loaded_for_it():
    modules = "stored, omics, volume_image, cohort_facts, exhibits, report"
    code = f"import sys; from survgui.engine import {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr


def test_scalings_of_a_masked_autoencoder_come_back_as_they_were_fitted(masked, halves):
    scalings = stored.read_scalings(masked)
    ids = [i for i in halves.ids if i not in ("P-000", "P-001")]
    again = fit_patch_inputs(halves.keep(ids), ids, ImputmaeConfig().changed(TINY_MASKED)).scalings
    for modality, block in halves.blocks.items():
        item = block.items["P-002"]
        one, two = (s[modality].apply(item, block.names) for s in (scalings, again))
        assert type(scalings[modality]) is type(again[modality]) and one == pytest.approx(two, abs=1e-6)

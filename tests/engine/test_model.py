import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases import bundle as bundles
from survgui.cases.case import Modality
from survgui.engine import model
from survgui.errors import BundleError, ChecksumMismatch
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.weights import load_tensors, save_tensors


def test_a_bundle_opens_to_the_network_that_was_saved(bundle, cohort):
    one = model.open_model(bundle, torch.device("cpu"))
    two = model.open_model(bundle, torch.device("cpu"))
    for name, value in one.fitted.net.state_dict().items():
        assert torch.equal(value, two.fitted.net.state_dict()[name])
    basis = one.fitted.net.subspace.basis  # survives 16 bits: it is orthonormal by construction
    assert torch.allclose(basis.T @ basis, torch.eye(basis.shape[1]), atol=1e-5)


def test_scalings_survive_the_bundle(bundle, cohort):
    opened = model.open_model(bundle, torch.device("cpu"))
    fields = opened.inputs.scalings[Modality.CLINICAL]
    assert fields.columns == (("age", ""), ("sex", "M"), ("grade", "")) or fields.columns[1][0] == "sex"
    array = fields.apply((60.0, "F", "G3"), ("age", "sex", "grade"))
    assert array.shape == (1, 3) and np.isfinite(array).all()


def test_development_rows_are_sorted_and_nameless(bundle):
    reference = model.read_development(bundle).reference
    assert np.all(np.diff(reference.risks) >= 0) and len(reference.risks) == 118
    groups = reference.groups()
    assert min((groups == g).sum() for g in ("low", "intermediate", "high")) >= 38
    assert reference.percentile(reference.risks[59]) == pytest.approx(50, abs=1)


def test_a_changed_file_is_refused_with_both_hashes(bundle, tmp_path):
    copy = shutil.copytree(bundle.folder, tmp_path / "tiny")
    weights = bytearray((copy / model.WEIGHTS).read_bytes())
    weights[-1] ^= 1
    (copy / model.WEIGHTS).write_bytes(weights)
    with pytest.raises(ChecksumMismatch, match=r"manifest \w+…, file \w+…"):
        bundles.verify(copy)


def test_a_manifest_of_another_network_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle.folder, tmp_path / "tiny")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["config"]["network"]["width"] = 24
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="does not fit"):
        model.open_model(bundles.verify(copy), torch.device("cpu"))
    manifest["config"]["network"]["wings"] = 2
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="not understood"):
        model.open_model(bundles.verify(copy), torch.device("cpu"))


def test_a_bundle_of_impuTMAE_opens_with_its_decoder_among_the_generators(masked):
    opened = model.open_model(masked, torch.device("cpu"))
    assert isinstance(opened.fitted.net, Imputmae) and opened.fitted.generator == "gaussian"
    assert masked.manifest.decoders == ("latent", "reencode")
    assert masked.manifest.generators == tuple(opened.fitted.generators) == ("gaussian", "latent", "mean", "reencode")
    held = {name for name in masked.manifest.files if name.startswith("generator-")}
    assert held == {"generator-gaussian.safetensors", "generator-mean.safetensors"}
    saved = load_tensors(masked.folder / model.WEIGHTS)
    for name, value in opened.fitted.net.state_dict().items():
        assert torch.equal(value, saved[name].float())


def test_decoders_that_a_network_has_not_and_methods_that_are_none_are_refused(bundle, masked, tmp_path):
    for number, (kind, changes, message) in enumerate(
        [
            (bundle, {"decoders": ["latent"]}, "is no generator of this version"),
            (masked, {"decoders": ["dream"]}, "is no generator of this version"),
            (masked, {"method": "oracle"}, "not understood"),
        ]
    ):
        copy = shutil.copytree(kind.folder, tmp_path / str(number))
        manifest = json.loads((copy / "manifest.json").read_text())
        (copy / "manifest.json").write_text(json.dumps({**manifest, **changes}))
        with pytest.raises(BundleError, match=message):
            model.open_model(bundles.verify(copy), torch.device("cpu"))


@pytest.mark.parametrize("network", [[], [["width", 12]], None, "small", {"width": [12]}, {"width": 0}])
def test_a_configuration_that_is_none_is_refused(masked, network):
    manifest = replace(masked.manifest, config={**masked.manifest.config, "network": network})
    with pytest.raises(BundleError, match="its configuration is not understood"):
        model.open_model(replace(masked, manifest=manifest), torch.device("cpu"))


@pytest.mark.parametrize(
    ("name", "shape"), [("axes", (2, 3)), ("axes", (3,)), ("shared_axes", (4,)), ("shared_axes", ()), ("axes", None)]
)
def test_a_generator_whose_frame_has_other_dimensions_is_refused(masked, tmp_path, name, shape):
    folder = shutil.copytree(masked.folder, tmp_path / "masked")
    file = folder / model.generator_file("gaussian")
    tensors = {**load_tensors(file), f"frame.{name}": torch.zeros(shape or ())}
    if shape is None:
        del tensors[f"frame.{name}"]
    save_tensors(file, tensors)
    with pytest.raises(BundleError, match=r"masked: generator-gaussian.safetensors is no generator of this version"):
        model.open_model(replace(masked, folder=folder), torch.device("cpu"))

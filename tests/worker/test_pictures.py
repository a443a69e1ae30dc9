import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.errors import UsageError
from survgui.readers.volume import open_volume
from survgui.worker import pictures


def test_the_omics_of_a_case_with_and_without_a_bundle(key, bundle_folder):
    (rna,) = run_to_end(pictures.omics(key, bundle_folder))
    assert rna.modality is Modality.RNA and rna.patients == 400 and rna.wanted == len(rna.names) == 600
    assert np.isfinite(rna.z).all() and rna.reason == ""
    (alone,) = run_to_end(pictures.omics(key, None))
    assert np.array_equal(alone.values, rna.values) and np.isnan(alone.z).all() and alone.patients == 0


def test_a_case_without_omics(adopt, bundle_folder):
    assert run_to_end(pictures.omics(adopt("clinical"), bundle_folder)) == ()


def test_a_sequence_with_the_crop_and_the_outline(key, bundle_folder, demo_files):
    found = run_to_end(pictures.volume(key, "t1c", bundle_folder))
    file = open_volume(demo_files / "mri" / "t1c.nii.gz")
    assert found.role == "t1c" and found.voxels.shape == file.data.shape and found.box is not None
    assert np.array_equal(found.outline, open_volume(demo_files / "mri" / "seg.nii.gz").data > 0)
    assert run_to_end(pictures.volume(key, "t1c", None)).box is None
    own = run_to_end(pictures.volume(key, "segmentation", None))
    assert np.array_equal(own.voxels > 0, own.outline)


def test_a_bundle_without_mri_has_no_crop(key, bundle_folder):
    glioma = bundle_folder.parent / "tcga-glioma"
    assert (run_to_end(pictures.volume(key, "t1c", glioma)).box is None) == (Modality.MRI not in _inputs(glioma))


def _inputs(folder):
    from survgui.cases.bundle import read_manifest

    return read_manifest(folder).inputs


def test_a_sequence_that_is_not_there(key, adopt, bundle_folder):
    with pytest.raises(UsageError, match="no sequence 'dwi'; it has"):
        run_to_end(pictures.volume(key, "dwi", bundle_folder))
    with pytest.raises(UsageError, match="no MRI files"):
        run_to_end(pictures.volume(adopt("clinical"), "t1c", None))

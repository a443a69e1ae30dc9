import nibabel as nib
import numpy as np
import pytest

from survgui.cases.case import Modality, Source
from survgui.encoders.volumes import SPACING, prepare_volume
from survgui.engine.volume_image import volume_image
from survgui.errors import ReadError
from survgui.readers.volume import open_volume

LPS = np.diag([-2.0, -2.0, 3.0, 1.0])


def save(folder, role, data, affine=LPS):
    path = folder / f"{role}.nii.gz"
    nib.save(nib.Nifti1Image(np.asarray(data), affine), path)
    return Source(Modality.MRI, path, role=role)


@pytest.fixture
def brain():
    data = np.zeros((40, 44, 30), dtype=np.int16)
    data[4:36, 6:40, 3:27] = np.random.default_rng(0).integers(100, 900, (32, 34, 24))
    return data


def test_voxels_are_measured_values_in_ras_order(tmp_path, brain):
    source = save(tmp_path, "t1c", brain)
    found = volume_image(source, [source], crop=False)
    measured = found.low + (found.high - found.low) * found.voxels.astype(float) / 65535
    assert found.voxels.dtype == np.uint16
    assert measured == pytest.approx(brain[::-1, ::-1, :], abs=0.01)  # the file's axes run to the left and back
    assert found.spacing == (2.0, 2.0, 3.0) and np.diag(found.affine)[:3] == pytest.approx([2.0, 2.0, 3.0])
    corner = found.affine @ [39, 43, 0, 1]  # now the file's first voxel, which is at the origin
    assert corner[:3] == pytest.approx([0, 0, 0])
    assert found.window == pytest.approx(tuple(np.percentile(brain[brain > 0], [2, 98])), abs=1e-3)
    assert (found.role, found.box, found.outline) == ("t1c", None, None)


def test_the_box_is_the_cube_that_the_network_gets(tmp_path, brain):
    source = save(tmp_path, "t1c", brain, np.diag([4.0, 4.0, 6.0, 1.0]))
    found = volume_image(source, [source], crop=True)
    crop = prepare_volume([source])
    middle = crop.affine[:3, 3] + SPACING * 63 / 2  # of the cube, in mm
    inside = np.linalg.solve(found.affine, [*middle, 1])[:3]
    for axis, (first, last) in enumerate(found.box):
        assert 0 <= first < last <= found.voxels.shape[axis]
        assert first - 1 <= inside[axis] <= last
        free = first > 0 and last < found.voxels.shape[axis]
        assert not free or (last - first) * found.spacing[axis] == pytest.approx(128, abs=2 * found.spacing[axis])
    assert any(first > 0 and last < n for (first, last), n in zip(found.box, found.voxels.shape, strict=True))


def test_an_outline_on_the_same_grid_is_turned_with_the_volume(tmp_path, brain):
    lesion = np.zeros(brain.shape, dtype=np.uint8)
    lesion[5:9, 10:20, 4:8] = 3
    sources = [save(tmp_path, "t1c", brain), save(tmp_path, "segmentation", lesion)]
    found = volume_image(sources[0], sources, crop=False)
    assert np.array_equal(found.outline, lesion[::-1, ::-1, :] > 0)


def test_an_outline_elsewhere_or_damaged_is_a_note(tmp_path, brain):
    source = save(tmp_path, "t1c", brain)
    shifted = LPS.copy()
    shifted[:3, 3] = 5.0
    other = volume_image(source, [source, save(tmp_path, "segmentation", brain, shifted)], crop=False)
    assert other.outline is None and "another grid" in other.notes[-1]
    (tmp_path / "segmentation.nii.gz").write_bytes(b"\x1f\x8b damaged")
    broken = volume_image(source, [source, Source(Modality.MRI, tmp_path / "segmentation.nii.gz", role="segmentation")],
                          crop=False)  # fmt: skip
    assert broken.outline is None and "cannot be shown" in broken.notes[-1]


@pytest.mark.parametrize("value", [0, 7])
def test_a_volume_of_one_value_has_a_window(tmp_path, value):
    source = save(tmp_path, "flair", np.full((8, 8, 8), value, dtype=np.int16))
    found = volume_image(source, [source], crop=True)
    assert found.low == found.high == value and not found.voxels.any()
    assert (found.window[0] < found.window[1] and found.box is None) or value


def test_a_file_that_cannot_be_read_is_raised(tmp_path):
    with pytest.raises(ReadError):
        volume_image(Source(Modality.MRI, tmp_path / "none.nii.gz", role="t1"), [], crop=False)


def test_a_real_sequence(shared_data):
    files = sorted((shared_data / "mri").rglob("*t1c*.nii.gz"))
    if not files:
        pytest.skip("no real MRI")
    source = Source(Modality.MRI, files[0], role="t1c")
    found, volume = volume_image(source, [source], crop=True), open_volume(files[0])
    step = (found.high - found.low) / 65535
    measured = found.low + step * found.voxels.astype(float)
    assert np.abs(measured - volume.data).max() <= 0.51 * step + 1e-3
    assert found.box is not None


def test_a_skull_is_pointed_out_and_a_brain_is_not(tmp_path):
    affine = np.diag([8.0, 8.0, 8.0, 1.0])
    noise = np.random.default_rng(0).integers(1, 9, (30, 30, 30)).astype(np.int16)
    head = save(tmp_path, "t1", noise, affine)
    (note,) = volume_image(head, [head], crop=False).notes
    assert note.startswith("skull not removed (0% is exactly zero, 13.8 litres are left)")
    place = np.stack(np.meshgrid(*[np.arange(30) - 14.5] * 3, indexing="ij"), -1)
    brain = save(tmp_path, "t2", noise * (np.linalg.norm(place, axis=-1) < 8), affine)
    assert volume_image(brain, [brain], crop=False).notes == ()


def test_a_registered_sequence_is_shown_where_the_model_has_it(tmp_path, brain):
    """The affine is moved, the note says to what, and the fixed sequence stays where its file says."""
    shifted = LPS.copy()
    shifted[:3, 3] = [30.0, 0.0, 0.0]
    sources = [save(tmp_path, "t1c", brain), save(tmp_path, "t2", brain, shifted)]
    fixed, moved = (volume_image(source, sources, crop=True) for source in sources)
    corner = (moved.affine @ [39, 43, 0, 1])[:3]  # the file's first voxel; the other's is at the origin
    assert np.abs(corner).max() < 1.5
    assert any(note.startswith("registered by survgui to t1c: t2 (moved by 30") for note in moved.notes)
    assert fixed.notes == () or not any("registered" in note for note in fixed.notes)

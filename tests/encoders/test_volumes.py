"""Volumes are judged against anatomy whose place in space is known."""

import nibabel
import numpy as np
import pytest

from survgui.cases.case import Modality, Source
from survgui.encoders.volumes import SEQUENCES, SIDE, SPACING, prepare_volume, resample
from survgui.errors import ReadError

TUMOUR = np.array([20.0, 30.0, 10.0])  # mm from the middle of the brain


def head(affine, shape, tumour=TUMOUR, shift=(0, 0, 0)):
    """A ball of 60 mm radius whose brightness grows to the right, with a bright ball of 15 mm; or an even one."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    place = index @ affine[:3, :3].T + affine[:3, 3] - shift
    brain = np.linalg.norm(place, axis=-1) < 60
    lesion = np.linalg.norm(place - tumour, axis=-1) < 15
    shade = 0.3 * place[..., 0] if lesion.any() else 0
    return (brain * (100 + shade + 200 * lesion)).astype(np.float32), lesion


def grid(spacing, shape, angle=0.0):
    """(4, 4) affine of a grid around 0, turned about the axis from left to right."""
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) - 1) / 2
    return affine


@pytest.fixture
def patient(tmp_path):
    """Writes sequences, each on its grid, and gives their sources."""

    def make(roles=SEQUENCES, spacing=(2, 2, 2), shape=(80, 96, 80), angle=0.0, shift=(0, 0, 0), tumour=TUMOUR):
        affine = grid(spacing, shape, angle)
        data, lesion = head(affine, shape, tumour, shift)
        sources = []
        for role in roles:
            path = tmp_path / f"{role}.nii.gz"
            values = lesion.astype(np.float32) if role == "segmentation" else data
            nibabel.save(nibabel.Nifti1Image(values, affine), path)
            sources.append(Source(Modality.MRI, path, role=role))
        return tuple(sources)

    return make


def at(prepared, point):
    """Values of the sequences at a place in mm."""
    index = np.linalg.solve(prepared.affine, [*point, 1])[:3].round().astype(int)
    return prepared.values[:, *index]


def test_the_cube_is_128_mm_around_the_outlined_tumour(patient):
    prepared = prepare_volume(patient((*SEQUENCES, "segmentation")))
    assert prepared.values.shape == (4, SIDE, SIDE, SIDE)
    assert prepared.values.dtype == np.float32
    np.testing.assert_allclose(prepared.affine @ [31.5, 31.5, 31.5, 1], [*TUMOUR, 1], atol=0.1)
    np.testing.assert_allclose(np.diag(prepared.affine), [SPACING, SPACING, SPACING, 1])
    assert prepared.missing == prepared.notes == ()


def test_values_are_z_scores_inside_the_brain_and_zero_outside(patient):
    prepared = prepare_volume(patient(tumour=np.zeros(3)))
    data, _ = head(grid((2, 2, 2), (80, 96, 80)), (80, 96, 80), np.zeros(3))
    mean, deviation = data[data > 0].mean(), data[data > 0].std()
    for x in (-40, 30):
        np.testing.assert_allclose(at(prepared, (x, 20, 0)), (100 + 0.3 * x - mean) / deviation, atol=0.03)
    np.testing.assert_array_equal(at(prepared, (0, 0, 0)), 5)  # of 8, cut
    place = (np.indices((SIDE,) * 3).transpose(1, 2, 3, 0) * SPACING) + prepared.affine[:3, 3]
    assert (prepared.values[:, np.linalg.norm(place, axis=-1) > 63] == 0).all()


def test_other_grids_give_the_same_anatomy(patient):
    """Fine, coarse and oblique grids of one head: the same values at the same places, right stays right."""
    reference = prepare_volume(patient((*SEQUENCES, "segmentation")))
    points = [TUMOUR, np.add(TUMOUR, (25, 0, 0)), np.subtract(TUMOUR, (50, 0, 0)), (0, -20, 0)]
    for layout in (
        {"spacing": (1, 1, 1), "shape": (150, 170, 140)},
        {"spacing": (0.9, 0.9, 5.0), "shape": (160, 190, 30)},
        {"spacing": (1.5, 1.5, 2.0), "shape": (110, 120, 90), "angle": 0.3},
    ):
        prepared = prepare_volume(patient((*SEQUENCES, "segmentation"), **layout))
        np.testing.assert_allclose(prepared.affine, reference.affine, atol=0.6)
        for point in points:
            np.testing.assert_allclose(at(prepared, point), at(reference, point), atol=0.2)
    assert at(reference, [40, -20, 0])[0] > at(reference, [-40, -20, 0])[0] + 0.2


def test_sequences_of_a_patient_who_moved_are_brought_together(patient):
    still = patient(("flair",))
    moved = patient(("t1",), spacing=(1.5, 1.5, 2), shape=(110, 120, 90), shift=(0, 4, 12))
    prepared = prepare_volume((*still, *moved))
    t1, _, _, flair = at(prepared, TUMOUR)
    assert t1 == pytest.approx(flair, abs=0.2)
    (note,) = [note for note in prepared.notes if note.startswith("registered by survgui to flair")]
    assert "t1 (moved by 12." in note
    middle = (prepared.move("t1") @ [0, 4, 12, 1])[:3]  # of the brain: a ball, which may turn about itself
    np.testing.assert_allclose(middle, 0, atol=0.6)
    np.testing.assert_array_equal(prepared.move("flair"), np.eye(4))


def test_a_sequence_of_something_else_is_not_moved(patient, tmp_path):
    noise = np.random.default_rng(0).normal(100, 5, (50, 50, 50)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(noise, np.diag([3, 3, 3, 1])), tmp_path / "t2.nii.gz")
    prepared = prepare_volume((*patient(("flair",)), Source(Modality.MRI, tmp_path / "t2.nii.gz", role="t2")))
    assert any("t2 could not be registered to flair" in note for note in prepared.notes)
    np.testing.assert_array_equal(prepared.moves, np.stack([np.eye(4)] * 4))


def test_a_head_with_its_skull_is_told_and_scaled_without_the_air(patient, tmp_path):
    """Noise in the air and a bright ring around: z-scores are of the head alone, and the note says what to do."""
    (source,) = patient(("t1",))
    image = nibabel.load(source.path)
    place = np.stack(np.meshgrid(*map(np.arange, image.shape), indexing="ij"), -1) @ image.affine[:3, :3].T
    distance = np.linalg.norm(place + image.affine[:3, 3], axis=-1)
    air = np.random.default_rng(0).gamma(2.0, 2.0, image.shape)
    data = image.get_fdata() + 150 * ((distance > 64) & (distance < 72)) + air
    nibabel.save(nibabel.Nifti1Image(data.astype(np.float32), image.affine), source.path)
    prepared = prepare_volume((source,))
    (note,) = [note for note in prepared.notes if "skull" in note]
    assert "0% is exactly zero" in note and "remove the skull" in note and "4.9 litres" in note
    assert abs(at(prepared, (0, -20, 0))[0]) < 1.5  # ordinary tissue; over the whole picture it would be far above


def test_without_an_outline_the_lesion_on_flair_is_the_centre(patient):
    prepared = prepare_volume(patient())
    np.testing.assert_allclose(prepared.affine @ [31.5, 31.5, 31.5, 1], [*TUMOUR, 1], atol=2)
    assert any("bright region of FLAIR" in note for note in prepared.notes)


def test_without_flair_or_lesion_the_brain_is_the_centre(patient):
    for sources in (patient(("t1", "t1c")), patient(tumour=np.full(3, 500.0))):
        prepared = prepare_volume(sources)
        middle = (prepared.affine @ [31.5, 31.5, 31.5, 1])[:3]
        np.testing.assert_allclose(middle, 0, atol=1)
        assert any("centred on the brain" in note for note in prepared.notes)


def test_missing_sequences_are_zeros_and_named(patient):
    prepared = prepare_volume(patient(("t2", "segmentation", "flair")))
    assert prepared.missing == ("t1", "t1c")
    assert not prepared.values[:2].any()
    assert prepared.values[2:].any(axis=(1, 2, 3)).all()
    assert prepared.notes == ("missing sequences, filled with zeros: t1, t1c; add them if there are any",)


def test_unreadable_empty_repeated_and_unknown_files_are_noted_not_fatal(patient, tmp_path):
    sources = list(patient(("t1", "t2", "flair")))
    sources[0].path.write_bytes(sources[0].path.read_bytes()[:500])
    nibabel.save(nibabel.Nifti1Image(np.zeros((20, 20, 20), np.float32), np.eye(4)), sources[1].path)
    sources.append(Source(Modality.MRI, tmp_path / "again.nii.gz", role="flair"))
    sources.append(Source(Modality.MRI, tmp_path / "dwi.nii.gz", role="dwi"))
    prepared = prepare_volume(sources)
    assert prepared.missing == ("t1", "t1c", "t2")
    text = "\n".join(prepared.notes)
    for expected in ("t1.nii.gz", "t2 is not used: it is empty", "again.nii.gz is not used", "dwi.nii.gz is not used"):
        assert expected in text


def test_no_sequence_at_all_is_a_stated_failure(patient):
    with pytest.raises(ReadError, match="MRI-20"):
        prepare_volume(patient(("segmentation",)))
    with pytest.raises(ReadError, match="MRI-20"):
        prepare_volume(())


def test_resampling_keeps_the_mean_of_what_becomes_coarser():
    draw = np.random.default_rng(0).normal(5, 1, (64, 64, 64)).astype(np.float32)
    fine = np.diag([0.5, 0.5, 0.5, 1])
    coarse = np.diag([2.0, 2.0, 2.0, 1])
    coarse[:3, 3] = 8
    result = resample(draw, fine, coarse, side=8)
    assert result.mean() == pytest.approx(5, abs=0.05)
    assert result.std() < 0.4  # averaged, not picked


@pytest.mark.slow
def test_real_patients(shared_data):
    """The lesion found on FLAIR is where the outline is; four grids of one patient meet."""
    folder = shared_data / "mri" / "TCGA-DU-7294"
    names = {"t1": "t1_bet", "t1c": "t1c_bet", "t2": "t2_bet", "flair": "fla_bet", "segmentation": "seg_hnfnetv1-20"}
    sources = [Source(Modality.MRI, folder / f"TCGA-DU-7294_{name}.nii.gz", role=role) for role, name in names.items()]
    outlined, found = prepare_volume(sources), prepare_volume(sources[3:4])
    assert outlined.notes == ()
    assert np.linalg.norm(outlined.affine[:3, 3] - found.affine[:3, 3]) < 6
    assert outlined.values[3, 28:36, 28:36, 28:36].mean() > 1.5
    folder = shared_data / "mri" / "TCGA-FG-6692_native"
    names = {"t1": "t1", "t1c": "t1c", "t2": "t2", "flair": "fla"}
    native = prepare_volume(
        [Source(Modality.MRI, folder / f"TCGA-FG-6692_hdbet_native_{n}.nii.gz", role=r) for r, n in names.items()]
    )
    brains = native.values != 0
    overlap = brains.all(axis=0).sum() / brains.any(axis=0).sum()
    assert overlap > 0.87
    (note,) = [note for note in native.notes if note.startswith("registered by survgui to t1c")]
    assert all(role in note for role in ("t1 (", "t2 (", "flair ("))

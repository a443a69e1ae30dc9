"""Each trait shows in the sequences and the segmentation as a radiologist would measure it."""

import nibabel
import numpy as np
import pytest

from survgui.engine.simulation import volumes

NAMES = list(volumes.TRAITS)


def drawn(seed=1, **scores):
    traits = np.zeros(len(NAMES))
    for name, value in scores.items():
        traits[NAMES.index(name.replace("_", " "))] = value
    return volumes.draw_sequences(traits, np.random.default_rng(seed))


def millilitres(sequences, *labels):
    return np.isin(sequences["seg"], labels).sum() * volumes.VOXEL_MM**3 / 1000


@pytest.fixture(scope="module")
def average():
    return drawn()


def test_there_are_four_sequences_and_a_segmentation(average):
    assert set(average) == {*volumes.SEQUENCES, "seg"}
    for volume in average.values():
        assert volume.shape == volumes.SHAPE
        assert volume.dtype == np.int16
    assert set(np.unique(average["seg"])) == {0, 1, 2, 4}


def test_it_is_a_brain_without_a_skull(average):
    brain = average["t1"] > 0
    assert 900 < brain.sum() * volumes.VOXEL_MM**3 / 1000 < 1900  # ml
    edges = [brain.take(where, axis) for axis in range(3) for where in (0, -1)]
    assert not any(edge.any() for edge in edges)
    assert not ((average["seg"] > 0) & ~brain).any()


def test_the_sequences_have_their_contrast(average):
    def mean(name, label):
        return average[name][average["seg"] == label].mean()

    necrosis, oedema, rim = volumes.NECROSIS, volumes.OEDEMA, volumes.ENHANCING
    assert mean("t1c", rim) > 1.4 * mean("t1", rim)
    assert mean("t1c", rim) > 1.5 * mean("t1c", necrosis)
    normal = np.median(average["flair"][(average["flair"] > 0) & (average["seg"] == 0)])
    assert mean("flair", oedema) > 1.4 * normal
    assert mean("t2", necrosis) > mean("t2", rim)


def test_the_same_generator_draws_the_same_volumes(average):
    again = drawn()
    assert all((average[name] == again[name]).all() for name in average)


@pytest.mark.parametrize(
    ("trait", "labels"),
    [("volume", (1, 4)), ("rim_thickness", (4,)), ("necrotic_core", (1,)), ("oedema", (2,))],
)
def test_extents_grow_with_their_trait(trait, labels):
    sizes = [millilitres(drawn(**{trait: score}), *labels) for score in (-2, 0, 2)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_enhancement_is_a_brighter_rim(average):
    def rim(sequences):
        return sequences["t1c"][sequences["seg"] == volumes.ENHANCING].mean()

    assert rim(drawn(enhancement=2)) > 1.07 * rim(average)


def test_midline_shift_moves_the_ventricles_away_from_the_tumour():
    def offset(sequences):
        fluid = (sequences["t1"] > 0) & (sequences["t1"] < 260)
        middle = fluid[20:60, 30:66, 30:50]
        tumour = np.argwhere(sequences["seg"] > 0)[:, 0].mean() - volumes.SHAPE[0] / 2
        return (np.argwhere(middle)[:, 0].mean() - 19.5) * -np.sign(tumour)

    assert offset(drawn(midline_shift=2.5)) > offset(drawn(midline_shift=-1)) + 0.3


def test_an_irregular_outline_has_more_surface_for_its_volume():
    def roughness(sequences):
        inside = np.isin(sequences["seg"], (1, 4))
        surface = sum(np.abs(np.diff(inside.astype(int), axis=axis)).sum() for axis in range(3))
        return surface / inside.sum() ** (2 / 3)

    assert roughness(drawn(irregular_outline=2.5)) > 1.1 * roughness(drawn(irregular_outline=-2.5))


def test_little_reserve_is_more_fluid(average):
    def fluid(sequences):
        return ((sequences["t2"] > 950) & (sequences["seg"] == 0)).sum()

    assert fluid(drawn(cortical_reserve=-2)) > 1.2 * fluid(drawn(cortical_reserve=2))


def test_files_are_nifti_of_2_mm_and_the_same_each_time(average, tmp_path):
    for name in ("one.nii.gz", "other.nii.gz"):
        volumes.write_volume(tmp_path / name, average["t1c"])
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "other.nii.gz").read_bytes()
    image = nibabel.load(tmp_path / "one.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), average["t1c"])
    np.testing.assert_allclose(image.header.get_zooms(), 2.0)
    assert nibabel.aff2axcodes(image.affine) == ("R", "A", "S")

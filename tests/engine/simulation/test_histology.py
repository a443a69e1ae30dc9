"""Each trait shows in the picture where a pathologist would look for it."""

import numpy as np
import pytest

from survgui.engine.simulation import histology

NAMES = list(histology.TRAITS)


def section(seed=1, **scores):
    traits = np.zeros(len(NAMES))
    for name, value in scores.items():
        traits[NAMES.index(name.replace("_", " "))] = value
    return histology.draw_section(traits, np.random.default_rng(seed))


def stains(image):
    """Optical density as amounts of haematoxylin and eosin, by least squares over the three channels."""
    density = -np.log((image[::2, ::2].astype(float) + 1) / 244)
    vectors = np.stack([histology._HAEMATOXYLIN, histology._EOSIN]).astype(float)
    return np.moveaxis(density @ np.linalg.pinv(vectors), -1, 0)


def nuclear_share(image):
    return (stains(image)[0] > 0.35).mean()


@pytest.fixture(scope="module")
def average():
    return section()


def test_it_is_tissue_on_glass(average):
    assert average.shape == (2048, 2048, 3)
    assert average.dtype == np.uint8
    glass = (average > 235).all(axis=2).mean()
    assert 0.1 < glass < 0.7
    tissue = average[(average < 220).any(axis=2)].astype(int)
    red, green, blue = tissue.mean(axis=0)
    assert red > blue > green  # pink and purple


def test_the_same_generator_draws_the_same_section(average):
    np.testing.assert_array_equal(average, section())
    assert (average != section(seed=2)).any()


def test_cellularity_is_more_nuclei(average):
    assert nuclear_share(section(cellularity=2)) > 1.2 * nuclear_share(average)


def test_nuclear_size_is_larger_nuclei(average):
    assert nuclear_share(section(nuclear_size=2)) > 1.2 * nuclear_share(average)


def test_hyperchromasia_is_darker_nuclei(average):
    def darkness(image):
        haematoxylin = stains(image)[0]
        return haematoxylin[haematoxylin > 0.35].mean()

    assert darkness(section(hyperchromasia=2)) > 1.1 * darkness(average)


def test_pleomorphism_is_nuclei_that_differ():
    def spread(image):
        haematoxylin = stains(image)[0]
        return haematoxylin[haematoxylin > 0.35].std()

    few = {"lymphocytes": -3, "stroma": -3}
    assert spread(section(pleomorphism=2, **few)) > 1.1 * spread(section(pleomorphism=-2, **few))


def test_eosinophilia_is_pinker_cytoplasm(average):
    def pink(image):
        haematoxylin, eosin = stains(image)
        return eosin[haematoxylin < 0.2].mean()

    assert pink(section(eosinophilia=2)) > 1.2 * pink(average)


def test_necrosis_takes_nuclei_away(average):
    assert nuclear_share(section(necrosis=3)) < 0.9 * nuclear_share(section(necrosis=-3))


def test_lymphocytes_are_small_dark_nuclei(average):
    def darkest(image):
        return (stains(image)[0] > 1.2).mean()

    assert darkest(section(lymphocytes=2)) > 1.5 * darkest(section(lymphocytes=-2))


def test_stroma_takes_the_place_of_tumour_cells():
    assert nuclear_share(section(stroma=3)) < nuclear_share(section(stroma=-3))

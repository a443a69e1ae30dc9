import pytest

from survgui.ui.train.imputmae import FREEZING, FUSION, GENERATOR, HEADS, IMPUTMAE, ORDER, SEQUENCES

SMALL = IMPUTMAE.preset("small").values


def test_heads_words_and_sequences_are_the_networks(engine):
    presets = engine["imputmae"]["presets"].values()
    assert {config["heads"] for config in presets} == {HEADS}
    for choice in (FREEZING, ORDER, FUSION):
        assert {word for word, *_ in choice.options} == set(engine["words"][choice.key])
    assert [name for name, _ in SEQUENCES] == engine["sequences"]
    words = {word for word, *_ in GENERATOR.options}
    offered = {name for config in presets for name in config["generators"].split(",")}
    assert offered == words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"width": 68}, "multiple of 8"),
        ({"tile_patch": 24}, "must divide its tile"),
        ({"volume_patch": 5}, "its volume"),
        ({"tile_pixels": 96}, "must divide 256"),
        ({"volume_side": 48}, "volume 64"),
    ],
)
def test_sizes_that_no_network_has_are_said(changes, said):
    found = IMPUTMAE.wrong({**SMALL, **changes})
    assert said in found and bool(found) == bool(said)


def test_every_choice_says_what_it_does():
    assert all(about.endswith(".") for choice in (FREEZING, ORDER, FUSION, GENERATOR) for *_, about in choice.options)

import pytest

from survgui.ui.train.must import FACTORS, HEADS, MUST

SMALL = MUST.preset("small").values


def test_heads_are_the_networks(engine):
    assert {config["heads"] for config in engine["must"]["presets"].values()} == {HEADS}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"width": 66}, "multiple of 4"),
        ({"rank": 63}, "less than the width"),
        ({"rank": FACTORS - 1}, "at least"),
    ],
)
def test_sizes_that_no_network_has_are_said(changes, said):
    found = MUST.wrong({**SMALL, **changes})
    assert said in found and bool(found) == bool(said)


def test_warm_up_and_main_stage_are_one_figure():
    assert [part.stages for part in MUST.parts] == [("warm-up", "main"), ("generator",)]

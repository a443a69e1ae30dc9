from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.display import BundleFacts
from survgui.settings import Settings
from survgui.ui.drawing import Drawing, Offer, drawing_of, short_title, title
from tests.ui.pretended import bundle_facts


def facts(*names, own="gaussian", steps=1) -> BundleFacts:
    made = bundle_facts()
    files = {f"generator-{name}.safetensors": "0" for name in names}
    return replace(made, manifest=replace(made.manifest, files=files, generator=own, steps=steps))


ALL = facts("ddim", "flow", "gaussian", "mean")


def test_only_what_the_bundle_holds_is_offered_in_the_usual_order():
    assert Offer.of(ALL).generators == ("gaussian", "flow", "ddim", "mean")
    assert Offer.of(facts("ddim", own="ddim", steps=50)) == Offer(("ddim",), "ddim", 50)
    assert Offer.of(facts("flow", "other")).generators == ("flow", "other")
    decoders = facts("mean", "gaussian", "reencode", "latent")
    assert Offer.of(decoders).generators == ("latent", "reencode", "gaussian", "mean")
    assert Offer.of(None) == Offer.of(BundleFacts(Path("b"), None)) == Offer()


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        (Settings(), Drawing("", 0, 20)),
        (Settings(generator="flow", steps=8, draws=5), Drawing("flow", 8, 5)),
        (Settings(generator="gaussian", steps=8), Drawing("gaussian", 0, 20)),  # closed form: no steps to choose
    ],
)
def test_what_is_asked_of_a_bundle(chosen, asked):
    assert drawing_of(chosen, ALL) == asked


def test_a_bundle_without_the_chosen_generator_draws_with_its_own():
    alone = facts("ddim", own="ddim", steps=50)
    assert drawing_of(Settings(generator="flow", steps=8, draws=7), alone) == Drawing("", 0, 7)
    assert Offer.of(alone).meant(Drawing("", 0, 7)) == Drawing("ddim", 50, 7)


def test_steps_are_the_bundles_for_its_own_generator_and_the_usual_for_another():
    offer = Offer.of(facts("ddim", "flow", own="ddim", steps=25))
    assert offer.meant(Drawing()) == Drawing("ddim", 25, 20)
    assert offer.meant(Drawing("flow")) == Drawing("flow", 4, 20)
    assert offer.meant(Drawing("flow", 2)) == Drawing("flow", 2, 20)


@pytest.mark.parametrize(
    ("drawing", "whole", "short"),
    [
        (Drawing("gaussian", 0, 20), "Gaussian (closed form) · 20 draws", "fan: 20 × Gaussian"),
        (Drawing("ddim", 50, 5), "Diffusion (DDIM), 50 steps · 5 draws", "fan: 5 × DDIM 50"),
        (Drawing("latent", 0, 20), "Latent decoder · 20 draws", "fan: 20 × decoder"),
        (Drawing("mean", 0, 20), "Mean only: no spread", "mean, no fan"),
    ],
)
def test_in_words(drawing, whole, short):
    assert title(drawing) == whole and short_title(drawing) == short

from types import SimpleNamespace

import pytest

from survgui.cases.case import Modality
from survgui.engine.masked.made_card import PUBLISHED, made, published
from survgui.nets.masked.config import PRESETS, ImputmaeConfig

SMALL = ImputmaeConfig()
HAS = (Modality.RNA, Modality.MRI)


def test_the_small_preset_in_words():
    said = made(SMALL, HAS)
    assert "tokens of width 64, pre-trained on the development cohort alone for 60 epochs with 50% of the" in said
    assert "then 20 epochs of survival (recipe `encoders`, fusion of `latents`)" in said
    assert "(at most 16 shared factors, 8 of each modality)" in said and said.endswith("not in the paper. ")
    assert "development cohort for 60 epochs" in made(SMALL, HAS, alone=False)


def test_shares_that_differ_are_told_of_the_modalities_that_the_bundle_has():
    some = SMALL.changed({"mask_ratios": "mri=0.75,dnam=0.9,rna=0.5"})
    assert "with 50% (75% of MRI) of the patches masked" in made(some, HAS)
    assert "with 50% of the patches masked" in made(some, [Modality.RNA])


def test_without_pre_training_nothing_is_frozen_and_nothing_was_masked():
    said = made(SMALL.changed({"pretrain_epochs": 0}), HAS)
    assert "not pre-trained, then" in said and "masked," not in said
    assert "recipe `none`, since `encoders` asks for pre-trained encoders" in said


def test_without_factors_no_closed_form_is_told_of():
    said = made(PRESETS["published"], HAS)
    assert "factor" not in said and "recipe `published`, fusion of `tokens`" in said


@pytest.mark.parametrize(("cohort", "expected"), [("TCGA-GBMLGG", [PUBLISHED]), ("TCGA-BLCA", []), ("simulated", [])])
def test_the_papers_figures_are_of_its_patients(cohort, expected):
    assert published(SimpleNamespace(development=SimpleNamespace(cohort=cohort))) == expected

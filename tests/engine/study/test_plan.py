from dataclasses import replace

import pytest

from survgui.engine.study.plan import AS_MEASURED, STUDIES, Asked, Setup, arms
from survgui.errors import UsageError
from tests.engine.evaluation.conftest import OPTIONS


def test_values_are_read_as_what_they_are():
    assert STUDIES["mask-ratio"].read_values(["0.25", "0.5", "0.25"]) == (0.25, 0.5)
    assert STUDIES["width"].read_values([]) == (16, 32, 64, 128, 256)
    assert STUDIES["missingness"].read_values(["none", "mar"]) == ("none", "mar")
    for study, word in (("mask-ratio", "half"), ("width", "1.5"), ("missingness", "mxar")):
        with pytest.raises(UsageError, match=f"--values of {study} are such as"):
            STUDIES[study].read_values([word])


def test_an_arm_changes_its_setting_alone(cohort):
    options = replace(OPTIONS, imputmae=replace(OPTIONS.imputmae, mask_ratios="rna=0.9"))
    ratio, width = STUDIES["mask-ratio"], STUDIES["width"]
    (found,) = arms(ratio, [0.75], cohort, options)
    assert found.options == replace(options, imputmae=replace(options.imputmae, mask_ratio=0.75, mask_ratios=""))
    assert found.cohort is cohort and ratio.default(options) == 0.5
    (found,) = arms(width, [32], cohort, options)
    assert found.options.imputmae == replace(options.imputmae, width=32) and width.default(options) == 64


def test_a_value_that_cannot_be_has_its_reason(cohort):
    assert "multiple" in arms(STUDIES["width"], [30], cohort, OPTIONS)[0].reason
    assert "between 0 and 1" in arms(STUDIES["mask-ratio"], [1.0], cohort, OPTIONS)[0].reason
    assert "barcodes" in arms(STUDIES["missingness"], ["site"], cohort, OPTIONS)[0].reason


def test_the_arms_of_missingness_are_the_same_patients_with_less(cohort):
    study = STUDIES["missingness"]
    whole, thinned = arms(study, [AS_MEASURED, "mcar"], cohort, OPTIONS, 0.5)
    assert whole.cohort is cohort and whole.missing == {}
    assert thinned.cohort.ids == cohort.ids and thinned.cohort.folds()[0].test == cohort.folds()[0].test
    assert thinned.missing["left"]["rna"] < thinned.missing["measured"]["rna"] == 80
    setup = Setup(Asked(study), cohort, OPTIONS, (whole, thinned), study.methods, (("natural",),))
    assert setup.default == AS_MEASURED

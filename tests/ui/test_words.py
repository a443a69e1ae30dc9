from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import Contribution, Information, Rubin
from survgui.figures.cohort_map import Near
from survgui.ui import words
from tests.ui import samples

M, S = Modality, State
ONE_IMPUTED = {M.CLINICAL: S.MEASURED, M.RNA: S.IMPUTED}
ALL_MEASURED = {M.CLINICAL: S.MEASURED, M.RNA: S.MEASURED}


def test_the_hint_says_what_the_fan_is_made_of():
    assert words.fan_hint(samples.predicted(ONE_IMPUTED)) == "fan: 20 imputations of RNA-seq"
    assert words.fan_hint(samples.predicted()) == "fan: 20 imputations of 2 modalities"
    assert words.fan_hint(samples.predicted(ALL_MEASURED)) == "everything measured"
    assert words.fan_hint(samples.predicted(preliminary=True)) == "from what was measured"
    absent = samples.predicted({M.CLINICAL: S.MEASURED, M.RNA: S.ABSENT})
    assert words.fan_hint(absent) == "from what was measured"


def test_the_first_estimate_names_what_is_being_imputed_and_claims_no_spread():
    first = samples.predicted(preliminary=True)
    assert words.spread_line(first) == "imputing RNA-seq and copy number"
    assert words.nothing_to_change(first) == "Known once the missing parts are drawn."
    assert words.spread_line(samples.predicted(ONE_IMPUTED)).startswith("imputation spread ")
    assert words.spread_line(samples.predicted(ALL_MEASURED)) == "nothing was imputed"


def test_why_nothing_would_change():
    assert words.nothing_to_change(samples.predicted(ALL_MEASURED)) == "Everything the bundle takes was measured."
    unusable = samples.predicted({M.CLINICAL: S.MEASURED, M.RNA: S.UNUSABLE})
    assert words.nothing_to_change(unusable) == "Nothing was imputed, so there is no spread to judge by."


def test_inputs_are_told_by_state():
    said = words.inputs_sentence(samples.predicted())
    assert said == (
        "Measured: clinical, slide and MRI. Imputed: RNA-seq and copy number (Flow, 4 steps, 20 draws, seed 0). "
        "Absent: methylation. Unusable: mutations. Unused: miRNA."
    )
    assert "(to be drawn)" in words.inputs_sentence(samples.predicted(preliminary=True))


def test_what_could_not_be_used_is_told_as_drawn():
    given = {M.CLINICAL: S.MEASURED, M.RNA: S.UNUSABLE, M.CNV: S.UNUSABLE}
    one = samples.predicted(given, spoiled=[M.RNA])
    assert words.fan_hint(one) == "fan: 20 imputations of RNA-seq"
    assert words.spread_line(one).startswith("imputation spread ")
    assert "over 20 draws of RNA-seq" in words.spread_tip(one)
    assert words.inputs_sentence(one) == (
        "Measured: clinical. Unusable, drawn as if missing: RNA-seq (Flow, 4 steps, 20 draws, seed 0). "
        "Unusable: copy number."
    )
    first = samples.predicted(given, spoiled=[M.RNA], preliminary=True)
    assert words.spread_line(first) == "imputing RNA-seq"
    assert words.fan_hint(first) == "from what was measured"


def test_a_bar_says_its_state_value_and_spread():
    drawn = Contribution("rna", 0.17, S.IMPUTED, (0.05, 0.28))
    assert words.contribution_tip(drawn, 20) == "RNA-seq, imputed: +0.17 log-risk\nspread +0.05 to +0.28, n = 20 draws"
    waiting = Contribution("rna", 0.0, S.IMPUTED)
    assert "until it is drawn" in words.contribution_tip(waiting, 1)
    assert (
        words.contribution_tip(Contribution("shared", -0.2, S.MEASURED), 1) == "shared by all, measured: −0.20 log-risk"
    )


def test_a_missing_modality_says_its_chance_and_change():
    said = words.information_tip(Information(M.RNA, 0.25, 0.063), samples.predicted().content)
    assert "25\u202f% of 20 draws" in said
    assert "S(24): 6.30 percentage points" in said


def test_the_group_is_told_with_thresholds_and_n():
    content = samples.predicted().content
    said = words.group_tip(content)
    assert "87th percentile of 569 development patients" in said
    assert "−1.35 and −0.45" in said
    assert said.count("patients,") == 3


def test_neighbours_are_told_in_sums():
    near = Near(20, 7, (("intermediate", 5), ("high", 15)))
    assert words.near_sentence(near) == (
        "Of the 20 development patients nearest to here: 5 intermediate and 15 high risk; 7 died."
    )


def test_a_comparison_says_whether_the_group_changes():
    c = samples.comparison()
    assert (
        words.group_sentence(c) == "With RNA-seq imputed the case moves from high to intermediate risk; n = 20 draws."
    )
    same = replace(c, imputed=samples.predicted(ONE_IMPUTED))
    assert "stays in its risk group (high)" in words.group_sentence(same)


def test_a_comparison_says_how_often_the_spread_held():
    c = replace(samples.comparison(), inside=0.86)
    assert words.inside_sentence(c) == (
        "inside the 5–95\u202f% spread: 86\u202f% of 64 values; 90\u202f% would be ideal"
    )


def test_the_distance_between_measured_and_imputed():
    c = samples.comparison()
    moved = np.linalg.norm(c.imputed.map.cloud.mean(axis=0) - c.real_point)
    assert f"lie {moved:.2f} apart" in words.distance_sentence(c)


@pytest.mark.parametrize("text", [words.RANKS, words.FIDELITY, words.change_note(samples.predicted().content)])
def test_no_word_promises_too_much(text):
    assert not {"confidence", "recommend", "diagnosis"} & set(text.lower().split())


def by_the_mean(**more):
    """RNA and copy number put in at their mean: one answer, no draws."""
    made = samples.predicted(draws=1, generator="mean", steps=1, information=(), **more)
    parts = tuple(replace(c, spread=None) for c in made.prediction.contributions)
    return replace(made, prediction=replace(made.prediction, contributions=parts))


def test_without_a_spread_none_is_claimed():
    p = by_the_mean()
    assert words.without_spread(p) == words.spread_line(p) == "imputed by the mean: no spread"
    assert words.fan_hint(p) == "2 modalities at the mean"
    assert words.nothing_to_change(p) == "Nothing to judge by: imputed by the mean: no spread."
    assert "(Mean only: no spread)" in words.inputs_sentence(p) and "Another generator" in words.spread_tip(p)
    imputed = next(c for c in p.prediction.contributions if c.state is S.IMPUTED)
    assert words.contribution_tip(imputed, 1, words.without_spread(p)).endswith("imputed by the mean: no spread")
    assert words.contribution_tip(imputed, 1).endswith("until it is drawn")
    once = samples.predicted(draws=1, information=())
    assert words.without_spread(once) == "one draw: no spread" and words.fan_hint(once).startswith("one imputation")
    assert words.without_spread(samples.predicted()) == words.without_spread(samples.predicted(preliminary=True)) == ""
    assert words.without_spread(samples.predicted(ALL_MEASURED)) == ""
    assert words.inside_sentence(samples.comparison(draws=1)).startswith("no spread")


def test_whether_the_probabilities_were_recalibrated():
    assert words.corrected(samples.predicted(recalibrated=True)).startswith("Recalibrated")
    assert words.corrected(samples.predicted()).startswith("Not recalibrated")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Rubin(0.09, 0.16, 0.2545, 0.384, 20), "38\u202f% of the uncertainty comes from the missing parts"),
        (Rubin(0.09, 0.0, 0.0945, None, 20), ""),  # nothing of the model's own to compare with
        (None, ""),
    ],
)
def test_how_much_of_the_uncertainty_is_of_what_is_missing(found, said):
    p = samples.predicted(rubin=found)
    assert words.missing_share(p) == said
    assert ("by 0.30 (standard deviation)" in words.spread_tip(p)) is (found is not None)
    assert words.missing_share(samples.predicted(preliminary=True, rubin=found)) == ""

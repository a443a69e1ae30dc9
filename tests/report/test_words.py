from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import Information
from survgui.cases.reconstruction import FeatureReconstruction
from survgui.cases.report import Calibration, Horizon, InputRow, Score
from survgui.report import words
from tests.report import sample

M, S = Modality, State


@pytest.fixture(scope="module")
def measured():
    return sample.content(sample.prediction(states=dict.fromkeys(M, S.MEASURED)))


def plain(text):
    return text.replace("\u202f", " ")


def test_the_natural_frequency_says_the_headline_number(content):
    made = words.frequency(replace(content, at_horizon=Horizon(24.0, 0.361, 0.318, 0.442)))
    assert made == (
        "Of 100 patients with this profile, the model expects about 36 to be alive at 24 months; "
        "32 to 44 as the imputed RNA-seq and copy number vary."
    )


def test_nothing_imputed_has_no_spread_in_words(measured):
    assert words.spread_line(measured) == "nothing was imputed"
    assert words.frequency(measured).endswith("alive at 24 months.")
    assert words.sensitivity(measured) == "Everything the bundle takes was measured."
    assert words.limits(measured) == [limit + "." for limit in measured.model.limits]


def test_what_was_imputed_stands_first_among_the_limits(content):
    assert words.limits(content)[0].startswith(
        "RNA-seq and copy number were not given to the model: their parts were drawn"
    )


@pytest.mark.parametrize(
    ("cnv", "said"),
    [
        (S.MEASURED, "RNA-seq could not be used: its part was drawn"),
        (S.IMPUTED, "RNA-seq and copy number were not given to the model or could not be used: their parts were drawn"),
    ],
)
def test_what_could_not_be_used_is_told_as_drawn(cnv, said):
    states = {M.CLINICAL: S.MEASURED, M.RNA: S.UNUSABLE, M.CNV: cnv}
    made = sample.content(sample.prediction(states=states, spoiled=[M.RNA]))
    assert words.spread_line(made).startswith("imputation spread ")
    assert "as the imputed RNA-seq" in words.frequency(made)
    assert words.contributions_note(made).endswith("over imputation draws.")
    assert words.limits(made)[0].startswith(said)


@pytest.mark.parametrize(
    ("state", "spoiled", "said"),
    [
        (S.UNUSABLE, (), "Nothing was imputed, so there is no spread to judge by."),
        (S.ABSENT, (), "Nothing was imputed, so there is no spread to judge by."),
        (S.UNUSABLE, (M.RNA,), "What is missing was not drawn, so there is no spread to judge by."),
        (S.MEASURED, (), "Everything the bundle takes was measured."),
    ],
)
def test_without_a_spread_to_judge_by_it_says_why(state, spoiled, said):
    made = sample.prediction(states={M.CLINICAL: S.MEASURED, M.RNA: state, M.MIRNA: S.UNUSED}, spoiled=spoiled)
    assert words.sensitivity(sample.content(replace(made, information=()))) == said


def test_the_estimate_hangs_most_on_the_modality_that_moves_most_draws(content):
    made = plain(words.sensitivity(content))
    assert "most sensitive to RNA-seq" in made
    assert "about 31 of 100 such cases" in made
    still = replace(content, information=(Information(M.RNA, 0.0, 0.01),))
    assert words.sensitivity(still) == "No imputation draw of any missing modality leaves the case's risk group."


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (InputRow(M.RNA, S.MEASURED, detail="5 000 genes"), "5 000 genes"),
        (InputRow(M.RNA, S.IMPUTED, detail="?"), "Flow, 4 steps, 20 draws, seed 0"),
        (InputRow(M.RNA, S.ABSENT, developed_on=500), "not given and not recovered"),
        (InputRow(M.RNA, S.ABSENT), "not used by this model"),
        (InputRow(M.MUTATION, S.UNUSABLE, detail="a", reason="41 % of the genes"), "41 % of the genes"),
        (InputRow(M.RNA, S.UNUSABLE, reason="41 % of the genes"), "41 % of the genes; drawn as if missing"),
        (InputRow(M.RNA, S.UNUSABLE), "drawn as if missing"),
        (InputRow(M.RNA, S.UNUSED, detail="a"), "a"),
    ],
)
def test_each_state_is_explained(content, row, text):
    assert words.input_text(row, content) == text


def test_the_models_score_stands_beside_that_of_such_cases_and_of_the_best_cox_row(content):
    made = plain(words.c_index_line(content))
    assert made == "0.87 ± 0.02; with what this case has 0.84 ± 0.03; Cox, RNA + clinical 0.86 ± 0.02"
    assert words.folds_label(content) == "C-index, 5 folds"
    none = replace(content, model=replace(content.model, scores=()))
    assert words.c_index_line(none) == "not stated in the bundle"
    assert words.folds_label(none) == "C-index"


def test_a_score_that_could_not_be_had_says_why():
    assert words.c_index(Score("cmta", ("natural",), None, None, 5, "needs RNA")) == "needs RNA"
    assert words.c_index(Score("must", ("natural",), 0.871, None, 1)) == "0.87"


def test_only_scores_that_bear_on_the_case_are_printed(content):
    other = Score("must", ("rna",), 0.8, 0.1, 5)
    more = replace(content, model=replace(content.model, scores=(*content.model.scores, other)))
    assert other not in words.scores_shown(more)
    assert len(words.scores_shown(more)) == len(content.model.scores)


@pytest.mark.parametrize(
    ("band", "text"),
    [
        (
            Calibration(0.4, 0.42, 0.3, 0.55, 1200, True),
            "predicted 40 %, observed 42 % (95 % interval 30–55 %), n = 1 200",
        ),
        (Calibration(0.4, None, None, None, 20, True), "predicted 40 %, observed not reached by follow-up, n = 20"),
        (Calibration(0.4, 0.42, 0.3, 0.55, 20), "too few development patients to tell"),
    ],
)
def test_calibration_is_told_for_the_band_of_this_case(content, band, text):
    assert plain(words.calibration_line(replace(content, calibration=(band,)))) == text


def test_patterns_are_read_as_names():
    assert words.pattern_text(("natural",)) == "what each patient has"
    assert words.pattern_text(("clinical", "rna")) == f"{M.CLINICAL.title} + RNA-seq"


def test_a_median_that_is_not_reached_is_said(content):
    assert words.median(replace(content, median_months=19.0)) == "19 months"
    assert words.median(replace(content, median_months=None)) == "not reached in 60 months"


def test_a_simulated_cohort_is_always_called_so(content):
    assert words.development(replace(content.model, simulated=True)).startswith("simulated cohort ")
    assert "simulated" not in words.development(replace(content.model, simulated=False))


def test_long_names_keep_what_tells_them_apart(content):
    case = "A" * 40 + "B" * 40
    made = words.case_name(replace(content, identity=replace(content.identity, case=case)))
    assert made == "A" * 28 + "…" + "B" * 16
    assert words.short("ab" * 32) == "abababababab…"


def test_what_has_no_spread_is_said_to_have_none(content):
    run = replace(content.run, generator="mean", steps=1, draws=1)
    made = replace(content, run=run, information=())
    assert words.spread_line(made) == words.without_spread(made) == "imputed by the mean: no spread"
    assert words.run_line(run) == "Mean only: no spread"
    assert words.frequency(made).endswith("alive at 24 months.")
    assert "have no whiskers" in words.contributions_note(made) and "Whiskers:" not in words.contributions_note(made)
    assert (
        words.sensitivity(made)
        == words.nothing_to_change(made)
        == "Nothing to judge by: imputed by the mean: no spread."
    )
    assert "the truth may be another" in words.limits(made)[0]
    once = replace(made, run=replace(run, generator="flow"))
    assert words.without_spread(once) == "one draw: no spread"
    assert words.without_spread(content) == ""


def test_how_near_imputations_come_is_said_beside_the_mean_and_ridge():
    said = words.held_out(sample.held_out())
    assert said == (
        "In 103 held-out patients the mean squared error is 0.81, 1.00 with the development mean in its place and "
        "0.85 with ridge regression; median correlation of a feature 0.31."
    )
    bare = words.held_out(sample.held_out(ridge_mse=None, correlation=None))
    assert bare.endswith("1.00 with the development mean in its place.")
    small = words.held_out(sample.held_out(mse=0.0607, mean_mse=0.0632, ridge_mse=0.0612))
    assert "is 0.061, 0.063 with" in small and "0.061 with ridge" in small
    picture = words.held_out(sample.held_out(correlation=None, ssim=0.4, mean_ssim=0.35))
    assert picture.endswith("; structural similarity 0.40, 0.35 with the mean picture.")
    assert words.held_out(sample.held_out(collapsed=True)).startswith("Close to the development mean: ")
    assert "not measured" in words.held_out(None)


@pytest.mark.parametrize(
    ("imputed", "said"),
    [([0.5, -0.5], "takes away 75\u202f% of the error"), ([-1.0, 1.0], "the mean would have come nearer")],
)
def test_one_patients_error_stands_beside_that_of_the_mean(imputed, said):
    """Real values 1 and -1, so that the mean's error is 1; halves leave an error of one quarter."""
    real, found = np.array([1.0, -1.0], dtype=np.float32), np.array(imputed, dtype=np.float32)
    text = words.errors(FeatureReconstruction(("A", "B"), real, found, found, found))
    assert said in text and "1.00" in text

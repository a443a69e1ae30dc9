from dataclasses import replace

import numpy as np
import pytest

from survgui.engine.card import NOTICE, write_card
from survgui.engine.masked.made_card import PUBLISHED
from survgui.engine.study.tables import as_markdown
from survgui.errors import BundleError
from tests.engine.study.test_tables import RATIO


def test_the_card_says_what_the_manifest_says(bundle, cohort):
    card = write_card(bundle.manifest, cohort)
    assert (bundle.folder / "README.md").read_text("utf-8").startswith("# tiny 1.0.0")
    assert NOTICE in card and "118 patients" in card and "simulated" in card
    for row in bundle.manifest.metrics:
        if row["c_index"] is not None:
            assert f"{row['c_index']:.3f}" in card


def test_a_loss_is_called_a_loss(bundle, cohort):
    rows = [
        {"method": "must", "pattern": ["natural"], "c_index": 0.60, "c_index_sd": 0.1, "cs": 0.7, "n_folds": 5},
        {"method": "cox-all", "pattern": ["natural"], "c_index": 0.65, "c_index_sd": 0.1, "cs": None, "n_folds": 5},
    ]
    card = write_card(replace(bundle.manifest, metrics=tuple(rows)), cohort)
    assert "loses to the best Cox row, `cox-all`, by 0.050" in card


def test_calibration_is_in_the_card_of_a_bundle_that_has_it(bundle, cohort):
    plain = replace(bundle.manifest, calibration={})
    state = {"slope": 0.7, "o_e": 1.2, "ici": 0.05, "ibs": 0.2, "d_calibration_p": None}
    row = {"pattern": ["rna"], "n": 60, "deaths": 20, "before": state, "after": None}
    content = {"horizon_months": 24.0, "form": "a form", "figures": [row]}
    card = write_card(replace(plain, calibration=content), cohort)
    assert "| rna | 60 | 20 | 0.70 → – | 1.20 → – | 0.050 → – | 0.200 → – | – → – |" in card
    assert "## Calibration" not in write_card(plain, cohort)


def row(method, pattern, c, **more):
    plain = {"c_index_sd": 0.02, "uno_c": None, "ibs": 0.2, "cs": 0.7, "cs_binned": None, "n": 50, "n_folds": 5}
    return {"method": method, "pattern": pattern, "c_index": c, "reason": None, **plain, **more}


def test_evaluations_come_first_with_their_losses(bundle, cohort):
    protocol = {"patients": 118, "events": 60, "folds": 5, "seeds": 3}
    natural = {"protocol": protocol, "notes": {"drim": "needs two"},
               "summary": [row(m, ["natural"], c) for m, c in (("must", 0.7), ("cox-all", 0.72), ("drim", 0.6))],
               "differences": [{"method": "drim", "reference": "must", "pattern": ["natural"], "c_index": -0.1,
                                "standard_error": 0.02, "n_folds": 5}]}  # fmt: skip
    patterns = {"protocol": {**protocol, "seeds": 1}, "summary": [
        row("must", ["rna"], 0.6), row("cox-specialist", ["rna"], 0.65),
        row("must", ["clinical"], 0.7), row("cox-specialist", ["clinical"], 0.61)]}  # fmt: skip
    card = write_card(replace(bundle.manifest, evaluations=(natural, patterns)), cohort)
    places = [card.index(part) for part in ("## Figures", "### What every", "### By what", "## Development cohort")]
    assert places == sorted(places)
    assert "| drim | 0.600 ± 0.020 | -0.100 ± 0.020 |" in card and "- `drim`: needs two" in card
    assert (
        "loses to the best Cox row, `cox-all`, by 0.020" in card and "118 patients, 60 deaths; 5 folds, 3 seeds" in card
    )
    assert "`must` is above `cox-specialist` on 1 of 2 patterns; mean difference +0.020." in card


@pytest.mark.parametrize(
    ("gap", "error", "said"),
    [
        (0.021, 0.01, "is above the best Cox row, `cox-all`, by 0.021 ± 0.010 in C-index (0.700 against 0.720)"),
        (-0.021, 0.02, "loses to the best Cox row, `cox-all`, by 0.021 ± 0.020 in C-index"),
        (-0.021, 0.0211, "is level with the best Cox row, `cox-all`, at a difference of -0.021 ± 0.021 in C-index"),
        (0.03, 0.04, "is level with the best Cox row, `cox-all`, at a difference of +0.030 ± 0.040 in C-index"),
        (-0.021, None, "loses to the best Cox row, `cox-all`, by 0.021 in C-index"),
    ],
)
def test_who_wins_is_told_by_the_paired_difference_and_its_error(bundle, cohort, gap, error, said):
    difference = {"method": "must", "reference": "cox-all", "pattern": ["natural"], "c_index": gap,
                  "standard_error": error, "n_folds": 5}  # fmt: skip
    evaluation = {"protocol": {"patients": 118, "events": 60, "folds": 5, "seeds": 1}, "differences": [difference],
                  "summary": [row(m, ["natural"], c) for m, c in (("must", 0.7), ("cox-all", 0.72))]}  # fmt: skip
    assert said in write_card(replace(bundle.manifest, evaluations=(evaluation,)), cohort)


def test_the_share_of_ideal_draws_between_the_percentiles_shown_is_the_cards(bundle, cohort):
    draws = np.random.default_rng(0).standard_normal((20000, 21))
    low, high = np.quantile(draws[:, 1:], [0.05, 0.95], axis=1)
    share = np.mean((low <= draws[:, 0]) & (draws[:, 0] <= high))
    training = {**bundle.manifest.training, "generators": [{"generator": "mean"}]}
    assert f"about {share:.2f} for ideal draws" in write_card(replace(bundle.manifest, training=training), cohort)


def test_whatever_training_has_stored_of_generators_is_a_table(bundle, cohort):
    rows = [
        {"generator": "mean", "steps": 1, "milliseconds": 1.25},
        {"generator": "flow", "coverage": None, "steps": 4},
    ]
    training = {**bundle.manifest.training, "generators": rows}
    card = write_card(replace(bundle.manifest, training=training), cohort)
    assert "| generator | steps | milliseconds | coverage |" in card and "| mean | 1 | 1.25 | – |" in card
    plain = {name: value for name, value in training.items() if name != "generators"}
    assert "## Generators" not in write_card(replace(bundle.manifest, training=plain), cohort)


def test_a_card_of_impuTMAE_speaks_of_its_own_network_and_of_its_imputations(masked, cohort):
    card = (masked.folder / "README.md").read_text("utf-8")
    assert "pre-trained on the development cohort alone for 2 epochs with 50% of the patches masked" in card
    assert "## Studies" not in card and "arXiv 2508.09195), on another split" not in card
    assert "Latents of missing modalities: `gaussian`, 1 step;" in card and "specific part" not in card
    assert card.index("## Figures") < card.index("## Reconstruction") < card.index("## Calibration")
    assert "| RNA-seq | all others | 79 |" in card
    rows = [row("imputmae", ["natural"], 0.70), row("cox-all", ["natural"], 0.65), row("must", ["natural"], 0.8)]
    told = write_card(replace(masked.manifest, metrics=tuple(rows)), cohort)
    assert "this bundle is above the best Cox row, `cox-all`, by 0.050 in C-index (0.700 against 0.650)" in told
    none = replace(masked.manifest, training={**masked.manifest.training, "reconstruction": []})
    assert "## Reconstruction" not in write_card(none, cohort)


def test_a_manifest_of_before_a_setting_came_has_a_card_and_one_that_is_not_understood_is_refused(masked, cohort):
    network = masked.manifest.config["network"]
    older = {name: value for name, value in network.items() if name not in ("own_factors", "fusion", "mask_ratio")}
    card = write_card(replace(masked.manifest, config={"network": older}), cohort)
    assert "8 of each modality" in card and "with 50% of the patches" in card and "fusion of `latents`" in card
    for changes in ({"method": "oracle"}, {"config": {"network": {**network, "wings": 2}}}, {"config": {}}):
        with pytest.raises(BundleError, match="masked: no card can be written of its configuration"):
            write_card(replace(masked.manifest, **changes), cohort)


def test_published_figures_stand_in_cards_of_impuTMAE_on_the_papers_patients(masked, bundle, cohort):
    glioma = replace(masked.manifest.development, cohort="TCGA-GBMLGG")
    assert PUBLISHED in write_card(replace(masked.manifest, development=glioma), cohort)
    assert "C-index .840, CS .870 (binned times)" in PUBLISHED and "Not comparable fold by fold" in PUBLISHED
    assert PUBLISHED not in write_card(replace(bundle.manifest, development=glioma), cohort)


def test_studies_are_in_the_card(masked, cohort):
    told = write_card(replace(masked.manifest, training={**masked.manifest.training, "studies": [RATIO]}), cohort)
    assert told.index("## Studies") < told.index("### Mask ratio") < told.index("## Development cohort")
    assert as_markdown(RATIO) in told

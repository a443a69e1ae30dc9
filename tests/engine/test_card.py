from dataclasses import replace

from survgui.engine.card import NOTICE, write_card


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

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

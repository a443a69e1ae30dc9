from survgui.engine.masked.warm_card import encoder_lines, start_line

ROW = {
    "modality": "mri", "trained_on": "volumes", "simulated": True, "patients": 320, "samples": 1320, "epochs": 60,
    "config": {"mask_ratio": 0.5}, "note": "Soft.",
    "judged": [
        {"on": "volumes", "patients": 80, "mse": 0.2, "mean_mse": 0.4, "visible_mse": 0.5},
        {"on": "real ones", "patients": 2, "mse": 0.3, "mean_mse": 0.2, "visible_mse": 0.1},
    ],
}  # fmt: skip


def test_errors_are_relative_to_the_mean_and_losses_are_told():
    lines = encoder_lines("mine", [ROW])
    assert "--start mine" in lines[0] and "50% of the patches masked" in lines[0]
    assert "| MRI | volumes (simulated) | 320 | 1,320 | 60 | patients left out | 80 | 0.500 | 1.250 |" in lines
    assert "|  |  |  |  |  | real ones | 2 | 1.500 | 0.500 |" in lines
    assert lines[-1] == "\n**MRI.** Soft."


def test_nothing_is_said_where_there_is_nothing():
    assert encoder_lines("mine", []) == [] and start_line({}) == ""


def test_what_was_taken_and_what_was_not():
    rows = [
        {"modality": "mri", "taken": True, "head": True, "trained_on": "volumes", "why": ""},
        {"modality": "rna", "taken": False, "head": False, "trained_on": "", "why": "it has none"},
    ]
    said = start_line({"bundle": "other", "version": "1.0.0", "encoders": rows})
    assert "MRI starts from the encoder and head of `other`, trained on volumes" in said
    assert "RNA-seq starts afresh (it has none)" in said

from survgui.engine.study.result import DIFFERENCES, RECONSTRUCTION
from survgui.engine.study.tables import as_markdown, as_text, gap, to_csv


def row(value, c, method="imputmae", **more):
    plain = {"c_index_sd": 0.02, "cs": 0.75, "cs_binned": 0.74, "n": 50, "n_folds": 5, "difference": None}
    own = {"value": value, "method": method, "pattern": ["natural"], "c_index": c, "reason": None}
    return {**own, **plain, "reconstruction": {}, **more}


GAP = {"c_index": -0.012, "standard_error": 0.004, "n_folds": 5}
RATIO = {
    "study": "mask-ratio", "cohort": "C", "notes": {"mask-only": "the mask"},
    "reference": {"cox-all": 0.7, "rsf": None},
    "reference_reconstruction": {"rna": 0.9}, "remarks": ["rna has 2 patches"],
    "protocol": {"patients": 60, "events": 20, "folds": 5, "seeds": 2,
                 "setting": "mask_ratio", "default": 0.5, "values": [0.25, 0.5, 1.0],
                 "reconstruction": RECONSTRUCTION, "differences": DIFFERENCES},
    "summary": [row(0.25, 0.688, difference=GAP, reconstruction={"rna": 0.81, "mri": 0.5}),
                row(0.5, 0.7, reason="a fold has no figure: few", reconstruction={"rna": 0.8}),
                row(1.0, None, reason="a mask ratio lies between 0 and 1")],
    "rows": [{"value": 0.25, "method": "imputmae", "fold": 0, "seed": 0, "pattern": ["cnv", "rna"], "n": 10,
              "events": 3, "c_index": 0.7, "uno_c": None, "ibs": 0.2, "cs": 0.75, "cs_binned": 0.74,
              "d_calibration_p": 0.5, "seconds": 1.5, "reconstruction": {"rna": 0.81}}],
}  # fmt: skip
MISSING = {
    **RATIO, "remarks": [], "study": "missingness", "reference": {}, "reference_reconstruction": {}, "notes": {},
    "protocol": {**RATIO["protocol"], "setting": "missing", "default": "none", "rate": 0.3, "missing": {"mar": {}}},
    "summary": [row("none", 0.7), row("none", 0.71, "cox-all"), row("mar", 0.69, difference=GAP)],
}  # fmt: skip


def test_text_has_a_line_a_value_with_its_errors_and_what_stands_beside():
    lines = as_text(RATIO).splitlines()
    assert lines[0] == "mask-ratio of C: 60 patients, 20 deaths"
    assert lines[1].split() == [
        "mask_ratio",
        "C-index",
        "±",
        "s.d.",
        "CS",
        "binned",
        "vs",
        "0.5",
        "folds",
        "rna",
        "mri",
    ]
    assert lines[2].split() == [
        "0.25",
        "0.688",
        "0.020",
        "0.750",
        "0.740",
        "-0.012",
        "±",
        "0.004",
        "5",
        "0.810",
        "0.500",
    ]
    assert lines[3].split() == ["0.5", "0.700", "0.020", "0.750", "0.740", "5", "0.800", "–"]
    assert lines[4].endswith("–  a mask ratio lies between 0 and 1") and len({len(line) for line in lines[1:4]}) == 1
    assert lines[6:9] == ["cox-all: C-index 0.700", "rsf: C-index –",
                          "ridge regression in the place of the network: rna 0.900"]  # fmt: skip
    assert lines[-1] == "0.5: a fold has no figure: few" and "rna has 2 patches" in lines


def test_text_of_missingness_names_methods_and_how_it_was_hidden():
    lines = as_text(MISSING).splitlines()
    assert [line.split()[:2] for line in lines[2:5]] == [["none", "imputmae"], ["none", "cox-all"], ["mar", "imputmae"]]
    assert lines[-1] == "mar: 30 % hidden by what was observed"


def test_csv_has_a_column_for_each_reconstruction():
    head, line = to_csv(RATIO).splitlines()
    assert head.endswith("d_calibration_p,seconds,reconstruction_rna")
    assert line == "0.25,imputmae,0,0,cnv+rna,10,3,0.7,,0.2,0.75,0.74,0.5,1.5,0.81"


def test_markdown_is_a_table_of_equal_columns():
    lines = as_markdown(RATIO).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2] == "| 0.25 | imputmae | 0.688 ± 0.020 | -0.012 ± 0.004 | 0.750 | 0.740 | 0.810 | 0.500 | 5 |"
    assert "between 0 and 1" in lines[4]


def test_a_gap_of_one_fold_has_no_error():
    assert gap(row(0.25, 0.7, difference={**GAP, "standard_error": None})) == "-0.012" and gap(row(0.5, 0.7)) == ""

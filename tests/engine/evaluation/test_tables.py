from survgui.cases.case import Modality
from survgui.engine.evaluation.tables import (
    as_markdown,
    as_text,
    best_cox,
    encoders_text,
    patterns_markdown,
    remarks,
    to_csv,
)

SLIDES = Modality.PATHOLOGY.title


def row(method, pattern, c, **more):
    plain = {"c_index_sd": 0.02, "uno_c": 0.6, "ibs": 0.2, "cs": 0.7, "cs_binned": None, "n": 50, "n_folds": 5}
    return {"method": method, "pattern": pattern, "c_index": c, "reason": None, **plain, **more}


def gap(method, reference, pattern, c, error):
    return {"method": method, "reference": reference, "pattern": pattern, "c_index": c, "standard_error": error}


RESULT = {
    "cohort": "C", "protocol": {"patients": 60, "events": 20},
    "summary": [
        row("must", ["natural"], 0.7), row("must", ["rna"], 0.61, oracle_c=0.8, c_over_oracle=0.7625),
        row("must", ["cnv", "rna"], 0.66),
        row("cox-all", ["natural"], 0.71, c_index_sd=None), row("cox-all", ["rna"], 0.6, note="few"),
        row("cox-clinical", ["natural"], 0.65), row("cox-clinical", ["rna"], None, reason="it needs clinical", n=0),
    ],
    "differences": [gap("cox-all", "must", ["natural"], 0.01, 0.004), gap("must", "cox-all", ["natural"], -0.01, None)],
    "notes": {"cox-all": "linear"},
}  # fmt: skip


def test_text_has_every_row_with_its_differences_and_reasons(result):
    lines = as_text(RESULT).splitlines()
    assert lines[0] == "C: 60 patients, 20 deaths"
    (cox,) = (line.split() for line in lines if line.startswith("cox-all") and "natural" in line)
    assert cox == ["cox-all", "natural", "50", "0.710", "–", "0.700", "0.200", "+0.010", "±", "0.004", "–", "5"]
    assert "of oracle" in lines[1] and any(line.split()[-2:] == ["0.762", "5"] for line in lines)
    assert any(line.endswith("–  it needs clinical") for line in lines)
    assert lines[-2:] == ["cox-all: linear", "cox-all, rna: few"]
    assert "cox-all" in as_text(result) and "–" in as_text(result)
    thinned = {**RESULT, "protocol": {**RESULT["protocol"], "missing": {"mechanism": "site", "rate": 0.5}}}
    assert as_text(thinned).splitlines()[1] == "50 % hidden by whole sites (site)"


def test_what_pictures_were_given_as_is_said_and_that_pixels_were_not():
    encoders = {"pathology": "efficientnet-lite0", "mri": "mri-crop64-2mm"}
    some = {**RESULT, "protocol": {**RESULT["protocol"], "encoders": encoders}}
    assert as_text(some).splitlines()[1:3] == [f"{SLIDES}: by the encoder efficientnet-lite0",
                                              "MRI: by the encoder mri-crop64-2mm"]  # fmt: skip
    own = {**some, "summary": [*some["summary"], row("imputmae", ["natural"], 0.7)]}
    assert encoders_text(own)[-1].startswith("imputmae: slides as features of efficientnet-lite0, not as pixels")
    tiles = {**own, "protocol": {**own["protocol"], "encoders": {"pathology": "tiles-256"}}}
    assert encoders_text(tiles) == [f"{SLIDES}: by the encoder tiles-256"] and encoders_text(RESULT) == []


def test_csv_has_a_line_a_row(result):
    lines = to_csv(result).splitlines()
    assert lines[0].startswith("method,fold,seed,pattern") and len(lines) == 1 + len(result["rows"])
    assert len({line.count(",") for line in lines}) == 1


def test_markdown_of_one_pattern_names_the_best_whoever_it_is():
    lines = as_markdown(RESULT).splitlines()
    assert "vs `cox-all`" in lines[0] and len(lines) == 5
    assert "| must | 0.700 ± 0.020 |  | -0.010 |" in lines[2]
    assert lines[3].startswith("| cox-all | **0.710** | +0.010 ± 0.004 |  |")
    assert len({line.count("|") for line in lines}) == 1
    assert "| cox-clinical | – |" in as_markdown(RESULT, ["rna"]) and "it needs clinical |" in as_markdown(
        RESULT, ["rna"]
    )


def test_patterns_are_sorted_by_size_with_the_best_of_each_in_bold():
    lines = patterns_markdown(RESULT, ["must", "cox-all", "cox-clinical", "rsf"]).splitlines()
    assert lines[0] == "| given at test time | n | must | cox-all | oracle |"
    assert lines[2] == "| rna | 50 | **0.610** ± 0.020 | 0.600 ± 0.020 | 0.800 |"
    assert lines[3] == "| cnv + rna | 50 | **0.660** ± 0.020 | – | – |"


def test_the_best_cox_row_of_a_pattern():
    assert best_cox(RESULT["summary"], ["natural"]) == "cox-all" and best_cox(RESULT["summary"], ["cnv", "rna"]) == ""


def test_what_is_said_of_methods_and_of_figures():
    assert remarks(RESULT) == [("cox-all", "linear"), ("cox-all, rna", "few")]

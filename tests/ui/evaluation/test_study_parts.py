import json

import numpy as np
import pytest

from survgui.cases.study import read_result
from survgui.ui.evaluation import study_parts as parts
from tests.ui.evaluation import study_samples


@pytest.fixture
def read(tmp_path):
    def write(content):
        file = tmp_path / "study.json"
        file.write_text(json.dumps(content), "utf-8")
        return read_result(file)

    return write


def titled(study):
    return {column.title: column for column in parts.columns(study)}


def test_values_with_a_figure_stand_in_order_with_their_references(read):
    content = study_samples.ratios()
    found = parts.setting_figure(read({**content, "summary": content["summary"][::-1]}))
    assert found.axis.labels == ("0.25", "0.5", "0.75", "0.9") and found.axis.default == 1
    assert found.c_index.tolist() == [0.835, 0.841, 0.838, 0.829]
    assert found.references == {"Cox, clinical": 0.842, "Cox, all blocks": 0.85}  # the mask has no figure


def test_errors_have_a_line_a_modality(read):
    found = parts.errors_figure(read(study_samples.ratios()))
    assert list(found.errors) == ["RNA", "MRI"] and found.errors["MRI"][3] == pytest.approx(1.07)
    assert found.ridge == {"RNA": 0.87}
    assert parts.errors_figure(read(study_samples.missingness())) is None


def test_missingness_is_grouped_with_a_reason_where_nothing_has_a_figure(read):
    groups = parts.groups(read(study_samples.missingness()))
    assert [group.title for group in groups][::4] == ["As measured", "By whole sites (site)"]
    assert [dot.own for dot in groups[0].dots] == [True, True, False, False]
    assert groups[2].dots[0].change == (-0.02, 0.004) and groups[0].dots[0].change is None
    assert groups[4].dots == () and "barcodes" in groups[4].note


def test_the_table_has_every_row_with_its_difference_and_error(read):
    found = titled(read(study_samples.ratios()))
    assert [found["Mask ratio"].text(k) for k in (0, 1)] == ["0.25", "0.5 ★"]
    assert found["Δ ★"].text(0) == "−.006" and found["Δ ★"].text(1) == "" and found["± s.e."].text(1) == ""
    assert found["MRI"].text(3) == "1.070" and found["C-index"].text(4) == "–" and "Method" not in found
    assert np.isnan(found["C-index"].values[4]) and "between 0 and 1" in found["Note"].text(4)
    missing = titled(read(study_samples.missingness()))
    assert missing["Missingness"].text(4) == "at random (mcar)" and missing["Method"].text(5) == "MUST"


def test_several_patterns_are_told_apart(read):
    content = study_samples.ratios()
    rows = [*content["summary"], {**content["summary"][0], "pattern": ["clinical", "rna"]}]
    study = read({**content, "summary": rows})
    assert titled(study)["Given"].text(0) == "as they come" and titled(study)["Given"].text(5) == "Clinical + RNA"
    assert len(parts.shown(study)) == 4  # of the first pattern


def test_a_row_says_its_figures_in_words(read):
    study = read(study_samples.ratios())
    said = parts.row_tip(study.rows[0], study).splitlines()
    assert said[0] == "Mask ratio 0.25, impuTMAE: C-index .835 ± .020 (s.d. over 5 folds)"
    assert said[1] == "−.006 ± .004 to 0.5, paired by fold ± s.e."
    assert said[2] == "reconstruction error: RNA .838, MRI .875"
    assert parts.row_tip(study.rows[4], study).endswith("a mask ratio lies between 0 and 1")


def test_headlines_state_who_and_how_many(read):
    study = read(study_samples.missingness())
    assert parts.headline(study) == "Small cohort · 5 patients · 2 deaths · 5 folds · 1 seed"
    assert parts.hidden_line(study).startswith("30\u202f% of what was measured is hidden")

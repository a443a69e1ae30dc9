from survgui.engine.study.card import KEPT, study_lines
from survgui.engine.study.tables import as_markdown
from tests.engine.study.test_tables import MISSING, RATIO


def test_each_study_has_its_title_its_size_its_table_and_what_stands_beside():
    lines = list(study_lines([RATIO, {**MISSING, "protocol": {**MISSING["protocol"], "seeds": 1}}]))
    assert [line for line in lines if line.startswith("###")] == ["### Mask ratio", "### Missingness"]
    assert lines[1].startswith("60 patients, 20 deaths; 5 folds, 2 seeds; mean") and "1 seed;" in lines[5]
    assert lines[2] == as_markdown(RATIO)
    assert "- cox-all: C-index 0.700\n" in lines[3] and "\n- rna has 2 patches\n" in lines[3]
    assert f"- error: {RATIO['protocol']['reconstruction']}" in lines[3]
    assert lines[7] == "- mar: 30 % hidden by what was observed"


def test_without_studies_there_is_nothing():
    assert list(study_lines([])) == []


def test_single_folds_are_not_kept_and_all_that_is_shown_is():
    kept = {name: RATIO[name] for name in KEPT}
    assert "rows" not in kept and list(study_lines([kept])) == list(study_lines([RATIO]))

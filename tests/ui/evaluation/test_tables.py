from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.evaluation import COX, Evaluation, of_manifest
from survgui.figures.methods import methods_table
from survgui.ui.evaluation import tables
from tests.ui.evaluation import samples
from tests.ui.models.bundles import shipped


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    manifest = replace(shipped().manifest, metrics=(), evaluations=(samples.content(),))
    return of_manifest(manifest)


def test_the_heat_map_has_the_model_first_and_every_cox_row_beside(evaluation):
    methods = evaluation.beside
    assert methods == ("must", "must-meanfill", *COX)  # CMTA was not tested with anything hidden
    masked = {**evaluation.cells, ("mask-only", ("rna",)): evaluation.cell("must", ("rna",))}
    assert replace(evaluation, cells=masked).beside == methods  # it tells nothing where all have the same
    figure = tables.heat_map(evaluation)
    assert figure.own == 2 and figure.values.shape == (7, 6)
    assert figure.modalities == ("Clinical", "Slide", "RNA") and figure.sizes.tolist() == [3, 2, 2, 2, 1, 1, 1]
    for row, given in enumerate(figure.given):
        worth = 0.5 + np.array([0.10, 0.04, 0.08]) @ given
        assert figure.values[row, 0] == pytest.approx(worth) and figure.values[row, 2] == pytest.approx(worth + 0.004)
        assert np.isnan(figure.values[row, 4]) == (not given[2])  # it needs RNA
        assert figure.best[row].tolist() == [False, False, True, False, False, False]


def test_a_cell_says_figure_folds_patients_difference_and_why_there_is_none(evaluation):
    rna, methods = evaluation.patterns.index(("rna",)), evaluation.beside
    said = tables.cell_tip(evaluation, rna, methods.index("cox-specialist"))
    assert "Cox, one for every pattern, given RNA" in said and ".584 ± .020 (s.d. over 2 folds) · n = 39" in said
    assert "+.004 ± .003 to MUST" in said and said.endswith("the best of this row")
    pathology = evaluation.patterns.index(("pathology",))
    assert tables.cell_tip(evaluation, pathology, methods.index("cox-rna-clinical")).endswith("no figure: it needs RNA")
    assert "hidden: Clinical and RNA" in tables.cell_tip(evaluation, pathology, -1)


def test_rows_of_methods_have_differences_and_reasons(evaluation):
    rows = {row.name: row for row in tables.method_rows(evaluation)}
    assert rows["MUST"].own and rows["MUST"].change is None and rows["MUST"].complete == pytest.approx(0.72)
    assert rows["Cox, clinical"].change == (pytest.approx(-0.02), None)  # of means: without a standard error
    assert rows["CMTA"].c_index is None and rows["CMTA"].note == "no patches"
    assert rows["Cox, RNA + clinical"].note == "not evaluated"
    assert tables.row_tip(rows["CMTA"]) == "CMTA: no patches"
    assert ".700 ± .020" in tables.row_tip(rows["MUST"])


def test_who_is_best_how_often_is_counted_with_the_losses(evaluation):
    assert tables.verdict(evaluation) == "best of the row: MUST 0, Cox 7 of 7 patterns"
    only = replace(evaluation, cells={k: c for k, c in evaluation.cells.items() if k[0] == "must"})
    assert tables.verdict(only) == ""  # without a Cox figure there is nothing to be better than


def as_imputmae(method):
    return "imputmae" if method == "must" else method


def test_where_another_model_stands_alone_everything_is_compared_with_it(evaluation):
    cells = {(as_imputmae(m), p): cell for (m, p), cell in evaluation.cells.items() if m != "must-meanfill"}
    gaps = {(m, as_imputmae(ref), p): gap for (m, ref, p), gap in evaluation.differences.items()}
    found = replace(evaluation, cells=cells, differences=gaps)
    assert found.own == "imputmae" and tables.heat_map(found).own == 1
    assert tables.verdict(found) == "best of the row: impuTMAE 0, Cox 7 of 7 patterns"
    rows = {row.name: row for row in tables.method_rows(found)}
    assert rows["impuTMAE"].own and rows["impuTMAE"].change is None
    assert rows["Cox, clinical"].change == (pytest.approx(-0.02), None)
    assert "−.020 ± .001 to impuTMAE" in tables.row_tip(replace(rows["Cox, clinical"], change=(-0.02, 0.001)))
    rna = found.patterns.index(("rna",))
    assert "+.004 ± .003 to impuTMAE" in tables.cell_tip(found, rna, found.beside.index("cox-specialist"))
    assert methods_table(tuple(rows.values()))[0][7] == "difference_to_imputmae"


def test_both_models_are_counted_where_both_were_tested(evaluation):
    cells = dict(evaluation.cells)
    for pattern in evaluation.patterns:
        cells["imputmae", pattern] = replace(evaluation.cell("cox-specialist", pattern))
    found = replace(evaluation, cells=cells)
    assert found.own == "must"
    assert tables.verdict(found) == "best of the row: MUST 0, impuTMAE 7, Cox 7 of 7 patterns"


def test_the_headline_says_whom_and_how_often(evaluation):
    said = tables.headline(evaluation)
    assert said == "TCGA-GBMLGG · 40 patients · 20 deaths · 2 folds · 2 seeds"  # those evaluated, not those trained on


def test_an_oracle_has_a_column_and_its_share(evaluation):
    content = samples.content(simulated=True)
    found = of_manifest(replace(shipped().manifest, metrics=(), evaluations=(content,)))
    assert tables.heat_map(found).oracle.tolist() == [0.8] * 7
    assert "of the oracle's" in tables.cell_tip(found, 0, 0)
    assert tables.method_rows(found)[0].oracle_share == pytest.approx(0.7 / 0.8)
    assert np.isnan(tables.heat_map(evaluation).oracle).all()


def test_without_patterns_there_is_no_heat_map(evaluation):
    cells = {key: cell for key, cell in evaluation.cells.items() if key[1] == ("natural",)}
    assert tables.heat_map(replace(evaluation, cells=cells)) is None


def test_heads_say_the_whole_name_and_the_note(evaluation):
    assert tables.head_tip(evaluation, 2) == "Cox, one for every pattern"
    noted = replace(evaluation, notes={"must": "seen"})
    assert tables.head_tip(noted, 0) == "MUST\nseen"

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.cases.imputation_quality import HALF, OTHERS, Feature, FeatureTable, QualityRow
from survgui.ui.models.detail import Detail
from survgui.ui.models.reconstruction import (
    ReconstructionPane,
    deciles_line,
    feature_columns,
    gains_of,
    ordered,
    quality_columns,
    verdict,
    warning,
)
from survgui.ui.widgets import files
from tests.ui.models.bundles import shipped

RNA, MRI, CLINICAL = Modality.RNA, Modality.MRI, Modality.CLINICAL
ROWS = (
    QualityRow(RNA, ("clinical",), 99, 0.9, 1.0, None, 0.2, spread_ratio=0.3),
    QualityRow(RNA, HALF, 103, 0.5, 1.0, correlation=0.6, spread_ratio=0.7),
    QualityRow(RNA, OTHERS, 103, 0.8, 1.0, 0.85, 0.4, -0.05, 0.7, spread_ratio=0.45, coverage=0.311),
    QualityRow(MRI, OTHERS, 20, 0.499, 0.5, 0.45, ssim=0.31, mean_ssim=0.3, spread_ratio=0.05, collapsed=True),
)
TABLE = FeatureTable(
    RNA, 103, 900, tuple(k / 10 for k in range(11)), (Feature("TP53", 0.9, 0.2), Feature("EGFR", 0.8, 0.4)),
    (Feature("XIST", -0.1, 1.1), Feature("ACTB", 0.0, 1.0)),
)  # fmt: skip
STORED = {"reconstruction": [row.stored() for row in ROWS], "reconstruction_features": {"rna": TABLE.stored()}}
BUNDLE = shipped()
MANIFEST = replace(BUNDLE.manifest, training={**BUNDLE.manifest.training, **STORED})


def cells(columns):
    return [[c.text(row) for c in columns] for row in range(len(columns[0].values))]


def test_all_others_first_then_half_then_subsets():
    assert [row.pattern for row in ordered(ROWS)] == [OTHERS, OTHERS, HALF, ("clinical",)]
    first, second, half, alone = cells(quality_columns(ordered(ROWS)))
    assert first == ["RNA-seq", "all others", "103", "0.80", "0.85", "0.40", "0.45", "31\u202f%"]
    assert second == ["MRI", "all others", "20", "1.00", "0.90", "0.31 (0.30)", "0.05", "–"]
    assert half[1:5] == ["half of its own", "103", "0.50", "–"] and alone[1] == "Clinical"


def test_what_has_collapsed_is_coloured_where_it_shows():
    columns = {c.title: c for c in quality_columns(ordered(ROWS))}
    assert [columns["Error"].role(v) for v in (0.8, 0.989, 0.99, 1.2)] == ["text", "text", "warn", "warn"]
    assert [columns["Spread"].role(v) for v in (0.45, 0.05)] == ["text", "warn"]


def test_columns_that_no_row_fills_are_left_out():
    titles = [c.title for c in quality_columns([ROWS[0]])]
    assert titles == ["Hidden", "Shown", "n", "Error", "Ridge", "r", "Spread"]


def test_losses_are_said():
    assert verdict(ROWS) == (
        "Better than the mean in 1 of 2 (RNA). Beside ridge regression: better in 1 of 2 (RNA), level in 0 of 2, worse "
        "in 1 of 2 (MRI); level is an error that differs by less than 0.01 (our choice)."
    )
    assert "level in 1 of 1 (RNA)" in verdict([replace(ROWS[2], ridge_mse=0.805)])
    assert verdict([]) == "" and verdict([ROWS[1]]).startswith("This model takes one modality")
    lost = QualityRow(CLINICAL, OTHERS, 9, 1.2, 1.0, collapsed=True)
    assert verdict([lost]) == "Better than the mean in 0 of 1."
    assert warning(ROWS).startswith("MRI: collapsed to the mean.") and warning(ROWS[:3]) == ""
    rna, mri = gains_of(ROWS)
    assert (rna.gain, rna.ridge, rna.part) == pytest.approx((0.2, 0.15, 0.5)) and mri.part is None and mri.collapsed


def test_features_have_their_rank_among_all():
    found = cells(feature_columns(TABLE))
    assert [row[:2] for row in found] == [["1", "TP53"], ["2", "EGFR"], ["899", "ACTB"], ["900", "XIST"]]
    assert found[-1][2:] == ["−0.10", "1.10"]
    assert "below 0.10 in a tenth" in deciles_line(TABLE) and "n = 103; 900 features" in deciles_line(TABLE)


@pytest.fixture
def pane(qtbot):
    made = ReconstructionPane()
    qtbot.addWidget(made)
    made.resize(980, 520)
    made.show()
    return made


def test_figure_patterns_and_features(pane, qtbot):
    assert pane.set_manifest(MANIFEST)
    assert pane.warning.isVisible() and pane.table.isVisible() and not pane.features.isVisible()
    assert b"RNA-seq,103,0.2,0.15,0.5,False" in pane.figure.rendering("csv")()
    qtbot.mouseClick(pane.views.button("features"), Qt.MouseButton.LeftButton)
    assert pane.features.isVisible() and not pane.table.isVisible()
    assert pane.features.model_.rowCount() == 4 and "900" in pane.deciles.text()
    assert not pane.set_manifest(BUNDLE.manifest)
    assert pane.table.model_.rowCount() == pane.features.model_.rowCount() == 0


def test_the_table_that_is_shown_is_saved(pane, qtbot, monkeypatch):
    written = {}
    monkeypatch.setattr(files, "ask_save", lambda _, title, name, kinds, done: done(Path(name)))
    monkeypatch.setattr(files, "write", lambda path, content: written.update({str(path): content().decode()}))
    pane.set_manifest(MANIFEST)
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.views.button("features"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    assert "For Research Use Only" in written["reconstruction.csv"] and "all others" in written["reconstruction.csv"]
    assert "TP53" in written["reconstruction-rna.csv"]


def test_the_tab_is_there_for_bundles_that_reconstruct_alone(qtbot):
    detail = Detail()
    qtbot.addWidget(detail)
    detail.resize(980, 800)
    detail.show()
    tab = detail.tabs.button("reconstruction")
    detail.set_bundle(shipped(manifest=MANIFEST), default=False, verifying=False)
    assert tab.isVisible()
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert detail.reconstruction.isVisible()
    detail.set_bundle(BUNDLE, default=False, verifying=False)
    assert not tab.isVisible() and not detail.reconstruction.isVisible() and detail.tabs.key == "evaluation"

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.ui.models.calibration import EMPTY, CalibrationPane, calibration_columns, figures_of, pattern_title
from survgui.ui.widgets.labels import Label
from tests.ui.models.bundles import shipped


def state(slope, p, observed=0.5):
    bands = [{"predicted": 0.4, "observed": observed, "low": 0.3, "high": 0.6, "patients": 30}]
    figures = {"slope": slope, "o_e": 1.2, "ici": 0.0312, "d_calibration_p": p, "ibs": 0.1}
    return {**figures, "bands": bands, "smooth": [[0.3, 0.35], [0.6, 0.5]]}


ENTRIES = [
    {"pattern": ["clinical", "rna"], "n": 25, "deaths": 8, "before": state(0.8, None), "after": None},
    {"pattern": ["natural"], "n": 1200, "deaths": 10, "before": state(1.5, 0.0002), "after": state(1.0, 0.4, 0.7)},
]
CALIBRATED = replace(shipped().manifest, calibration={"horizon": 24.0, "figures": ENTRIES})


@pytest.fixture
def pane(qtbot):
    made = CalibrationPane()
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    return made


def test_each_pattern_has_its_figures_before_and_after():
    columns = {c.title: c for c in calibration_columns(figures_of(CALIBRATED))}
    assert columns["Given at test time"].values == ["Clinical and RNA", "as they come"]
    assert columns["n · deaths"].values == ["25 · 8", "1\u202f200 · 10"]
    assert columns["Slope"].values == ["0.80", "1.50 → 1.00"]
    assert columns["ICI"].values == [".031", ".031 → .031"]
    assert columns["D-cal. p"].values == ["–", "<.001 → .40"]
    assert list(columns["Slope"].order) == [0.8, 1.0]  # sorted by what holds now


def test_the_curve_is_of_what_patients_have_until_another_pattern_is_chosen(pane, qtbot):
    pane.set_manifest(CALIBRATED)
    header, rows = pane.curve.rendering("csv").numbers
    assert [row[0] for row in rows] == ["before", "after"] and rows[1][header.index("observed")] == 0.7
    at = pane.table.visualRect(pane.table.model().index(0, 0)).center()
    qtbot.mouseClick(pane.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [row[0] for row in pane.curve.rendering("csv").numbers[1]] == ["before"]
    assert "Clinical and RNA" in [label.text() for label in pane.findChildren(Label) if label.isVisible()]


def test_a_pattern_without_a_curve_says_so(pane):
    bare = {**ENTRIES[0], "before": {**ENTRIES[0]["before"], "bands": [], "smooth": []}}
    pane.set_manifest(replace(CALIBRATED, calibration={"figures": [ENTRIES[1], bare]}))
    assert pane.curve.isVisible() and not pane.bare.isVisible()
    pane.table.choose(1)
    assert pane.bare.isVisible() and not pane.curve.isVisible()


@pytest.mark.parametrize("stored", [{}, {"figures": []}, {"figures": ["odd", {"pattern": ["rna"]}]}])
def test_without_calibration_there_is_a_sentence(pane, stored):
    pane.set_manifest(CALIBRATED)
    pane.set_manifest(replace(CALIBRATED, calibration=stored))
    assert not pane.table.isVisible()
    assert EMPTY in [label.text() for label in pane.findChildren(Label) if label.isVisible()]
    with pytest.raises(ValueError, match="no figure"):
        pane.curve.rendering("png")  # nothing of the bundle before is left to save


def test_patterns_have_names():
    assert pattern_title(["complete"]) == "complete" and pattern_title(("rna", "clinical")) == "Clinical and RNA"

from dataclasses import replace

import pytest

from survgui.ui.models.generators import EMPTY, INSIDE, READ, GeneratorsPane, generator_columns, rows_of
from survgui.ui.widgets.labels import Label
from tests.ui.models.bundles import shipped

ROWS = [
    {"generator": "mean", "steps": 1, "milliseconds": 0.81, "error": 0.7, "coverage": None, "c_index_change": 0.0},
    {"generator": "flow", "steps": 1, "milliseconds": 6.0, "error": 0.9, "coverage": 0.8, "sharpness": 2.0},
    {"generator": "flow", "steps": 4, "milliseconds": 19.4, "coverage": 0.9, "c_index_change": -0.0021},
]
SHIPPED = shipped().manifest
MANIFEST = replace(SHIPPED, generator="flow", steps=4, training={**SHIPPED.training, "generators": ROWS})


def cells(columns):
    return [[c.text(row) for c in columns] for row in range(len(columns[0].values))]


def test_figures_in_words_and_the_star_at_the_steps_that_are_the_default():
    mean, one, four = cells(generator_columns(rows_of(MANIFEST), "flow", 4))
    assert mean == ["Mean only: no spread", "0.8\u202fms", "0.70", "no spread", "–", "0.000"]
    assert one[0] == "Flow, 1 step" and one[3:] == ["80\u202f%", "2.00", "–"]
    assert four[0] == "Flow, 4 steps  ★ default" and four[1] == "19\u202fms" and four[5] == "−0.002"


def test_the_interval_is_called_what_it_is():
    """Its coverage is corrected for the number of draws, which their 5th to 95th percentile is not."""
    titles = [column.title for column in generator_columns(rows_of(MANIFEST), "flow", 4)]
    assert titles[3:5] == ["In 90\u202f% interval", "Width"]
    assert "corrected" in INSIDE and "which a prediction shows, is narrower" in READ


@pytest.mark.parametrize("stored", [(), ["odd"], [{"steps": 4}]])
def test_without_a_table_there_is_a_sentence(qtbot, stored):
    pane = GeneratorsPane()
    qtbot.addWidget(pane)
    pane.show()
    pane.set_manifest(MANIFEST)
    assert pane.table.isVisible()
    pane.set_manifest(replace(MANIFEST, training={"generators": stored}))
    assert not pane.table.isVisible()
    assert EMPTY in [label.text() for label in pane.findChildren(Label) if label.isVisible()]

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt

from survgui.figures.theme import LIGHT
from survgui.ui import style
from survgui.ui.cohort.patients import AT_ONCE, PatientsCard, columns, outcome_word
from survgui.ui.widgets import files
from tests.ui.cohort.facts import facts


@pytest.fixture
def card(qtbot):
    made = PatientsCard()
    qtbot.addWidget(made)
    made.resize(760, 400)
    made.set_cohort(facts())
    made.show()
    return made


def shown(card):
    model = card.table.model_
    return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("months", "event", "word"), [(3.0, True, "died"), (3.0, False, "alive"), (np.nan, False, "not known")]
)
def test_outcomes_in_words(months, event, word):
    assert outcome_word(months, event) == word


def test_columns_are_id_follow_up_outcome_and_the_modalities():
    assert [c.title for c in columns(facts())] == ["Patient", "Months", "Outcome", "Clinical", "RNA"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("p-004", ["P-004"]),
        ("died", ["P-000", "P-002"]),
        ("rna", ["P-001", "P-002", "P-004", "P-005"]),
        ("died rna", ["P-002"]),
        ("nobody", []),
        ("", [f"P-00{k}" for k in range(6)]),
    ],
)
def test_the_filter_finds_ids_outcomes_and_modalities(card, qtbot, text, wanted):
    qtbot.keyClicks(card.filter, text)
    assert shown(card) == wanted


def test_another_cohort_is_shown_without_the_filter(card, qtbot):
    qtbot.keyClicks(card.filter, "died")
    assert card.table.model_.rowCount() == 2
    card.set_cohort(facts())
    assert card.table.model_.rowCount() == 6 and card.filter.text() == ""


def test_unknown_follow_up_sorts_last(card):
    card.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert shown(card) == ["P-004", "P-003", "P-002", "P-001", "P-000", "P-005"]


def test_measured_is_a_filled_square_and_absent_a_hollow_one(card, qtbot):
    style.current().theme = LIGHT
    table = card.table
    dark = {}
    for row in (0, 1):  # the first patient has no RNA, the second has
        cell = table.visualRect(table.model().index(row, 4))
        image = table.viewport().grab(cell).toImage()
        dark[row] = sum(
            image.pixelColor(x, y).lightness() < 80 for x in range(image.width()) for y in range(image.height())
        )
    assert dark[0] == 0
    assert dark[1] >= 60  # a square of 10 x 10 px with rounded corners


def test_the_export_says_that_it_holds_ids_and_holds_what_is_shown(card, qtbot, tmp_path, monkeypatch):
    assert "with ids" in card.export.text()
    asked = []
    monkeypatch.setattr(files, "ask_save", lambda *args: asked.append(args[-1]))
    qtbot.keyClicks(card.filter, "died")
    card.export.click()
    card.set_cohort(facts())  # whatever comes meanwhile
    with qtbot.waitSignal(files.written().done):
        asked[0](tmp_path / "patients.csv")
    note, *rest = (tmp_path / "patients.csv").read_text("utf-8").splitlines()
    assert note.startswith("# For Research Use Only")
    rows = list(csv.reader(io.StringIO("\n".join(rest))))
    assert [row[0] for row in rows] == ["Patient", "P-000", "P-002"]
    assert rows[1][1:4] == ["3.0", "died", "True"]


def test_export_asks_where_to(card, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(files, "ask_save", lambda *args: asked.append(args))
    card.export.click()
    assert asked[0][2] == "patients.csv"


def test_many_patients_are_made_ready_in_the_background(card, qtbot):
    n = AT_ONCE + 1
    card.set_cohort(facts(n=n, deaths=7))
    assert not shown(card), "the window does not wait"
    card.filter.setText("died")
    qtbot.waitUntil(lambda: len(shown(card)) == 7)
    card.set_cohort(facts(n=n, deaths=7))
    card.set_cohort(facts())
    qtbot.wait(50)
    assert len(shown(card)) == 6, "what came late is of a cohort that is not shown any more"

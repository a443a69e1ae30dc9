"""From a dropped folder to a cohort that loads, with real clicks and a real worker."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from survgui.cases.case import Modality
from survgui.cases.review import as_json
from survgui.readers.cohort import load_cohort
from survgui.ui.widgets import files
from tests.importing.makers import tables_of
from tests.ui.desk import Desk

N = 40


@pytest.fixture
def folder(tmp_path):
    """Forty patients with an outcome in days, genes of thirty-six of them, and a table of nothing."""
    place = tmp_path / "study"
    place.mkdir()
    draw = np.random.default_rng(0)
    with (place / "clinical.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["patient_id", "age", "stage", "OS_days", "OS_status"])
        for k in range(N):
            rows.writerow([f"P-{k:03d}", 40 + k, f"Stage {'I' * (1 + k % 3)}", 100 + 17 * k, k % 2])
    genes = ["TP53", "EGFR", "PTEN", "IDH1", "ATRX", "BRAF", "KRAS", "MYC", "RB1", "NF1"]
    with (place / "rna_expression.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["patient_id", *genes])
        for k in range(N - 4):
            rows.writerow([f"P-{k:03d}", *(round(v, 3) for v in draw.normal(0, 1.2, len(genes)))])
    return place


@pytest.fixture
def desk(qapp, qtbot, home):
    made = Desk(qtbot)
    yield made
    made.close()


def test_a_dropped_folder_becomes_a_cohort_that_loads(desk, folder, tmp_path, monkeypatch):
    window, out = desk.window, tmp_path / "cohort"
    desk.click(window.rail.buttons["cohort"])
    desk.click(window.cohort.import_)
    desk.drop(folder)
    page = window.cohort_import
    desk.wait(lambda: page.draft.proposal is not None and not page.imports.at_work())
    taken = {s.modality: s for s in page.draft.proposal.modalities.values()}
    assert set(taken) == {Modality.CLINICAL, Modality.RNA} and taken[Modality.RNA].matched == N - 4
    desk.click(page.next)
    desk.wait(lambda: page.draft.outcome is not None and not page.imports.at_work())
    assert page.outcome.words.text() == "1 = death: 20 events of 40 patients"
    box = page.outcome._boxes
    desk.click(box["0"], QPoint(8, box["0"].height() // 2))
    desk.click(box["1"], QPoint(8, box["1"].height() // 2))
    desk.wait(lambda: not page.imports.at_work())
    assert page.outcome.words.text() == "0 = death: 20 events of 40 patients"
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.click(page.next)
    desk.wait(lambda: page.draft.review is not None)
    assert page.check.currentIndex() == 1
    desk.click(page.next)
    page.folds.folds.setValue(4)
    page.folds.folds.editingFinished.emit()
    desk.wait(lambda: page.draft.review is not None and len(page.draft.review.folds) == 4)
    desk.click(page.next)
    monkeypatch.setattr(files, "ask_folder", lambda parent, title, slot: slot(out))
    desk.click(page.finish.choose)
    desk.click(page.finish.write)
    desk.wait(lambda: page.finish.file is not None)
    cohort = load_cohort(out / "cohort.toml")
    assert len(cohort) == N and int(cohort.events.sum()) == 20 and len(cohort.splits) == 4
    assert len(cohort.blocks[Modality.RNA].patients) == N - 4
    desk.click(page.finish.open)
    desk.wait(lambda: desk.session.cohort_now is not None and not window.importing.shown)
    assert window.cohort.facts.folds == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tcga-blca", "tcga-gbmlgg", "tcga-luad", "tcga-glioma-all"])
def test_a_real_cohort_is_reported_as_the_command_line_reports_it(desk, shared_data, tmp_path, monkeypatch, name):
    window, out = desk.window, tmp_path / "cohort"
    desk.click(window.rail.buttons["cohort"])
    desk.click(window.cohort.import_)
    desk.drop(*tables_of(shared_data / "cohorts" / f"{name}.toml"))
    page = window.cohort_import
    desk.wait(lambda: page.draft.proposal is not None and not page.imports.at_work(), 120)
    for there in ("outcome", "review", "review"):
        desk.click(page.next)
        desk.wait(lambda there=there: getattr(page.draft, there) is not None and not page.imports.at_work(), 120)
    desk.click(page.next)
    monkeypatch.setattr(files, "ask_folder", lambda parent, title, slot: slot(out))
    desk.click(page.finish.choose)
    desk.click(page.finish.write)
    desk.wait(lambda: page.finish.file is not None, 120)
    check = [sys.executable, "-m", "survgui", "cohort", "check", str(out), "--json", str(tmp_path / "check.json")]
    assert subprocess.run(check, capture_output=True, timeout=300).returncode == 0
    said, found = as_json(page.draft.review), json.loads((tmp_path / "check.json").read_text())
    assert {key: found[key] for key in said} == json.loads(json.dumps(said))

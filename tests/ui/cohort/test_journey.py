"""From a cohort to its evaluation with real clicks, a real worker and what the command line has written."""

import json

import pytest

from survgui.ui.widgets import files
from tests.ui.desk import Desk
from tests.ui.evaluation import samples

COHORT = """
name = "Small cohort"
[outcome]
table = "clinical.csv"
time = "months"
unit = "months"
event = "died"
event_value = 1
[modality.clinical]
table = "clinical.csv"
columns = ["age"]
"""


@pytest.fixture
def folder(tmp_path):
    """Forty patients, and an evaluation of as many."""
    rows = [f"P{k:02d},{6 + k},{k % 2},{40 + k}" for k in range(40)]
    (tmp_path / "clinical.csv").write_text("\n".join(["case,months,died,age", *rows]), "utf-8")
    (tmp_path / "cohort.toml").write_text(COHORT, "utf-8")
    (tmp_path / "all.json").write_text(json.dumps(samples.content()), "utf-8")
    (tmp_path / "other.json").write_text("{}", "utf-8")
    return tmp_path


@pytest.fixture
def desk(qapp, qtbot, home):
    made = Desk(qtbot)
    yield made
    made.close()


def open_cohort(desk, folder):
    desk.window.wiring.open_cohort(folder / "cohort.toml")
    page = desk.window.cohort
    desk.wait(lambda: page.facts is not None and page.facts.file == folder / "cohort.toml" and page.open.isEnabled())
    return page


def test_an_evaluation_is_opened_looked_at_and_there_again_next_time(desk, folder, monkeypatch):
    chosen = [folder / "other.json", folder / "all.json"]
    monkeypatch.setattr(files, "ask_open", lambda parent, title, filters, slot, **more: slot(chosen.pop(0)))
    page = open_cohort(desk, folder)
    desk.click(page.tabs.button("evaluation"))
    desk.wait(lambda: not desk.running("evaluations.open"))
    pane = page.evaluation
    desk.click(pane.empty.button)
    desk.wait(lambda: not desk.running("evaluations.open"))
    assert pane.empty.isVisible()  # a file that is none is told over the page
    desk.click(pane.empty.button)
    desk.wait(pane.view.isVisible)
    assert pane.sources.button("file").text() == "all.json" and not pane.warning.isVisible()
    assert pane.view.heat.isVisible() and "no figure: it needs RNA" in pane.view.heat.accessibleDescription()
    desk.window.cohort.set_cohort(None)
    page = open_cohort(desk, folder)
    desk.wait(lambda: not desk.running("evaluations.open") and pane.view.isVisible())
    assert pane.shown is not None and pane.shown.cohort == "Small cohort"

"""How the import is come to: by its button and command, by dropping, by the sheet of a case."""

from pathlib import Path

import pytest

from survgui.cases.display import Recognised
from tests.ui import pretended
from tests.ui.cohort import facts as cohorts
from tests.ui.cohort.wizard import samples


@pytest.fixture
def window(qtbot, monkeypatch):
    return pretended.opened_window(qtbot, monkeypatch)


def test_by_the_empty_state_and_the_command(window):
    window.go("cohort")
    window.cohort.empty.button.click()
    assert window.importing.shown
    window.cohort_import.cancel.click()
    assert not window.importing.shown
    window.do("import-cohort")
    assert window.importing.shown


def test_it_comes_alone_and_the_cohort_s_page_when_it_is_closed(window):
    window.do("import-cohort")
    assert window.importing.shown and not window.has("cohort"), "both in one turn take too long"
    window.cohort_import.cancel.click()
    assert window.has("cohort") and not window.importing.shown


def test_what_is_dropped_on_it_is_imported_and_a_description_is_opened(window):
    window.import_cohort()
    window._take([Path("study")])
    assert window.lanes.last("imports.propose").request.arguments["paths"] == (Path("study"),)
    window._take([Path("study") / "cohort.toml"])
    assert window.lanes.last("cohorts.open").request.arguments["path"] == Path("study") / "cohort.toml"
    window.lanes.give("cohorts.open", cohorts.facts())
    assert not window.importing.shown and window.cohort.isVisible()


def test_a_folder_of_many_patients_goes_there_by_itself(window):
    window._take([Path("study")])
    assert not window.importing.shown
    window.lanes.give("dropped.recognise", Recognised("", (), kind="import"))
    assert window.importing.shown and "imports.propose" in window.lanes.names()


def test_files_of_several_patients_can_go_there(window):
    window._take([Path("a.nii"), Path("b.nii")])
    question = "the files are of 2 patients (A, B); give those of one"
    window.lanes.give("dropped.recognise", Recognised("", (), question=question))
    window.wiring.sheet.cohort_button.click()
    assert window.importing.shown and window.wiring.sheet is None
    assert window.lanes.last("imports.propose").request.arguments["paths"] == (Path("a.nii"), Path("b.nii"))


def test_what_was_written_is_opened_or_trained_on(window, tmp_path):
    window.import_cohort()
    window.cohort_import.give([Path("study")])
    window.lanes.give("imports.propose", samples.proposal())
    window.cohort_import.train_requested.emit(tmp_path / "cohort.toml")
    assert window.frame.pages.currentWidget() is window.pages["train"]
    window.lanes.give("cohorts.open", cohorts.facts())
    assert window.cohort_import.draft.proposal is None

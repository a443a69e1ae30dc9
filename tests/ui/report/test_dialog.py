import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from survgui.errors import Trouble
from survgui.report import ALL, Section
from survgui.ui.report.choices import prediction_key
from survgui.ui.report.dialog import ReportDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, content):
    made = ReportDialog()
    qtbot.addWidget(made)
    made.set_pseudonym("Case 7F3A")
    made.open()
    made.set_content(content)
    return made


def click(qtbot, widget):
    qtbot.mouseClick(widget, LEFT)


def answer(dialog, path):
    """What the user chooses in the file dialog; the names that it proposed."""
    (asked,) = dialog.findChildren(QFileDialog)
    proposed = [Path(name).name for name in asked.selectedFiles()]
    asked.filesSelected.emit([str(path)])
    asked.reject()
    return proposed


def save(qtbot, dialog, path):
    click(qtbot, dialog.save_button)
    with qtbot.waitSignal(dialog.saved) as told:
        proposed = answer(dialog, path)
    return proposed, told.args


def test_before_there_is_a_report_nothing_can_be_saved(qtbot):
    made = ReportDialog()
    qtbot.addWidget(made)
    made.open()
    assert not made.save_button.isEnabled()
    assert made.preview.empty.isVisible()


def test_a_draft_is_saved_without_the_patients_id(dialog, qtbot, tmp_path):
    proposed, (paths, status) = save(qtbot, dialog, tmp_path / "report-7F3A.pdf")
    assert (paths, status) == ([tmp_path / "report-7F3A.pdf"], "draft")
    assert proposed == ["report-7F3A.pdf"]
    assert paths[0].read_bytes().startswith(b"%PDF")
    assert dialog.status.isEnabled()


def test_several_formats_go_into_a_folder_and_agree(dialog, qtbot, tmp_path):
    click(qtbot, dialog.formats["html"])
    click(qtbot, dialog.formats["json"])
    qtbot.keyClicks(dialog.options.comment, "as seen")
    dialog.options.switches[Section.MRI].click()
    _, (paths, _) = save(qtbot, dialog, tmp_path)
    assert sorted(path.name for path in paths) == ["report-7F3A.html", "report-7F3A.json", "report-7F3A.pdf"]
    html = (tmp_path / "report-7F3A.html").read_text("utf-8")
    stored = json.loads((tmp_path / "report-7F3A.json").read_text("utf-8"))
    assert "as seen" in html
    assert "in three planes" not in html
    assert stored["sign_off"]["comment"] == "as seen"
    assert stored["report"]["case"] == stored["prediction"]["case"] == "7F3A"
    assert "C-0039" not in html + json.dumps(stored)


def test_without_a_format_there_is_nothing_to_save(dialog, qtbot):
    click(qtbot, dialog.formats["pdf"])
    assert not dialog.save_button.isEnabled()


def test_a_final_report_asks_who_has_read_it_and_says_why(dialog, qtbot, tmp_path):
    click(qtbot, dialog.status.button("final"))
    assert dialog.options.why.isVisible()
    assert dialog.options.reviewer.hasFocus()
    click(qtbot, dialog.save_button)
    assert dialog.findChildren(QFileDialog) == []
    qtbot.keyClicks(dialog.options.reviewer, "N. N.")
    assert not dialog.options.why.isVisible()
    _, (_, status) = save(qtbot, dialog, tmp_path / "a.pdf")
    assert status == "final"


def test_a_final_report_that_is_changed_is_amended(dialog, qtbot, tmp_path):
    qtbot.keyClicks(dialog.options.reviewer, "N. N.")
    click(qtbot, dialog.status.button("final"))
    save(qtbot, dialog, tmp_path / "a.pdf")
    assert not dialog.status.isEnabled()
    assert dialog.choices.status == "final"
    qtbot.keyClicks(dialog.options.comment, "x")
    assert dialog.choices.status == "amended"
    qtbot.keyClick(dialog.options.comment, Qt.Key.Key_Backspace)
    assert dialog.choices.status == "final"
    click(qtbot, dialog.options.opinion.button("disagree"))
    _, (_, status) = save(qtbot, dialog, tmp_path / "b.pdf")
    assert status == "amended"


def test_a_report_that_was_final_before_begins_amended(dialog, content):
    dialog.know({prediction_key(content): "R-1"})
    dialog.set_content(content)
    assert dialog.choices.status == "amended"
    assert not dialog.status.isEnabled()


def test_a_final_report_that_is_opened_again_is_amended_under_its_id(dialog, qtbot, tmp_path, content):
    qtbot.keyClicks(dialog.options.reviewer, "N. N.")
    click(qtbot, dialog.status.button("final"))
    save(qtbot, dialog, tmp_path / "a.pdf")
    dialog.set_content(None)
    dialog.set_content(replace(content, identity=replace(content.identity, report="r-2")))
    assert dialog.choices.status == "amended"
    click(qtbot, dialog.formats["json"])
    click(qtbot, dialog.formats["pdf"])
    save(qtbot, dialog, tmp_path / "b.json")
    stored = json.loads((tmp_path / "b.json").read_text("utf-8"))["report"]
    assert (stored["report"], stored["status"]) == ("r-1", "amended")
    dialog.set_content(replace(content, prediction={**content.prediction, "seed": 5}))
    assert dialog.choices.status == "draft"


def test_a_failure_to_write_is_said_and_can_be_repeated(dialog, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    click(qtbot, dialog.save_button)
    answer(dialog, tmp_path / "file" / "r.pdf")
    qtbot.waitUntil(lambda: dialog._banner is not None)
    assert "could not be written" in dialog._banner.text.text()
    assert dialog.save_button.isEnabled()


def test_switching_a_section_off_changes_the_pages(dialog, qtbot):
    with qtbot.waitSignal(dialog.preview.drawn):
        pass
    before = list(dialog.preview.pages)
    with qtbot.waitSignal(dialog.preview.drawn):
        for section in (Section.CARD, Section.COHORT, Section.CHECKS, Section.GENES):
            dialog.options.switches[section].click()
    assert len(dialog.preview.pages) < len(before)
    assert dialog.choices.sections == ALL - {Section.CARD, Section.COHORT, Section.CHECKS, Section.GENES}


def test_what_failed_is_said_and_asked_for_again(dialog, qtbot):
    dialog.set_trouble(Trouble("ReadError", "The slide is gone."))
    assert not dialog.save_button.isEnabled()
    with qtbot.waitSignal(dialog.retry):
        click(qtbot, dialog.preview.empty.button)


def test_the_next_case_begins_as_a_draft_without_words_on_the_last(dialog, qtbot, content):
    qtbot.keyClicks(dialog.options.comment, "of the first patient")
    dialog.options.print_id.click()
    dialog.set_content(content)
    assert (dialog.choices.comment, dialog.choices.print_id, dialog.choices.status) == ("", False, "draft")


def test_escape_closes(dialog, qtbot):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()

"""What the window shows of the cases' upkeep, worked by clicks over pretended lanes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from survgui.cases.cohort import Note
from survgui.cases.display import DiskUse, Recognised, Relinked
from survgui.ui.housekeeping import ListRead
from survgui.workspace import Holder
from tests.ui import samples
from tests.ui.cases.samples import record
from tests.ui.pretended import opened_window, with_bundles, with_case, with_estimate

LEFT = Qt.MouseButton.LeftButton
OTHER = Holder("s", 4321, "elsewhere", "2026-11-12T10:00:00+00:00")
GONE = (Relinked("0a1b2c3d", Path("/old/rna.csv"), Path("/new/rna.csv"), True, "ff"),)


@pytest.fixture
def window(qtbot, monkeypatch, home):
    made = opened_window(qtbot, monkeypatch)
    yield made
    made.lanes.close()
    made.session.release()


def listed(window, *records, **more):
    window.session._records_read(ListRead(records, **more))


def test_read_only_is_said_until_it_is_over(window, qtbot, monkeypatch):
    window.go("cases")
    listed(window, record(1), holder=OTHER)
    banner = window.frame.notice.banner
    assert "elsewhere (process 4321)" in banner.text.text() and "12 Nov 2026" in banner.text.text()
    assert not window.cases.new_case.isEnabled() and not window.commands.actions["relink"].isEnabled()
    asked = []
    monkeypatch.setattr(type(window.session), "take_over", lambda self: asked.append(True))
    qtbot.mouseClick(banner.button("take"), LEFT)
    window.commands.actions["take-over"].trigger()  # for when the banner was put away
    assert asked == [True, True]
    listed(window, record(1))
    assert window.frame.notice.banner is None and window.cases.new_case.isEnabled()
    assert not window.commands.actions["take-over"].isEnabled()
    assert window.toasts.texts == ["The cases can be changed in this window now."]


def test_a_crash_is_told_with_a_way_back(window, qtbot):
    listed(window, record(1, opened="2026-01-01"), record(2, opened="2026-01-02"), unclean="2026-11-12T10:00:00+00:00")
    banner = window.frame.notice.banner
    assert "not closed in order" in banner.text.text() and "12 Nov 2026" in banner.text.text()
    qtbot.mouseClick(banner.button("restore"), LEFT)
    assert window.lanes.last("cases.open").request.arguments == {"key": record(2).key}
    assert window.frame.notice.banner is None


def test_a_crash_before_there_was_a_case(window):
    listed(window, unclean="2026-11-12T10:00:00+00:00")
    with pytest.raises(StopIteration):
        window.frame.notice.banner.button("restore")


def test_missing_files_of_the_open_case_are_found(window, qtbot):
    listed(window, record(1, key="0a1b2c3d"))
    with_case(window, notes=(Note("warning", "CAS-01", "rna.csv is no longer where the case was made from"),))
    window.commands.actions["relink"].trigger()
    assert window.lanes.last("upkeep.missing").request.arguments == {"keys": ("0a1b2c3d",)}
    window.lanes.give("upkeep.missing", (Relinked("0a1b2c3d", Path("/old/rna.csv")),))
    dialog = window.relink_dialog
    qtbot.mouseClick(dialog.folder, LEFT)
    dialog.findChild(QFileDialog).filesSelected.emit(["/new"])
    assert window.lanes.last("upkeep.find").request.arguments == {"keys": ("0a1b2c3d",), "folder": Path("/new")}
    window.lanes.give("upkeep.find", GONE)
    qtbot.mouseClick(dialog.relink, LEFT)
    assert not dialog.isVisible() and window.lanes.last("upkeep.apply").request.arguments == {"found": GONE}
    with qtbot.waitSignal(window.session.records):
        window.lanes.give("upkeep.apply", 1)
    assert window.lanes.last("cases.open").state.value == "waiting"


def test_the_files_of_all_cases_where_the_open_one_lacks_none(window):
    with_case(window)
    window.commands.actions["relink"].trigger()
    assert window.lanes.last("upkeep.missing").request.arguments == {"keys": ()}
    window.relink_dialog.reject()


@pytest.mark.parametrize(("answer", "embed"), [("whole", True), ("slim", False)])
def test_a_case_is_exported(window, qtbot, tmp_path, answer, embed):
    with_case(window)
    window.commands.actions["export-case"].trigger()
    assert "patient's id" in window.export_question.text.text()
    qtbot.mouseClick(window.export_question.button(answer), LEFT)
    window.findChild(QFileDialog).filesSelected.emit([str(tmp_path / "it.survcase")])
    asked = window.lanes.last("upkeep.export").request.arguments
    assert asked == {"key": "0a1b2c3d", "target": tmp_path / "it.survcase", "embed": embed}
    window.lanes.give("upkeep.export", tmp_path / "it.survcase")
    assert window.toasts.texts == ["The case was written to it.survcase."]


def test_an_export_that_is_not_wanted(window, qtbot):
    with_case(window)
    window.commands.actions["export-case"].trigger()
    qtbot.mouseClick(window.export_question.button("cancel"), LEFT)
    assert "upkeep.export" not in window.lanes.names() and window.findChild(QFileDialog) is None


def test_a_case_as_one_file_is_taken_in(window):
    window.session.recognise([Path("it.survcase")])
    window.lanes.give("dropped.recognise", Recognised("", (), kind="packed", path=Path("it.survcase")))
    assert window.lanes.last("upkeep.take_in").request.arguments == {"path": Path("it.survcase")}


def test_undo_is_offered_where_something_was_changed(window):
    with_case(window)
    assert not window.commands.actions["undo"].isEnabled()
    with_case(window, undo="the pixel size of a slide")
    assert window.commands.actions["undo"].isEnabled() and not window.commands.actions["redo"].isEnabled()
    window.commands.actions["undo"].trigger()
    window.lanes.give("cases.step_back", samples.case_facts(redo="the pixel size of a slide"))
    assert window.commands.actions["redo"].isEnabled() and not window.commands.actions["undo"].isEnabled()


def test_a_final_report_is_remembered(window, qtbot):
    with_bundles(window)
    with_case(window)
    with_estimate(window)
    window.make("report")
    window.report.finalised.emit("prediction", "R-1")
    asked = window.lanes.last("upkeep.keep_report").request.arguments
    assert asked == {"key": "0a1b2c3d", "prediction": "prediction", "report": "R-1"}


def test_the_preferences_count_and_clear(window, qtbot):
    window.show_preferences()
    use = DiskUse("features", "Encoded slides", "", 5_000_000, 3, True)
    window.lanes.give("upkeep.usage", (use,))
    card = window.preferences.storage
    assert card.size_of("features").startswith("5.0")
    qtbot.mouseClick(card.button("features"), LEFT)
    window.lanes.give("upkeep.clear", (DiskUse("features", "Encoded slides", "", 0, 0, True),))
    assert card.size_of("features").startswith("0.0")
    window.preferences.features.setValue(1.0)
    with qtbot.waitSignal(window.lanes.added):
        pass
    assert window.lanes.last("upkeep.trim") is not None
    window.preferences.close()


def test_a_model_that_turns_out_damaged_is_used_no_more(window):
    with_bundles(window, "first", "second")
    first = window.session.bundle_now
    window.session.verify_bundle(first.folder)
    from dataclasses import replace

    window.lanes.give("bundles.verify", replace(first, error="weights are damaged"))
    assert window.session.bundle_now.name == "second"

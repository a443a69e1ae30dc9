import json

import pytest
from PySide6.QtCore import Qt

from survgui.errors import Trouble
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.finish_step import FinishStep
from survgui.ui.widgets import files
from tests.ui.cohort.wizard import samples


@pytest.fixture
def step(qtbot):
    made = FinishStep(Draft())
    qtbot.addWidget(made)
    made._draft.begin(samples.proposal())
    made._draft.set_review(samples.review())
    made.resize(1200, 700)
    made.show()
    return made


def test_a_folder_first_then_written_then_opened(step, qtbot, tmp_path):
    assert not step.write.isEnabled() and step.write.toolTip() == "Choose a folder first."
    step.set_folder(tmp_path)
    with qtbot.waitSignal(step.write_requested) as asked:
        qtbot.mouseClick(step.write, Qt.MouseButton.LeftButton)
    assert asked.args == [tmp_path, False] and not step.open.isEnabled()
    step.set_written(tmp_path / "cohort.toml")
    with qtbot.waitSignal(step.train_requested) as train:
        qtbot.mouseClick(step.train, Qt.MouseButton.LeftButton)
    assert train.args == [tmp_path / "cohort.toml"]


def test_what_is_there_is_replaced_only_when_asked(step, qtbot, tmp_path):
    step.set_folder(tmp_path)
    step.set_failed(Trouble("UsageError", "x already holds a cohort.toml; choose another folder"))
    with qtbot.waitSignal(step.write_requested) as asked:
        qtbot.mouseClick(step._over.banner.button("replace"), Qt.MouseButton.LeftButton)
    assert asked.args == [tmp_path, True]
    step.set_failed(Trouble("StorageError", "the disk is full"))
    assert step._over.banner.text.text() == "the disk is full"


def test_the_report_is_drawn_and_saved(step, qtbot, tmp_path, monkeypatch):
    step.begin()
    qtbot.waitUntil(lambda: bool(step.pages.images))
    target = tmp_path / "report.json"
    monkeypatch.setattr(files, "ask_save", lambda parent, title, name, filters, slot: slot(target))
    with qtbot.waitSignal(files.written().done):
        qtbot.mouseClick(step._savers["json"], Qt.MouseButton.LeftButton)
    assert json.loads(target.read_text("utf-8"))["name"] == "study"


def test_another_name(step, qtbot):
    step.name.setText("Bladder")
    with qtbot.waitSignal(step.renamed) as renamed:
        step.name.editingFinished.emit()
    assert renamed.args == ["Bladder"]

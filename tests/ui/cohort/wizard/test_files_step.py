from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Use
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.files_step import FilesStep
from tests.ui.cohort.wizard import samples


@pytest.fixture
def step(qtbot):
    made = FilesStep(Draft())
    qtbot.addWidget(made)
    return made


def test_the_zone_waits_and_says_how_far_it_is(step):
    assert step.currentIndex() == 0 and step.zone.stop.isHidden()
    step.set_busy("3 of 9 files", 3, 9)
    assert (step.zone.bar.value(), step.zone.bar.maximum()) == (3, 9)
    assert step.zone.said.text() == "3 of 9 files" and step.zone.files.isHidden() and not step.zone.stop.isHidden()


def test_another_role_is_read_again_and_undone(step, qtbot):
    draft = step._draft
    before = samples.proposal()
    draft.begin(before)
    with qtbot.waitSignal(step.revise_requested) as asked:
        step.list.taken.emit("notes", (Use.MODALITY, Modality.CNV))
    assert asked.args[0] == before and asked.args[1].modality is Modality.CNV
    assert draft.proposal.source("notes").chosen and draft.undoable == "role of notes.csv"
    draft.undo()
    assert draft.proposal == before


def test_a_file_of_several_sources_is_one_file(step):
    rna = samples.proposal().source("rna")
    again = replace(rna, key="cnv", modality=Modality.CNV)
    before = samples.proposal()
    files = len({path for source in before.sources for path in source.paths})
    step._draft.begin(replace(before, sources=(*before.sources, again)))
    assert step._card._hint.text().startswith(f"{len(before.sources) + 1} sources in {files} files")


def test_use_alone_needs_no_reading(step, qtbot):
    step._draft.begin(samples.proposal())
    with qtbot.assertNotEmitted(step.revise_requested):
        step.editor.edited.emit("use", replace(samples.proposal().source("rna"), chosen=False))
    assert not step._draft.proposal.source("rna").chosen
    assert "3 used" not in step._card.accessibleName()

"""Sources that are changed faster than a worker reads them."""

from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Use
from survgui.errors import Trouble
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.imports import Imports
from survgui.ui.cohort.wizard.revisions import Revisions
from tests.ui.cohort.wizard import samples
from tests.ui.pretended import PretendedLanes


class Bench:
    """A draft of which sources are changed, and the worker that reads them."""

    def __init__(self):
        self.lanes, self.draft = PretendedLanes(), Draft()
        self.imports = Imports(self.lanes)
        self.revisions = Revisions(self.draft, self.imports)
        self.draft.begin(samples.proposal(workspace=Path("work")))

    def take(self, key, modality):
        before = self.draft.proposal
        changed = replace(before.source(key), use=Use.MODALITY, modality=modality, chosen=True)
        self.draft.edit_source(f"role of {key}", changed)
        self.revisions.add(before, changed)

    @property
    def asked(self):
        return [j.request.arguments["source"].key for j in self.lanes.jobs if j.request.name == "imports.revise"]

    def read(self, key, patients):
        """The worker has read it."""
        sent = self.lanes.last("imports.revise").request.arguments
        assert sent["source"].key == key
        found = replace(sent["source"], patients=patients)
        self.lanes.give("imports.revise", sent["proposal"].with_source(found))

    def patients(self, key):
        return self.draft.proposal.source(key).patients


@pytest.fixture
def bench(qtbot):
    return Bench()


def test_of_two_that_are_changed_at_once_both_are_read(bench):
    bench.take("notes", Modality.CNV)
    bench.take("rna", Modality.DNAM)
    assert bench.asked == ["notes"]
    bench.read("notes", 5)
    assert bench.asked == ["notes", "rna"]
    bench.read("rna", 3)
    assert (bench.patients("notes"), bench.patients("rna")) == (5, 3)
    bench.draft.undo()
    assert bench.patients("notes") == 5, "as it was read meanwhile, and not as it stood when the other was changed"
    assert bench.asked == ["notes", "rna"], "nothing has to be read again"
    bench.draft.redo()
    assert bench.patients("rna") == 3 and len(bench.asked) == 2


def test_a_change_of_the_one_that_is_being_read_is_told_what_was_read_last(bench):
    read = bench.draft.proposal.source("notes")
    bench.take("notes", Modality.CNV)
    bench.take("notes", Modality.MUTATION)
    sent = bench.lanes.last("imports.revise").request.arguments
    assert sent["proposal"].source("notes") == read and sent["source"].modality is Modality.MUTATION
    bench.read("notes", 4)
    assert bench.patients("notes") == 4 and not bench.imports.at_work("revise")


def test_what_is_undone_before_it_was_read_is_not_read_until_it_is_had_again(bench):
    bench.take("notes", Modality.CNV)
    bench.draft.undo()
    assert not bench.imports.at_work("revise") and bench.draft.proposal == samples.proposal(workspace=Path("work"))
    bench.draft.redo()
    bench.read("notes", 5)
    assert bench.patients("notes") == 5 and bench.draft.undoable == "role of notes"


def test_what_cannot_be_read_so_is_withdrawn_and_what_was_changed_meanwhile_stays(bench):
    bench.imports.trouble.connect(bench.revisions.withdraw)
    before = bench.draft.proposal.source("notes")
    bench.take("notes", Modality.CNV)
    other = replace(bench.draft.proposal.source("rna"), chosen=False)
    bench.draft.edit_source("use of rna", other)
    bench.lanes.fail("imports.revise", Trouble("UsageError", "no columns that could be copy number"))
    assert bench.draft.proposal.source("notes") == before and bench.draft.proposal.source("rna") == other
    bench.take("notes", Modality.CNV)
    bench.lanes.fail("imports.revise", Trouble("UsageError", "no columns that could be copy number"))
    assert bench.draft.proposal.source("notes") == before and not bench.draft.redoable


def test_another_import_has_nothing_to_read(bench):
    bench.take("notes", Modality.CNV)
    bench.revisions.clear()
    bench.draft.begin(samples.proposal(name="other"))
    assert bench.asked == ["notes"] and bench.draft.proposal.name == "other"

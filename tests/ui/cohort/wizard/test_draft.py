from dataclasses import replace

from survgui.cases.proposal import SplitPlan
from survgui.ui.cohort.wizard.draft import Draft, mapping
from tests.ui.cohort.wizard import samples


def begun():
    draft = Draft()
    draft.begin(samples.proposal())
    return draft


def test_every_edit_is_undone_in_turn():
    draft = begun()
    states = [draft.proposal]
    draft.edit_source("role of rna.tsv", replace(draft.proposal.source("rna"), chosen=False))
    states.append(draft.proposal)
    draft.edit_splits("folds", SplitPlan(folds=3))
    states.append(draft.proposal)
    draft.edit_endpoint("unit of time", replace(draft.proposal.outcome, unit="days"))
    assert draft.undoable == "unit of time" and draft.proposal.outcome.unit == "days"
    for state in reversed(states):
        draft.undo()
        assert draft.proposal == state
    assert draft.undoable == ""
    draft.undo()
    assert draft.proposal == states[0]


def test_what_was_undone_is_had_again_until_something_else_is_changed():
    draft = begun()
    first = draft.proposal
    draft.edit_splits("folds", SplitPlan(folds=3))
    second = draft.proposal
    draft.undo()
    assert draft.redoable == "folds"
    draft.redo()
    assert draft.proposal == second and draft.redoable == "" and draft.undoable == "folds"
    draft.undo()
    draft.edit_splits("folds", SplitPlan(folds=4))
    draft.redo()
    assert draft.proposal.splits.folds == 4
    draft.withdraw()
    assert draft.proposal == first and draft.redoable == ""


def test_what_changes_nothing_is_no_edit():
    draft = begun()
    draft.edit_source("nothing", draft.proposal.source("rna"))
    assert draft.undoable == ""


def test_a_new_endpoint_is_added_and_chosen():
    draft = begun()
    draft.edit_endpoint("columns", samples.endpoint("DSS"))
    assert draft.proposal.endpoint == "clinical#DSS" and len(draft.proposal.endpoints) == 3


def test_what_was_read_holds_until_the_mapping_changes():
    draft = begun()
    draft.set_outcome(samples.outcome(events=1))
    draft.set_review(samples.review())
    assert draft.proposal.outcome.events == 1
    rna = draft.proposal.source("rna")
    draft.put(rna, replace(rna, patients=5))
    assert draft.outcome is not None and draft.review is None
    draft.edit_endpoint("unit", replace(draft.proposal.outcome, unit="years"))
    assert draft.outcome is None


def test_an_outcome_that_is_no_longer_chosen_is_not_taken_in():
    draft = begun()
    draft.edit_endpoint("choice", draft.proposal.endpoints[1])
    draft.set_outcome(samples.outcome())
    assert draft.outcome is None


def test_a_name_needs_no_review():
    draft = begun()
    draft.set_review(samples.review())
    draft.rename("  Bladder ")
    assert draft.proposal.name == draft.review.facts.name == "Bladder"
    draft.rename(" ")
    assert draft.proposal.name == "Bladder"


def test_counts_are_no_part_of_the_mapping():
    one, other = samples.endpoint(events=2), samples.endpoint(events=5)
    assert mapping(one) == mapping(other) != mapping(replace(one, event_value=(0,)))
    assert mapping(None) is None

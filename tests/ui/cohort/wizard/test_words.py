from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import ProposedSource, Use
from survgui.ui.cohort.wizard import words
from tests.ui.cohort.wizard import samples

M = Modality


def test_what_is_used_comes_first():
    shown = words.order(samples.proposal())
    assert [source.key for source in shown] == ["clinical", "rna", "folds", "notes"]


def test_a_table_may_be_anything_and_files_only_what_they_are():
    table = samples.proposal().source("notes")
    assert {m for use, m in words.roles(table) if use is Use.MODALITY} == set(Modality)
    slides = ProposedSource("s", (), Use.MODALITY, "slides", modality=M.PATHOLOGY, files=("a/{case}.svs",))
    assert words.roles(slides) == [(Use.MODALITY, M.PATHOLOGY), (Use.NONE, None)]


def test_taken_for_nothing_it_is_not_used():
    source = samples.proposal().source("rna")
    assert not words.taken_as(source, (Use.NONE, None)).chosen
    again = words.taken_as(words.taken_as(source, (Use.NONE, None)), (Use.MODALITY, M.DNAM))
    assert again.chosen and again.modality is M.DNAM


def test_numbers_have_their_words():
    rna = samples.proposal().source("rna")
    assert words.numbers(rna) == "4 patients · 1\u202f544 features · log values"


@pytest.mark.parametrize(
    ("matched", "said", "role"), [(0, "nobody", "high_text"), (1, "1 of 4", "warn"), (4, "4", "good")]
)
def test_how_ids_meet_is_said_with_its_weight(matched, said, role):
    proposal = samples.proposal()
    text, shown = words.matched(replace(proposal.source("rna"), matched=matched), proposal)
    assert text.startswith(said) and shown == role


def test_the_coding_is_said_back_of_rows_before_it_is_counted():
    endpoint = samples.endpoint()
    assert words.coding_words(endpoint, (1,), True) == "1 = death: 2 events of 6 patients"
    assert words.coding_words(samples.endpoint(events=1), (1,), True) == "1 = death: 1 event of 6 patients"
    assert words.coding_words(endpoint, ("0", 1), False) == "0 or 1 = death: 6 rows of 6"
    assert words.coding_words(endpoint, (1.0,), False) == "1.0 = death: 2 rows of 6"


def test_one_spelling_per_value():
    assert words.same("1.0") == words.same(1) == "1" and words.same("Dead") == words.same("dead")


def test_the_headline_counts():
    assert words.headline(samples.proposal()) == "study · OS: 6 patients, 2 events · 2 modalities"


def test_the_worst_note_tells():
    assert words.worst([samples.broken()]) == "error" and words.worst([]) == ""

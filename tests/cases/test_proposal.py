from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, TablePlan, Use, event_word


def source(key, modality=Modality.RNA, chosen=False, use=Use.MODALITY):
    return ProposedSource(key, (Path(f"{key}.csv"),), use, "table", modality=modality, chosen=chosen, plan=TablePlan())


def endpoint(name):
    return Endpoint(name, name, Path("t.csv"), TablePlan(), "time", "event", patients=514, events=214)


def test_of_the_sources_of_a_modality_one_is_chosen():
    proposal = Proposal("x", (source("a", chosen=True), source("b"), source("c", Modality.CNV, chosen=True)))
    changed = proposal.with_source(source("b", chosen=True))
    assert {s.key: s.chosen for s in changed.sources} == {"a": False, "b": True, "c": True}
    assert changed.modalities[Modality.RNA].key == "b"
    assert proposal.modalities[Modality.RNA].key == "a"  # the proposal before the edit is as it was


def test_a_source_by_its_key():
    proposal = Proposal("x", (source("a"),))
    assert proposal.source("a").table == Path("a.csv")
    with pytest.raises(KeyError):
        proposal.source("b")


def test_the_coding_is_said_back():
    assert endpoint("OS").words == "1 = death: 214 events, 300 without"
    assert replace(endpoint("OS"), events=1).words == "1 = death: 1 event, 513 without"
    assert endpoint("PFI").words == "1 = progression: 214 events, 300 without"
    assert event_word("something else") == "event"


def test_an_endpoint_that_is_changed_is_chosen():
    proposal = Proposal("x", (), (endpoint("OS"), endpoint("PFI")), "OS")
    assert proposal.with_endpoint(endpoint("PFI")).outcome == endpoint("PFI")
    assert Proposal("x", ()).outcome is None


def test_many_files_are_named_by_one():
    many = ProposedSource("k", (Path("a.svs"), Path("b.svs")), Use.MODALITY, "slides", files=("*",))
    assert many.name == "2 files, such as a.svs"
    assert many.table is None

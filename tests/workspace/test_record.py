"""A line of the list, and what it says where nothing was predicted."""

from __future__ import annotations

from survgui.cases.case import Modality, State
from survgui.workspace.record import COLUMNS, record_of, words

CASE = ("k", "C-1", "age 54", '{"rna": "600 features"}', "", "then", "now", "seen", "")


def test_a_case_that_was_never_predicted() -> None:
    record = record_of((*CASE, None, None, None, None, None, None, None, None))
    assert record.modalities == {Modality.RNA: "given"} and record.details == {Modality.RNA: "600 features"}
    assert (record.bundle, record.risk_group, record.percentile, record.stale) == ("", "", None, "")
    assert record.opened == "seen" and not record.demo


def test_every_reason_is_said() -> None:
    record = record_of((*CASE, "b", "1", "low", 3.0, '{"mri": "imputed"}', "a changed", "b was replaced", "today"))
    assert record.modalities == {Modality.MRI: State.IMPUTED} and record.bundle == "b 1"
    assert (record.stale, record.reported) == ("a changed; b was replaced", "today")


def test_words_and_columns() -> None:
    assert words({Modality.RNA: "x"}) == '{"rna": "x"}'
    assert len(COLUMNS.split(", ")) == 17

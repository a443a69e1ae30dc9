"""The case list as columns and masks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from survgui.cases.case import Modality, State
from survgui.ui.cases.listing import GONE, ID, MODALITIES, NOT_PREDICTED, RISK, STALE, Listing, Wanted, day
from tests.ui.cases.samples import four, predicted, record


def shown(listing, **wanted):
    mask = listing.mask(Wanted(**{name: frozenset(v) if name != "gone" else v for name, v in wanted.items()}))
    return [r.id for r, on in zip(listing.records, np.ones(4) if mask is None else mask, strict=True) if on]


def test_modalities_must_all_have_been_given():
    listing = Listing(four())
    assert shown(listing, modalities={Modality.PATHOLOGY}) == ["C-0001", "C-0002", "C-0003"]
    assert shown(listing, modalities={Modality.RNA}) == ["C-0003"]  # imputed in the others, not given
    assert shown(listing, modalities={Modality.RNA, Modality.CLINICAL}) == []


def test_unused_and_unusable_modalities_were_given():
    states = {Modality.RNA: State.UNUSABLE, Modality.MRI: State.UNUSED, Modality.CNV: State.ABSENT}
    counts = Listing([predicted(1, "low", 3.0, modalities=states, details={})]).counts()
    assert counts == {"rna": 1, "mri": 1, "low": 1}


def test_what_a_prediction_took_as_missing_was_given_all_the_same():
    states = {Modality.RNA: State.IMPUTED, Modality.MRI: State.IMPUTED}
    made = predicted(1, "low", 3.0, modalities=states, details={Modality.RNA: "600 features"})
    assert Listing([made]).counts() == {"rna": 1, "low": 1}


def test_any_of_the_groups_is_shown():
    listing = Listing(four())
    assert shown(listing, groups={"high"}) == ["C-0001"]
    assert shown(listing, groups={"high", "low"}) == ["C-0001", "C-0002"]
    assert shown(listing, groups={NOT_PREDICTED}) == ["C-0003", "C-0004"]
    assert shown(listing, gone=True) == ["C-0004"]
    assert shown(listing, groups={NOT_PREDICTED}, modalities={Modality.RNA}) == ["C-0003"]
    assert shown(listing) == ["C-0001", "C-0002", "C-0003", "C-0004"]


def test_the_counts_are_those_of_the_masks():
    listing = Listing(four())
    counts = listing.counts()
    assert counts == {
        **{"clinical": 2, "pathology": 3, "rna": 1, "mri": 1},
        **{"high": 1, "low": 1, NOT_PREDICTED: 2, GONE: 1},
    }


def test_columns_say_everything_in_words():
    columns = Listing(four()).columns
    assert columns[ID].text(2) == "C-0003"
    assert columns[MODALITIES].text(0) == "Clinical, Slide, RNA-seq (imputed), MRI (absent)"
    assert columns[RISK].text(0) == "87th pct" and columns[RISK].text(2) == ""
    assert columns[MODALITIES].order.tolist() == [2.0, 2.0, 2.0, 1.0]
    assert len({len(column.values) for column in columns}) == 1


def test_an_empty_list_has_columns_too():
    assert [len(column.values) for column in Listing(()).columns] == [0] * 6
    assert Listing(()).counts() == {}


def test_days():
    now = datetime.now(UTC)
    assert day(now.isoformat()) == f"today {now.astimezone():%H:%M}"
    old = (now - timedelta(days=400)).astimezone()
    assert day(old.isoformat()) == f"{old.day} {old:%b %Y}"
    assert day("yesterday") == ""


def test_ten_thousand_cases_are_filtered_by_arrays():
    listing = Listing([record(n) if n % 2 else predicted(n, "high", 90.0) for n in range(10_000)])
    mask = listing.mask(Wanted(frozenset({Modality.RNA}), frozenset({NOT_PREDICTED})))
    assert mask is not None and mask.tolist() == [bool(n % 2) for n in range(10_000)]


def test_what_is_out_of_date_can_be_shown_alone():
    listing = Listing((predicted(1, "low", 3.0), predicted(2, "low", 4.0, stale="rna.csv has changed")))
    assert listing.counts()[STALE] == 1
    assert list(listing.mask(Wanted(stale=True))) == [False, True]

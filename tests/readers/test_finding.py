"""Of a patient's findings one file of each sequence is used, and nothing of two patients."""

from __future__ import annotations

from pathlib import Path

from survgui.cases.case import Modality
from survgui.readers.finding import VOLUME, Finding, settled


def volume(name: str, role: str | None, *rank: float, header: str = "") -> Finding:
    modality = Modality.MRI if role else None
    return Finding(Path(name), modality, role or VOLUME, "its name says so", rank=rank, header=header)


def test_the_better_of_two_is_used_and_the_other_may_be_chosen() -> None:
    found = settled([volume("a_raw", "t1", 0.0), volume("b", "t1", 1.0), volume("c", "t2", 0.0), volume("d", None)])
    assert [(f.name, f.modality, f.role) for f in found] == [
        ("a_raw", None, VOLUME),
        ("b", Modality.MRI, "t1"),
        ("c", Modality.MRI, "t2"),
        ("d", None, VOLUME),
    ]
    assert found[0].evidence == "b is taken for the T1 instead; its name says so"


def test_of_equals_the_first_is_used() -> None:
    assert [f.role for f in settled([volume("a", "t1", 1.0), volume("b", "t1", 1.0)])] == ["t1", VOLUME]


def test_two_patients_stop_what_their_headers_tell_of() -> None:
    found = settled([volume("a", "t1", header="x"), volume("b", "t2", header="y"), volume("c", "flair")])
    assert [(f.error and f.error.code) for f in found] == ["VOL-17", "VOL-17", None]
    assert [f.modality for f in found] == [None, None, Modality.MRI]
    one = settled([volume("a", "t1", header="x"), volume("b", "t2", header="x")])
    assert all(f.error is None for f in one)


def test_a_series_is_called_by_its_title() -> None:
    assert Finding(Path("IM0"), None, None, "", title="AX T1 · 9 slices").name == "AX T1 · 9 slices"

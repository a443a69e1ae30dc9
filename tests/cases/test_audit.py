"""Lines of the audit log hold keys and hashes; a name has no way in."""

import pytest

from survgui.cases.audit import Action, Chain, Entry, named
from survgui.cases.prediction import BundleName

KEY, SHA = "0123456789abcdef", "ab" * 32


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": ("Ztestname, Quirina",)},
        {"cases": ("TCGA-02-0001",)},
        {"inputs": {"bundle": "Quirina"}},
        {"outputs": {"Ztestname/report.pdf": SHA}},
        {"about": "of C:/Ztestname"},
        {"before": ""},
    ],
)
def test_what_could_be_a_name_is_refused(wrong):
    with pytest.raises(ValueError):
        Entry(1, "2026-01-01T00:00:00+00:00", "user-1", Action.PREDICT, **wrong)


def test_keys_hashes_and_a_bundle_are_taken():
    entry = Entry(1, "t", "u", Action.PREDICT, (KEY,), {"bundle": SHA}, {"report.pdf": SHA}, "Tcga-Glioma 1.0", SHA)
    assert entry.cases == (KEY,)


def test_every_action_has_its_words():
    assert len({action.words for action in Action}) == len(Action)


def test_a_chain_says_where_it_is_broken():
    assert Chain(3, SHA).words == f"Audit log unbroken, 3 lines, head {SHA[:12]}…"
    assert "at line 2: x" in Chain(3, SHA, 2, "x").words


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (BundleName("tcga-glioma", "1.2", SHA), ("tcga-glioma 1.2", {"bundle": SHA})),
        (BundleName("of Ztestname, Quirina", "1", SHA), ("", {"bundle": SHA})),
        (BundleName("b", "1", "no hash"), ("b 1", {})),
    ],
)
def test_a_bundle_of_unusual_letters_goes_by_its_hash_alone(bundle, expected):
    assert named(bundle) == expected

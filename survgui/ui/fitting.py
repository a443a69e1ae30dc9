"""Which model is meant for a case, and whether two descriptions are of the same model."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from survgui.cases.case import Modality
from survgui.cases.display import BundleFacts


def usable(found: Iterable[BundleFacts]) -> list[BundleFacts]:
    """Bundles that can predict."""
    return [facts for facts in found if facts.manifest is not None and not facts.error]


def fitting(found: Iterable[BundleFacts], given: Collection[Modality], *, demo: bool) -> BundleFacts | None:
    """The model that is meant for a case; None where there is none.

    A model of simulated patients says nothing of real ones, and a real one nothing of the demo; among several,
    the first of those that take most of what the case has.

    Args:
        given: What the case has.
        demo: Whether the case is simulated.
    """
    best, most = None, -1
    for facts in usable(found):
        if facts.manifest is None or facts.manifest.development.simulated is not demo:
            continue
        taken = len(set(given) & set(facts.manifest.inputs))
        if taken > most:
            best, most = facts, taken
    return best


def same(one: BundleFacts | None, other: BundleFacts | None) -> bool:
    """Whether two descriptions are of one bundle with the same files, whenever they were made."""
    if one is None or other is None:
        return one is other
    a, b = one.manifest, other.manifest
    if a is None or b is None:
        return a is b and one.folder == other.folder
    told = [(facts.folder, m.name, m.version, m.created, m.files) for facts, m in ((one, a), (other, b))]
    return told[0] == told[1]

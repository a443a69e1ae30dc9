import pytest

from survgui.cases.case import Kind, Modality
from survgui.errors import UsageError
from survgui.nets.families import FAMILIES, family_of
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.must import MustConfig


@pytest.mark.parametrize(("method", "config"), [("must", MustConfig), ("imputmae", ImputmaeConfig)])
def test_a_family_builds_its_network_from_what_a_manifest_keeps(method, config):
    family = FAMILIES[method]
    stored = family.stored({"width": 32, "bins": 3})
    assert isinstance(stored, config) and (stored.width, stored.bins) == (32, 3)
    net = family.build(stored, {Modality.RNA: (Kind.VECTOR, (1, 20))}, 3)
    assert net.config == stored and net.modalities == (Modality.RNA,)
    assert net.has_shared is (method == "must")


def test_presets_with_changes_and_what_cannot_be():
    assert family_of("imputmae").config("demo", {"mask_ratio": 0.75}).mask_ratio == 0.75
    for method, preset, changes, message in (
        ("cox", "small", {}, "unknown method 'cox'; this version trains must and imputmae"),
        ("must", "huge", {}, "unknown preset 'huge'"),
        ("must", "small", {"mask_ratio": 0.5}, "unknown setting 'mask_ratio'"),
        ("imputmae", "small", {"mask_ratio": 1.5}, "mask ratio lies between 0 and 1"),
    ):
        with pytest.raises(UsageError, match=message):
            family_of(method).config(preset, changes)

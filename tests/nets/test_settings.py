from dataclasses import dataclass

import pytest

from survgui.nets.settings import changed


@dataclass(frozen=True)
class Made:
    width: int = 4
    rate: float = 0.5
    name: str = "plain"
    anchor: bool = True

    def __post_init__(self):
        if self.width < 1:
            raise ValueError("no width")


def test_fields_are_changed_and_the_others_stay():
    assert changed(Made(width=8), {"rate": 1, "anchor": False}) == Made(8, 1, "plain", False)
    assert changed(Made(), {}) == Made()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 2}, "unknown setting 'depth'; there are width, rate, name, anchor"),
        ({"width": 2.5}, "setting 'width' takes int, not 2.5"),
        ({"width": True}, "setting 'width' takes int, not True"),
        ({"rate": "fast"}, "setting 'rate' takes float, not 'fast'"),
        ({"rate": False}, "setting 'rate' takes float, not False"),
        ({"name": 3}, "setting 'name' takes str, not 3"),
        ({"anchor": 1}, "setting 'anchor' takes bool, not 1"),
        ({"width": 0}, "no width"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(Made(), changes)

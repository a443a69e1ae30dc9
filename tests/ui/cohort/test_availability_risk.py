import pytest

from survgui.cases.review import MASK_RISK
from survgui.ui.cohort.availability_risk import AvailabilityRiskCard, verdict


@pytest.mark.parametrize(
    ("c_index", "kind"),
    [(0.5, "good"), (MASK_RISK - 0.001, "good"), (MASK_RISK, "warn"), (0.67, "warn"), (None, "soft")],
)
def test_it_warns_from_the_same_value_as_the_command_line(c_index, kind):
    text, own = verdict(c_index)
    assert own == kind
    assert ("carries risk" in text) == (kind == "warn")


def test_asking_once_waits_for_the_answer(qtbot):
    card = AvailabilityRiskCard()
    qtbot.addWidget(card)
    card.show()
    with qtbot.waitSignal(card.requested):
        card.button.click()
    assert not card.button.isEnabled()
    card.set_value(0.67)
    assert "0.67" in card.said.text()
    assert not card.button.isVisible()
    card.give_up()  # something else failed: what was computed stays
    assert "0.67" in card.said.text()


def test_it_can_be_asked_again_where_it_failed(qtbot):
    card = AvailabilityRiskCard()
    qtbot.addWidget(card)
    card.show()
    card.button.click()
    card.give_up()
    assert card.button.isEnabled()
    assert card.button.text() == "Check"

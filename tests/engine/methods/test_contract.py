from survgui.engine.methods.contract import outcome_of


def test_outcomes_follow_the_order_asked_for(cohort):
    found = outcome_of(cohort, ["P-005", "P-002"])
    assert found.months.tolist() == [cohort.months[5], cohort.months[2]]

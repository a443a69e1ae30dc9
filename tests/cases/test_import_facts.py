from pathlib import Path

from survgui.cases.import_facts import OutcomeFacts, TableFacts
from survgui.cases.proposal import Endpoint, TablePlan


def test_what_is_not_known_is_empty():
    table = TableFacts(Path("t.csv"), 3, ("id",))
    assert not table.numeric and not table.coded and not table.head
    found = OutcomeFacts(Endpoint("k", "OS", Path("t.csv"), TablePlan(), "time", "event"))
    assert found.curve is None and len(found.ticks) == 0 and found.median_follow_up is None

from pathlib import Path

import pytest

from survgui.errors import Trouble
from survgui.ui.cohort.wizard.imports import Imports
from tests.ui.cohort.wizard import samples
from tests.ui.pretended import PretendedLanes


@pytest.fixture
def asked(qapp):
    lanes = PretendedLanes()
    imports = Imports(lanes)
    yield imports, lanes
    lanes.close()


def test_answers_go_where_they_belong(asked, qtbot):
    imports, lanes = asked
    imports.read_outcome(samples.endpoint())
    imports.look(Path("t.csv"), None, None)
    assert imports.at_work() and imports.at_work("look") and not imports.at_work("review")
    with qtbot.waitSignal(imports.outcome) as outcome, qtbot.waitSignal(imports.table):
        lanes.give("imports.outcome", "counted")
        lanes.give("imports.look", "columns")
    assert outcome.args == ["counted"] and not imports.at_work()


def test_only_the_latest_answer_of_a_kind_counts(asked):
    imports, lanes = asked
    came = []
    imports.proposed.connect(came.append)
    imports.propose([Path("a")])
    first = lanes.last("imports.propose")
    imports.propose([Path("b")])
    first.take("done", "a")
    lanes.give("imports.propose", "b")
    assert came == ["b"]


def test_a_failure_says_of_what(asked, qtbot):
    imports, lanes = asked
    imports.review(samples.proposal())
    with qtbot.waitSignal(imports.trouble) as told:
        lanes.fail("imports.review", Trouble("ReadError", "no"))
    assert told.args[0] == "review" and imports.at_work("mask")
    imports.stop()
    assert not imports.at_work()

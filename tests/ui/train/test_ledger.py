import math

import pytest

from survgui.ui.train.ledger import Ledger
from survgui.ui.train.runs import DONE, STOPPED, Run

ROWS = [
    {"method": "must", "pattern": ["natural"], "c_index": 0.869, "c_index_sd": 0.017, "cs": 0.892},
    {"method": "cox-all", "pattern": ["natural"], "c_index": 0.874, "c_index_sd": 0.015, "cs": 0.894},
]
RUNS = (
    Run("must-07", "c.toml", "C", state=DONE, progress="published", c_index=0.87),
    Run("mae-05", "c.toml", "C", state=STOPPED, progress="fold 3 of 5", method="imputmae"),
)


@pytest.fixture
def ledger(qtbot):
    made = Ledger()
    qtbot.addWidget(made)
    made.resize(980, 320)
    made.show()
    return made


def cells(table):
    model = table.model_
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_the_rows_of_a_finished_training(ledger):
    ledger.set_rows(ROWS)
    assert cells(ledger.rows)[0] == ["MUST", "0.869 ± 0.017", "–", "0.892", "−0.005"]
    assert cells(ledger.rows)[3][:2] == ["Cox, all blocks", "0.874 ± 0.015"]


@pytest.mark.parametrize(("mean", "said"), [(0.861, "0.861"), (math.nan, "–")])
def test_a_running_training_shows_its_mean_so_far(ledger, mean, said):
    ledger.set_rows((), mean)
    assert cells(ledger.rows)[0][:2] == ["MUST (running)", said]
    assert len(cells(ledger.rows)) == 5


def test_another_methods_row_stands_above_the_same_references(ledger):
    ledger.set_rows([{**ROWS[0], "method": "imputmae"}, ROWS[1]], method="imputmae")
    names = [row[0] for row in cells(ledger.rows)]
    assert cells(ledger.rows)[0] == ["impuTMAE", "0.869 ± 0.017", "–", "0.892", "−0.005"]
    ledger.set_rows((), 0.8, "imputmae")
    assert [row[0] for row in cells(ledger.rows)] == ["impuTMAE (running)", *names[1:]]
    ledger.set_rows(ROWS)
    assert [row[0] for row in cells(ledger.rows)] == ["MUST", *names[1:]]


def test_runs_are_listed_with_their_state_and_can_be_chosen(ledger, qtbot):
    ledger.set_runs(RUNS)
    assert cells(ledger.runs) == [
        ["must-07", "MUST", "0.870", "done"],
        ["mae-05", "impuTMAE", "–", "resumable · fold 3 of 5"],
    ]
    with qtbot.waitSignal(ledger.run_chosen) as chosen:
        ledger.runs.selectRow(1)
    assert chosen.args == [1]


def test_the_log_keeps_its_last_lines(ledger):
    for k in range(450):
        ledger.write(f"line {k}")
    lines = ledger.log.toPlainText().splitlines()
    assert len(lines) == 400
    assert lines[-1].endswith("line 449")
    ledger.shown.button("log").click()
    assert ledger.log.isVisible()

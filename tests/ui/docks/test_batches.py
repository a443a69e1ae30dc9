import csv
import io

import pytest
from PySide6.QtCore import Qt

from survgui.cases.batch import Action, Item, Order, Row
from survgui.errors import Trouble
from survgui.ui import style
from survgui.ui.batch_queue import BatchQueue, Stand
from survgui.ui.docks.batches import BatchTree, Exported, question, summary
from tests.ui.test_session import FakeLanes, Heard

LEFT = Qt.MouseButton.LeftButton
BAD = Row("b", trouble=Trouble("ReadError", "slide.svs: the file is empty", "SLD-04"))
DONE = Row("a", {"modalities": {"rna": "measured"}, "risk": 0.5, "bundle": {"name": "demo"}, "warnings": []})
NAMES = {"a": "TCGA-1", "b": "TCGA-2", "c": "TCGA-3"}


@pytest.fixture
def tree(qtbot):
    queue = BatchQueue(FakeLanes())
    made = BatchTree(queue)
    qtbot.addWidget(made)
    made.set_names(NAMES)
    made.resize(700, 300)
    made.show()
    queue.add("Predict 3 cases", Order(Action.PREDICT), [Item(name, ()) for name in NAMES])
    return made


def shown(tree):
    top = tree.tree.topLevelItem(0)
    return [top.text(place) for place in range(6)], [top.child(place).text(0) for place in range(top.childCount())]


def test_a_batch_is_a_row_with_its_counts_and_each_failure_a_row_below_it(tree, qtbot):
    (batch,) = tree._queue.batches
    assert shown(tree) == (["Predict 3 cases", "running", "0", "0", "3", ""], [])
    batch.job.eta_seconds = 95.0
    batch.job.partial.emit(DONE)
    batch.job.partial.emit(BAD)
    tree.refresh()
    counts, failures = shown(tree)
    assert counts == ["Predict 3 cases", "running", "1", "1", "1", "1:35"]
    assert failures == ["TCGA-2: slide.svs: the file is empty [SLD-04]"]
    assert tree.tree.topLevelItem(0).isExpanded(), "a reason is seen without a click"
    assert not tree.why.isVisible()
    tree.tree.setCurrentItem(tree.tree.topLevelItem(0).child(0))
    assert tree.why.isVisible() and tree.why.text() == failures[0], "in full, where the row cuts it"
    tree.tree.topLevelItem(0).setExpanded(False)
    tree.refresh()
    assert not tree.tree.topLevelItem(0).isExpanded(), "what was closed stays so"
    opened = Heard(tree.opened)
    top = tree.tree.topLevelItem(0)
    tree.tree.itemDoubleClicked.emit(top, 0)
    tree.tree.itemDoubleClicked.emit(top.child(0), 0)
    assert opened.said == ["b"]
    batch.take(Row("b", {}))
    tree.refresh()
    assert shown(tree)[1] == []


def test_states_are_coloured_anew_with_the_theme(tree, qapp):
    (batch,) = tree._queue.batches
    batch.job.partial.emit(BAD)
    tree.refresh()
    colours = []
    for theme in ("light", "dark"):
        style.apply(qapp, theme)
        qapp.processEvents()
        colours.append([tree.tree.topLevelItem(0).foreground(place).color().name() for place in (1, 3)])
        assert colours[-1] == [style.colour("accent").name(), style.colour("high_text").name()]
    assert colours[0] != colours[1]
    style.apply(qapp, "light")


def test_what_can_be_done_is_offered_and_done(tree, qtbot):
    (batch,) = tree._queue.batches
    assert tree.pause.isVisible() and not tree.resume.isVisible() and not tree.retry.isVisible()
    assert not tree.export.isEnabled() and not tree.up.isVisible()
    batch.job.partial.emit(BAD)
    qtbot.mouseClick(tree.pause, LEFT)
    assert batch.stand is Stand.PAUSED and tree.resume.isVisible() and tree.retry.isEnabled()
    qtbot.mouseClick(tree.resume, LEFT)
    assert batch.stand is Stand.RUNNING and not tree.retry.isEnabled()
    batch.job.give(2)
    qtbot.mouseClick(tree.rest, LEFT)
    assert [b.facts.order.partial for b in tree._queue.batches] == [False, True]
    tree._queue.put_away(tree._queue.batches[1].facts.key)
    tree.tree.setCurrentItem(tree.tree.topLevelItem(0))
    qtbot.mouseClick(tree.retry, LEFT)
    assert batch.stand is Stand.RUNNING and not batch.failures and not tree.rest.isVisible()
    tree._queue.add("Encode 1 case", Order(Action.ENCODE), [Item("a", ())])
    tree.tree.setCurrentItem(tree.tree.topLevelItem(1))
    qtbot.mouseClick(tree.up, LEFT)
    assert [b.facts.title for b in tree._queue.batches] == ["Encode 1 case", "Predict 3 cases"]
    assert tree.batch.facts.title == "Encode 1 case", "what was chosen stays so"
    qtbot.mouseClick(tree.down, LEFT)
    asked = Heard(tree.export_asked)
    tree.tree.setCurrentItem(tree.tree.topLevelItem(0))
    batch.take(DONE)
    tree.refresh()
    qtbot.mouseClick(tree.export, LEFT)
    assert asked.said == [batch]
    for _ in range(2):
        qtbot.mouseClick(tree.away, LEFT)
    assert tree._queue.batches == [] and not tree.isVisible()


def test_the_table_has_a_line_a_case_called_as_is_asked_for(tree):
    (batch,) = tree._queue.batches
    batch.take(DONE)
    batch.take(BAD)
    text = Exported(batch, {"a": "Case A", "b": "Case B"})().decode()
    assert "TCGA" not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["case"], row["risk"], row["code"]) for row in rows] == [
        ("Case A", "0.5", ""),
        ("Case B", "", "SLD-04"),
    ]
    assert rows[1]["error"] == "slide.svs: the file is empty [SLD-04]"


def test_a_batch_in_a_sentence(tree):
    (batch,) = tree._queue.batches
    batch.take(BAD)
    assert summary(batch) == "Predict 3 cases: 0 done, 1 failed, 2 left."
    assert question(batch) == "A batch was interrupted (Predict 3 cases): 1 of 3 cases done. Go on with it?"

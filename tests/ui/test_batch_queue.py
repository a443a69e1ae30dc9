import pytest

from survgui.cases.batch import Action, BatchFacts, Item, Order, Row
from survgui.errors import Trouble
from survgui.ui.batch_queue import BatchQueue, Stand
from tests.ui.test_session import FakeLanes, Heard

ORDER = Order(Action.PREDICT)
BAD = Trouble("ReadError", "it is empty", "SLD-04")


@pytest.fixture
def queue(qapp):
    return BatchQueue(FakeLanes())


def added(queue, title, names="abc"):
    queue.add(title, ORDER, [Item(name, ()) for name in names])
    return queue.batches[-1]


def titles(queue):
    return [job.request.title for job in queue._lanes.jobs if job.request.name == "batches.run"]


def test_one_runs_and_the_next_follows_in_the_order_that_was_chosen(queue):
    first, second, third = (added(queue, title) for title in ("one", "two", "three"))
    assert (first.stand, second.stand, third.stand) == (Stand.RUNNING, Stand.WAITING, Stand.WAITING)
    queue.move(third.facts.key, -1)
    queue.move(first.facts.key, -1)  # it is the first already
    assert queue.batches == [first, third, second]
    first.job.give(3)
    assert first.stand is Stand.OVER and titles(queue) == ["one", "three"]
    third.job.fail()
    assert third.stand is Stand.STOPPED and third.trouble.text == "It broke." and third.can_go_on
    assert titles(queue) == ["one", "three", "two"]


def test_rows_are_counted_and_failed_ones_done_again_alone(queue):
    heard, ended = Heard(queue.advanced), Heard(queue.ended)
    batch = added(queue, "one")
    for row in (Row("a", {}), Row("b", trouble=BAD), Row("c", {})):
        batch.job.partial.emit(row)
    assert (batch.done, len(batch.failures), batch.left) == (2, 1, 0) and len(heard.said) == 3
    queue.retry_failed(batch.facts.key)
    assert batch.stand is Stand.RUNNING and titles(queue) == ["one"], "it is at work still"
    batch.job.give(2)
    assert ended.said == [batch] and not batch.can_go_on
    queue.retry_failed(batch.facts.key)
    assert (batch.done, batch.left, titles(queue)) == (2, 1, ["one", "one"])
    batch.job.partial.emit(Row("b", {}))
    assert (batch.done, batch.failures, batch.left) == (3, {}, 0)


def test_what_failed_is_predicted_from_the_rest_as_a_batch_of_its_own(queue):
    batch = added(queue, "one")
    for row in (Row("a", {}), Row("b", trouble=BAD), Row("c", trouble=BAD)):
        batch.job.partial.emit(row)
    batch.job.give(1)
    queue.from_rest(batch.facts.key)
    assert titles(queue) == ["one", "Predict 2 cases from the rest"]
    rest = queue.batches[-1]
    assert rest.facts.order.partial and [item.name for item in rest.facts.items] == ["b", "c"]
    assert len(batch.failures) == 2 and batch.offers_rest
    rest.job.partial.emit(Row("b", trouble=BAD))
    rest.job.give(0)
    queue.from_rest(rest.facts.key)
    assert len(queue.batches) == 2, "that was predicted from the rest already"


def test_a_pause_stops_it_lets_the_next_one_in_and_it_goes_on_where_it_was(queue):
    first, second = added(queue, "one"), added(queue, "two")
    first.job.partial.emit(Row("a", {}))
    key = first.job.request.arguments["key"]
    queue.pause(key)
    assert first.stand is Stand.PAUSED and first.left == 2 and second.stand is Stand.RUNNING
    queue.pause(second.facts.key)
    queue.go_on(key)
    assert first.stand is Stand.RUNNING and first.job.request.arguments["key"] == key


def test_what_is_put_away_is_gone_and_its_late_rows_too(queue):
    first, second = added(queue, "one"), added(queue, "two")
    queue.put_away(first.facts.key)
    assert queue.batches == [second] and second.stand is Stand.RUNNING
    assert queue._lanes.last("batches.put_away").request.arguments == {"key": first.facts.key}
    queue.forget(["a"])
    assert queue._lanes.last("batches.forget").request.arguments == {"keys": ("a",)}


def test_a_deleted_case_is_no_part_of_a_batch_any_more(queue):
    batch, other = added(queue, "one"), added(queue, "two", "a")
    batch.job.partial.emit(Row("b", trouble=BAD))
    queue.forget(["a"])
    batch.job.partial.emit(Row("a", {}))  # it was at hand when the case went
    assert (batch.total, batch.done, batch.left, set(batch.failures)) == (2, 0, 1, {"b"})
    assert queue.batches == [batch] and queue._lanes.last("batches.put_away").request.arguments == {
        "key": other.facts.key
    }, "nothing of the other is left"


def test_batches_of_an_earlier_session_wait_to_be_asked_about(queue):
    items = (Item("a", ()), Item("b", ()))
    half = BatchFacts("1" * 16, "half", "", ORDER, items, {"a": Row("a", {})})
    bad = BatchFacts("2" * 16, "bad", "", ORDER, items, {"a": Row("a", {}), "b": Row("b", trouble=BAD)})
    heard = Heard(queue.interrupted)
    queue.load()
    queue._lanes.last("batches.listing").give((half, bad))
    queue.load()
    queue._lanes.last("batches.listing").give((half, bad))  # none comes twice
    assert [batch.stand for batch in queue.batches] == [Stand.INTERRUPTED, Stand.OVER]
    assert heard.said == [queue.batches[0]] and titles(queue) == []
    queue.go_on(half.key)
    assert titles(queue) == ["half"]
    problems = Heard(queue.trouble)
    queue.load()
    queue._lanes.last("batches.listing").fail()
    assert problems.said[0].text == "It broke."

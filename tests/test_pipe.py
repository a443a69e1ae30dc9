from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from survgui.errors import ReadError
from survgui.pipe import LARGE, PIECE, Pipe


@pytest.fixture
def ends() -> Iterator[tuple[Pipe, Pipe]]:
    one, other = multiprocessing.Pipe()
    with one, other:
        yield Pipe(one), Pipe(other)


def passed(ends: tuple[Pipe, Pipe], *message: object) -> tuple[object, ...]:
    """Send from a thread, for a message that is larger than the pipe waits to be read."""
    sender = threading.Thread(target=ends[0].send, args=message)
    sender.start()
    received = ends[1].receive()
    sender.join()
    return received


def test_a_message_arrives_as_it_was_sent(ends):
    assert passed(ends, "step", 7, {"of": 3}) == ("step", 7, {"of": 3})


@pytest.mark.parametrize("count", [1, LARGE - 1, LARGE, PIECE + 1, 3 * PIECE, 2 * PIECE + 12345])
def test_arrays_of_every_size_arrive_whole(ends, count):
    sent = np.random.default_rng(count).integers(0, 256, count, dtype=np.uint8)
    (received,) = passed(ends, sent)
    np.testing.assert_array_equal(received, sent)


def test_several_large_arrays_keep_their_shapes_and_kinds(ends):
    cube = np.arange(50 * 60 * 70, dtype=np.uint16).reshape(50, 60, 70)
    sent = {"cube": cube, "turned": cube.T, "part": cube[::2, :, ::-1], "bits": cube > 9, "empty": np.empty((0, 3))}
    (received,) = passed(ends, sent)
    for name, value in sent.items():
        np.testing.assert_array_equal(received[name], value)
        assert received[name].dtype == value.dtype


def test_a_value_that_cannot_travel_leaves_the_pipe_in_order(ends):
    with pytest.raises(Exception, match="lambda"):
        ends[0].send(np.zeros(LARGE), lambda: None)
    assert passed(ends, "next") == ("next",)


def test_the_end_is_an_end_of_file(ends):
    ends[0].close()
    assert ends[1].waits(1.0)
    with pytest.raises(EOFError):
        ends[1].receive()
    with pytest.raises(EOFError):
        ends[1].send("nobody listens")


def test_waits_says_whether_something_is_there(ends):
    assert not ends[1].waits()
    ends[0].send("here")
    assert ends[1].waits(1.0)


def test_errors_with_a_file_can_travel(ends):
    (received,) = passed(ends, ReadError("/patients/a.svs", "the file is empty", "SLD-02"))
    assert str(received) == "a.svs: the file is empty [SLD-02]"
    assert received.path.as_posix() == "/patients/a.svs"

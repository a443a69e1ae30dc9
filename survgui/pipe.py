"""Messages between survgui's own processes, with large arrays beside them.

An array is read into its own memory piece by piece: while a hundred megabytes arrive, the other threads of the
process go on, the window's among them. Nothing that comes from outside goes through here.
"""

from __future__ import annotations

import io
import threading
from array import array
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

LARGE = 2**16
"""Bytes from which an array travels beside the message instead of in it."""
PIECE = 2**20
"""Bytes that are read at once; for so long the other threads of this process wait."""


class Pipe:
    """One end of a pipe; any thread may send, one receives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, *message: object) -> None:
        """Send a message; it arrives as a tuple.

        Raises:
            EOFError: Nobody listens any more.
            Exception: What a value raises that cannot travel; nothing was sent then.
        """
        beside: list[memoryview] = []

        def put_beside(buffer: Any) -> bool:
            content = buffer.raw()
            if content.nbytes < LARGE:
                return True  # it stays in the message
            beside.append(content)
            return False

        head = io.BytesIO()
        ForkingPickler(head, 5, True, put_beside).dump(message)
        sizes = array("Q", (content.nbytes for content in beside))
        try:
            with self._lock:
                self._connection.send_bytes(sizes.tobytes())
                self._connection.send_bytes(head.getbuffer())
                for content in beside:
                    for start in range(0, content.nbytes, PIECE):
                        self._connection.send_bytes(content[start : start + PIECE])
        except OSError as error:
            raise EOFError from error

    def receive(self) -> tuple[Any, ...]:
        """The next message; waits for it.

        Raises:
            EOFError: Nobody will send any more.
            Exception: What a value raises that cannot be made again here; the pipe goes on with the next message.
        """
        try:
            sizes = array("Q")
            sizes.frombytes(self._connection.recv_bytes())
            head = self._connection.recv_bytes()
            beside = [self._read(size) for size in sizes]
        except OSError as error:
            raise EOFError from error
        message: tuple[Any, ...] = ForkingPickler.loads(head, buffers=beside)
        return message

    def waits(self, seconds: float = 0.0) -> bool:
        """Whether a message, or the end, can be received at once or within some seconds.

        Raises:
            EOFError: Nobody will send any more.
        """
        try:
            return self._connection.poll(seconds)
        except OSError as error:
            raise EOFError from error

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def _read(self, size: int) -> memoryview:
        view = np.empty(size, dtype=np.uint8).data  # memory that is not touched before it is written
        at = 0
        while at < size:
            at += self._connection.recv_bytes_into(view, at)
        return view

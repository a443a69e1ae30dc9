"""A thread for what is short but not short enough for the window's own: writing files, decoding a picture.

Results come by signals in the window's thread. Work that may take seconds, needs a case's files or can crash
belongs in a lane (survgui.ui.jobs).
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue

from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal, Slot

from survgui.cases.trouble import trouble_of


class Errand(QObject):
    """One function that is run in the background.

    Signals:
        succeeded: What it returned.
        failed: A `Trouble`, where it raised.
    """

    succeeded = Signal(object)
    failed = Signal(object)

    def __init__(self, function: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.function = function


class _Thread(QThread):
    ended = Signal(object, bool, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queue: SimpleQueue[Errand | None] = SimpleQueue()

    def run(self) -> None:
        """Run errands in their order until there is a None among them."""
        while (errand := self.queue.get()) is not None:
            try:
                self.ended.emit(errand, True, errand.function())
            except Exception as error:
                self.ended.emit(errand, False, trouble_of(error))


class Background(QObject):
    """Runs functions one after the other in a thread of its own, which starts with the first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _Thread | None = None
        self._pending: set[Errand] = set()

    @property
    def busy(self) -> bool:
        """Whether something is queued, or its result has not been delivered."""
        return bool(self._pending)

    def run(
        self,
        function: Callable[[], object],
        done: Callable[..., object] | None = None,
        failed: Callable[..., object] | None = None,
    ) -> None:
        """Queue a function; it must touch no widget.

        Args:
            done: Slot that gets what the function returns.
            failed: Slot that gets a `Trouble` if it raises.
        """
        errand = Errand(function, self)
        if done is not None:
            errand.succeeded.connect(done)
        if failed is not None:
            errand.failed.connect(failed)
        self._pending.add(errand)
        self._running().queue.put(errand)

    @Slot()
    def close(self) -> None:
        """Finish what is queued, for it may be a file that the user asked for, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.queue.put(None)
            thread.wait()
            thread.deleteLater()

    def _running(self) -> _Thread:
        if self._thread is None:
            self._thread = _Thread(self)
            self._thread.ended.connect(self._take)
            self._thread.start()
        return self._thread

    @Slot(object, bool, object)
    def _take(self, errand: Errand, good: bool, value: object) -> None:
        self._pending.discard(errand)
        (errand.succeeded if good else errand.failed).emit(value)
        errand.deleteLater()


_shared: Background | None = None


def shared() -> Background:
    """The application's one background thread; it ends with the application, or with `close` until it is used again."""
    global _shared
    if _shared is None:
        _shared = Background()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(_shared.close)
    return _shared

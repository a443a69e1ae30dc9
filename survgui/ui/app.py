"""The application: Qt started, dressed and ended in order, and no fault without a word."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from survgui import settings
from survgui.cases.trouble import trouble_of
from survgui.ui import style
from survgui.ui.logbook import Logbook
from survgui.ui.window import Window

log = logging.getLogger(__name__)


def run(*, demo: bool = False) -> int:
    """Open the window and stay until it is closed.

    Args:
        demo: Open the demo case at once.

    Returns:
        The exit code.
    """
    if not has_display():
        sys.stderr.write(
            "survgui: there is no display to open the window on; on a server use the commands (survgui --help), "
            "or bash packaging/run.sh --headless\n"
        )
        return 1
    app = application()
    window = opened(app)
    sys.excepthook = _Fault(window)
    window.show()
    QTimer.singleShot(0, window.start_with_demo if demo else window.start)
    code = app.exec()
    sys.excepthook = sys.__excepthook__
    window.logbook.remove()
    return code


def opened(app: QApplication) -> Window:
    """The window as the settings want it, not yet shown; its log is being kept."""
    chosen = settings.load()
    style.apply(app, style.mode_of(chosen.theme))
    logbook = Logbook()
    logbook.install()
    return Window(chosen, logbook)


def application() -> QApplication:
    """The running application, or a new one."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication([sys.argv[0] or "survgui"])
    app.setApplicationName("survgui")
    app.setApplicationDisplayName("survgui")
    app.setDesktopFileName("survgui")
    return app


def has_display() -> bool:
    """Whether a window can be opened here: Qt ends the process where it looks for a display in vain."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Fault:
    """Turns what nobody caught into a message; the window goes on."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        # the text of the error stays out of the log: it may hold a patient's id
        log.error("unexpected %s: %s", kind.__name__, " < ".join(f.name for f in traceback.extract_tb(trace)))
        self._window.wiring.show_trouble("window", trouble_of(error))

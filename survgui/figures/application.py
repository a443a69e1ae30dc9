"""A Qt application object where there is none: without one, fonts cannot be measured and nothing is drawn."""

from __future__ import annotations

import os
import sys

from PySide6.QtGui import QGuiApplication

_kept: list[QGuiApplication] = []


def offscreen() -> QGuiApplication:
    """The running application, or a new one without a display.

    The platform is set to `offscreen` only when an application has to be made, so that a window opened by the
    caller beforehand is not affected. Must be called from the main thread.
    """
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _kept.append(QGuiApplication([sys.argv[0] or "survgui"]))  # Qt keeps no reference of its own
    return _kept[-1]

"""How long a fresh process takes until its window is painted, measured in that process.

Whoever measures starts one process for each run (`ui.measure`).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from survgui.ui import app as application

HEAVY = (
    *("torch", "safetensors", "sksurv", "sklearn", "scipy", "pandas", "nibabel", "h5py", "openslide", "onnxruntime"),
    "pyqtgraph",
)
"""What the window's process must not load before it is on show."""


def first_paint(began: float) -> int:
    """Open the window as `survgui` does, and close it once it is painted.

    Prints one line of JSON: `ms` since `began`, `heavy` libraries that were loaded by then, and `files` that were read.

    Args:
        began: When the process was started, as `time.time()` has it.

    Returns:
        The exit code.
    """
    app = application.application()
    window = application.opened(app)
    watch = Watch(app)
    window.installEventFilter(watch)
    window.show()
    app.exec()
    heavy = sorted(set(HEAVY) & set(sys.modules))
    window.close()
    sys.stdout.write(json.dumps({"ms": 1e3 * (watch.painted_at - began), "heavy": heavy, "files": files()}) + "\n")
    return 0


class Watch(QObject):
    """Ends the event loop after the first paint of what it watches.

    Attributes:
        painted_at: When that was, as `time.time()` has it.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.painted_at = 0.0
        self._app = app

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again after the paint, which comes with everything that is inside."""
        if event.type() == QEvent.Type.Paint and not self.painted_at:
            QTimer.singleShot(0, self._painted)
        return False

    @Slot()
    def _painted(self) -> None:
        if not self.painted_at:
            self.painted_at = time.time()
            self._app.exit()


def files() -> list[str]:
    """Modules and libraries that this process has read, as far as the system tells."""
    read = {str(m.__file__) for m in sys.modules.values() if getattr(m, "__file__", None)}
    read |= {str(m.__cached__) for m in sys.modules.values() if getattr(m, "__cached__", None)}
    maps = Path("/proc/self/maps")
    if maps.is_file():
        fields = (line.split(maxsplit=5) for line in maps.read_text("utf-8").splitlines())
        read |= {parts[5] for parts in fields if len(parts) == 6}
    return sorted(name for name in read if Path(name).is_file())

"""Start survgui: `survgui` opens the window, `survgui COMMAND` runs a command; also `python -m survgui`."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import sys


def main() -> int:
    """Set what must be set before any library loads, then hand over to the window or the command line."""
    multiprocessing.freeze_support()
    # Spinning OpenMP workers make small trainings five times slower on busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = sys.argv[1:]
    if not arguments or arguments == ["demo", "--window"]:
        _load_runtimes()
        gc.disable()  # nothing of what is loaded now is garbage; `ui.pages` turns it on again
        from survgui.ui.app import run as open_window

        return open_window(demo=bool(arguments))
    from survgui.cli.main import run

    return run(arguments)


def _load_runtimes() -> None:
    """On Windows, load the system's C++ runtime before Qt loads its own, which torch does not work with."""
    if sys.platform == "win32":
        for name in ("msvcp140", "msvcp140_1", "msvcp140_2", "vcruntime140", "vcruntime140_1", "concrt140"):
            with contextlib.suppress(OSError):  # older systems lack some
                ctypes.WinDLL(f"{name}.dll")


if __name__ == "__main__":
    sys.exit(main())

"""Start survgui: `survgui COMMAND`, or `python -m survgui`."""

from __future__ import annotations

import multiprocessing
import os
import sys


def main() -> int:
    """Set what must be set before any library loads, then hand over to the command line."""
    multiprocessing.freeze_support()
    # Spinning OpenMP workers make small trainings five times slower on busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from survgui.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""The window's part of the benchmark table: how soon it is on show, where its event loop stood still, what it takes.

    python -m survgui.ui.measure --json F [--quick]

Starts a process for each measurement and loads neither Qt nor the window itself, so that a start from a cold disk can
be measured: what this process had loaded would stay in memory. Prints a line of JSON for every step.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from survgui import storage

WARM_MS, COLD_MS = 500.0, 1500.0
USUAL_MS, LONGEST_MS = 33.0, 50.0
"""targets for the event loop: 99th percentile and longest gap"""
LIMIT = 900.0
"""seconds that one process may take"""
CACHED = 0.1
"""share of the files that may still be in memory where a start counts as cold"""

Row = dict[str, Any]
Say = Callable[[str], None]


class NotMeasured(Exception):
    """A measurement could not be made; its text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the rows as JSON.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m survgui.ui.measure", description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="F", type=Path, required=True, help="write the rows there")
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    chosen = parser.parse_args(arguments)
    storage.write_json(chosen.json, {"rows": measured(chosen.quick, _say)})
    return 0


def measured(quick: bool, say: Say) -> list[Row]:
    """Every row; what could not be measured is a row without a value that says why."""
    days = 1 if quick else 3
    table: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="survgui-bench-", ignore_cleanup_errors=True) as folder:
        homes = [Path(folder) / f"home-{k}" for k in range(days + 1)]
        say("starting the window")
        table += startup_rows(homes[0], 5 if quick else 9, 2 if quick else 3)
        table += day_rows(homes[1:], quick, say)
        say("the slide viewer")
        table += viewer_rows(homes[-1], quick)
    return table


def startup_rows(home: Path, warm: int, cold: int) -> list[Row]:
    """From the start of a process to the first paint of its window on an empty home, with files in memory and without.

    Args:
        warm, cold: How many runs of each.
    """
    name = "window, start to first paint"
    try:
        first = _first_paint(home)  # warms up
        runs = [_first_paint(home) for _ in range(warm)]
    except NotMeasured as error:
        return [missing(f"{name}, warm", str(error), target=WARM_MS)]
    middle = statistics.median(run["ms"] for run in runs)
    heavy = row("window, heavy libraries loaded at the start", float(len(runs[0]["heavy"])), "libraries", 0.0, warm)
    if runs[0]["heavy"]:
        heavy["note"] = ", ".join(runs[0]["heavy"])
    table = [row(f"{name}, warm", middle, "ms", WARM_MS, warm), heavy]
    try:
        chilled = []
        for _ in range(cold):
            evict(first["files"])
            chilled.append(_first_paint(home)["ms"])
        table.insert(1, row(f"{name}, cold", statistics.median(chilled), "ms", COLD_MS, cold))
    except NotMeasured as error:
        table.insert(1, missing(f"{name}, cold", str(error), target=COLD_MS))
    return table


def day_rows(homes: Sequence[Path], quick: bool, say: Say) -> list[Row]:
    """Of each stage of a day's work the 99th percentile and the longest gap of the event loop.

    Beside them, the longest work of the window's own thread: where it stood still without, others had the cores.
    """
    try:
        days = [_process(f"from survgui.ui.bench import day; day({quick})", home, say) for home in homes]
    except NotMeasured as error:
        return [missing("window, a day's work", str(error))]
    table = []
    for stage in days[0]["stages"]:
        seen = [day["stages"][stage] for day in days if stage in day["stages"]]
        good = [one for one in seen if not one["trouble"]]
        name = f"window, {stage}"
        if not good:
            table.append(missing(name, seen[0]["trouble"]))
            continue
        figures = (("99th percentile", "usual", USUAL_MS), ("longest stall", "longest", LONGEST_MS))
        for what, key, target in (*figures, ("longest work of its own", "busiest", None)):
            middle = statistics.median(one[key] for one in good)
            table.append(row(f"{name}, {what}", middle, "ms", target, len(good)))
    name, memory = "window, memory after the day", [day["megabytes"] for day in days]
    if None in memory:
        return [*table, missing(name, "this system does not tell")]
    return [*table, row(name, statistics.median(memory), "MB", None, len(days))]


def viewer_rows(home: Path, quick: bool) -> list[Row]:
    """The slide viewer's rows, on the slide of the demo case that the day has made."""
    slide = next(iter(sorted(home.rglob("*.svs"))), None)
    try:
        if slide is None:
            raise NotMeasured("the demo case has no slide")
        found: list[Row] = _process(f"import pathlib; from survgui.ui.bench import viewer; "
                                    f"viewer(pathlib.Path({str(slide)!r}), {quick})", home)["rows"]  # fmt: skip
        return found
    except NotMeasured as error:
        return [missing("slide viewer", str(error))]


def row(name: str, value: float, unit: str, target: float | None, runs: int) -> Row:
    """A row of the table, in which less is better."""
    return {
        "name": name, "value": round(value, 3), "unit": unit, "better": "lower", "target": target,
        "met": None if target is None else value <= target, "runs": runs,
    }  # fmt: skip


def missing(name: str, why: str, *, target: float | None = None) -> Row:
    """A row for what could not be measured."""
    return {
        "name": name, "value": None, "unit": "ms", "better": "lower", "target": target, "met": None, "runs": 0,
        "note": f"not measured: {why}",
    }  # fmt: skip


def evict(files: Sequence[str]) -> None:
    """Have the system drop files from its memory.

    Raises:
        NotMeasured: It does not, because it cannot be asked or another process uses them.
    """
    if not hasattr(os, "posix_fadvise"):
        raise NotMeasured("this system cannot be asked to drop files from its memory")
    for name in files:
        with Path(name).open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    left = cached(files)
    if left > CACHED:
        raise NotMeasured(f"{100.0 * left:.0f} % of the files stay in memory, for other processes use them")


def cached(files: Sequence[str]) -> float:
    """Share of the bytes of files that are in memory.

    Raises:
        NotMeasured: The system does not tell.
    """
    mincore = getattr(ctypes.CDLL(None), "mincore", None)
    if mincore is None:
        raise NotMeasured("this system does not tell which files are in its memory")
    pages = there = 0
    for name in files:
        with Path(name).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if not size:
                continue
            count = -(-size // mmap.PAGESIZE)
            seen = (ctypes.c_ubyte * count)()
            with mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_COPY) as mapped:
                anchor = ctypes.c_char.from_buffer(mapped)
                failed = mincore(ctypes.c_void_p(ctypes.addressof(anchor)), ctypes.c_size_t(size), seen)
                del anchor  # or the map could not be closed
            if failed:
                raise NotMeasured("this system does not tell which files are in its memory")
            pages += count
            there += sum(page & 1 for page in seen)
    return there / pages if pages else 0.0


def _first_paint(home: Path) -> dict[str, Any]:
    return _process(f"from survgui.ui.startup import first_paint; first_paint({time.time()!r})", home)


def _process(code: str, home: Path, say: Say | None = None) -> dict[str, Any]:
    """Run code in a fresh process, without a screen, and give its last line of JSON; `say` gets stages on the way.

    Raises:
        NotMeasured: It failed or took too long.
    """
    environment = {
        **os.environ, "SURVGUI_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE",
    }  # fmt: skip
    # by `-c`: of a module that is run by its name, every worker process would load the same module again
    command = [sys.executable, "-c", f"import gc; gc.disable(); {code}"]  # as `survgui` itself starts
    found: dict[str, Any] = {}
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True) as process:
            clock = threading.Timer(LIMIT, process.kill)
            clock.start()
            for line in process.stdout or ():
                found = _parsed(line) or found
                if say is not None and "stage" in found:
                    say(found["stage"])
            code_of_end = process.wait()
            clock.cancel()
        if code_of_end or not found or "stage" in found:
            errors.seek(0)
            last = errors.read().decode("utf-8", "replace").strip().splitlines()[-1:] or ["nothing was said"]
            raise NotMeasured(f"the process ended with {code_of_end}: {last[0]}")
    return found


def _parsed(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _say(stage: str) -> None:
    sys.stdout.write(json.dumps({"stage": stage}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""What this machine offers survgui, and what it lacks: examined piece by piece, so that one fault hides no other."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from survgui import __version__, paths
from survgui.cases.bundle import list_bundles, verify
from survgui.errors import BundleError

SLIDE_FORMATS = (
    "Aperio (.svs)",
    "DICOM (.dcm)",
    "Hamamatsu (.ndpi, .vms, .vmu)",
    "Leica (.scn)",
    "MIRAX (.mrxs)",
    "Philips (.tiff)",
    "Sakura (.svslide)",
    "Trestle (.tif)",
    "Ventana (.bif)",
    "Zeiss (.czi)",
    "tiled TIFF (.tif)",
)
"""What OpenSlide 4.0 opens; the library itself has no list to ask for."""

ROOM = 2.0
"""gigabytes that features of a few slides and a training need in the cache"""

QT_STARTS = """
import sys
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
application = QGuiApplication(sys.argv)
print(qVersion(), application.platformName())
"""


def examine() -> dict[str, Any]:
    """Everything that decides whether survgui works here.

    Returns:
        JSON. `problems` is a list of sentences, each with what to do; `ok` says that it is empty. A part that could
        not be examined is `{"error": ...}`, and a problem.
    """
    parts: dict[str, Callable[[], Any]] = {
        "survgui": lambda: __version__,
        "python": platform.python_version,
        "platform": platform.platform,
        "cores": cores,
        "memory_gigabytes": memory,
        "devices": devices,
        "openslide": openslide,
        "onnxruntime": onnxruntime,
        "qt": qt,
        "fonts": fonts,
        "cache": cache,
        "bundles": bundles,
    }
    found = {name: _examined(part) for name, part in parts.items()}
    problems = list(_problems(found))
    return {"ok": not problems, "problems": problems, **found}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def memory() -> float | None:
    """Gigabytes of memory; None where the system does not say."""
    if not hasattr(os, "sysconf"):  # Windows
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def devices() -> dict[str, Any]:
    """The devices that torch can compute on, the CPU always among them."""
    torch = importlib.import_module("torch")
    names = {"cpu": platform.processor() or platform.machine()}
    if torch.cuda.is_available():
        names["cuda"] = torch.cuda.get_device_name(0)
    if torch.backends.mps.is_available():
        names["mps"] = platform.machine()
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "names": names}


def openslide() -> dict[str, Any]:
    """The version of the slide library, and what it opens."""
    library = importlib.import_module("openslide")
    return {"version": library.__library_version__, "formats": list(SLIDE_FORMATS)}


def onnxruntime() -> dict[str, Any]:
    """The version of ONNX Runtime, which encodes tiles on the CPU, and its providers."""
    runtime = importlib.import_module("onnxruntime")
    return {"version": runtime.__version__, "providers": runtime.get_available_providers()}


def qt() -> dict[str, str]:
    """Qt's version and platform, from a process of its own: where Qt finds no display it ends the process."""
    done = subprocess.run(
        [sys.executable, "-c", QT_STARTS],
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "Qt ended the process")
    version, name = done.stdout.split()
    return {"version": version, "platform": name, "pyside": metadata.version("PySide6_Essentials")}


def fonts() -> list[str]:
    """The fonts of the report."""
    return sorted(file.name for file in paths.resource("fonts").glob("*.?tf"))


def cache() -> dict[str, Any]:
    """Where what can be computed again is kept, and the gigabytes that are free there."""
    folder = paths.user_cache()
    return {"folder": str(folder), "free_gigabytes": round(shutil.disk_usage(_existing(folder)).free / 2**30, 1)}


def bundles() -> list[dict[str, Any]]:
    """Every bundle, and whether its files are the published ones."""
    rows = []
    for folder in list_bundles(paths.bundle_folders()):
        try:
            bundle = verify(folder)
            rows.append({"name": folder.name, "sha256": bundle.sha256, "error": None})
        except BundleError as error:
            rows.append({"name": folder.name, "sha256": None, "error": str(error)})
    return rows


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _examined(part: Callable[[], Any]) -> Any:
    """What a part says of itself; whatever is broken there, the other parts are still looked at."""
    try:
        return part()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _problems(found: dict[str, Any]) -> list[str]:
    problems = [
        f"{name} does not work here ({part['error']}); set survgui up again"
        for name, part in found.items()
        if isinstance(part, dict) and "error" in part
    ]
    if not found["fonts"]:
        problems.append("the fonts of the report are missing; set survgui up again")
    if not found["bundles"]:
        problems.append("no model bundle is installed; set survgui up again, or: survgui bundle install F")
    elif isinstance(found["bundles"], list):
        problems += [row["error"] for row in found["bundles"] if row["error"]]
    if found["cache"].get("free_gigabytes", ROOM) < ROOM:
        problems.append(f"less than {ROOM:g} GB are free in {found['cache']['folder']}; make room, or set SURVGUI_HOME")
    return problems

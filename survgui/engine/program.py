"""Which program computed something that is kept: stopped work goes on with the same one or not at all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import survgui
from survgui import storage

PARTS = ("nets", "survival", "engine", "encoders")
"""Packages on which figures and weights depend."""


@cache
def digest() -> str:
    """SHA-256 of the version and of the source of all that decides a number; of what was there at the first call."""
    return digest_of(Path(survgui.__file__).parent)


def digest_of(package: Path) -> str:
    """The same of a package in any folder; a packaged program without source is told by its version alone."""
    files = sorted(file for part in PARTS for file in (package / part).rglob("*.py"))
    named = ((file.relative_to(package).as_posix().encode(), file.read_bytes()) for file in files)
    return storage.sha256_of([survgui.__version__.encode(), *(b"\0%s\0%s" % pair for pair in named)])

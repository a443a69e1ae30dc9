"""Tasks about the audit log: what was done with a case, what was written of it, and label images, each look noted."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from survgui.cases.audit import Action, Trail
from survgui.cases.display import LABELS
from survgui.cases.step import Step, Task
from survgui.errors import UsageError
from survgui.readers import case_file
from survgui.readers.apart import open_slide
from survgui.readers.spec import read_case_spec
from survgui.workspace import Workspace
from survgui.workspace.audit import file_hashes


def trail(key: str) -> Task[Trail]:
    """What was done with a case, and whether the log is whole."""
    yield Step("audit", 0, 1, "following the chain")
    with Workspace.default() as workspace:
        return workspace.audit.trail(key)


def saved(key: str, files: Collection[Path], status: str) -> Task[None]:
    """Note that a report of a case was written.

    Args:
        files: Of the report; their hashes are noted, not their names.
        status: draft, final or amended.

    Raises:
        StorageError: The log cannot be written.
    """
    yield Step("audit", 0, 1, "noting the report")
    with Workspace.default() as workspace:
        workspace.audit.record(Action.REPORT, [key], outputs=file_hashes(files), about=status)


def reveal(key: str, path: Path, name: str) -> Task[NDArray[np.uint8]]:
    """Note that somebody looks at a slide's label or macro image, then read it; nothing is kept of it.

    Args:
        path: A slide of the case.
        name: `label` or `macro`.

    Returns:
        (h, w, 3) RGB.

    Raises:
        UsageError: The case has no such slide, or the slide no such image.
        StorageError: It could not be noted; the image is not shown then.
        ReadError: The slide or the image cannot be read.
    """
    yield Step("label", 0, 1, "reading")
    if name not in LABELS:
        raise UsageError("only label and macro images can be shown")
    with Workspace.default() as workspace:
        named = case_file.named_files(read_case_spec(workspace.case_file(key)))
        if path not in {file for files in named.values() for file in files}:
            raise UsageError("the case has no such slide")
        with open_slide(path) as slide:
            if name not in slide.associated_images:
                raise UsageError(f"the slide has no {name} image")
            workspace.audit.record(Action.REVEAL, [key], about=name)
            return slide.read_associated(name)

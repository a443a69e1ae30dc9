"""What the import's tests get: proposals of files, run to their end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from survgui.cases.proposal import Proposal
from survgui.cases.step import run_to_end
from survgui.importing import propose


@pytest.fixture
def proposed(tmp_path: Path) -> Callable[..., Proposal]:
    """`proposed(path, ...)` is the proposal of these files."""

    def run(*paths: Path) -> Proposal:
        return run_to_end(propose(paths, tmp_path / "workspace"))

    return run

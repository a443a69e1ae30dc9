"""Tasks that make a cohort of what a user has: recognised, corrected, judged, written."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from survgui import paths as places
from survgui import storage
from survgui.cases.audit import Action
from survgui.cases.import_facts import OutcomeFacts, TableFacts
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource
from survgui.cases.review import Review
from survgui.cases.step import Step, Task
from survgui.workspace.audit import default_log

OLD = 2 * 86400.0
"""seconds after which what an import has unpacked goes, where it was left behind by a window that crashed"""


def propose(paths: Sequence[Path]) -> Task[Proposal]:
    """Recognise files, folders and archives, and propose a cohort of them.

    Raises:
        UsageError: A path is not there, or there are too many files.
    """
    yield Step("look", 0, 1, "looking for files")
    from survgui.importing import propose as proposed

    folder = _workspace()
    try:
        return (yield from proposed([Path(path) for path in paths], folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def revise(proposal: Proposal, source: ProposedSource) -> Task[Proposal]:
    """A source as the user has corrected it, read again; the proposal around it is counted anew.

    Raises:
        SurvguiError: It cannot be read that way.
    """
    yield Step("read", 0, 1, "reading it again")
    from survgui.importing import revise as revised

    return (yield from revised(proposal, source))


def recount(proposal: Proposal) -> Task[Proposal]:
    """Everybody counted anew, after another endpoint was chosen or mapped otherwise."""
    yield Step("read", 0, 1, "counting patients")
    from survgui.importing import recount as recounted

    return (yield from recounted(proposal))


def outcome(endpoint: Endpoint) -> Task[OutcomeFacts]:
    """An endpoint counted as it is mapped, with everybody's survival."""
    yield Step("read", 0, 1, "reading times and events")
    from survgui.engine.outcome_facts import outcome_facts
    from survgui.readers.table import Tables

    return outcome_facts(endpoint, Tables())


def look(path: Path, sheet: str | None, array: str | None) -> Task[TableFacts]:
    """The columns of a table and its first rows.

    Raises:
        ReadError: It cannot be read.
    """
    yield Step("read", 0, 1, "reading the table")
    from survgui.engine.outcome_facts import table_facts
    from survgui.readers.table import Tables

    return table_facts(Tables().read(path, sheet=sheet, array=array))


def review(proposal: Proposal) -> Task[Review]:
    """The cohort as it would be read once it is written, judged.

    Raises:
        CohortError, ReadError: There is nothing to judge.
    """
    yield Step("read", 0, 1, "reading every table")
    from survgui.engine.review import review as judged
    from survgui.importing import load

    cohort = yield from load(proposal)
    return (yield from judged(cohort, Path("cohort.toml")))


def mask_risk(proposal: Proposal) -> Task[float | None]:
    """Cross-validated C-index of knowing only which modalities a patient has; None where it cannot be told.

    Raises:
        CohortError, ReadError: There is nothing to judge.
    """
    yield Step("read", 0, 1, "reading every table")
    from survgui.engine.evaluation.comparison import mask_c_index
    from survgui.importing import load

    cohort = yield from load(proposal)
    return (yield from mask_c_index(cohort))


def write(proposal: Proposal, folder: Path, overwrite: bool) -> Task[Path]:
    """Write the cohort's folder; gives its `cohort.toml`.

    Raises:
        UsageError: A cohort is there and may not be replaced.
        CohortError: Nothing that a cohort needs was chosen.
        StorageError: It cannot be written.
    """
    from survgui.importing import write as written

    file = yield from written(proposal, folder, overwrite)
    default_log().record(Action.IMPORT, outputs={"cohort": storage.sha256(file)})
    return file


def discard(workspace: Path) -> Task[None]:
    """Remove what an import has unpacked and converted; folders of others are left alone."""
    yield Step("tidy", 0, 1, "removing temporary files")
    if workspace.parent == _workspaces():
        shutil.rmtree(workspace, ignore_errors=True)


def _workspaces() -> Path:
    return places.user_cache() / "imports"


def _workspace() -> Path:
    """A new folder for one import; what crashed imports have left is removed."""
    top = _workspaces()
    top.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in top.iterdir():
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > OLD:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=top))

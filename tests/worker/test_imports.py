import os
import time
from pathlib import Path

import pytest

from survgui.cases.step import run_to_end
from survgui.errors import CohortError, UsageError
from survgui.readers.cohort import load_cohort
from survgui.worker import imports
from tests.importing import makers


@pytest.fixture
def study(tmp_path, home):
    patients = makers.barcodes(30)
    makers.xena(tmp_path / "study" / "HiSeqV2", patients)
    makers.cdr(tmp_path / "study" / "TCGA-CDR-SupplementalTableS1.xlsx", patients)
    return tmp_path / "study"


def test_from_files_to_a_cohort_that_loads(study, tmp_path):
    proposal = run_to_end(imports.propose([study]))
    assert proposal.workspace.parent == imports._workspaces() and len(proposal.modalities) == 2
    facts = run_to_end(imports.outcome(proposal.outcome))
    assert facts.endpoint.patients == 30 and facts.curve.patients == 30
    source = next(iter(proposal.modalities.values()))
    assert run_to_end(imports.look(source.table, None, None)).rows > 0
    assert run_to_end(imports.revise(proposal, source)).outcome.patients == 30
    assert run_to_end(imports.recount(proposal)).outcome.events == proposal.outcome.events
    review = run_to_end(imports.review(proposal))
    assert review.known == 30 and len(review.folds) == 5 and review.digest
    file = run_to_end(imports.write(proposal, tmp_path / "out", False))
    assert len(load_cohort(file)) == 30
    with pytest.raises(UsageError, match="already holds"):
        run_to_end(imports.write(proposal, tmp_path / "out", False))
    run_to_end(imports.write(proposal, tmp_path / "out", True))
    run_to_end(imports.discard(proposal.workspace))
    assert not proposal.workspace.exists()


def test_only_imports_own_folders_are_removed(tmp_path, home):
    run_to_end(imports.discard(tmp_path))
    assert tmp_path.is_dir()


def test_what_a_crash_left_goes_with_the_next_import(home, tmp_path):
    left = imports._workspace()
    old = time.time() - 3 * imports.OLD
    os.utime(left, (old, old))
    with pytest.raises(UsageError):
        run_to_end(imports.propose([tmp_path / "nothing"]))
    assert not left.exists() and not any(imports._workspaces().iterdir())


def test_nothing_to_judge(tmp_path, home):
    (tmp_path / "notes.csv").write_text("a,b\nx,y\n", "utf-8")
    proposal = run_to_end(imports.propose([Path(tmp_path / "notes.csv")]))
    for task in (imports.review(proposal), imports.mask_risk(proposal)):
        with pytest.raises(CohortError):
            run_to_end(task)

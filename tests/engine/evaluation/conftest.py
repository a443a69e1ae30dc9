"""One evaluation of the linear rows, for all tests of what is made of it."""

from __future__ import annotations

import pytest

from survgui.cases.step import run_to_end
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.methods.contract import Options
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY

OPTIONS = Options(MustConfig().changed(TINY), steps=3, draws=2)
COX = ["cox-clinical", "cox-all", "mask-only"]


@pytest.fixture(scope="package")
def result(cohort):
    return run_to_end(evaluate(cohort, [*COX, "cox-rna-clinical"], OPTIONS, patterns=["natural", "complete", "rna"]))

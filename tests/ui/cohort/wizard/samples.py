"""A small import as workers send it: two sources that are used, one that is not, folds in a file, two endpoints."""

from pathlib import Path

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.import_facts import OutcomeFacts, TableFacts
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, SplitPlan, TablePlan, Use
from survgui.cases.review import Carried, Fold, Review
from tests.ui.cohort import facts as cohorts

M = Modality
CLINICAL, RNA, NOTES, FOLDS = (Path("study") / name for name in ("clinical.csv", "rna.tsv", "notes.csv", "folds.csv"))
CODING = (("0", 4), ("1", 2))


def sources():
    plan = TablePlan(case="id")
    return (
        ProposedSource(
            "clinical",
            (CLINICAL,),
            Use.MODALITY,
            "table",
            ("ages",),
            M.CLINICAL,
            True,
            plan=plan,
            patients=6,
            matched=6,
        ),
        ProposedSource(
            "rna",
            (RNA,),
            Use.MODALITY,
            "UCSC Xena matrix",
            ("genes down",),
            M.RNA,
            True,
            plan=TablePlan(orientation="cases-in-columns"),
            values="log",
            patients=4,
            matched=1,
            features=1544,
        ),
        ProposedSource("notes", (NOTES,), Use.NONE, "not recognised", ("no known columns",), plan=TablePlan()),
        ProposedSource("folds", (FOLDS,), Use.SPLITS, "folds", ("folds",), plan=plan, patients=6, matched=6),
    )


def endpoint(name="OS", **more):
    given = {
        "time": f"{name}.time",
        "event": name,
        "coding": CODING,
        "patients": 6,
        "events": 2,
        "matched": 6,
        "follow_up": 12.0,
        "evidence": ("named so",),
    }
    return Endpoint(f"clinical#{name}", name, CLINICAL, TablePlan(case="id"), **{**given, **more})


def proposal(**more):
    made = {
        "name": "study",
        "sources": sources(),
        "endpoints": (endpoint(), endpoint("PFI", events=3)),
        "endpoint": "clinical#OS",
        "splits": SplitPlan(),
    }
    return Proposal(**{**made, **more})


def outcome(**more):
    return OutcomeFacts(endpoint(**more), cohorts.curve(), np.array([0.0, 12.0, 24.0]), 24.0)


def table(path=CLINICAL):
    coded = {"OS": CODING, "PFI": (("no", 3), ("yes", 3))}
    names = ("id", "OS.time", "OS", "PFI.time", "PFI")
    return TableFacts(path, 6, names, frozenset({"OS.time", "PFI.time"}), coded, (("P1", "3", "1", "2", "yes"),))


def review(**more):
    rows = (Carried(M.RNA, 4, 1, 2, 1, 2.5, 1.2, 5.2, 0.01), Carried(M.CLINICAL, 6, 2, 0, 0))
    folds = tuple(Fold(k, 4, 1, 2, 1, measured={M.CLINICAL: 2, M.RNA: k}) for k in range(3))
    given = {"carried": rows, "folds": folds, "fixed": True, "digest": "ab" * 32}
    return Review(cohorts.facts(), **{**given, **more})


def broken(text="P-001 has two outcomes in lines 3 and 9; correct one", code="OUT-07"):
    return Note("error", code, text)

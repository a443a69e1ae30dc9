"""`published:*`: risks that others published, out of fold, for the same patients on the same folds.

They are not computed here: what comes out is how well the published numbers order the deaths of this cohort's test
parts. There are no curves, so that the concordance alone can be told.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from survgui.cases.case import Modality, patient_key
from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Model, Options
from survgui.errors import ReadError
from survgui.readers.delimited import strict_rows

PREFIX = "published:"
COLUMNS = ("model", "fold", "case_id", "risk")
FILE = Path("baseline_predictions") / "mcat_published_oof_risks.csv.gz"

Risks = Mapping[str, Mapping[str, tuple[str, float]]]
"""Model -> patient -> (fold in which he was tested, risk; higher is worse)."""


@dataclass(frozen=True, slots=True, eq=False)
class PublishedModel:
    """The risks of the patients of one test part.

    Attributes:
        model: The name in the file.
        given: Modalities that the cohort had when nothing was hidden.
    """

    model: str
    risks: Mapping[str, float]
    given: frozenset[Modality]

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """The published risks; NaN of a patient who has none."""
        if {m for m, block in cohort.blocks.items() if block.patients} != self.given:
            raise CannotRun("the published risks are of all that a patient has: nothing can be hidden from them")
        risks = np.array([self.risks.get(patient_key(i), np.nan) for i in ids])
        if np.isnan(risks).all():
            raise CannotRun(f"no test patient of a fold has a published risk of {self.model}")
        lacking = int(np.isnan(risks).sum())
        note = f"{lacking} test patients of a fold have no published risk and are left out" if lacking else ""
        return Forecast(risks, np.empty(0), np.empty((len(ids), 0)), note)


def published(name: str) -> Fit:
    """The row of a model by its name after `published:`, in any case; the start of it will do (`mcat`)."""

    def fit_published(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
        if not options.risks:
            raise CannotRun("there is no table of published risks; name it with --risks")
        risks = read_risks(Path(options.risks))
        model = find(risks, name)
        given = frozenset(m for m, block in cohort.blocks.items() if block.patients)
        return PublishedModel(model, out_of_fold(cohort, train, risks[model]), given)
        yield  # a task without steps

    return fit_published


def find(risks: Risks, name: str) -> str:
    """The model that a name means; of several that begin so, the one of the shortest name.

    Raises:
        CannotRun: None, with those that there are.
    """
    wanted = name.lower()
    exact = [model for model in risks if model.lower() == wanted]
    begins = sorted((m for m in risks if m.lower().startswith(f"{wanted}_")), key=lambda m: (len(m), m))
    if not exact and not begins:
        raise CannotRun(f"the table of published risks has no model {name!r}; it has {', '.join(sorted(risks))}")
    return (exact or begins)[0]


def out_of_fold(cohort: Cohort, train: Sequence[str], risks: Mapping[str, tuple[str, float]]) -> dict[str, float]:
    """Risk by patient key of those who do not train here, checked to have been left out there as well.

    Raises:
        CannotRun: The table does not cover the cohort, or its folds are others.
    """
    keys = {patient_key(i) for i in cohort.ids}
    trained = {patient_key(i) for i in train}
    tested = {key: risks[key] for key in keys - trained if key in risks}
    if not tested:
        raise CannotRun("the table of published risks has no test patient of a fold")
    folds = {fold for fold, _ in tested.values()}
    if len(folds) > 1 or any(risks[key][0] in folds for key in trained if key in risks):
        raise CannotRun("the published risks come from other folds: their models had seen patients tested here")
    return {key: risk for key, (_, risk) in tested.items()}


def default_risks() -> str:
    """The table among the real data (`$SURVGUI_DATA`), or nothing."""
    file = Path(os.environ.get("SURVGUI_DATA", "../shared/data")) / FILE
    return str(file.resolve()) if file.is_file() else ""


@lru_cache(maxsize=2)
def read_risks(path: Path) -> Risks:
    """Read a table with the columns model, fold, case_id and risk, csv or csv.gz.

    Raises:
        ReadError: No such file, a missing column, a risk that is no number, or a patient twice in one model.
    """
    names, rows = strict_rows(path, ("RSK-01", "RSK-02"))
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise ReadError(path, f"has no column {lacking[0]}; the columns are {', '.join(COLUMNS)}", "RSK-03")
    found: dict[str, dict[str, tuple[str, float]]] = {}
    for line, row in enumerate(rows, start=2):
        model, fold, key = row["model"], row["fold"], patient_key(row["case_id"])
        if key in found.setdefault(model, {}):
            raise ReadError(path, f"line {line}: {model} has two risks of one patient; delete one", "RSK-05")
        found[model][key] = fold, _number(path, line, row["risk"])
    return found


def _number(path: Path, line: int, text: str) -> float:
    try:
        number = float(text)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ReadError(path, f"line {line}: risk {text!r} is not a number; correct it", "RSK-04")
    return number

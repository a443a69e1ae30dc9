from survgui.cases.cohort import Split
from survgui.engine.evaluation.cells import Cell
from survgui.engine.study.plan import STUDIES, Asked, Setup, arms
from survgui.engine.study.result import result_of
from tests.engine.evaluation.conftest import OPTIONS


def told(rows, patches=None, reasons=None):
    errors = {"n": 9, "mse": 1.0, "mean_mse": 2.0, "ridge_mse": 1.5, "correlation": None, "patches": patches}
    return {"rows": rows, "reasons": reasons or {}, **({"also": {"rna": errors}} if patches else {})}


def row(method, fold, c):
    figures = dict.fromkeys(("cs", "cs_binned", "ibs", "uno_c", "d_calibration_p"))
    return {"method": method, "fold": fold, "seed": 0, "pattern": ["natural"], "n": 9, "c_index": c, **figures}


def made(cohort, values, patches, study="mask-ratio"):
    """A study of two folds: the arms' C-index is .7 and .8, the reference's .6."""
    asked = Asked(STUDIES[study], values)
    found = tuple(arms(asked.study, values, cohort, OPTIONS))
    setup = Setup(asked, cohort, OPTIONS, found, ("imputmae",), (("natural",),))
    splits = [Split(k, cohort.ids[:60], cohort.ids[60:]) for k in (0, 1)]
    able = [k for k, arm in enumerate(found) if not arm.reason]
    cells = [Cell("imputmae", split, 0, job) for job in able for split in splits]
    results = [told([row("imputmae", cell.split.fold, (0.7, 0.8)[cell.split.fold])], patches) for cell in cells]
    cells.append(Cell("cox-all", splits[0], 0, len(found)))
    return result_of(setup, cells, [*results, told([row("cox-all", 0, 0.6)])])


def test_rows_are_their_values_and_references_stand_apart(cohort):
    found = made(cohort, (0.25, 0.5, 1.5), 24)
    assert [(r["value"], r["fold"], r["c_index"]) for r in found["rows"]] == [
        (0.25, 0, 0.7), (0.25, 1, 0.8), (0.5, 0, 0.7), (0.5, 1, 0.8),
    ]  # fmt: skip
    assert found["reference"]["cox-all"] == 0.6 and found["reference"]["cox-clinical"] is None
    assert [line["n_folds"] for line in found["summary"]] == [2, 2, 0] and "between 0" in found["summary"][2]["reason"]
    assert found["reference_reconstruction"] == {"rna": 0.75} and found["remarks"] == []
    assert found["cohort"] == cohort.name and found["notes"]["mask-only"]


def test_ratios_that_mask_as_many_patches_are_told(cohort):
    assert made(cohort, (0.25, 0.5), 2)["remarks"] == ["rna has 2 patches, of which these ratios mask 1 and 1"]
    assert made(cohort, (0.25, 0.5, 0.9), 5)["remarks"] == []
    assert made(cohort, (0.4, 0.5, 0.9), 5)["remarks"] == ["rna has 5 patches, of which these ratios mask 2, 2 and 4"]
    assert made(cohort, (16, 32), 2, "width")["remarks"] == []


def test_the_protocol_is_of_what_was_varied(cohort):
    said = made(cohort, (16, 32), 2, "width")["protocol"]
    assert said["setting"] == "width" and "width" not in said["config"] and said["default"] == 64
    assert said["values"] == [16, 32] and said["methods"] == ["imputmae"] and "rate" not in said

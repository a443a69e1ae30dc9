import pytest

from survgui.cases.step import run_to_end
from survgui.engine import bench as module
from survgui.engine.bench import Row


@pytest.mark.parametrize(
    ("better", "value", "target", "met"),
    [("higher", 120.0, 100.0, True), ("higher", 90.0, 100.0, False), ("lower", 90.0, 100.0, True),
     ("lower", 120.0, 100.0, False), ("lower", 1.0, None, None)],
)  # fmt: skip
def test_a_row_says_whether_its_target_is_met(better, value, target, met):
    assert Row("x", value, "ms", better, target, 5).as_json()["met"] is met


def test_the_first_run_does_not_count():
    calls = []
    module._median(lambda: calls.append(1), runs=3)
    assert len(calls) == 4


def test_the_table_covers_reading_encoding_inference_and_statistics(bundle, newcomer, monkeypatch):
    names = []

    def encoded(cohort, **_):
        names.append(sorted(cohort.blocks))
        return newcomer
        yield

    monkeypatch.setattr(module, "open_bundle", lambda name, folders: bundle)
    monkeypatch.setattr(module, "encode", encoded)
    monkeypatch.setattr(module, "_encoding", lambda runs: [Row("patch encoder", 1.0, "tiles/s", "higher", 100.0, runs)])
    result = run_to_end(module.bench())
    rows = {row["name"]: row for row in result["rows"]}
    assert {"slide, tiles in rows", "inference, complete case", "inference, RNA missing, 50 steps x 5 draws"} <= set(
        rows
    )
    assert all(row["value"] > 0 for row in rows.values())
    assert result["machine"]["cores"] >= 1 and names == [["clinical", "mri", "pathology", "rna"]]


def test_a_case_that_cannot_be_predicted_is_an_error(bundle, newcomer):
    import torch

    from survgui.engine.model import open_model
    from survgui.engine.predict import Choices
    from survgui.errors import SurvguiError

    opened = open_model(bundle, torch.device("cpu"))
    with pytest.raises(SurvguiError, match="could not be predicted"):
        module._predicted(opened, newcomer.hide(list(newcomer.blocks)), Choices())

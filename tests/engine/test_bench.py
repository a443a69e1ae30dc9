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


def test_pieces_of_work_are_timed_in_turns():
    calls = []
    found = module._medians([lambda: calls.append("a"), lambda: calls.append("b")], runs=2)
    assert calls == ["a", "b"] * 3 and len(found) == 2


def test_growth_with_the_modalities_is_a_slope_a_fit_and_two_powers(monkeypatch):
    n = list(module.COUNTS)
    linear = module.Costs([0.002 * k for k in n], [2**20 * k for k in n])
    squared = module.Costs([0.001 * k**2 for k in n], [1000 * k**2 for k in n])
    monkeypatch.setattr(module, "costs", lambda timer: {"whole": linear, "hub": linear, "pairs": squared})
    rows = {row.name.removeprefix("2 to 8 modalities, "): row for row in module._fusion(4)}
    assert rows["forward time, each further one"].value == pytest.approx(2.0)
    assert rows["activations, each further one"].value == pytest.approx(1.0)
    assert rows["forward time, straight line"].value == pytest.approx(1.0)
    assert rows["forward time of hub ~ N^k"].value == pytest.approx(1.0)
    assert rows["activations of pairs ~ N^k"].value == pytest.approx(2.0)


def test_the_table_covers_reading_encoding_inference_and_statistics(bundle, newcomer, monkeypatch):
    names = []

    def encoded(cohort, **_):
        names.append(sorted(cohort.blocks))
        return newcomer
        yield

    monkeypatch.setattr(module, "open_bundle", lambda name, folders: bundle)
    monkeypatch.setattr(module, "encode", encoded)
    monkeypatch.setattr(module, "_encoding", lambda runs: [Row("patch encoder", 1.0, "tiles/s", "higher", 100.0, runs)])
    monkeypatch.setattr(module, "_fusion", lambda runs: [Row("fusion", 1.0, "k", "lower", None, runs)])
    result = run_to_end(module.bench())
    rows = {row["name"]: row for row in result["rows"]}
    assert {
        "slide, tiles in rows",
        "inference, complete case",
        "inference, RNA missing, ddim, 50 steps x 5 draws",
        "fusion",
    } <= set(rows)
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

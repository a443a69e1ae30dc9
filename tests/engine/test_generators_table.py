from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.generators_table import Hiding, _summary, compare_generators, levels
from survgui.engine.inputs import prepare
from survgui.engine.methods.contract import outcome_of
from survgui.engine.model import open_model
from survgui.nets.generators.base import SlotGenerator
from survgui.nets.generators.fill import MeanFill


class Spread(SlotGenerator):
    """Noise around the development mean, this wide."""

    def __init__(self, width):
        super().__init__()
        self.width = width

    def estimates(self, slots, present, shared, noise, steps):
        yield torch.where(present.unsqueeze(-1), slots, self.width * noise)


@pytest.fixture(scope="module")
def fitted(bundle):
    return open_model(bundle, torch.device("cpu"))


def rows_of(opened, cohort, generators, **options):
    fitted = replace(opened.fitted, generators=generators)
    prepared = prepare(cohort, cohort.ids, opened.inputs)
    return run_to_end(compare_generators(fitted, prepared, outcome_of(cohort, cohort.ids), **options))


def test_the_development_mean_has_an_error_of_one_and_changes_nothing(fitted, cohort):
    (row,) = rows_of(fitted, cohort, {"meanfill": MeanFill()})
    assert row["error"] == pytest.approx(1.0) and row["c_index_change"] == 0.0
    assert row["coverage"] is None and row["sharpness"] is None and row["draws"] == 1
    assert (row["generator"], row["steps"], row["patients"]) == ("meanfill", 1, 120)
    assert row["hidings"] == 6 and row["milliseconds"] > 0


def test_wide_draws_hold_everything_and_narrow_ones_nothing(fitted, cohort):
    wide, narrow = rows_of(fitted, cohort, {"wide": Spread(30.0), "narrow": Spread(1e-4)}, draws=40)
    assert wide["coverage"] > 0.99 and narrow["coverage"] < 0.05
    assert wide["sharpness"] > 1000 * narrow["sharpness"]


def test_flow_and_diffusion_are_judged_at_several_numbers_of_steps(fitted, cohort):
    few = cohort.keep(cohort.ids[:40])
    rows = rows_of(fitted, few, fitted.fitted.generators, draws=4)
    assert [(r["generator"], r["steps"]) for r in rows if r["generator"] == "flow"] == [
        ("flow", s) for s in (1, 2, 4, 8)
    ]
    assert {r["generator"] for r in rows} == {"mean", "gaussian", "flow", "ddim"}
    assert all(np.isfinite([r["error"], r["c_index_change"], r["milliseconds"]]).all() for r in rows)
    assert all(r["coverage"] is not None for r in rows if r["generator"] != "mean")


def test_a_modality_that_few_have_is_passed_over(fitted, cohort):
    rna = cohort.blocks[Modality.RNA]
    some = replace(cohort, blocks={**cohort.blocks, Modality.RNA: rna.keep(list(rna.items)[:10])})
    (row,) = rows_of(fitted, some, {"meanfill": MeanFill()})
    assert row["hidings"] == 4


def test_between_the_levels_a_further_draw_lies_in_nine_of_ten_cases():
    draw = torch.Generator().manual_seed(0)
    for count in (40, 100):
        draws = torch.randn(20_000, count, generator=draw)
        low, high = torch.quantile(draws, levels(count), dim=1)
        new = torch.randn(20_000, generator=draw)
        assert ((new >= low) & (new <= high)).float().mean() == pytest.approx(0.9, abs=0.008)


def test_a_hiding_under_which_nothing_can_be_ranked_has_no_say(fitted, cohort):
    hidings = [Hiding("one hidden", np.arange(3), torch.ones(3, 1, dtype=torch.bool))] * 3
    found = [{"error": 0.5, "coverage": 0.9, "sharpness": 1.0, "change": change} for change in (0.1, None, 0.3)]
    assert _summary(found, hidings, True)["c_index_change"] == 0.2
    assert _summary(found[1:2], hidings[:1], True)["c_index_change"] is None
    months = np.full(len(cohort), 12.0)  # all die at once: no pair to compare
    dead = replace(cohort, months=months, events=np.ones(len(cohort), dtype=bool))
    (row,) = rows_of(fitted, dead, {"meanfill": MeanFill()})
    assert row["c_index_change"] is None and row["error"] == pytest.approx(1.0)


def test_the_decoder_is_judged_beside_the_closed_forms(masked, cohort):
    opened = open_model(masked, torch.device("cpu"))
    rows = rows_of(opened, cohort, opened.fitted.generators, draws=3)
    assert [r["generator"] for r in rows] == ["gaussian", "latent", "mean", "reencode"]
    assert all(np.isfinite([r["error"], r["c_index_change"]]).all() for r in rows)
    assert rows[0]["coverage"] is not None and rows[2]["coverage"] is None

import pytest
import torch

from survgui.cases.step import run_to_end
from survgui.engine.fitting import component_vectors, fit
from survgui.engine.generating import fit_generator, fit_generators, names_of
from survgui.engine.inputs import fit_inputs, prepare
from survgui.engine.methods.contract import outcome_of
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY


@pytest.fixture(scope="module")
def frozen(cohort):
    """A network, its training vectors and its configuration."""
    config = MustConfig().changed(TINY)
    inputs = fit_inputs(cohort, cohort.ids, config)
    prepared = prepare(cohort, cohort.ids, inputs)
    fitted = run_to_end(fit(prepared, outcome_of(cohort, cohort.ids), inputs, config))
    return fitted.must, component_vectors(fitted.must, prepared, torch.device("cpu")), config


def test_names_are_those_asked_for_and_the_default_is_first():
    config = MustConfig().changed({"generator": "flow", "generators": "mean, flow,ddim"})
    assert names_of(config) == ("flow", "mean", "ddim")
    assert names_of(config.changed({"generators": ""})) == ("flow",)


def test_the_steps_of_all_generators_are_one_stage(frozen):
    must, vectors, config = frozen
    steps = []
    found = run_to_end(fit_generators(must, vectors, config, seed=0), steps.append)
    assert set(found.generators) == set(names_of(config))
    assert {s.stage for s in steps} == {"generator"} and steps[-1].done == steps[-1].total == len(steps)


def test_the_same_seed_fits_the_same_generator(frozen):
    must, vectors, config = frozen
    one, same, other = (
        run_to_end(fit_generator("ddim", must, vectors, config, seed=s)).state_dict() for s in (1, 1, 2)
    )
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert any(not torch.equal(one[k], other[k]) for k in one)

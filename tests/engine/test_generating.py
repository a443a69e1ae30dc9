import pytest
import torch

from survgui.cases.step import run_to_end
from survgui.engine.fitting import component_vectors, fit
from survgui.engine.generating import FILLERS, NAMES, empty_generator, fit_generator, fit_generators, names_of
from survgui.engine.inputs import fit_inputs, prepare
from survgui.engine.methods.contract import outcome_of
from survgui.errors import UsageError
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.must import MustConfig
from tests.engine.conftest import TINY


@pytest.fixture(scope="module")
def frozen(cohort):
    """A network, its training vectors and its configuration."""
    config = MustConfig().changed(TINY)
    inputs = fit_inputs(cohort, cohort.ids, config)
    prepared = prepare(cohort, cohort.ids, inputs)
    none = config.changed({"generator": "meanfill", "generators": ""})
    fitted = run_to_end(fit(prepared, outcome_of(cohort, cohort.ids), inputs, none))
    return fitted.net, component_vectors(fitted.net, prepared, torch.device("cpu")), config


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


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_fits_the_same_generator(frozen, name):
    must, vectors, config = frozen
    one, same = (run_to_end(fit_generator(name, must, vectors, config, seed=1)).state_dict() for _ in range(2))
    assert all(torch.equal(one[k], same[k]) for k in one)


def test_another_seed_fits_another_flow(frozen):
    must, vectors, config = frozen
    one, other = (run_to_end(fit_generator("flow", must, vectors, config, seed=s)).state_dict() for s in (1, 2))
    assert any(not torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("name", [*NAMES, *FILLERS])
def test_every_generator_fills_what_is_missing_and_leaves_what_is_there(frozen, name):
    must, vectors, config = frozen
    generator = run_to_end(fit_generator(name, must, vectors, config, seed=0))
    present = torch.tensor([[True, False, False], [False, True, True], [False, False, False]])
    with torch.no_grad():
        shared = must.parts(vectors.whole[:3], vectors.unique[:3], present).shared
        slots = torch.randn(3, 3, config.width)
        *_, found = generator.estimates(slots, present, shared, torch.randn(3, 3, config.width), 2)
    assert torch.equal(found[present], slots[present]) and bool(torch.isfinite(found).all())
    assert generator.name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_generator_comes_back_from_its_tensors(frozen, name):
    must, vectors, config = frozen
    fitted = run_to_end(fit_generator(name, must, vectors, config, seed=0))
    again = empty_generator(name, must, config, fitted.state_dict())
    again.load_state_dict(fitted.state_dict())
    noise = torch.randn(4, 3, config.width)
    present = torch.tensor([[True, False, True]] * 4)
    args = (torch.zeros(4, 3, config.width), present, torch.zeros(4, config.width), noise, 2)
    with torch.no_grad():
        one, two = (list(g.estimates(*args))[-1] for g in (fitted, again.eval()))
    assert torch.equal(one, two)


def test_names_that_are_none():
    with pytest.raises(UsageError, match="no generator 'dice'; there are mean"):
        names_of(MustConfig().changed({"generators": "dice"}))


def test_each_kind_of_network_has_generators_of_its_own():
    masked = ImputmaeConfig().changed({"generator": "reencode", "generators": "latent,mean"})
    assert names_of(masked) == ("reencode", "latent", "mean")
    for config, name in ((ImputmaeConfig(), "flow"), (MustConfig(), "latent")):
        with pytest.raises(UsageError, match=f"no generator '{name}'"):
            names_of(config.changed({"generators": name}))

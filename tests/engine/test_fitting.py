import numpy as np
import pytest
import torch

from survgui.cases.step import run_to_end
from survgui.engine.fitting import component_vectors, fit
from survgui.engine.inputs import fit_inputs, prepare
from survgui.engine.methods.contract import outcome_of
from survgui.errors import OutOfMemory
from survgui.nets.must import Must, MustConfig
from tests.engine.conftest import TINY


@pytest.fixture(scope="module")
def ready(cohort):
    config = MustConfig().changed({**TINY, "generator": "ddim", "generators": ""})
    inputs = fit_inputs(cohort, cohort.ids, config)
    return prepare(cohort, cohort.ids, inputs), outcome_of(cohort, cohort.ids), inputs, config


def state(fitted):
    return {**fitted.net.state_dict(), **{f"g.{k}": v for k, v in fitted.generators["ddim"].state_dict().items()}}


def test_all_stages_run_and_the_loss_falls(ready):
    prepared, outcome, inputs, config = ready
    longer = config.changed({"epochs": 12, "learning_rate": 3e-3})
    steps = []
    fitted = run_to_end(fit(prepared, outcome, inputs, longer), steps.append)
    assert [s.stage for s in steps] == ["warm-up"] + ["main"] * 12 + ["generator"] * 4
    main = [epoch["loss"] for epoch in fitted.losses["main"]]
    assert np.mean(main[-3:]) < np.mean(main[:3])
    assert fitted.edges[0] == 0 and len(fitted.edges) == 5


def test_the_same_seed_gives_the_same_network_and_another_seed_another(ready):
    one, same = (state(run_to_end(fit(*ready, seed=3))) for _ in range(2))
    other = state(run_to_end(fit(*ready, seed=4)))
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert any(not torch.equal(one[k], other[k]) for k in one)


def test_steps_carry_the_loss_and_its_terms_which_sum_to_it(ready):
    steps = []
    run_to_end(fit(*ready), steps.append)
    terms = {
        "warm-up": {"survival"},
        "main": {"survival", "decomposition", "shared", "orthogonality"},
        "generator": {"generator"},
    }
    for step in steps:
        own = {name: value for name, value in step.values.items() if name != "loss"}
        assert set(own) == terms[step.stage] and all(value > 0 for value in own.values())
        assert sum(own.values()) == pytest.approx(step.values["loss"], rel=1e-5)


def test_a_resumed_fit_tells_again_what_its_checkpoint_holds(ready, tmp_path):
    whole, again = [], []
    run_to_end(fit(*ready, seed=1), whole.append)
    task = fit(*ready, seed=1, checkpoint=tmp_path)
    for _ in range(6):
        next(task)
    task.close()
    run_to_end(fit(*ready, seed=1, checkpoint=tmp_path), again.append)
    assert again == whole


@pytest.mark.parametrize("stop_after", [1, 3, 4, 6])
def test_a_fit_that_was_stopped_goes_on_to_the_same_bits(ready, tmp_path, stop_after):
    whole = state(run_to_end(fit(*ready, seed=1)))
    task = fit(*ready, seed=1, checkpoint=tmp_path)
    for _ in range(stop_after):
        next(task)
    task.close()
    torch.rand(7)  # whatever else used random numbers in between
    resumed = state(run_to_end(fit(*ready, seed=1, checkpoint=tmp_path)))
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)


def test_a_loss_that_is_no_number_stops_the_fit_and_leaves_the_last_good_epoch(ready, tmp_path, monkeypatch):
    from survgui.engine import fitting
    from survgui.errors import Diverged

    loss, calls = fitting._Run.main_loss, []

    def failing(self, rows):
        calls.append(1)
        terms = loss(self, rows)
        return {name: value * float("nan") for name, value in terms.items()} if len(calls) > 4 else terms

    monkeypatch.setattr(fitting._Run, "main_loss", failing)
    with pytest.raises(Diverged, match="no longer a number"):
        run_to_end(fit(*ready, seed=1, checkpoint=tmp_path))
    monkeypatch.setattr(fitting._Run, "main_loss", loss)
    resumed = state(run_to_end(fit(*ready, seed=1, checkpoint=tmp_path)))
    assert all(torch.isfinite(tensor).all() for tensor in resumed.values())


def test_component_means_are_those_of_the_patients_who_have_them(ready):
    prepared, *_ = ready
    fitted = run_to_end(fit(*ready))
    vectors = component_vectors(fitted.net, prepared, torch.device("cpu"))
    own = fitted.net.subspace.specific(vectors.unique)
    for place in range(3):
        here = vectors.present[:, place]
        assert torch.allclose(fitted.net.mean_specific[place], own[here, place].mean(dim=0), atol=1e-5)


def test_patients_are_read_a_few_at_a_time_where_memory_is_short(ready, monkeypatch):
    prepared, _, inputs, config = ready
    net = Must(config, inputs.shapes(), 4).eval()
    here, read, room, asked = torch.device("cpu"), net.read, 20, []
    whole = component_vectors(net, prepared, here)

    def short(batch):
        asked.append(len(batch.present))
        if len(batch.present) > room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return read(batch)

    monkeypatch.setattr(net, "read", short)
    found = component_vectors(net, prepared, here)
    assert torch.allclose(found.whole, whole.whole, atol=1e-5) and torch.equal(found.present, whole.present)
    assert max(asked) == 64 and asked[:3] == [64, 32, 16]
    room = 0
    with pytest.raises(OutOfMemory, match="exhausted even with one"):
        component_vectors(net, prepared, here)


def test_all_censored_is_refused(ready):
    prepared, outcome, inputs, config = ready
    nobody = type(outcome)(outcome.months, np.zeros(len(outcome), dtype=bool))
    with pytest.raises(ValueError, match="no deaths"):
        run_to_end(fit(prepared, nobody, inputs, config))


def test_a_device_that_is_too_small_gets_smaller_pieces_and_the_same_gradient(ready, monkeypatch):
    from survgui.engine import generating

    whole = state(run_to_end(fit(*ready, seed=2)))
    asked = []
    loss = generating._Learning.loss

    def cramped(self, rows):
        asked.append(len(rows))
        if len(rows) > 64:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(self, rows)

    monkeypatch.setattr(generating._Learning, "loss", cramped)
    pieces = state(run_to_end(fit(*ready, seed=2)))
    assert max(asked) == 120 and asked.count(60) >= 2
    assert all(torch.equal(whole[k], pieces[k]) for k in whole if not k.startswith("g."))  # only that stage was cramped


def test_memory_that_never_suffices_is_said(ready, monkeypatch):
    from survgui.engine import fitting
    from survgui.errors import OutOfMemory

    def never(self, rows):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(fitting._Run, "warm_loss", never)
    with pytest.raises(OutOfMemory, match="exhausted"):
        run_to_end(fit(*ready))

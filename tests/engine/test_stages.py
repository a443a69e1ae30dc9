import numpy as np
import pytest
import torch

from survgui.engine.stages import Stages

X = torch.linspace(-1, 1, 40)[:, None]


def fitted(epochs=6, folder=None, stop=None, **options):
    """A line through y = 2 x, with numbers of the fit's own random states in the loss."""
    torch.manual_seed(0)
    line = torch.nn.Linear(1, 1)
    stages = Stages(len(X), seed=3, device=torch.device("cpu"), decay=0.0, folder=folder)

    def loss(rows):
        at = torch.from_numpy(rows)
        jitter = 0.01 * stages.noise((len(rows), 1)) + 0.01 * torch.rand(len(rows), 1)
        return {"fit": ((line(X[at]) - 2 * X[at] + jitter) ** 2).mean()}

    task = stages.stage("line", line, options.get("loss", loss), epochs=epochs, rate=0.1, batch=16)
    steps = []
    for _ in range(stop or 10_000):
        try:
            steps.append(next(task))
        except StopIteration:
            break
    task.close()
    return line, stages, steps


def test_a_stage_learns_and_tells_every_epoch():
    line, stages, steps = fitted(epochs=60)
    assert line.weight.item() == pytest.approx(2.0, abs=0.1)
    assert [(s.stage, s.done, s.total) for s in steps] == [("line", k, 60) for k in range(1, 61)]
    assert [dict(s.values) for s in steps] == stages.history["line"]


def test_what_was_stopped_goes_on_to_the_same_bits_and_tells_again_what_was_done(tmp_path):
    whole, _, told = fitted()
    fitted(folder=tmp_path, stop=4)
    torch.rand(5)  # whatever else used random numbers in between
    resumed, _, again = fitted(folder=tmp_path)
    assert torch.equal(whole.weight, resumed.weight) and torch.equal(whole.bias, resumed.bias)
    assert again == told


def test_hidden_leaves_something_and_shows_nothing_that_is_not_there():
    stages = Stages(1, seed=0, device=torch.device("cpu"), decay=0.0, folder=None)
    present = torch.from_numpy(np.random.default_rng(0).random((2000, 4)) < 0.6)
    kept = stages.hidden(present, 0.5)
    assert not bool((kept & ~present).any())
    assert torch.equal(kept.any(dim=1), present.any(dim=1))
    full = torch.ones(40_000, 4, dtype=torch.bool)
    assert float(stages.hidden(full, 0.3).float().mean()) == pytest.approx(0.7 + 0.3**4 / 4, abs=0.01)

from __future__ import annotations

from types import SimpleNamespace

import pytest

from survgui.cli.main import run
from survgui.cli.train import read_config
from survgui.errors import ReadError, UsageError


@pytest.fixture
def trained(engine, task, cohort, bundle):
    seen = []

    class Plan(SimpleNamespace):
        def config(self):
            if self.method != "must":
                raise UsageError(f"unknown method {self.method!r}")

    def train(cohort, out, plan, *, resume):
        seen.append((out.name, vars(plan), resume))
        return task(bundle)

    engine("survgui.readers.cohort", load_cohort=lambda path: cohort)
    engine("survgui.engine.train", train=train, Plan=Plan)
    return seen


def test_every_choice_reaches_the_training(trained, tmp_path, capsys, bundle, deeds):
    (tmp_path / "c.toml").write_text("epochs = 3\n")
    words = f"train cohort.toml --out {tmp_path / 'mine'} --preset demo --seed 5 --device cpu --resume"
    assert (
        run([*words.split(), "--config", str(tmp_path / "c.toml"), "--without", "P1,P2", "--start", "imputmae-glioma"])
        == 0
    )
    assert capsys.readouterr().out == f"{bundle.folder}\n"
    assert deeds() == [("train", "demo 1.0")]
    ((name, plan, resume),) = trained
    assert (name, resume) == ("mine", True)
    assert plan == {
        "method": "must",
        "preset": "demo",
        "seed": 5,
        "device": "cpu",
        "overrides": {"epochs": 3},
        "without": frozenset({"P1", "P2"}),
        "start": "imputmae-glioma",
    }


def test_a_method_that_is_none_is_usage_and_nothing_is_read(trained, tmp_path, engine):
    engine("survgui.readers.cohort", load_cohort=None)
    assert run(["train", "cohort.toml", "--method", "magic", "--out", str(tmp_path / "mine")]) == 2
    assert trained == []


def test_a_stop_says_resume(trained, tmp_path, engine, capsys):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    engine("survgui.readers.cohort", load_cohort=stop)
    assert run(["train", "cohort.toml", "--out", str(tmp_path / "mine")]) == 1
    assert "with --resume to go on" in capsys.readouterr().err


def test_a_config_that_cannot_be_read(tmp_path):
    with pytest.raises(ReadError, match=r"CFG-01"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("epochs: 3")
    with pytest.raises(ReadError, match=r"bad\.toml: is not TOML.*epochs = 40.*CFG-02"):
        read_config(tmp_path / "bad.toml")

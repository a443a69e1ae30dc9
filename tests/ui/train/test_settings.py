import json
import random
import subprocess
import sys

import pytest

from survgui.ui.train import settings
from survgui.ui.train.settings import FIELDS

ASKED = """
import json, sys
from dataclasses import asdict
import numpy as np
from survgui.cases.cohort import Cohort
from survgui.engine.train import Plan, train
from survgui.errors import CohortError
from survgui.nets.must import PRESETS, MustConfig

def refused(values):
    try:
        MustConfig().changed(values)
    except ValueError as error:
        return str(error)
    return ""

try:
    next(train(Cohort("c", ("a",), np.ones(1), np.ones(1, bool), {}), None, Plan(device="cpu")))
except CohortError as error:
    least = str(error)
presets = {name: asdict(config) for name, config in PRESETS.items()}
print(json.dumps({"presets": presets, "least": least, "refused": [refused(v) for v in json.load(sys.stdin)]}))
"""
"""In a process of its own: the window's tests, like the window, run without torch."""


def some_values():
    """Widths and ranks that fit and that do not, then every setting at both ends of its range."""
    draw, small = random.Random(0), settings.preset("small").values
    some = [{**small, "width": draw.randint(8, 90), "rank": draw.randint(1, 90)} for _ in range(300)]
    wide = settings.preset("published").values
    return some + [{**wide, field.key: end} for field in FIELDS for end in (field.least, field.most)]


@pytest.fixture(scope="module")
def engine():
    """Presets, the least numbers of a cohort, and why a network refuses each of `some_values`."""
    asked = json.dumps(some_values())
    done = subprocess.run([sys.executable, "-c", ASKED], input=asked, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("chosen", settings.PRESETS, ids=lambda p: p.key)
def test_the_windows_presets_are_the_networks_own(engine, chosen):
    config = engine["presets"][chosen.key]
    assert dict(chosen.values) == {field.key: config[field.key] for field in FIELDS}
    assert all(type(config[key]) is type(value) for key, value in chosen.values.items())
    epochs = " + ".join(str(config[key]) for key in settings.STAGE_EPOCHS.values())
    assert chosen.about == f"width {config['width']}, {epochs} epochs"
    assert config["heads"] == settings.HEADS


def test_every_preset_of_the_networks_is_offered(engine):
    assert {p.key for p in settings.PRESETS} == set(engine["presets"])


def test_what_is_refused_here_is_what_the_network_refuses(engine):
    ours = [bool(settings.problem(values)) for values in some_values()]
    assert ours == [bool(reason) for reason in engine["refused"]]
    assert 0 < sum(ours) < len(ours)


def test_the_least_numbers_are_the_engines(engine):
    assert f"at least {settings.LEAST_PATIENTS} and {settings.LEAST_DEATHS}" in engine["least"]


@pytest.mark.parametrize(
    ("key", "text", "value"), [("width", "128", 128), ("learning_rate", "2e-4", 2e-4), ("lambda_shared", "0,5", 0.5)]
)
def test_a_value_is_read_as_it_is_typed(key, text, value):
    field = next(f for f in FIELDS if f.key == key)
    assert field.read(text) == value
    assert type(field.read(text)) is type(value)


@pytest.mark.parametrize(("key", "text"), [("width", "6.5"), ("width", "4"), ("learning_rate", "nan"), ("epochs", "")])
def test_what_is_no_value_is_refused_by_name(key, text):
    field = next(f for f in FIELDS if f.key == key)
    with pytest.raises(ValueError, match=field.title):
        field.read(text)


def test_overrides_are_what_differs_from_the_preset():
    chosen = settings.preset("small")
    assert settings.overrides(chosen, chosen.values) == {}
    assert settings.overrides(chosen, {**chosen.values, "width": 128}) == {"width": 128}


def test_a_written_value_is_read_back():
    for chosen in settings.PRESETS:
        for field in FIELDS:
            assert field.read(settings.written(chosen.values[field.key])) == chosen.values[field.key]


@pytest.mark.parametrize(
    ("patients", "deaths", "level"),
    [(49, 30, "error"), (50, 19, "error"), (50, 20, "warning"), (50, 29, "warning"), (50, 30, ""), (569, 187, "")],
)
def test_how_many_patients_are_enough(patients, deaths, level):
    own, said = settings.enough(patients, deaths)
    assert own == level
    assert bool(said) == bool(level)


@pytest.mark.parametrize(
    ("cohort", "name"),
    [
        ("TCGA-GBMLGG", "tcga-gbmlgg"),
        ("simulated (raw, seed 1)", "simulated-raw-seed-1"),
        ("Ω", "model"),
        ("..", "model"),
    ],
)
def test_a_proposed_name_is_one_that_a_bundle_can_have(cohort, name):
    assert settings.proposed_name(cohort) == name
    assert settings.name_problem(name) == ""


@pytest.mark.parametrize("name", ["", "a/b", "..", "-a", "a b"])
def test_names_that_no_folder_should_have(name):
    assert settings.name_problem(name)

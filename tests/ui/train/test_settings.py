import pytest

from survgui.ui.train import settings
from survgui.ui.train.settings import METHODS
from tests.ui.train.conftest import some_values

PRESETS = [
    pytest.param(method, preset, id=f"{method.key}-{preset.key}") for method in METHODS for preset in method.presets
]


@pytest.mark.parametrize(("method", "chosen"), PRESETS)
def test_the_windows_presets_are_the_networks_own(engine, method, chosen):
    config = engine[method.key]["presets"][chosen.key]
    assert dict(chosen.values) == {field.key: config[field.key] for field in method.fields}
    assert all(type(config[key]) is type(value) for key, value in chosen.values.items())
    epochs = " + ".join(str(config[key]) for key in method.stages.values() if key)
    assert chosen.about == f"width {config['width']}, {epochs} epochs"


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.key)
def test_every_preset_of_the_networks_is_offered(engine, method):
    assert {p.key for p in method.presets} == set(engine[method.key]["presets"])


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.key)
def test_what_is_refused_here_is_what_the_network_refuses(engine, method):
    ours = [bool(method.wrong(values)) for values in some_values(method)]
    assert ours == [bool(reason) for reason in engine[method.key]["refused"]]
    assert 0 < sum(ours) < len(ours)


def test_the_least_numbers_are_the_engines(engine):
    assert f"at least {settings.LEAST_PATIENTS} and {settings.LEAST_DEATHS}" in engine["least"]


@pytest.mark.parametrize(("method", "chosen"), PRESETS)
def test_overrides_are_what_differs_from_the_preset(method, chosen):
    assert settings.overrides(chosen, chosen.values) == {}
    assert settings.overrides(chosen, {**chosen.values, "width": 128}) == {"width": 128}


def test_methods_are_found_by_their_key():
    assert [settings.method(key).title for key in ("must", "imputmae")] == ["MUST", "impuTMAE"]
    with pytest.raises(KeyError):
        settings.method("cox")


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

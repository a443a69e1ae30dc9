"""Which model is taken for a case, and which descriptions are of the same model."""

from dataclasses import replace

from survgui.cases.case import Modality
from survgui.ui.fitting import fitting, same, usable
from tests.ui.pretended import bundle_facts

M = Modality
GIVEN = (M.CLINICAL, M.RNA)


def model(name, *, simulated, takes, **more):
    facts = bundle_facts(name, name, **more)
    inputs = dict.fromkeys(takes, facts.manifest.inputs[M.RNA])
    development = replace(facts.manifest.development, simulated=simulated)
    return replace(facts, manifest=replace(facts.manifest, development=development, inputs=inputs))


DEMO = model("demo", simulated=True, takes=(M.CLINICAL, M.RNA, M.MRI))
LITTLE = model("little", simulated=False, takes=(M.CLINICAL,))
MUCH = model("much", simulated=False, takes=(M.CLINICAL, M.RNA))
AS_MUCH = model("as-much", simulated=False, takes=(M.CLINICAL, M.RNA, M.MRI))
BROKEN = model("broken", simulated=False, takes=tuple(Modality), error="damaged")


def test_a_real_case_gets_the_real_model_that_takes_most_of_it():
    assert fitting((DEMO, LITTLE, MUCH, AS_MUCH, BROKEN), GIVEN, demo=False) is MUCH
    assert fitting((DEMO, LITTLE), (), demo=False) is LITTLE


def test_a_simulated_case_gets_the_simulated_model():
    assert fitting((MUCH, DEMO), GIVEN, demo=True) is DEMO


def test_there_may_be_none():
    assert fitting((DEMO, BROKEN), GIVEN, demo=False) is None
    assert fitting((), GIVEN, demo=True) is None


def test_what_cannot_be_read_or_is_damaged_cannot_predict():
    assert usable((replace(DEMO, manifest=None), BROKEN, MUCH)) == [MUCH]


def test_a_bundle_that_was_listed_twice_is_the_same():
    assert same(bundle_facts(), bundle_facts(sha256="ab", card="read")) and same(None, None)


def test_another_folder_or_other_files_are_another_bundle():
    one = bundle_facts()
    changed = replace(one.manifest, files={**one.manifest.files, "weights.safetensors": "0" * 64})
    assert not same(one, replace(one, manifest=changed))
    assert not same(one, bundle_facts(folder="elsewhere"))
    assert not same(one, None) and not same(one, replace(one, manifest=None))

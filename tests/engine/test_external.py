from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.bundle import salted
from survgui.cases.case import Kind, Modality, State
from survgui.cases.cohort import Block, Cohort
from survgui.cases.prediction import BundleName, Prediction
from survgui.cases.step import run_to_end
from survgui.engine import external
from survgui.engine.predict import Failure
from survgui.engine.simulation.latent import SCALE_MONTHS, SHAPE, draw, population
from survgui.errors import CohortError
from survgui.survival.cox import fit_ridge
from survgui.survival.metrics import Followed, harrell_c
from tests.engine.conftest import make_cohort

CLINICAL, RNA = Modality.CLINICAL, Modality.RNA
EDGES = np.linspace(0.0, 120.0, 61)


@pytest.fixture(scope="module")
def people():
    return draw(population([CLINICAL, RNA]), 300, seed=3)


@pytest.fixture(scope="module")
def site(people):
    """Simulated patients who die at twice the rate that the model knows; every fourth without RNA."""
    months = people.true_months * 0.5 ** (1 / SHAPE)
    censored = np.random.default_rng(0).uniform(5, 110, len(people))
    ids = tuple(f"S-{k:03d}" for k in range(len(people)))
    blocks = {
        CLINICAL: Block(CLINICAL, Kind.FIELDS, ("a", "b"),
                        {i: tuple(map(float, people.features[CLINICAL][k, :2])) for k, i in enumerate(ids)}),
        RNA: Block(RNA, Kind.VECTOR, ("g",),
                   {i: np.ones(1, dtype=np.float32) for k, i in enumerate(ids) if k % 4}),
    }  # fmt: skip
    return Cohort("a site", ids, np.minimum(months, censored), months <= censored, blocks)


@contextmanager
def knowing(people, bundle):
    """A bundle that knows the true hazards of the population, and fails on its second patient."""
    survival = np.exp(-np.outer(np.exp(people.eta), (EDGES / SCALE_MONTHS) ** SHAPE))

    def predict_one(model, cohort, patient, choices):
        row = int(patient.removeprefix("S-"))
        if row == 1:
            return Failure(patient, f"{patient} holds nothing")
        given = {m: State.MEASURED if m in cohort.pattern(patient) else State.IMPUTED for m in (CLINICAL, RNA)}
        return Prediction(patient, BundleName("o", "1", "0"), given, {}, {}, {}, 24.0, EDGES, survival[row],
                          survival[row][None], 0.0, 50.0, "low", None, 0.0, (), {}, (), 0, "mean", 1, "cpu",
                          0.0)  # fmt: skip

    outcome = SimpleNamespace(months=people.months, events=people.events)
    model = SimpleNamespace(
        fitted=SimpleNamespace(edges=EDGES, horizon=24.0),
        manifest=bundle.manifest,
        development=SimpleNamespace(reference=outcome),
        corrections=None,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(external, "predict_one", predict_one)
        patch.setattr(external, "open_model", lambda bundle, device: model)
        yield bundle


@pytest.fixture
def oracle(people, bundle):
    with knowing(people, bundle) as found:
        yield found


@pytest.fixture(scope="module")
def result(site, people, bundle):
    with knowing(people, bundle) as oracle:
        return run_to_end(external.validate(site, oracle, device="cpu"))


def test_scaled_hazards_show_and_are_corrected(result, site, people):
    natural = result["groups"][0]
    before, after = natural["before"], natural["after"]
    assert before["o_e"] == pytest.approx(2, abs=0.3) and after["o_e"] == pytest.approx(1, abs=0.12)
    assert before["slope"] == pytest.approx(1, abs=0.15) == after["slope"]
    assert after["ici"] < before["ici"] and after["ibs"] < before["ibs"]
    assert before["d_calibration_p"] < 1e-3 < after["d_calibration_p"]
    # twice the hazard is log 2 more risk
    assert result["recalibration"]["alpha"] == pytest.approx(np.log(2), abs=0.2)
    assert result["recalibration"]["beta"] == pytest.approx(1, abs=0.15)
    rows = np.arange(300) != 1
    expected = harrell_c(Followed(site.months[rows], site.events[rows]), people.eta[rows])
    assert natural["c_index"] == pytest.approx(expected) and 0 < natural["c_index_se"] < 0.03
    for state in (before, after):
        assert state["cs"] == pytest.approx((expected + 1 - state["ibs"]) / 2, abs=1e-4)


def test_groups_are_the_availability_patterns_with_enough_patients(result):
    assert [g["pattern"] for g in result["groups"]] == [["natural"], ["clinical", "rna"], ["clinical"]]
    assert [g["n"] for g in result["groups"]] == [299, 224, 75]
    assert len(result["groups"][0]["before"]["bands"]) == 10 and result["groups"][0]["after"]["smooth"]


def test_who_cannot_be_predicted_is_counted_and_named_by_number(result):
    assert result["failures"] == [{"number": 2, "reason": "the patient holds nothing"}]
    assert any("number 2 of the cohort" in note for note in result["notes"])
    assert not any(f"S-{k:03d}" in str(result) for k in range(300))


@pytest.mark.parametrize(
    ("patient", "message", "said"),
    [
        ("12", "12: the table has 1200 rows and 312 columns", "the patient: the table has 1200 rows and 312 columns"),
        ("S-1", "S-1_slide.svs of S-1-01A is not S-10", "the patient_slide.svs of the patient-01A is not S-10"),
        ("a.b", "a.b, but not axb", "the patient, but not axb"),
    ],
)
def test_an_id_is_taken_out_of_a_message_and_nothing_else_is(patient, message, said):
    assert external._unnamed(message, patient) == said


def test_a_cox_model_of_the_sites_own_stands_beside(result, site, people):
    reference = result["reference"]
    assert reference["method"] == "cox-clinical" and reference["n_folds"] == 5 and reference["reason"] is None
    assert 0.5 < reference["c_index"] < reference["bundle_c_index"]
    assert reference["difference"] == pytest.approx(reference["bundle_c_index"] - reference["c_index"])
    assert 0 < reference["difference_se"] < 0.05 and reference["o_e"] == pytest.approx(1, abs=0.15)
    # the same by hand on one fold
    kept = site.keep(i for i in site.ids if i != "S-001")
    split = kept.folds(5)[0]
    row = {i: k for k, i in enumerate(site.ids)}
    train, test = ([row[i] for i in part] for part in (split.train, split.test))
    X = people.features[CLINICAL][:, :2]
    X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    cox = fit_ridge(1.5 * X[train], Followed(site.months[train], site.events[train]), 20.0)
    own = harrell_c(Followed(site.months[test], site.events[test]), cox.risks(1.5 * X[test]))
    assert own == pytest.approx(reference["c_index"], abs=0.1)


def test_the_table_and_the_csv(result):
    text = external.as_text(result)
    assert "a site: tiny 1.0.0 on 299 patients" in text and "risk' = 0." in text
    assert text.count("recalibrated") == 3 and "cox-clinical of the site itself, 5 folds" in text
    rows = [line.split(",") for line in external.to_csv(result).splitlines()]
    assert len(rows) == 7 and {len(row) for row in rows} == {len(rows[0])}
    assert rows[1][:2] == ["natural", "no"] and rows[2][:2] == ["natural", "yes"]
    assert float(rows[2][rows[0].index("o_e")]) == result["groups"][0]["after"]["o_e"]


def test_training_patients_are_left_out_unless_asked_for(site, oracle):
    known = frozenset(salted(oracle.manifest.salt, i) for i in site.ids[200:])
    seen = replace(oracle, manifest=replace(oracle.manifest, trained_on=known))
    some = run_to_end(external.validate(site, seen, device="cpu"))
    assert some["patients"] == 199 and some["in_training_set"] == {"patients": 100, "excluded": True}
    assert "left out" in some["notes"][0]
    every = run_to_end(external.validate(site, seen, device="cpu", include_training=True))
    assert every["patients"] == 299 and "flattered" in every["notes"][0]


def test_a_site_without_clinical_fields_has_no_reference(site, oracle):
    bare = replace(site, blocks={RNA: site.blocks[RNA]})
    result = run_to_end(external.validate(bare, oracle, device="cpu"))
    assert result["reference"]["c_index"] is None and "no table of clinical" in external.as_text(result)


@pytest.mark.parametrize(
    ("kept", "known", "message"),
    [
        (range(19), (), "19 patients with outcome and .* at least 20 and 5"),
        (range(60), range(50), "50 patients of its training set are left out"),
        (range(20), (), "1 could not be predicted"),
    ],
)
def test_too_small_a_cohort_is_refused(site, oracle, kept, known, message):
    trained = frozenset(salted(oracle.manifest.salt, site.ids[k]) for k in known)
    seen = replace(oracle, manifest=replace(oracle.manifest, trained_on=trained))
    with pytest.raises(CohortError, match=message):
        run_to_end(external.validate(site.keep(site.ids[k] for k in kept), seen, device="cpu"))


def test_too_few_deaths_are_refused_and_unknown_outcomes_counted(site, oracle):
    with pytest.raises(CohortError, match="and 0 deaths"):
        run_to_end(external.validate(replace(site, events=np.zeros(300, dtype=bool)), oracle, device="cpu"))
    months = np.where(np.arange(300) < 40, np.nan, site.months)
    assert run_to_end(external.validate(replace(site, months=months), oracle, device="cpu"))["without_outcome"] == 40


def test_the_standard_error_is_that_of_resampled_patients(site, people):
    outcome, risks = Followed(np.round(site.months[:80]), site.events[:80]), np.round(people.eta[:80], 1)
    draw = np.random.default_rng(1)
    resamples = [draw.integers(0, 80, 80) for _ in range(300)]
    values = [harrell_c(Followed(outcome.months[r], outcome.events[r]), risks[r]) for r in resamples]
    assert external._bootstrap(outcome, risks, 0) == pytest.approx(np.std(values, ddof=1), rel=0.15)


def test_a_real_bundle_from_its_files(bundle):
    strangers = make_cohort(24, seed=8, name="simulated site")
    strangers = replace(strangers, ids=tuple(f"Q-{k}" for k in range(24)), blocks={
        m: replace(b, items={f"Q-{int(i[2:])}": v for i, v in b.items.items()}) for m, b in strangers.blocks.items()
    })  # fmt: skip
    steps = []
    result = run_to_end(external.validate(strangers, bundle, device="cpu"), steps.append)
    assert result["patients"] == 24 and result["bundle"]["sha256"] == bundle.sha256
    assert [g["pattern"] for g in result["groups"]] == [["natural"]]
    assert result["protocol"]["generator"] == bundle.manifest.generator
    assert "simulated patients" in result["notes"][-1]
    assert [s.done for s in steps if s.stage == "predict"] == list(range(25))
    assert not any("Q-" in s.text for s in steps)

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality, Source, State
from survgui.cases.cohort import Block, Cohort, Note, Tiles
from survgui.cases.prediction import Prediction, as_json
from survgui.cases.step import run_to_end
from survgui.encoders.patch_scaling import TileScaling
from survgui.engine import predict as predicting
from survgui.engine.embedding import embed, show
from survgui.engine.model import open_model
from survgui.engine.predict import Choices, Failure, estimate, first_estimate, hidden, imputing, predict
from survgui.errors import BundleError, UsageError
from survgui.survival.calibration import risk_at
from survgui.survival.recalibration import Fit, Recalibration, Recalibrations

RNA, SLIDE, CLINICAL, MRI = Modality.RNA, Modality.PATHOLOGY, Modality.CLINICAL, Modality.MRI


def one(cohort, bundle, **choices) -> Prediction:
    (found,) = run_to_end(predict(cohort, bundle, Choices(**{"steps": 5, **choices}), device="cpu"))
    assert isinstance(found, Prediction), found
    return found


def test_a_complete_case(newcomer, bundle):
    p = one(newcomer, bundle)
    assert set(p.states.values()) == {State.MEASURED} and len(p.draws) == 1 and p.information == ()
    assert p.survival[0] == 1 and np.all(np.diff(p.survival) <= 0)
    assert p.base + sum(c.value for c in p.contributions) == pytest.approx(p.risk, abs=1e-6)
    assert [c.component for c in p.contributions] == ["shared", "clinical", "pathology", "rna"]
    assert set(p.fidelity) == {CLINICAL, SLIDE, RNA} and p.device == "cpu"
    assert p.attention[SLIDE].weights.sum() == pytest.approx(1, abs=1e-4)
    assert "6 patches" in p.details[SLIDE] and "3 of 3 fields" in p.details[CLINICAL]


def test_a_hidden_modality_is_imputed_and_its_worth_is_judged(newcomer, bundle):
    p = one(newcomer, bundle, hide=frozenset({RNA}), draws=8)
    assert p.states[RNA] is State.IMPUTED and p.imputed == {RNA} and len(p.draws) == 8
    (rna,) = [c for c in p.contributions if c.component == "rna"]
    assert rna.state is State.IMPUTED and rna.spread is not None and rna.spread[0] <= rna.spread[1]
    assert [i.modality for i in p.information] == [RNA] and 0 <= p.information[0].group_change <= 1
    low, high = p.spread
    assert np.all(low <= p.survival + 1e-12) and np.all(p.survival <= high + 1e-12)
    assert RNA not in p.fidelity


def test_the_same_seed_gives_the_same_result(newcomer, bundle):
    one_, same, other = (one(newcomer, bundle, hide=frozenset({RNA}), seed=s) for s in (1, 1, 2))
    assert one_.risk == same.risk and np.array_equal(one_.draws, same.draws) and one_.risk != other.risk


def test_what_the_bundle_does_not_take_is_unused_with_the_reason(newcomer, bundle):
    block = Block(MRI, Kind.VECTOR, ("volume",), {"P-001": np.ones(1, dtype=np.float32)})
    p = one(replace(newcomer, blocks={**newcomer.blocks, MRI: block}), bundle)
    assert p.states[MRI] is State.UNUSED and "takes no MRI" in p.reasons[MRI]


def test_another_unit_is_unusable_and_says_so(newcomer, bundle):
    rna = replace(newcomer.blocks[RNA], unit="counts")
    p = one(replace(newcomer, blocks={**newcomer.blocks, RNA: rna}), bundle)
    assert p.states[RNA] is State.UNUSABLE and "counts" in p.reasons[RNA]
    assert any("could not be used" in w for w in p.warnings)


def test_another_encoder_is_unusable(newcomer, bundle):
    slide = replace(newcomer.blocks[SLIDE], encoder="other")
    p = one(replace(newcomer, blocks={**newcomer.blocks, SLIDE: slide}), bundle)
    assert p.states[SLIDE] is State.UNUSABLE and "features of other" in p.reasons[SLIDE]


def test_too_few_genes_are_unusable(newcomer, bundle):
    rna = newcomer.blocks[RNA]
    few = Block(RNA, Kind.VECTOR, rna.names[:20], {"P-001": rna.items["P-001"][:20]}, unit="z-score")
    p = one(replace(newcomer, blocks={**newcomer.blocks, RNA: few}), bundle)
    assert p.states[RNA] is State.UNUSABLE and "only 20 of the bundle's 40" in p.reasons[RNA]


def test_missing_genes_within_the_limit_count_as_the_mean(newcomer, bundle):
    rna = newcomer.blocks[RNA]
    most = Block(RNA, Kind.VECTOR, rna.names[:36], {"P-001": rna.items["P-001"][:36]}, unit="z-score")
    p = one(replace(newcomer, blocks={**newcomer.blocks, RNA: most}), bundle)
    assert p.states[RNA] is State.MEASURED and p.details[RNA] == "36 of 40 features"


def test_what_reading_had_to_say_of_a_case_is_a_warning(newcomer, bundle):
    notes = (Note("warning", "VOL-20", "flair.nii.gz: no segmentation"), Note("info", "BLK-01", "rna: 1 patient"))
    assert one(replace(newcomer, notes=notes), bundle).warnings[-1] == "flair.nii.gz: no segmentation"


def test_training_patients_are_warned_of(cohort, bundle):
    assert any("trained on" in w and "flattered" in w for w in one(cohort.keep(["P-002"]), bundle).warnings)
    assert not any("flattered" in w for w in one(cohort.keep(["P-001"]), bundle).warnings)


def test_a_bad_case_is_a_row(cohort, bundle):
    pair = cohort.keep(["P-001", "P-003"])
    nothing = {m: b.keep(["P-001"]) for m, b in pair.blocks.items()}
    good, bad = run_to_end(predict(replace(pair, blocks=nothing), bundle, Choices(steps=3), device="cpu"))
    assert isinstance(good, Prediction)
    assert isinstance(bad, Failure) and "nothing to predict from" in bad.message


def test_a_slide_that_could_not_be_encoded_is_unusable_with_the_reason(newcomer, bundle, tmp_path):
    note = Note("warning", "TIS-01", "slide.svs: no tissue found")
    (tmp_path / "slide.svs").write_bytes(b"white")
    files = {"P-001": (Source(SLIDE, tmp_path / "slide.svs"),)}
    slide = replace(newcomer.blocks[SLIDE], items={}, files=files)
    p = one(replace(newcomer, blocks={**newcomer.blocks, SLIDE: slide}, notes=(note,)), bundle)
    assert p.states[SLIDE] is State.UNUSABLE and p.reasons[SLIDE] == "slide.svs: no tissue found"


def test_a_table_that_could_not_be_read_is_unusable_and_a_missing_row_is_not(newcomer, bundle):
    empty = {**newcomer.blocks, RNA: newcomer.blocks[RNA].keep(())}
    note = Note("error", "TBL-09", "rna: rna.csv: line 7 has 3 cells, the header 41")
    p = one(replace(newcomer, blocks=empty, notes=(note,)), bundle)
    assert p.states[RNA] is State.UNUSABLE and "line 7" in p.reasons[RNA]
    assert one(replace(newcomer, blocks=empty), bundle).states[RNA] is State.IMPUTED


def test_what_is_hidden_is_imputed_whatever_was_wrong_with_it(newcomer, bundle):
    note = Note("warning", "BAG-01", "pathology of P-001 has 2 patches that are not numbers; they were left out")
    found = one(replace(newcomer, notes=(note,)), bundle, hide=frozenset({SLIDE}))
    assert found.states[SLIDE] is State.IMPUTED and SLIDE not in found.reasons


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"hide": frozenset({MRI})}, "takes clinical"),
        ({"generator": "dice"}, "no generator dice"),
        ({"draws": 0}, "number of draws"),
        ({"steps": 5000}, "number of steps"),
    ],
)
def test_choices_that_do_not_fit(newcomer, bundle, choices, message):
    with pytest.raises(UsageError, match=message) as refused:
        one(newcomer, bundle, **choices)
    assert "--" not in str(refused.value), "the window says it too, and has no command line"


def test_hiding_what_the_case_lacks_is_refused(cohort, bundle):
    with pytest.raises(UsageError, match="does not have it"):
        one(cohort.keep(["P-000"]), bundle, hide=frozenset({RNA}))


def test_names_of_modalities():
    assert hidden(["rna", " mri"]) == {RNA, MRI}
    with pytest.raises(UsageError, match="modalities are"):
        hidden(["x-ray"])


def test_the_json_is_the_contracts(newcomer, bundle):
    found = as_json(one(newcomer, bundle, hide=frozenset({RNA})))
    assert {"case", "bundle", "modalities", "reasons", "horizon_months", "edges_months", "survival", "spread", "risk",
            "risk_percentile", "risk_group", "median_months", "base", "contributions", "output", "fidelity",
            "information", "seed", "generator", "steps", "device", "seconds", "warnings",
            "error"} <= set(found)  # fmt: skip
    assert found["base"] + sum(c["value"] for c in found["contributions"]) == pytest.approx(found["output"], abs=1e-6)


def test_the_first_estimate_is_from_what_was_measured_alone(newcomer, bundle):
    model, choices = (
        open_model(uncorrected(bundle), torch.device("cpu")),
        Choices(hide=frozenset({RNA}), draws=4, steps=5),
    )
    shown = show(model, embed(model, newcomer, "P-001"), choices.hide)
    first = first_estimate(model, shown, choices, 0.0)
    with torch.inference_mode():  # the network's own answer with the missing part at its development mean
        log_hazards = model.fitted.net.log_hazards(shown.parts.shared, shown.parts.specific)[0].double()
    assert first.survival[1:] == pytest.approx(np.exp(-np.exp(log_hazards.numpy()).cumsum()), rel=1e-5)
    assert len(first.draws) == 1 and first.information == () and first.states[RNA] is State.IMPUTED
    rna = first.contributions[-1]
    assert (rna.component, rna.value, rna.state, rna.spread) == ("rna", 0.0, State.IMPUTED, None)
    assert first.base + sum(c.value for c in first.contributions) == pytest.approx(first.risk, abs=1e-6)
    final = estimate(model, shown, run_to_end(imputing(model, shown, choices)), choices, 0.0)
    assert final.risk != first.risk and final.base == first.base and final.fidelity == first.fidelity


def test_imputing_tells_its_sampling_steps_and_gives_the_cores_back(newcomer, bundle):
    model, steps = open_model(bundle, torch.device("cpu")), []
    threads = torch.get_num_threads()
    choices = Choices(hide=frozenset({RNA}), draws=4, generator="ddim", steps=5)
    embedded = embed(model, newcomer, "P-001")
    run_to_end(imputing(model, show(model, embedded, choices.hide), choices), steps.append)
    assert [(s.stage, s.done, s.total) for s in steps] == [("impute", k, 5) for k in range(1, 6)]
    whole = []
    run_to_end(imputing(model, show(model, embedded), Choices()), whole.append)
    assert [(s.done, s.total) for s in whole] == [(1, 1)]
    task = imputing(model, show(model, embedded, choices.hide), choices)
    next(task)
    task.close()
    assert torch.get_num_threads() == threads


def uncorrected(bundle):
    return replace(bundle, manifest=replace(bundle.manifest, calibration={}))


def recalibrated(bundle, **fits):
    content = Recalibrations(
        bundle.manifest.horizon_months,
        Fit(Recalibration(), 1, 1),
        {frozenset(name.split("_")): Fit(correction, 10, 5) for name, correction in fits.items()},
    ).content()
    return replace(bundle, manifest=replace(bundle.manifest, calibration=content))


def test_a_recalibration_moves_curve_risk_and_contributions_alike(newcomer, bundle):
    corrections = {"clinical_pathology_rna": Recalibration(0.9, 1.3), "clinical_pathology": Recalibration(0.4, 0.7)}
    corrected = recalibrated(bundle, **corrections)
    for hide, correction in (((), Recalibration(0.9, 1.3)), ((RNA,), Recalibration(0.4, 0.7))):
        before, after = (one(newcomer, b, hide=frozenset(hide), draws=6) for b in (uncorrected(bundle), corrected))
        assert (before.recalibrated, after.recalibrated) == (False, True)
        assert after.risk == pytest.approx(correction.alpha + correction.beta * before.risk)
        assert after.base == pytest.approx(correction.alpha + correction.beta * before.base)
        assert after.base + sum(c.value for c in after.contributions) == pytest.approx(after.risk, abs=1e-6)
        assert after.contributions[1].value == pytest.approx(correction.beta * before.contributions[1].value)
        assert risk_at(after.edges_months, after.survival, after.horizon_months) == pytest.approx(after.risk)
        own = correction.curves(before.edges_months, before.draws, before.horizon_months)
        assert after.draws == pytest.approx(own) and after.risk_percentile >= before.risk_percentile
        assert as_json(after)["recalibrated"] is True


def test_a_calibration_that_is_not_understood_is_refused(newcomer, bundle):
    broken = replace(bundle, manifest=replace(bundle.manifest, calibration={"horizon_months": 24}))
    with pytest.raises(BundleError, match="calibration is not understood"):
        one(newcomer, broken)


@pytest.mark.parametrize(("generator", "steps", "taken"), [("gaussian", 0, 1), ("gaussian", 9, 1), ("flow", 0, 4),
                                                           ("flow", 2, 2), ("ddim", 0, 50)])  # fmt: skip
def test_the_generator_that_was_chosen_draws_in_its_own_steps_or_as_many_as_asked(
    newcomer, bundle, generator, steps, taken
):
    p = one(newcomer, bundle, hide=frozenset({RNA}), draws=6, generator=generator, steps=steps)
    assert (p.generator, p.steps, len(p.draws)) == (generator, taken, 6)


def test_the_conditional_mean_has_no_spread_and_says_so(newcomer, bundle):
    p = one(newcomer, bundle, hide=frozenset({RNA}), draws=6, generator="mean")
    assert len(p.draws) == 1 and p.information == () and p.rubin is None
    assert p.contributions[-1].spread is None and p.contributions[-1].state is State.IMPUTED


def test_rubins_rules_are_those_of_the_risk_of_each_draw(newcomer, bundle):
    p = one(newcomer, bundle, hide=frozenset({RNA}), draws=8, generator="gaussian")
    cumulative = [-np.interp(p.horizon_months, p.edges_months, np.log(draw)) for draw in p.draws]
    found = as_json(p)["rubin"]
    within = bundle.manifest.training["risk_variance"]  # by the jackknife over its folds
    assert found["draws"] == 8 and found["within"] == within > 0
    assert found["between"] == pytest.approx(np.var(np.log(cumulative), ddof=1)) and found["between"] > 0
    assert found["total"] == pytest.approx(within + 9 / 8 * found["between"])
    assert found["fraction_missing_information"] == pytest.approx(9 / 8 * found["between"] / found["total"])
    assert "rubin" not in as_json(one(newcomer, bundle))


@pytest.mark.parametrize(("state", "count"), [(State.MEASURED, 2), (State.IMPUTED, None)])
def test_the_tiles_that_the_network_was_given_are_told_as_many_as_it_takes(state, count):
    tiles = Tiles(np.zeros((3, 4, 4, 3), np.uint8), np.arange(6).reshape(3, 2), 256.0, ("a", "b", "a"))
    blocks = {SLIDE: Block(SLIDE, Kind.TILES, (), {"P": tiles}), MRI: Block(MRI, Kind.VOLUME, (), {})}
    cohort = Cohort("c", ("P",), np.ones(1), np.ones(1, bool), blocks)
    shown = SimpleNamespace(embedded=SimpleNamespace(cohort=cohort, patient="P"), states={SLIDE: state})
    model = SimpleNamespace(inputs=SimpleNamespace(scalings={SLIDE: TileScaling(2, 4)}))
    found = predicting._taken(model, shown)
    assert list(found) == ([] if count is None else [SLIDE])
    if count:
        assert (found[SLIDE].coords.tolist(), found[SLIDE].side) == ([[0, 1], [2, 3]], 256.0)
        assert found[SLIDE].slides == ("a", "b")

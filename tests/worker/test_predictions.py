import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.bundle import verify
from survgui.cases.case import Modality, State
from survgui.cases.cohort import Split
from survgui.cases.prediction import as_json
from survgui.cases.step import Part, Step, run_to_end
from survgui.engine import embedding
from survgui.engine.encode import encode
from survgui.engine.predict import Choices, predict
from survgui.engine.train import Plan, train
from survgui.errors import StorageError, SurvguiError, UsageError
from survgui.readers.cohort import load_case
from survgui.worker import predictions
from survgui.workspace import Workspace
from tests.engine.conftest import TINY_MASKED, make_cohort

RNA, SLIDE, MRI, CLINICAL = Modality.RNA, Modality.PATHOLOGY, Modality.MRI, Modality.CLINICAL


def run(task):
    """The parts, the steps and the result of a task."""
    parts, steps = [], []
    while True:
        try:
            said = next(task)
        except StopIteration as stop:
            return parts, steps, stop.value
        (parts if isinstance(said, Part) else steps).append(said.value if isinstance(said, Part) else said)


@pytest.fixture
def ask(key, bundle_folder):
    def predicted(*hide, case=key, **changes):
        choices = {"draws": 6, "seed": 1, "generator": "", "steps": 5, "device": "cpu", **changes}
        return predictions.predict(key=case, bundle=bundle_folder, hide=frozenset(hide), **choices)

    return predicted


def compared(key, bundle, modality, *hide, draws):
    choices = {"draws": draws, "seed": 1, "generator": "", "steps": 0, "device": "cpu"}
    return predictions.compare(key, bundle, modality, frozenset(hide), **choices)


def test_the_estimate_from_what_was_measured_comes_before_the_draws(ask):
    (first,), steps, final = run(ask(RNA))
    assert first.preliminary and not final.preliminary
    assert first.prediction.states == final.prediction.states and first.prediction.states[RNA] is State.IMPUTED
    assert len(first.prediction.draws) == 1 and len(final.prediction.draws) == 6
    assert first.prediction.information == () and {i.modality for i in final.prediction.information} == {RNA, SLIDE}
    assert len(first.map.cloud) == 1 and final.map.cloud.shape == (6, 2)
    assert final.map.case == pytest.approx(final.map.cloud.mean(axis=0))
    assert final.content.risk == final.prediction.risk and final.content.imputed == (SLIDE, RNA)
    assert final.content.identity.subject.startswith("age ") and not final.content.pictures.slides
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages == ["open", "encode", "impute"] and not any("DEMO-01" in step.text for step in steps)


def test_the_numbers_are_those_of_the_command_line(ask, key, bundle_folder):
    with Workspace.default() as workspace:
        cohort = run_to_end(encode(load_case([workspace.case_file(key)]), device="cpu"))
    for hide in (frozenset(), frozenset({RNA}), frozenset({MRI})):
        choices = Choices(hide, draws=6, seed=1, steps=5)
        (plain,) = run_to_end(predict(cohort, verify(bundle_folder), choices, device="cpu"))
        _, _, final = run(ask(*hide))
        assert {**as_json(final.prediction), "seconds": 0} == {**as_json(plain), "seconds": 0}


def test_a_second_prediction_with_other_modalities_hidden_costs_the_draws_alone(ask, monkeypatch):
    asked = []
    inner = embedding.embed
    monkeypatch.setattr(embedding, "embed", lambda *given: asked.append(1) or inner(*given))
    run(ask())
    _, steps, _ = run(ask(RNA))
    _, more, _ = run(ask(MRI, steps=4))
    assert len(asked) == 1 and not any(step.stage == "encode" for step in (*steps, *more))


def test_a_complete_case_has_no_first_estimate_and_its_slide_has_attention(adopt, ask):
    parts, steps, final = run(ask(case=adopt("clinical", "pathology", "rna", "mri")))
    assert parts == [] and len(final.prediction.draws) == 1 and final.prediction.information == ()
    assert final.prediction.attention[SLIDE].weights.sum() == pytest.approx(1, abs=1e-3)
    assert [(step.done, step.total) for step in steps if step.stage == "impute"] == [(1, 1)]


def test_the_result_is_kept_for_the_list(ask, key):
    _, _, final = run(ask())
    with Workspace.default() as workspace:
        record, content = workspace.record(key), workspace.prediction(key)
    assert content == {**as_json(final.prediction), "case": key}  # files of survgui name nobody
    assert record.risk_group == final.prediction.risk_group and record.modalities[RNA] is State.MEASURED
    assert record.percentile == pytest.approx(final.prediction.risk_percentile)


def test_what_would_be_without_a_measurement_is_not_kept_as_the_cases_prediction(ask, key):
    _, _, real = run(ask())
    _, _, supposed = run(ask(RNA))
    assert supposed.prediction.states[RNA] is State.IMPUTED
    with Workspace.default() as workspace:
        record, content = workspace.record(key), workspace.prediction(key)
    assert content == {**as_json(real.prediction), "case": key} and record.modalities[RNA] is State.MEASURED


def test_a_full_disk_costs_the_record_and_not_the_result(ask, monkeypatch):
    def full(*given, **named):
        raise StorageError("the disk is full")

    monkeypatch.setattr(Workspace, "keep_prediction", full)
    _, _, final = run(ask())
    assert final.prediction.warnings[-1] == "this result is on the screen only: the disk is full"
    assert final.content.warnings == final.prediction.warnings


@pytest.mark.parametrize(
    ("hide", "changes", "message"),
    [((Modality.DNAM,), {}, "takes"), ((SLIDE,), {}, "does not have it"), ((), {"draws": 0}, "draws")],
)
def test_choices_that_do_not_fit_are_refused_before_anything_is_encoded(ask, hide, changes, message):
    task = ask(*hide, **changes)
    seen = []
    with pytest.raises(UsageError, match=message):
        seen += list(task)
    assert not any(step.stage == "encode" for step in seen)


def test_nothing_left_to_predict_from(ask):
    with pytest.raises(SurvguiError, match="nothing to predict from"):
        run(ask(CLINICAL, RNA, MRI))


def test_a_device_that_is_full_hands_over_to_the_cpu():
    asked = []

    def work(device):
        asked.append(device)
        yield Step("impute", 1, 2)
        if device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"

    parts, steps, found = run(predictions._where_memory_suffices("cuda", work))
    assert found == "done" and asked == ["cuda", "cpu"] and "going on on the CPU" in steps[1].text and not parts
    full = predictions._where_memory_suffices("cpu", lambda device: (_ for _ in ()).throw(torch.OutOfMemoryError("x")))
    with pytest.raises(torch.OutOfMemoryError):
        run(full)


def test_imputed_beside_real(ask, key, bundle_folder):
    _, _, found = run(compared(key, bundle_folder, RNA, draws=6))
    _, _, real = run(ask(steps=0))
    _, _, imputed = run(ask(RNA, steps=0))
    assert found.real.prediction.risk == real.prediction.risk
    assert found.imputed.prediction.risk == imputed.prediction.risk
    assert found.risk_change == imputed.prediction.risk - real.prediction.risk
    assert np.array_equal(found.real_point, real.map.case) and found.modality is RNA
    assert found.reconstruction is None  # this bundle imputes components, not data
    width = len(found.real_part)
    assert found.cosine.shape == (6,) and found.drawn_part.shape == (6, width) and found.ranks.shape == (width,)
    assert np.all(np.abs(found.cosine) <= 1 + 1e-9) and np.all((found.ranks >= 0) & (found.ranks <= 1))
    assert 0 <= found.inside <= 1


@pytest.fixture(scope="module")
def decoding(tmp_path_factory):
    """A tiny bundle of impuTMAE, and the file of a case that it has not seen."""
    folder, cohort = tmp_path_factory.mktemp("masked"), make_cohort(60)
    halves = (Split(0, cohort.ids[1::2], cohort.ids[::2]), Split(1, cohort.ids[::2], cohort.ids[1::2]))
    short = {**TINY_MASKED, "pretrain_epochs": 1, "epochs": 1}
    plan = Plan("imputmae", overrides=short, without=frozenset({"P-001"}))
    run_to_end(train(replace(cohort, splits=halves), folder / "bundle", plan))
    sections = ['id = "P-001"']
    for modality, more in ((CLINICAL, 'ordered.grade = ["G2", "G3", "G4"]'), (RNA, 'unit = "z-score"')):
        block = cohort.blocks[modality]
        values = ",".join(map(str, block.items["P-001"]))
        (folder / f"{modality}.csv").write_text(f"case_id,{','.join(block.names)}\nP-001,{values}\n")
        place = str(folder / f"{modality}.csv")
        sections.append(f'[modality.{modality}]\ntable = {place!r}\ncase = "case_id"\n{more}')
    return folder / "bundle", "\n".join(sections) + "\n"


def test_a_decoder_lays_its_data_beside_the_measured_ones(decoding):
    bundle, case = decoding
    with Workspace.default() as workspace:
        key = workspace.add("P-001", "", case, {}).key
    _, _, found = run(compared(key, bundle, RNA, draws=5))
    rna = found.reconstruction
    assert rna is not None and (rna.modality, rna.shown, rna.draws) == (RNA, (CLINICAL,), 5)
    features = make_cohort(60).blocks[RNA]
    assert set(rna.features.names) == set(features.names) and not rna.images
    others = np.stack([values for patient, values in features.items.items() if patient != "P-001"])
    z = (features.items["P-001"] - others.mean(axis=0)) / others.std(axis=0)
    at = [features.names.index(name) for name in rna.features.names]
    assert rna.features.real == pytest.approx(z[at], abs=1e-4)
    assert np.all(rna.features.low <= rna.features.high) and np.ptp(rna.features.imputed) > 0

    choices = {"draws": 5, "seed": 1, "generator": "", "steps": 0, "device": "cpu"}
    _, _, without = run(predictions.predict(key, bundle, frozenset({RNA}), **choices))
    _, _, content = run(predictions.report(key, bundle, without.prediction))
    given = {item.modality: item.given for item in content.pictures.imputed}
    assert given == {SLIDE: False, RNA: True}  # the report can tell hidden from not measured
    assert {f.name for f in content.pictures.imputed[1].features} <= set(features.names)


def test_what_is_hidden_is_missing_on_both_sides_of_a_comparison(ask, key, bundle_folder):
    _, _, found = run(compared(key, bundle_folder, RNA, MRI, draws=6))
    _, _, real = run(ask(MRI, steps=0))
    _, _, imputed = run(ask(MRI, RNA, steps=0))
    assert found.real.prediction.states[MRI] is found.imputed.prediction.states[MRI] is State.IMPUTED
    assert found.real.prediction.risk == real.prediction.risk
    assert found.imputed.prediction.risk == imputed.prediction.risk
    with pytest.raises(UsageError, match="cannot be compared"):
        run(compared(key, bundle_folder, RNA, RNA, draws=2))


def test_a_comparison_takes_the_generator_that_was_chosen(key, bundle_folder):
    choices = {"draws": 2, "seed": 1, "generator": "dice", "steps": 0, "device": "cpu"}
    with pytest.raises(UsageError, match="dice"):
        run(predictions.compare(key, bundle_folder, RNA, frozenset(), **choices))


def test_every_generator_of_the_bundle_is_tried_on_the_same_hidden_modality(key, bundle_folder):
    names = verify(bundle_folder).manifest.generators
    choices = {"hide": frozenset(), "draws": 4, "seed": 1, "device": "cpu"}
    _, steps, found = run(predictions.generators(key, bundle_folder, RNA, **choices))
    assert [row.generator for row in found.rows] == list(names) and found.modality is RNA
    assert [step.text for step in steps if step.stage == "generators"] == list(names)
    for row in found.rows:
        same = {"draws": 4, "seed": 1, "generator": row.generator, "steps": row.steps, "device": "cpu"}
        _, _, beside = run(predictions.compare(key, bundle_folder, RNA, frozenset(), **same))
        assert row.cosine == pytest.approx(beside.cosine.mean()) and row.draws == len(beside.cosine)
        assert row.inside == (beside.inside if row.draws > 1 else None) and row.milliseconds > 0
    with pytest.raises(UsageError, match="Slide cannot be compared"):
        run(predictions.generators(key, bundle_folder, SLIDE, **choices))


def test_a_comparison_is_not_kept_as_the_cases_prediction(key, bundle_folder):
    run(compared(key, bundle_folder, RNA, draws=2))
    with Workspace.default() as workspace:
        assert workspace.prediction(key) is None


def test_only_what_was_measured_can_be_compared(key, adopt, bundle_folder):
    with pytest.raises(UsageError, match="Slide cannot be compared with the real one"):
        run(compared(key, bundle_folder, SLIDE, draws=2))
    with pytest.raises(UsageError, match="all that was measured"):
        run(compared(adopt("rna"), bundle_folder, RNA, draws=2))


def test_a_report_has_the_cases_pictures(ask, key, bundle_folder):
    _, _, final = run(ask())
    _, _, content = run(predictions.report(key, bundle_folder, final.prediction))
    assert content.prediction == as_json(final.prediction)
    assert len(content.pictures.mri) == 1 and content.pictures.genes and content.pictures.slides == ()
    bare = replace(content, pictures=final.content.pictures, identity=final.content.identity)
    assert bare.calibration == final.content.calibration and bare.horizons == final.content.horizons


def test_warming_opens_the_bundle_that_the_first_prediction_takes(ask, bundle_folder, monkeypatch):
    from survgui.engine import model

    _, steps, found = run(predictions.warm(bundle_folder, "cpu"))
    assert found["device"] == "cpu" and found["seconds"] > 0
    assert [step.done for step in steps] == [0, 1, 2]
    monkeypatch.setattr(model, "open_model", None)  # whoever opens it again fails
    run(ask())


def test_what_the_files_worker_does_needs_no_torch(ask, key, bundle_folder):
    """The process of the files shows omics, MRI and reports, and need not hold the networks' library for them."""
    run(ask())
    code = f"""
import sys
from pathlib import Path
from survgui.worker import pictures, predictions
list(pictures.omics({key!r}, Path({str(bundle_folder)!r})))
list(pictures.volume({key!r}, "t1c", Path({str(bundle_folder)!r})))
import survgui.engine.report, survgui.engine.exhibits
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr

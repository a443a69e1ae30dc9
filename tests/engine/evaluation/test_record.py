import json
import shutil
from dataclasses import replace

import pytest

from survgui.cases.bundle import Bundle, read_manifest
from survgui.cases.step import run_to_end
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.evaluation.record import record
from survgui.engine.study.tables import as_markdown
from survgui.errors import UsageError
from tests.engine.evaluation.conftest import OPTIONS
from tests.engine.study.test_tables import MISSING, RATIO


@pytest.fixture
def own(bundle, tmp_path) -> Bundle:
    """A copy of the bundle that may be written to."""
    folder = tmp_path / "tiny"
    shutil.copytree(bundle.folder, folder)
    return replace(bundle, folder=folder)


def test_an_evaluation_comes_into_the_manifest_and_the_card_and_replaces_the_last(own, result):
    changed = record(own, [json.loads(json.dumps(result))])
    assert changed.sha256 != own.sha256 and set(changed.manifest.files) == set(own.manifest.files)
    (kept,) = read_manifest(own.folder).evaluations
    assert "rows" not in kept and kept["protocol"] == result["protocol"]
    assert [row["c_index"] for row in kept["summary"]] == pytest.approx([row["c_index"] for row in result["summary"]])
    card = (own.folder / "README.md").read_text("utf-8")
    for row in result["summary"]:
        assert row["c_index"] is None or f"{row['c_index']:.3f}" in card
    assert "120 patients (the bundle is trained on 118 of them)" in card
    again = record(changed, [result])
    assert again.manifest.evaluations == changed.manifest.evaluations and again.sha256 == changed.sha256


def test_without_an_evaluation_the_card_alone_is_written_and_weights_stay(own, result):
    first = record(own, [result])
    (own.folder / "README.md").write_text("by hand")
    again = record(first, [])
    assert again.manifest.evaluations == first.manifest.evaluations
    assert (own.folder / "README.md").read_text("utf-8").startswith("# tiny 1.0.0")
    assert again.manifest.files["weights.safetensors"] == own.manifest.files["weights.safetensors"]


@pytest.mark.parametrize(
    "change", [{"cohort": "another"}, {"protocol": {"patients": 100}}, {"protocol": {"patients": 200}}]
)
def test_evaluations_of_other_patients_are_refused(own, result, change):
    with pytest.raises(UsageError, match="trained on"):
        record(own, [{**result, **change}])


def test_an_evaluation_of_a_thinned_cohort_is_refused(own, result):
    with pytest.raises(UsageError, match="hid modalities"):
        record(own, [{**result, "protocol": {**result["protocol"], "missing": {"mechanism": "mar"}}}])


def test_evaluations_by_a_network_of_other_settings_are_refused_and_older_ones_taken(own, result):
    def told(**changed):
        protocol = result["protocol"]
        return {**result, "protocol": {**protocol, "config": {**protocol["config"], **changed}}}

    with pytest.raises(UsageError, match=r"other settings than tiny .*: epochs 9 instead of 3"):
        record(own, [told(epochs=9)])
    record(own, [told(horizon=7.0, generators="meanfill", unheard_of=1)])
    older = {name: value for name, value in result["protocol"].items() if name != "config"}
    assert record(own, [{**result, "protocol": older}]).manifest.evaluations[0]["protocol"] == older


def test_what_is_no_evaluation_is_refused(own):
    with pytest.raises(UsageError, match="no evaluation"):
        record(own, [{"cohort": "simulated tiny"}])


def test_an_evaluation_of_a_pattern_leaves_the_other_patterns_of_the_card_as_they_were(own, cohort):
    found = run_to_end(evaluate(cohort, ["cox-all"], OPTIONS, patterns=["rna"]))
    card = (record(own, [found]).folder / "README.md").read_text("utf-8")
    assert "own cross-validation" in card and "By what was given at test time" in card
    assert "| must | rna |" in card and "| cox-all | natural |" in card  # the bundle's own, which none replaces


def test_settings_are_compared_with_those_of_the_bundles_own_network(masked, tmp_path, result):
    shutil.copytree(masked.folder, tmp_path / "masked")
    own = replace(masked, folder=tmp_path / "masked")
    settings = {**masked.manifest.config["network"], "horizon": 0.0}
    fitting = {**result, "protocol": {**result["protocol"], "imputmae": settings}}
    assert record(own, [fitting]).manifest.evaluations
    other = {**result["protocol"], "imputmae": {**settings, "mask_ratio": 0.75}}
    with pytest.raises(UsageError, match=r"mask_ratio 0.75 instead of 0.5"):
        record(own, [{**result, "protocol": other}])


def test_evaluations_that_read_pictures_otherwise_are_refused(own, result):
    assert result["protocol"]["encoders"] == {"pathology": "tiny"}

    def told(encoders):
        return {**result, "protocol": {**result["protocol"], "encoders": encoders}}

    record(own, [result])
    for encoders in ({"pathology": "tiles-256"}, {}, {"pathology": "tiny", "rna": "scgpt"}):
        with pytest.raises(UsageError, match=r"the evaluation read .* by .*, but tiny takes"):
            record(own, [told(encoders)])


@pytest.fixture
def study(masked):
    """A study of the mask ratio with the settings of the bundle."""
    config = {name: value for name, value in masked.manifest.config["network"].items() if name != "mask_ratio"}
    protocol = {**RATIO["protocol"], "patients": 118, "config": config, "encoders": {"pathology": "tiny"}}
    return {**RATIO, "cohort": "simulated tiny", "protocol": protocol}


@pytest.fixture
def masked_own(masked, tmp_path):
    return replace(masked, folder=shutil.copytree(masked.folder, tmp_path / "masked"))


def test_a_study_comes_into_the_manifest_and_the_card_beside_evaluations(masked_own, study, result):
    settings = {**result["protocol"], "imputmae": masked_own.manifest.config["network"]}
    result = {**result, "protocol": settings}
    first = record(masked_own, [result, json.loads(json.dumps(study))])
    (kept,) = read_manifest(masked_own.folder).training["studies"]
    assert "rows" not in kept and kept["summary"] == study["summary"] and len(first.manifest.evaluations) == 1
    card = (masked_own.folder / "README.md").read_text("utf-8")
    assert "## Studies" in card and as_markdown(study) in card
    again = record(first, [result])  # evaluations take the place of evaluations alone
    assert again.manifest.training["studies"] == first.manifest.training["studies"]
    assert record(again, [study]).manifest.evaluations == first.manifest.evaluations
    missing = {**MISSING["protocol"], **study["protocol"], "setting": "missing", "missing": {"mar": {}}, "rate": 0.3}
    missing["config"] = {**study["protocol"]["config"], "mask_ratio": 0.5}
    hidden = {**MISSING, "cohort": "simulated tiny", "protocol": missing}
    assert [s["study"] for s in record(again, [study, hidden]).manifest.training["studies"]] == [
        "mask-ratio", "missingness",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cohort": "another"}, "trained on"),
        ({"study": "depth"}, "no study 'depth'; there are mask-ratio, width, missingness"),
        ({"protocol": {"default": 0.75}}, "mask_ratio 0.75 instead of 0.5"),
        ({"protocol": {"config": {"width": 64}}}, "width 64 instead of 12"),
        ({"protocol": {"patients": 300}}, "300 patients"),
        ({"protocol": {"encoders": {"pathology": "tiles-256"}}}, "by tiles-256, but masked takes tiny"),
    ],
)
def test_studies_of_something_else_are_refused(masked_own, study, changes, message):
    protocol = {**study["protocol"], **changes.get("protocol", {})}
    with pytest.raises(UsageError, match=message):
        record(masked_own, [{**study, **changes, "protocol": protocol}])


def test_studies_are_of_impuTMAE_alone(own, study):
    with pytest.raises(UsageError, match="the study is of imputmae, but tiny is of the method must"):
        record(own, [study])

from dataclasses import replace

import pytest

from survgui.cases.bundle import verify
from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.simulation import simulate
from survgui.errors import CohortError, UsageError
from survgui.readers.cohort import load_cohort
from survgui.ui.train.imputmae import IMPUTMAE
from survgui.worker.training import train
from survgui.workspace.audit import default_log
from tests.engine.conftest import TINY


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    made = (Modality.CLINICAL, Modality.RNA)
    return run_to_end(simulate(tmp_path_factory.mktemp("train") / "simulated", patients=90, seed=3, modalities=made))


@pytest.fixture
def plan(cohort, tmp_path):
    def make(**changes):
        plain = {"cohort": cohort, "out": tmp_path, "name": "mine", "preset": "demo", "seed": 0, "device": "cpu",
                 "without": frozenset(), "overrides": TINY, "resume": False}  # fmt: skip
        return train(**{**plain, **changes})

    return make


def test_a_stopped_training_resumes_and_is_published_under_its_name(plan, tmp_path, cohort):
    left_out = load_cohort(cohort).ids[0]
    task, first = plan(without=frozenset({left_out})), []
    while len([step for step in first if step.stage == "folds"]) < 2:
        first.append(next(task))
    task.close()
    assert not (tmp_path / "mine").exists()
    steps = []
    found = run_to_end(plan(without=frozenset({left_out}), resume=True), steps.append)
    assert found.folder == tmp_path / "mine" and found.name == "mine" and found.seconds > 0
    (entry,) = default_log().entries()
    bundle = verify(found.folder)
    assert (entry.what, entry.outputs["bundle"]) == ("train", bundle.sha256) and set(entry.inputs) == {"cohort"}
    manifest = bundle.manifest
    assert manifest.development.patients == 89 and found.rows == manifest.metrics
    folds = {step.done: step.values["fold c-index"] for step in steps if step.stage == "folds"}
    assert sorted(folds) == [1, 2, 3, 4, 5]
    told = {step.done: step.values["fold c-index"] for step in first if step.stage == "folds"}
    assert told == {k: folds[k] for k in (1, 2)}
    must = next(row for row in found.rows if row["method"] == "must" and list(row["pattern"]) == ["natural"])
    assert sum(folds.values()) / 5 == pytest.approx(must["c_index"])
    assert not any(step.stage.startswith("fold 1") for step in steps)  # what is finished is not done again


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../x"}, "no name for a bundle"),
        ({"preset": "huge"}, "unknown preset"),
        ({"method": "cox-all"}, "cox-all"),
        ({"overrides": {"wings": 2}}, "unknown setting"),
    ],
)
def test_what_cannot_be_is_refused_before_the_cohort_is_read(plan, changes, message):
    with pytest.raises(UsageError, match=message):
        run_to_end(plan(cohort=None, **changes))


def test_a_cohort_that_is_too_small(plan, cohort):
    most = frozenset(load_cohort(cohort).ids[40:])
    with pytest.raises(CohortError, match="at least 50"):
        run_to_end(plan(without=most))


def test_files_are_encoded_first(plan, cohort, monkeypatch):
    from survgui.cases.case import Source
    from survgui.cases.step import Step
    from survgui.engine import encode as module
    from survgui.worker import training

    read = load_cohort(cohort)
    rna = replace(read.blocks[Modality.RNA], files={read.ids[0]: (Source(Modality.RNA, cohort),)})
    monkeypatch.setattr(training, "load_cohort", lambda path: replace(read, blocks={**read.blocks, Modality.RNA: rna}))

    def encode(cohort, *, device, encoder, batch):
        yield Step("encode", 1, 1, f"slide 1 of 1 by {encoder}")
        return cohort.keep(cohort.ids[:10])

    monkeypatch.setattr(module, "encode", encode)
    seen = []
    with pytest.raises(CohortError, match="10 patients"):  # it is the encoded cohort that is trained on
        run_to_end(plan(), seen.append)
    with pytest.raises(CohortError):
        run_to_end(plan(method="imputmae", overrides={}), seen.append)
    assert [step.stage for step in seen] == ["read", "read", "encode"] * 2
    # features of a slide, or its pixels
    assert [step.text for step in seen[2::3]] == ["slide 1 of 1 by efficientnet-lite0", "slide 1 of 1 by tiles-256"]


TINY_MASKED = {
    **{"width": 16, "heads": 2, "vector_layers": 1, "decoder_layers": 1, "pretrain_epochs": 2, "epochs": 1},
    **{"rna_patch": 256, "vector_patch": 256, "order": "file"},
}


def test_an_imputmae_training_goes_through_the_stages_that_the_window_draws(plan):
    """Their names, and those of their losses, are what the window knows them by."""
    task, steps = plan(method="imputmae", overrides=TINY_MASKED), []
    while not steps or steps[-1].stage != "folds":
        steps.append(next(task))
    task.close()
    stages = list(dict.fromkeys(step.stage for step in steps if step.stage.startswith("fold 1: ")))
    drawn = [f"fold 1: {stage}" for stage, key in IMPUTMAE.stages.items() if key]
    assert [stage for stage in stages if stage in drawn] == drawn
    values = {stage: set(next(s.values for s in steps if s.stage == stage)) for stage in drawn}
    assert values == {drawn[0]: {"loss", "clinical", "rna"}, drawn[1]: {"loss", "survival"}}
    assert "fold c-index" in steps[-1].values

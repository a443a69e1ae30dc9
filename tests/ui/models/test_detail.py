from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.cases.imputation_quality import OTHERS, QualityRow
from survgui.ui.models.detail import FACTS, FROZEN, SHIPPED, TABS, UNEVALUATED, Detail, facts_of, method_words
from survgui.ui.train.imputmae import FREEZING
from survgui.ui.widgets.labels import Label
from tests.ui.models.bundles import broken, shipped

FILES = (
    "generator-mean.safetensors",
    "generator-flow.safetensors",
    "generator-ddim.safetensors",
    "generator-gaussian.safetensors",
    "README.md",
)


@pytest.fixture
def detail(qtbot):
    made = Detail()
    qtbot.addWidget(made)
    made.resize(960, 700)
    made.show()
    return made


def cells(table):
    model = table.model_
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def said(detail):
    return [label.text() for label in detail.findChildren(Label) if label.isVisible()]


def test_what_a_bundle_is():
    found = dict(facts_of(shipped()))
    assert found["Endpoint"] == "overall survival, death of any cause; months since diagnosis"
    assert found["Horizon"] == "24\u202fmonths"
    low, high = shipped().manifest.thresholds
    assert f"−{abs(low):.2f} ≤ intermediate < −{abs(high):.2f}" in found["Risk groups"]
    assert found["Cohort"] == "TCGA-GBMLGG: 567 patients, 186 deaths"
    assert ", simulated" in dict(facts_of(shipped("demo-simulated")))["Cohort"]
    assert facts_of(broken()) == []


def test_what_was_trained_is_named_with_how():
    must = dict(facts_of(shipped()))["Method"]
    network = shipped().manifest.config["network"]
    assert must == f"MUST · width {network['width']} · {network['warmup_epochs']} + {network['epochs']} epochs"
    masked = {"width": 64, "mask_ratio": 0.5, "pretrain_epochs": 60, "epochs": 20, "freezing": "encoders"}
    manifest = replace(shipped().manifest, method="imputmae", config={"network": masked})
    told = "impuTMAE · width 64 · pre-training 60 epochs, mask ratio 0.5 · fine-tuning 20 epochs, encoders frozen"
    assert dict(facts_of(shipped(manifest=manifest)))["Method"] == told
    more = {**masked, "mask_ratios": "rna=0.75,mri=0.9", "freezing": "none"}
    said = method_words(replace(manifest, config={"network": more}))
    assert "mask ratio 0.5 (rna=0.75, mri=0.9)" in said and said.endswith("nothing frozen")
    assert "without pre-training" in method_words(
        replace(manifest, config={"network": {**masked, "pretrain_epochs": 0}})
    )


def test_there_is_a_line_for_every_fact_and_every_recipe_is_named():
    assert len(facts_of(shipped())) == FACTS
    assert set(FROZEN) == {word for word, *_ in FREEZING.options}


def test_what_imputes_is_named_with_what_else_could():
    manifest = replace(shipped().manifest, generator="gaussian", steps=1, files=dict.fromkeys(FILES, "0"))
    found = dict(facts_of(shipped(manifest=manifest)))
    assert found["Imputation"] == "Gaussian (closed form); also Diffusion (DDIM), Flow and the mean"
    alone = replace(manifest, generator="ddim", steps=50, files={"generator-ddim.safetensors": "0"})
    assert dict(facts_of(shipped(manifest=alone)))["Imputation"] == "Diffusion (DDIM), 50 steps"


def test_inputs_figures_and_files_are_those_of_the_manifest(detail):
    facts = shipped()
    detail.set_bundle(facts, default=False, verifying=False)
    manifest = facts.manifest
    assert cells(detail.inputs)[2] == ["RNA-seq", "z-score", "1\u202f544", "567"]
    assert len(cells(detail.inputs)) == len(manifest.inputs)
    methods = {method for method, _ in detail.evaluation.evaluation.cells}
    told = [row for evaluation in manifest.evaluations for row in evaluation["summary"]]
    assert methods == {row["method"] for row in (*manifest.metrics, *told)} and {"cox-all", "drim"} <= methods
    assert dict(cells(detail.files)) == dict(manifest.files)
    assert f"{manifest.name} {manifest.version}" in said(detail)


def test_every_tab_shows_its_own(detail, qtbot):
    row = QualityRow(Modality.RNA, OTHERS, 103, 0.8, 1.0).stored()
    manifest = shipped().manifest
    facts = shipped(manifest=replace(manifest, training={**manifest.training, "reconstruction": [row]}))
    detail.set_bundle(facts, default=False, verifying=False)
    pages = {
        "evaluation": detail.evaluation,
        "calibration": detail.calibration,
        "generators": detail.generators,
        "reconstruction": detail.reconstruction,
        "about": detail.inputs,
        "card": detail.card,
    }
    assert [key for key, _ in TABS] == list(pages)
    for key, shown in pages.items():
        qtbot.mouseClick(detail.tabs.button(key), Qt.MouseButton.LeftButton)
        assert [name for name, page in pages.items() if page.isVisible()] == [key], key
        assert shown.isVisible()
    detail.tabs.button("about").click()
    assert any(facts.manifest.limits[0] in text for text in said(detail))


def test_a_bundle_without_figures_says_so(detail):
    bare = replace(shipped().manifest, metrics=(), evaluations=())
    detail.set_bundle(shipped(manifest=bare), default=False, verifying=False)
    assert not detail.evaluation.isVisible() and UNEVALUATED in said(detail)


def test_a_shipped_bundle_cannot_be_removed_and_says_so(detail):
    detail.set_bundle(shipped(), default=False, verifying=False)
    assert not detail.remove.isEnabled()
    assert detail.remove.toolTip() == SHIPPED
    detail.set_bundle(shipped(shipped=False), default=False, verifying=False)
    assert detail.remove.isEnabled()


@pytest.mark.parametrize(
    ("facts", "default", "usable"),
    [
        (shipped(), False, True),
        (shipped(), True, False),
        (shipped(error="damaged"), False, False),
        (broken(), False, False),
    ],
    ids=["another", "the default", "damaged", "unreadable"],
)
def test_which_bundle_can_be_made_the_default(detail, facts, default, usable):
    detail.set_bundle(facts, default=default, verifying=False)
    assert detail.use.isEnabled() == usable
    assert detail.use.text() == ("Used by default" if default else "Use by default")


def test_verifying_is_said_and_what_it_found(detail):
    facts = shipped()
    detail.set_bundle(facts, default=False, verifying=True)
    assert "checking…" in said(detail)
    assert not detail.verify.isEnabled()
    detail.set_bundle(replace(facts, sha256="ab" * 32), default=False, verifying=False)
    assert "files checked" in said(detail)


def test_a_bundle_that_cannot_be_read_shows_why_and_nothing_else(detail, qtbot):
    detail.set_bundle(broken(), default=False, verifying=False)
    assert broken().error in said(detail)
    assert not detail.evaluation.isVisible()
    qtbot.waitUntil(lambda: detail._summary.height() < 120)
    detail.set_bundle(shipped(), default=False, verifying=False)
    assert detail.evaluation.isVisible()

"""One bundle: what it predicts, what it takes, how good it is beside the Cox rows, its limits, card and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.bundle import Manifest
from survgui.cases.case import Kind
from survgui.cases.display import BundleFacts
from survgui.figures.words import MINUS, THIN, count, generator, listed, months, plural
from survgui.ui import results
from survgui.ui.evaluation.view import EvaluationView
from survgui.ui.models.calibration import CalibrationPane
from survgui.ui.models.card_text import CardText
from survgui.ui.models.generators import GeneratorsPane
from survgui.ui.models.listing import hash_word, megabytes
from survgui.ui.models.reconstruction import ReconstructionPane
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Kind as LabelKind
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

GAP, FACTS = 10, 7
"""px between cards; lines of what a bundle is"""
SHIPPED = "It came with survgui and cannot be removed."
TABS = (
    ("evaluation", "Evaluation"),
    ("calibration", "Calibration"),
    ("generators", "Generators"),
    ("reconstruction", "Reconstruction"),
    ("about", "Inputs and limits"),
    ("card", "Model card"),
)
"""what is shown below the summary"""
MEAN = {"mean": "the mean"}
FROZEN = {
    "encoders": "encoders frozen",
    "published": "images frozen, the last layer of tables open",
    "none": "nothing frozen",
}
"""How fine-tuning treats the encoders, by the configuration's word."""
UNEVALUATED = "No figures are stored in this model."
UNTESTED = "Not tested on another cohort unless its card says so."


def facts_of(facts: BundleFacts) -> list[tuple[str, str]]:
    """What a bundle is, as pairs of a name and its value."""
    manifest = facts.manifest
    if manifest is None:
        return []
    low, high = (f"{value:.2f}".replace("-", MINUS) for value in manifest.thresholds)
    d = manifest.development
    training = manifest.training
    how = [f"{key} {training[key]}" for key in ("preset", "seed") if key in training]
    return [
        ("Method", method_words(manifest)),
        ("Endpoint", f"{d.endpoint}; months since {d.origin}"),
        ("Horizon", f"{months(manifest.horizon_months)}{THIN}months"),
        ("Risk groups", f"low < {low} ≤ intermediate < {high} ≤ high (log cumulative hazard at the horizon; frozen)"),
        ("Cohort", f"{d.cohort}{', simulated' if d.simulated else ''}: {_people(manifest)}"),
        ("Imputation", _drawing(manifest)),
        ("Made", " · ".join([manifest.created, *how, f"survgui {manifest.survgui}", megabytes(facts.bytes)])),
    ]


def method_words(manifest: Manifest) -> str:
    """What was trained and how, of the settings that tell most."""
    said, network = [results.method_title(manifest.method)], manifest.config.get("network", {})
    if "width" in network:
        said.append(f"width {network['width']}")
    if "mask_ratio" in network:
        said += _masked(network)
    elif "warmup_epochs" in network:
        said.append(f"{network['warmup_epochs']} + {network['epochs']} epochs")
    return " · ".join(said)


def _masked(network: Mapping[str, Any]) -> list[str]:
    """Pre-training and fine-tuning of a masked autoencoder."""
    epochs, own = network["pretrain_epochs"], network.get("mask_ratios", "")
    masked = f"mask ratio {network['mask_ratio']:g}" + (f" ({own.replace(',', ', ')})" if own else "")
    before = f"pre-training {plural(epochs, 'epoch')}, {masked}" if epochs else "without pre-training"
    frozen = FROZEN.get(network["freezing"], network["freezing"])
    return [before, f"fine-tuning {plural(network['epochs'], 'epoch')}, {frozen}"]


def input_columns(manifest: Manifest) -> list[Column]:
    """One row a modality: what is given, its features, and how many development patients had it."""
    inputs = list(manifest.inputs.items())
    given = [i.encoder or {Kind.FIELDS: "fields", Kind.BAG: "feature rows"}.get(i.kind, i.unit) for _, i in inputs]
    return [
        Column("Modality", [m.title for m, _ in inputs], width=112),
        Column("Given as", given, width=0, tip="Unit of the values, or the encoder of the features"),
        Column("Features", np.array([len(i.names) or i.width for _, i in inputs], float), "right", 76, _count),
        Column("Patients", np.array([i.patients for _, i in inputs], float), "right", 76, _count, tip="Development"),
    ]


class Detail(QWidget):
    """The right side of the Models workspace."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.use = Button("Use by default", "primary", tip="New predictions are made with this model")
        self.verify = Button("Verify", icon="check", tip="Hash every file and compare with the manifest")
        self.remove = Button("Remove…", "danger")
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._made_summary())
        self._rest = QWidget()
        below = QVBoxLayout(self._rest)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(6)
        self.tabs = Segmented(TABS, kind="tab")
        self.tabs.chosen.connect(self._show_tab)
        below.addWidget(self.tabs)
        self._stack = QStackedWidget()
        for page in self._made_pages():
            self._stack.addWidget(page)
        below.addWidget(self._stack, 1)
        column.addWidget(self._rest, 1)
        column.addStretch(0)

    def set_bundle(self, facts: BundleFacts, *, default: bool, verifying: bool) -> None:
        """Show another bundle, or what is newly known of it."""
        manifest = facts.manifest
        self._summary.set_title(f"{facts.name} {manifest.version}" if manifest else facts.name)
        word, role = hash_word(facts)
        kinds: dict[str, LabelKind] = {"good": "good", "high_text": "error"}
        self._hash.setText("checking…" if verifying else word)
        self._hash.set_kind("soft" if verifying else kinds.get(role, "soft"))
        self._error.setText(facts.error)
        self._error.setVisible(bool(facts.error))
        self._show_facts(facts)
        self._rest.setVisible(manifest is not None)
        self._column.setStretch(2, 0 if manifest is not None else 1)  # the summary stays as high as its words
        self.use.setEnabled(not default and not facts.error and manifest is not None)
        self.use.setText("Used by default" if default else "Use by default")
        self.verify.setEnabled(not verifying)
        self.remove.setEnabled(not facts.shipped)
        self.remove.setToolTip(SHIPPED if facts.shipped else "Remove this model from this computer")
        self.evaluation.set_evaluation(facts.evaluation)
        self._evaluated.setCurrentIndex(1 if facts.evaluation is not None else 0)
        self.calibration.set_manifest(manifest)
        self.generators.set_manifest(manifest)
        self._offer_reconstruction(self.reconstruction.set_manifest(manifest))
        self.inputs.set_columns(input_columns(manifest) if manifest else [])
        self._inputs.set_hint(f"it takes {len(manifest.inputs)}" if manifest else "")
        self._limits.setText("\n\n".join([*manifest.limits, manifest.intended_use]) if manifest else UNTESTED)
        self.card.set_card(facts.card or "This model has no card.")
        files = dict(manifest.files) if manifest else {}
        self.files.set_columns(
            [Column("File", list(files), width=156), Column("SHA-256", list(files.values()), width=0)]
        )

    def _made_summary(self) -> Card:
        self._summary = Card(" ")
        self._hash = Label("", "soft")
        for widget in (self._hash, self.verify, self.remove, self.use):
            self._summary.head.addWidget(widget)
        self._error = Label("", "error", wrap=True)
        self._summary.body.addWidget(self._error)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[Label, Label]] = []
        for row in range(FACTS):
            name, value = Label("", "soft"), Label("", wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
            self._lines.append((name, value))
        self._summary.body.addLayout(self._grid)
        return self._summary

    def _made_pages(self) -> tuple[QWidget, ...]:
        """In the order of the tabs."""
        self.evaluation = EvaluationView()
        blank = Card()
        blank.body.addWidget(EmptyState(UNEVALUATED))
        self._evaluated = QStackedWidget()
        self._evaluated.addWidget(blank)
        self._evaluated.addWidget(self.evaluation)
        self.calibration, self.generators, self.reconstruction = (
            CalibrationPane(),
            GeneratorsPane(),
            ReconstructionPane(),
        )
        self.card = CardText()
        card = Card("Model card", "as it was published")
        card.body.addWidget(self.card, 1)
        return self._evaluated, self.calibration, self.generators, self.reconstruction, self._made_about(), card

    def _made_about(self) -> QWidget:
        self.inputs = Table("what the model takes")
        self._inputs = Card("Inputs", " ")
        self._inputs.body.addWidget(self.inputs, 1)
        self._limits = Label("", wrap=True)
        self._limits.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._limits.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        limits = Card("Limits")
        limits.body.addWidget(self._limits)
        limits.body.addStretch(1)
        self.files = Table("files of the model")
        files = Card("Files", "as published")
        files.body.addWidget(self.files, 1)
        page = QWidget()
        page.setProperty("kind", "page")
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(limits, 1)
        right.addWidget(files, 1)
        row.addWidget(self._inputs, 1)
        row.addLayout(right, 1)
        return page

    def _show_facts(self, facts: BundleFacts) -> None:
        pairs = facts_of(facts)
        for place, (name, value) in enumerate(self._lines):
            shown = place < len(pairs)
            name.setText(pairs[place][0] if shown else "")
            value.setText(pairs[place][1] if shown else "")
            name.setVisible(shown)
            value.setVisible(shown)

    def _offer_reconstruction(self, there: bool) -> None:
        """A tab of its own for bundles that reconstruct what they are not shown; others have nothing to say there."""
        self.tabs.button("reconstruction").setVisible(there)
        if not there and self.tabs.key == "reconstruction":
            self.tabs.set_chosen(TABS[0][0])
            self._show_tab(TABS[0][0])

    @Slot(str)
    def _show_tab(self, key: str) -> None:
        self._stack.setCurrentIndex([name for name, _ in TABS].index(key))


def _drawing(manifest: Manifest) -> str:
    """The bundle's own generator, and what else it holds."""
    others = [MEAN.get(name, generator(name)) for name in manifest.generators if name != manifest.generator]
    own = generator(manifest.generator, manifest.steps)
    return f"{own}; also {listed(others)}" if others else own


def _people(manifest: Manifest) -> str:
    d = manifest.development
    return f"{plural(d.patients, 'patient')}, {plural(d.events, 'death')}"


def _count(value: float) -> str:
    return count(int(value))

"""What to train: cohort, name, preset and its values, fixed before the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from survgui.cases.case import State
from survgui.cases.display import CohortFacts
from survgui.ui.train import settings
from survgui.ui.train.runs import Run
from survgui.ui.train.settings import FIELDS, PRESETS, Value
from survgui.ui.train.stages import Stepper
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.chips import ModalityChip
from survgui.ui.widgets.flow import FlowBox
from survgui.ui.widgets.labels import Elided, Label

WIDE = 334
FIELD = 128
DEVICES = (("auto", "Best device"), ("cpu", "CPU"), ("cuda", "CUDA GPU"), ("mps", "Apple GPU"))
STEPS = ("1 Data", "2 Model", "3 Run", "4 Validate", "5 Publish")


class TrainForm(Card):
    """The left card.

    Signals:
        changed(): What is asked for, or whether it can be, is another.
        cohort_requested(): Choose another cohort.
    """

    changed = Signal()
    cohort_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.setFixedWidth(WIDE)
        self._facts: CohortFacts | None = None
        self._file = ""  # of the cohort that is shown: the open one's, or that of a run that was chosen
        self._taken: frozenset[str] = frozenset()
        self.stepper = Stepper(STEPS, "stages of a training")
        self.device = QComboBox(self)  # stands in the page's header, beside the button that starts
        for _, name in DEVICES:
            self.device.addItem(name)
        self.device.setToolTip("Where to train; where a GPU's memory ends, the CPU goes on")
        self.device.setAccessibleName("Device")
        self._fields: dict[str, QLineEdit] = {}
        self._labels: dict[str, Label] = {}
        inside = QWidget()
        inside.setProperty("kind", "plain")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.stepper)
        self._made_data()
        self._made_settings()
        self._made_modalities()
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName("What to train")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.body.addWidget(scroll)
        self._preset_chosen()

    def set_cohort(self, facts: CohortFacts | None) -> None:
        """Train on another cohort."""
        self._facts = facts
        self._show_cohort("" if facts is None else str(facts.file), "none" if facts is None else facts.name)
        self.name.setText("" if facts is None else settings.proposed_name(facts.name))
        self.name.setCursorPosition(0)  # its beginning is what is read
        self._check()

    def shows(self, file: Path | str) -> bool:
        """Whether the cohort of this file is the one that is shown."""
        return self._file == str(file)

    def set_taken(self, names: frozenset[str]) -> None:
        """Names of the bundles that are installed: one of them would be replaced."""
        self._taken = names
        self._check()

    def set_running(self, running: bool) -> None:
        """Nothing can be changed while a training runs."""
        for widget in (self.name, self.preset, self.seed, self.device, self._open, *self._fields.values()):
            widget.setEnabled(not running)

    def set_run(self, run: Run) -> None:
        """Show what a run was told, and of which cohort."""
        self._show_cohort(run.cohort, run.title)
        self.preset.setCurrentIndex([p.key for p in PRESETS].index(run.preset))
        for key, value in {**settings.preset(run.preset).values, **run.overrides}.items():
            self._fields[key].setText(settings.written(value))
        self.name.setText(run.name)
        self.seed.setText(str(run.seed))
        self.device.setCurrentIndex([key for key, _ in DEVICES].index(run.device))
        self._check()

    @property
    def chosen_device(self) -> str:
        """Where to train: auto, cpu, cuda or mps."""
        return DEVICES[self.device.currentIndex()][0]

    @property
    def problem(self) -> str:
        """Why a training cannot start, or empty."""
        facts = self._facts
        if facts is None:
            return "Open a cohort first."
        if not self.shows(facts.file):
            return f"{self._cohort.text()} is not open. What was stopped can go on; a new training needs the cohort."
        if not facts.trainable:
            return "Reading the cohort found errors; the Cohort page lists them."
        level, said = settings.enough(*_numbers(facts))
        return (said if level == "error" else "") or self._wrong or settings.name_problem(self.name.text())

    def run(self) -> Run:
        """What is asked for.

        Raises:
            ValueError: It cannot be; see `problem`.
        """
        if self._facts is None or self.problem:
            raise ValueError(self.problem)
        chosen = PRESETS[self.preset.currentIndex()]
        return Run(
            name=self.name.text(),
            cohort=str(self._facts.file),
            title=self._facts.name,
            preset=chosen.key,
            seed=int(self.seed.text()),
            device=self.chosen_device,
            overrides=settings.overrides(chosen, self._values()[0]),
        )

    def says(self, run: Run) -> bool:
        """Whether the form still says what a run was told, and nothing else; on which device does not matter."""
        values, wrong = self._values()
        told = {**settings.preset(run.preset).values, **run.overrides}
        same = (self.name.text(), self.seed.text(), PRESETS[self.preset.currentIndex()].key)
        return self.shows(run.cohort) and not wrong and values == told and same == (run.name, str(run.seed), run.preset)

    def _show_cohort(self, file: str, title: str) -> None:
        """Name the cohort; who has what is known of the open one alone."""
        self._file = file
        self._cohort.setText(title)
        self._cohort.setToolTip(file)
        self._chips.clear()
        here = self._facts if self._facts is not None and self.shows(self._facts.file) else None
        for modality, has in () if here is None else here.present.items():
            n = int(np.count_nonzero(has))
            chip = ModalityChip(modality, State.MEASURED if n else State.ABSENT, str(n))
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.setCursor(Qt.CursorShape.ArrowCursor)
            self._chips.addWidget(chip)

    def _made_data(self) -> None:
        self._head("Data and model")
        self._cohort = Elided("none")
        self._cohort.setAccessibleName("cohort")
        self._open = Button("Open…", tip="Train on another cohort")
        self._open.setFixedWidth(FIELD)
        self._open.clicked.connect(self.cohort_requested)
        row = QHBoxLayout()
        row.addWidget(self._cohort, 1)
        row.addWidget(self._open)
        self._column.addLayout(row)
        self.name = QLineEdit()
        self.name.textChanged.connect(self._check)
        self._row("Name", self.name, "The bundle's name and its folder's")
        self.preset = QComboBox()
        for chosen in PRESETS:
            self.preset.addItem(chosen.title)
            self.preset.setItemData(self.preset.count() - 1, chosen.about, Qt.ItemDataRole.ToolTipRole)
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self._row("Preset", self.preset, "Sizes and epochs; small is for some hundred patients")

    def _made_settings(self) -> None:
        self.back = Button("Back to the preset's", "quiet", tip="Undo every change of the settings")
        self.back.clicked.connect(self._preset_chosen)
        self._fixed = self._head("Settings", "fixed before the run", self.back)
        for field in FIELDS[:6]:
            self._row(field.title, self._field(field.key, field.tip), field.tip)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(Label("Epochs", "soft"), 1)
        for place, field in enumerate(FIELDS[6:]):
            edit = self._field(field.key, f"{field.title}: {field.tip}")
            edit.setAccessibleName(field.title)
            edit.setFixedWidth(42 if place < 2 else 50)
            row.addWidget(edit)
            if place < 2:
                row.addWidget(Label("+", "hint"))
        self._column.addLayout(row)
        self.seed = QLineEdit("0")
        self.seed.textChanged.connect(self._check)
        self._row("Seed", self.seed, "The same seed gives the same bundle on the CPU")

    def _made_modalities(self) -> None:
        self._head("Modalities", "patients who have each")
        holder = FlowBox()
        self._chips = holder.flow
        self._column.addWidget(holder)
        self._warning = QFrame()
        self._warning.setProperty("kind", "warning")
        box = QVBoxLayout(self._warning)
        box.setContentsMargins(10, 8, 10, 8)
        self.warning = Label("", "warn", wrap=True)
        box.addWidget(self.warning)
        self._column.addSpacing(4)
        self._column.addWidget(self._warning)

    def _head(self, title: str, hint: str = "", button: QWidget | None = None) -> Label:
        """A heading; gives the label of its hint."""
        self._column.addSpacing(5)
        said = Label(hint, "hint")
        row = QHBoxLayout()
        row.addWidget(Label(title, "strong"))
        row.addStretch(1)
        row.addWidget(said)
        if button is not None:
            row.addWidget(button)
        self._column.addLayout(row)
        return said

    def _row(self, title: str, widget: QWidget, tip: str) -> None:
        label = Label(title, "soft")
        label.setToolTip(tip)
        label.setBuddy(widget)
        widget.setToolTip(tip)
        widget.setAccessibleName(title)
        widget.setFixedWidth(FIELD)
        row = QHBoxLayout()
        row.addWidget(label, 1)
        row.addWidget(widget)
        self._column.addLayout(row)
        self._labels[title] = label

    def _field(self, key: str, tip: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setToolTip(tip)
        edit.textChanged.connect(self._check)
        self._fields[key] = edit
        return edit

    def field(self, key: str) -> QLineEdit:
        """The field of a setting."""
        return self._fields[key]

    def _values(self) -> tuple[dict[str, Value], dict[str, str]]:
        """The values that can be read, the preset's where one cannot, and what is wrong by setting."""
        values, wrong = dict(PRESETS[self.preset.currentIndex()].values), {}
        for field in FIELDS:
            try:
                values[field.key] = field.read(self._fields[field.key].text())
            except ValueError as error:
                wrong[field.key] = str(error)
        return values, wrong

    @Slot()
    def _preset_chosen(self) -> None:
        for key, value in PRESETS[self.preset.currentIndex()].values.items():
            self._fields[key].setText(settings.written(value))
        self.preset.setToolTip(PRESETS[self.preset.currentIndex()].about)
        self._check()

    @Slot()
    def _check(self) -> None:
        """Mark what is wrong or differs from the preset, and say so."""
        if not hasattr(self, "warning"):
            return  # still being made
        values, wrong = self._values()
        seed = "" if self.seed.text().isdecimal() and len(self.seed.text()) < 10 else "Seed: a whole number from 0"
        self._wrong = next(iter(wrong.values()), "") or settings.problem(values) or seed
        chosen = PRESETS[self.preset.currentIndex()]
        changed = settings.overrides(chosen, values)
        for field in FIELDS:
            _mark(self._fields[field.key], field.key in wrong)
            if field.title in self._labels:
                self._labels[field.title].set_kind("accent" if field.key in changed else "soft")
        _mark(self.seed, bool(seed))
        _mark(self.name, self._facts is not None and bool(settings.name_problem(self.name.text())))
        self.back.setVisible(bool(changed or wrong))
        self._fixed.setVisible(not changed and not wrong)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        said = self.problem if self._facts is not None else ""
        if not said and self._facts is not None:
            said = settings.enough(*_numbers(self._facts))[1]
            if not said and self.name.text() in self._taken:
                said = "A model of this name is installed; this training will replace it."
        self.warning.setText(said)
        self._warning.setVisible(bool(said))


def _numbers(facts: CohortFacts) -> tuple[int, int]:
    """Patients with outcome, and how many of them died."""
    return int(np.isfinite(facts.months).sum()), int(facts.events.sum())


def _mark(edit: QLineEdit, wrong: bool) -> None:
    if bool(edit.property("wrong")) != wrong:
        edit.setProperty("wrong", wrong)
        edit.style().unpolish(edit)
        edit.style().polish(edit)

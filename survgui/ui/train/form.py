"""What to train: cohort, name, method, preset and its values, fixed before the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from survgui.cases.case import Modality, State
from survgui.cases.display import CohortFacts
from survgui.ui.train import settings
from survgui.ui.train.editors import Editor, mark
from survgui.ui.train.fields import Method, Preset, Value
from survgui.ui.train.options import FIELD, Options
from survgui.ui.train.runs import Run
from survgui.ui.train.settings import METHODS
from survgui.ui.train.stages import Stepper
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.chips import ModalityChip
from survgui.ui.widgets.flow import FlowBox
from survgui.ui.widgets.labels import Elided, Label, plain_tip

WIDE, BAR = 342, 12
"""width of the card, and of the room that is kept for its scroll bar, in px"""
DEVICES = (("auto", "Best device"), ("cpu", "CPU"), ("cuda", "CUDA GPU"), ("mps", "Apple GPU"))
STEPS = ("1 Data", "2 Model", "3 Run", "4 Validate", "5 Publish")


class TrainForm(Card):
    """The left card.

    Signals:
        changed(): What is asked for, or whether it can be, is another.
        cohort_requested(): Choose another cohort.
        method_chosen(Method): Another method is chosen.
    """

    changed = Signal()
    method_chosen = Signal(object)
    cohort_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.setFixedWidth(WIDE)
        self._facts: CohortFacts | None = None
        self._file = ""  # of the cohort that is shown: the open one's, or that of a run that was chosen
        self._taken: frozenset[str] = frozenset()
        self._ready = False
        self.stepper = Stepper(STEPS, "stages of a training")
        self.device = QComboBox(self)  # stands in the page's header, beside the button that starts
        for _, name in DEVICES:
            self.device.addItem(name)
        self.device.setToolTip("Where to train; where a GPU's memory ends, the CPU goes on")
        self.device.setAccessibleName("Device")
        inside = QWidget()
        inside.setProperty("kind", "plain")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, BAR, 0)
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
        self.body.addWidget(scroll, 1)
        self.body.addWidget(self._warning)  # below what scrolls: it says why nothing can be started
        self._ready = True
        self._method_chosen()

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
        fixed = (self.name, self.kind, self.preset, self.seed, self.device, self._open, self.back)
        for widget in (*fixed, *self._options.values()):
            widget.setEnabled(not running)

    def set_run(self, run: Run) -> None:
        """Show what a run was told, and of which cohort."""
        self._show_cohort(run.cohort, run.title)
        self.kind.setCurrentIndex([m.key for m in METHODS].index(run.method))
        self.choose_preset(run.preset)
        self._options[run.method].take(self._preset, run.overrides)
        self.name.setText(run.name)
        self.seed.setText(str(run.seed))
        self.device.setCurrentIndex([key for key, _ in DEVICES].index(run.device))
        self._check()

    def choose_preset(self, key: str) -> None:
        """Choose a preset of the method that is chosen."""
        self.preset.setCurrentIndex([p.key for p in self.method.presets].index(key))

    @property
    def method(self) -> Method:
        """The method that is chosen."""
        return METHODS[self.kind.currentIndex()]

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
        return Run(
            name=self.name.text(),
            cohort=str(self._facts.file),
            title=self._facts.name,
            method=self.method.key,
            preset=self._preset.key,
            seed=int(self.seed.text()),
            device=self.chosen_device,
            overrides=settings.overrides(self._preset, self._values()[0]),
        )

    def says(self, run: Run) -> bool:
        """Whether the form still says what a run was told, and nothing else; on which device does not matter."""
        said = (self.name.text(), self.seed.text(), self.method.key, self._preset.key)
        if not self.shows(run.cohort) or said != (run.name, str(run.seed), run.method, run.preset):
            return False
        values, wrong = self._values()
        return not wrong and values == {**self._preset.values, **run.overrides}

    @property
    def _preset(self) -> Preset:
        return self.method.presets[max(0, self.preset.currentIndex())]

    def _show_cohort(self, file: str, title: str) -> None:
        """Name the cohort; who has what is known of the open one alone."""
        self._file = file
        self._cohort.setText(title)
        self._cohort.setToolTip(plain_tip(file))
        self._chips.clear()
        here = self._facts if self._facts is not None and self.shows(self._facts.file) else None
        for modality, has in () if here is None else here.present.items():
            n = int(np.count_nonzero(has))
            chip = ModalityChip(modality, State.MEASURED if n else State.ABSENT, str(n))
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.setCursor(Qt.CursorShape.ArrowCursor)
            self._chips.add(chip)
        taken = {m for m, has in here.present.items() if has.any()} if here is not None else None
        for options in self._options.values():
            options.show_for(taken)

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
        self.kind, self.preset = QComboBox(), QComboBox()
        for place, method in enumerate(METHODS):
            self.kind.addItem(method.title)
            self.kind.setItemData(place, method.about, Qt.ItemDataRole.ToolTipRole)
        self.kind.currentIndexChanged.connect(self._method_chosen)
        self._row("Method", self.kind, "What is trained")
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self._row("Preset", self.preset, "Sizes and epochs; small is for some hundred patients")
        self.slides = Label("", "hint", wrap=True)
        self._column.addWidget(self.slides)

    def _made_settings(self) -> None:
        self.back = Button("Back to the preset's", "quiet", tip="Undo every change of the settings")
        self.back.clicked.connect(self._preset_chosen)
        self._fixed = self._head("Settings", "fixed before the run", self.back)
        self._options = {method.key: Options(method) for method in METHODS}
        for options in self._options.values():
            options.changed.connect(self._check)
            self._column.addWidget(options)
        self.seed = QLineEdit("0")
        self.seed.textChanged.connect(self._check)
        self._row("Seed", self.seed, "The same seed gives the same bundle on the CPU")

    def _made_modalities(self) -> None:
        self._head("Modalities", "patients who have each")
        self._chips = FlowBox()
        self._column.addWidget(self._chips)
        self._warning = QFrame()
        self._warning.setProperty("kind", "warning")
        box = QVBoxLayout(self._warning)
        box.setContentsMargins(10, 8, 10, 8)
        self.warning = Label("", "warn", wrap=True)
        box.addWidget(self.warning)

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

    def field(self, key: str) -> Editor:
        """The widget of a setting of the method that is chosen."""
        return self._options[self.method.key].field(key)

    def _values(self) -> tuple[dict[str, Value], dict[str, str]]:
        """The values that can be read, the preset's where one cannot, and what is wrong by setting."""
        return self._options[self.method.key].values(self._preset)

    @Slot()
    def _method_chosen(self) -> None:
        """Offer the method's presets and settings; the preset of the same name stays chosen."""
        keys = [p.key for p in self.method.presets]
        before = self.preset.currentData()
        self.preset.blockSignals(True)
        self.preset.clear()
        for place, preset in enumerate(self.method.presets):
            self.preset.addItem(preset.title, preset.key)
            self.preset.setItemData(place, preset.about, Qt.ItemDataRole.ToolTipRole)
        self.preset.setCurrentIndex(keys.index(before) if before in keys else 0)
        self.preset.blockSignals(False)
        self.kind.setToolTip(self.method.about)
        for key, options in self._options.items():
            options.setVisible(key == self.method.key)
        self._preset_chosen()
        self.method_chosen.emit(self.method)

    @Slot()
    def _preset_chosen(self) -> None:
        self._options[self.method.key].take(self._preset)
        self.preset.setToolTip(self._preset.about)

    @Slot()
    def _check(self) -> None:
        """Mark what is wrong or differs from the preset, and say so."""
        if not self._ready:
            return  # still being made
        values, wrong = self._values()
        seed = "" if self.seed.text().isdecimal() and len(self.seed.text()) < 10 else "Seed: a whole number from 0"
        self._wrong = next(iter(wrong.values()), "") or self.method.wrong(values) or seed
        changed = settings.overrides(self._preset, values)
        self._options[self.method.key].mark(changed, wrong)
        mark(self.seed, bool(seed))
        mark(self.name, self._facts is not None and bool(settings.name_problem(self.name.text())))
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
        self.slides.setText(self.method.slides)
        self.slides.setVisible(bool(self.method.slides) and _slide_files(self._facts))
        self.warning.setText(said)
        self._warning.setVisible(bool(said))


def _numbers(facts: CohortFacts) -> tuple[int, int]:
    """Patients with outcome, and how many of them died."""
    return int(np.isfinite(facts.months).sum()), int(facts.events.sum())


def _slide_files(facts: CohortFacts | None) -> bool:
    """Whether somebody's slides are files that are not encoded yet."""
    if facts is None or Modality.PATHOLOGY not in facts.present:
        return False
    return bool(facts.present[Modality.PATHOLOGY].any()) and not facts.features.get(Modality.PATHOLOGY, 0)

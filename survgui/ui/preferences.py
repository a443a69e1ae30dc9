"""The preferences: what is chosen once and for all cases, each with a line that says what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from survgui.figures.words import generator
from survgui.settings import RANGES, Settings
from survgui.ui.drawing import ORDER
from survgui.ui.storage_card import StorageCard
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.head import Head
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.numbers import Decimal, Whole

SIZE = 640, 760
FIELD = 250
LETTERS = 64
"""of what the audit log calls a user"""
THEMES = (("system", "System"), ("light", "Light"), ("dark", "Dark"))
DEVICES = (("auto", "Auto"), ("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "MPS"))
GENERATORS = (
    ("", "As published"),
    *((name, generator(name)) for name in ORDER),
)
CONVENTIONS = (("radiological", "Radiological"), ("neurological", "Neurological"))
OWN = ("", "The first installed")


class Preferences(QDialog):
    """Applies at once: `changed` carries the settings after every change. Show it with `open()`.

    Signals:
        changed(Settings): Something was chosen otherwise.
        opened(): It is on show: what is kept on the disk is to be counted.
    """

    changed = Signal(object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.resize(*SIZE)
        self._settings = Settings()
        self._make_fields()
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        for card in self._cards():
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("Preferences")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._head())
        whole.addWidget(area, 1)
        self.set_settings(self._settings)

    @property
    def settings(self) -> Settings:
        """What is chosen; what cannot be chosen here is as it was given."""
        return replace(
            self._settings,
            theme=self.theme.key,
            device=self.device.key,
            draws=self.draws.value(),
            seed=self.seed.value(),
            generator=(drawn := str(self.generator.currentData())),
            steps=self._settings.steps if drawn == self._settings.generator else 0,
            default_bundle=str(self.bundle.currentData()),
            mri_convention=self.convention.key,
            tile_cache_megabytes=self.tiles.value(),
            cache_gigabytes=self.features.value(),
            batch=self.batch.value(),
            audit_label=self.label.text().strip(),
        )

    def set_settings(self, settings: Settings) -> None:
        """Show settings without a signal."""
        self._settings = settings
        s = settings
        choices = (self.theme, s.theme), (self.device, s.device), (self.convention, s.mri_convention)
        for segmented, key in choices:
            segmented.set_chosen(key)
        numbers = (
            (self.draws, s.draws),
            (self.seed, s.seed),
            (self.tiles, s.tile_cache_megabytes),
            (self.batch, s.batch),
        )
        for field, value in numbers:
            with QSignalBlocker(field):
                field.setValue(value)
        with QSignalBlocker(self.features):
            self.features.setValue(s.cache_gigabytes)
        self.label.setText(s.audit_label)
        if s.default_bundle and self.bundle.findData(s.default_bundle) < 0:
            self.bundle.addItem(s.default_bundle, s.default_bundle)
        for box, data in ((self.generator, s.generator), (self.bundle, s.default_bundle)):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(0, box.findData(data)))

    def set_bundles(self, names: Sequence[str]) -> None:
        """Name the installed bundles."""
        with QSignalBlocker(self.bundle):
            self.bundle.clear()
            for key, text in (OWN, *((name, name) for name in names)):
                self.bundle.addItem(text, key)
        self.set_settings(self._settings)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the first choice, not at the button that resets them all."""
        super().showEvent(event)
        self.storage.set_busy()
        self.opened.emit()
        self.theme.button(self.theme.key).setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def reset(self) -> None:
        """Everything as it was installed; the recent cohorts stay."""
        self.set_settings(Settings(recent_cohorts=self._settings.recent_cohorts))
        self.changed.emit(self.settings)

    @Slot()
    def _take(self) -> None:
        now = self.settings
        if now != self._settings:
            self._settings = now
            self.changed.emit(now)

    def _make_fields(self) -> None:
        self.storage = StorageCard()
        self.theme, self.device = Segmented(THEMES), Segmented(DEVICES)
        self.convention = Segmented(CONVENTIONS)
        for segmented in (self.theme, self.device, self.convention):
            segmented.chosen.connect(self._take)
        self.draws, self.seed = _whole("draws"), _whole("seed")
        self.tiles, self.batch = _whole("tile_cache_megabytes", " MB", 64), _whole("batch")
        self.features = Decimal()
        self.features.setRange(*RANGES["cache_gigabytes"])
        self.features.setDecimals(1)
        self.features.setSuffix(" GB")
        for field in (self.draws, self.seed, self.tiles, self.batch, self.features):
            field.setKeyboardTracking(False)  # a number is taken when it is whole, not at each digit
            field.valueChanged.connect(self._take)
        self.label = QLineEdit()
        self.label.setMaxLength(LETTERS)
        self.label.setPlaceholderText("a hash of the system's name")
        self.label.editingFinished.connect(self._take)
        self.generator, self.bundle = QComboBox(), QComboBox()
        for key, text in GENERATORS:
            self.generator.addItem(text, key)
        self.bundle.addItem(OWN[1], OWN[0])
        for box in (self.generator, self.bundle):
            box.currentIndexChanged.connect(self._take)

    def _cards(self) -> tuple[Card, ...]:
        look = _card(
            "Look",
            ("Theme", self.theme, "Light, dark, or as the system has it."),
            ("MRI", self.convention, "Radiological: the patient's right is on the left. Reports are always so."),
        )
        prediction = _card(
            "Prediction",
            ("Model", self.bundle, "The bundle that a case is predicted with when it is opened."),
            ("Draws", self.draws, f"Imputations of what is missing, {_span('draws')}; more make the spread steadier."),
            ("Seed", self.seed, "The same seed gives the same draws on the same device."),
            (
                "Generator",
                self.generator,
                "How missing parts are drawn, where a model holds it; models are tested as they are published.",
            ),
        )
        machine = _card(
            "This machine",
            ("Device", self.device, "Auto takes a GPU where there is one that works."),
            ("Your label", self.label, "What the audit log, and a report's audit trail, call you."),
            ("Batch", self.batch, f"Tiles encoded at once on the CPU, {_span('batch')}; small is fast on few cores."),
            ("Tile cache", self.tiles, "Memory for the slide on the screen."),
            (
                "Feature cache",
                self.features,
                "Disk for encoded slides and volumes; the least recently used go first.",
            ),
        )
        return look, prediction, machine, self.storage

    def _head(self) -> Head:
        head = Head("Preferences", 10)
        head.row.addWidget(Label("applied at once", "soft"))
        head.row.addStretch(1)
        self.reset_button = Button("Reset", tip="Everything as it was installed")
        self.reset_button.clicked.connect(self.reset)
        self.close_button = Button("Close", tip="Close (Esc)")
        self.close_button.clicked.connect(self.accept)
        head.row.addWidget(self.reset_button)
        head.row.addWidget(self.close_button)
        return head


def _whole(name: str, suffix: str = "", step: int = 1) -> Whole:
    field = Whole()
    low, high = RANGES[name]
    field.setRange(int(low), int(high))
    field.setSingleStep(step)
    field.setSuffix(suffix)
    return field


def _span(name: str) -> str:
    low, high = RANGES[name]
    return f"{low:g} to {high:g}"


def _card(title: str, *rows: tuple[str, QWidget, str]) -> Card:
    card = Card(title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    for number, (text, field, about) in enumerate(rows):
        name = Label(text)
        name.setBuddy(field)
        field.setAccessibleName(text)
        field.setToolTip(about)
        if not isinstance(field, Segmented):
            field.setFixedWidth(FIELD)
        said = Label(about, "hint", wrap=True)
        said.setContentsMargins(0, 0, 0, 8)
        grid.addWidget(name, 2 * number, 0)
        grid.addWidget(field, 2 * number, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(said, 2 * number + 1, 0, 1, 2)
    card.body.addLayout(grid)
    return card

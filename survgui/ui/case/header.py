"""The header of the Case workspace: who it is, what there is of each modality, which model, Predict, Report."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QSizePolicy, QWidget

from survgui.cases.case import Modality, State
from survgui.cases.display import BundleFacts, CaseFacts, Predicted
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.chips import LEVELS, ModalityChip
from survgui.ui.widgets.labels import Elided

HEIGHT = 52
SUBJECT = 60
"""px that what is known of the patient gets at least"""
HIDDEN = "It was measured, and is predicted as if it were missing."
TABS = {Modality.PATHOLOGY: "slide", Modality.MRI: "mri"}
"""Where a modality is looked at; the others are omics, clinical fields have no tab of their own."""


class CaseHeader(QFrame):
    """Signals:
    predict(), stop(), report(): The buttons.
    bundle_chosen(str): Another model.
    hide_asked(Modality, bool): Predict as if a modality were missing, or with it again.
    tab_asked(str): Show a modality's tab.
    """

    predict = Signal()
    stop = Signal()
    report = Signal()
    bundle_chosen = Signal(str)
    hide_asked = Signal(object, bool)
    tab_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self.setFixedHeight(HEIGHT)
        self._facts: CaseFacts | None = None
        self._hidden: frozenset[Modality] = frozenset()
        self._takes: tuple[Modality, ...] = ()
        self._predicted: Predicted | None = None
        self.chips: dict[Modality, ModalityChip] = {}
        # all are made at once, and hidden: a widget that comes later is the last that Tab reaches
        self._every = {modality: ModalityChip(modality, State.ABSENT, parent=self) for modality in Modality}
        self.name = Elided("", "title")
        self.name.setAccessibleName("Case")
        self._subject = Elided("", "soft")
        self.models = QComboBox()
        self.models.setAccessibleName("Model")
        self.models.setToolTip("The model that predicts")
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.models.activated.connect(self._bundle_chosen)
        self.predict_button = Button("Predict   F5", "primary", tip="Predict with the chosen model (F5)")
        self.predict_button.setAccessibleName("Predict")
        self.predict_button.clicked.connect(self._predict_or_stop)
        self.report_button = Button("Report…", tip="Preview and save the report (Ctrl+R)")
        self.report_button.clicked.connect(self.report)
        self._menu = QMenu(self)
        self._busy = False
        self._lay_out()
        self.set_case(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(10)
        for words, widest in ((self.name, 260), (self._subject, 300)):
            words.setMaximumWidth(widest)
            words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            row.addWidget(words)
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(6)
        for chip in self._every.values():
            chip.hide()
            chip.clicked.connect(self._chip_clicked)
            self._chip_row.addWidget(chip)
        row.addLayout(self._chip_row)
        row.addStretch(1)
        for widget in (self.models, self.predict_button, self.report_button):
            widget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            row.addWidget(widget)

    def set_case(self, facts: CaseFacts | None) -> None:
        """Show another case, or none."""
        self._facts = facts
        self.name.setText(facts.id if facts is not None else "No case")
        self._subject.setText(facts.subject if facts is not None else "")
        self.set_predicted(None, frozenset())

    def set_bundles(self, found: Iterable[BundleFacts], now: BundleFacts | None) -> None:
        """Fill the list of models; those that cannot be used are left out."""
        self.models.clear()
        for facts in found:
            if facts.manifest is not None and not facts.error:
                self.models.addItem(f"{facts.name} {facts.manifest.version}", facts.name)
        self.models.setEnabled(self.models.count() > 0)
        manifest = now.manifest if now is not None else None
        self._takes = tuple(manifest.inputs) if manifest is not None else ()
        if now is not None:
            self.models.setCurrentIndex(self.models.findData(now.name))
        self._show_states()

    def set_predicted(self, predicted: Predicted | None, hidden: frozenset[Modality]) -> None:
        """Show each modality's state as predicted."""
        self._hidden, self._predicted = hidden, predicted
        self.report_button.setEnabled(predicted is not None and not predicted.preliminary)
        self._show_states()

    @Slot(object)
    def set_hidden(self, hidden: frozenset[Modality]) -> None:
        """Say what is treated as missing, though the estimate that is shown may be older."""
        self._hidden = hidden
        self._show_states()

    def _show_states(self) -> None:
        """One chip a modality: of the bundle, and of what was given beyond it."""
        facts, prediction = self._facts, self._predicted.prediction if self._predicted is not None else None
        given = facts.given if facts is not None else {}
        known = prediction.states if prediction is not None else {}
        said = prediction.reasons if prediction is not None else {}
        shown = [m for m in Modality if facts is not None and (m in given or m in known or m in self._takes)]
        self.chips = {modality: self._every[modality] for modality in shown}
        for modality, chip in self._every.items():
            chip.setVisible(modality in self.chips)
        for modality, chip in self.chips.items():
            if modality in self._hidden:
                drawn = known.get(modality) is State.IMPUTED  # as long as it is not, it is only left out
                chip.set_state(State.IMPUTED, reason=HIDDEN, word="" if drawn else "hidden")
                continue
            state = known.get(modality, self._as_given(modality))
            detail = given.get(modality, "") if modality is Modality.MRI else ""
            chip.set_state(state, detail.replace("sequences", "seq"), said.get(modality, ""))
        self._fit_chips()

    def _as_given(self, modality: Modality) -> State:
        """What a modality is before anything is predicted."""
        if self._facts is None or modality not in self._facts.given:
            return State.ABSENT
        return State.MEASURED if modality in self._takes or not self._takes else State.UNUSED

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Short chips where there is no room for long ones."""
        super().resizeEvent(event)
        self._fit_chips()

    def set_busy(self, busy: bool) -> None:
        """While predicting, the button stops it."""
        self._busy = busy
        self.predict_button.setText("Stop" if busy else "Predict   F5")
        self.predict_button.setAccessibleName("Stop" if busy else "Predict")

    def set_can_predict(self, why_not: str) -> None:
        """Enable Predict, or say why it is not."""
        self.predict_button.setEnabled(not why_not)
        self.predict_button.setToolTip(why_not or "Predict with the chosen model (F5)")

    def _fit_chips(self) -> None:
        """The id is never cut for the sake of the chips; they, and what is known of the patient, give way first."""
        name = min(self.name.maximumWidth(), self.name.sizeHint().width())
        self.name.setMinimumWidth(name)
        taken = sum(w.sizeHint().width() for w in (self.models, self.predict_button, self.report_button))
        free = self.width() - taken - name - SUBJECT - 90
        needed = {level: sum(chip.wide(level) + 6 for chip in self.chips.values()) for level in LEVELS}
        level = next((level for level in LEVELS if needed[level] <= free), LEVELS[-1])
        for chip in self.chips.values():
            chip.set_level(level)

    @Slot()
    def _chip_clicked(self) -> None:
        chip = self.sender()
        if not isinstance(chip, ModalityChip) or self._facts is None:
            return
        self._menu.clear()
        modality = chip.modality
        if modality is not Modality.CLINICAL:
            look = QAction(f"Look at {modality.title}", self._menu)
            look.setData(TABS.get(modality, "omics"))
            look.triggered.connect(self._look)
            self._menu.addAction(look)
        if chip.state is State.MEASURED or modality in self._hidden:
            hide = QAction("Predict as if it were missing", self._menu)
            hide.setCheckable(True)
            hide.setChecked(modality in self._hidden)
            hide.setEnabled(modality in self._takes)
            hide.setData(modality)
            hide.toggled.connect(self._hide)
            self._menu.addAction(hide)
        if self._menu.actions():
            self._menu.popup(chip.mapToGlobal(QPoint(0, chip.height() + 4)))

    @Slot()
    def _look(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.tab_asked.emit(str(action.data()))

    @Slot(bool)
    def _hide(self, on: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.hide_asked.emit(Modality(action.data()), on)

    @Slot(int)
    def _bundle_chosen(self, row: int) -> None:
        self.bundle_chosen.emit(str(self.models.itemData(row, Qt.ItemDataRole.UserRole)))

    @Slot()
    def _predict_or_stop(self) -> None:
        (self.stop if self._busy else self.predict).emit()

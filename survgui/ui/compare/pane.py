"""The "Imputed vs real" tab: hide something that was measured, impute it, and see how near that comes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.case import Modality, State
from survgui.cases.display import CaseFacts, Comparison, Predicted, Trials
from survgui.cases.reconstruction import Reconstruction
from survgui.figures.words import inside
from survgui.ui import words
from survgui.ui.compare.result import CompareResult
from survgui.ui.compare.trials import TrialsCard
from survgui.ui.drawing import Drawing, Offer
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.drawing_menu import DrawingButton
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Elided, Label, line

NO_CASE = "Open a case to compare what was measured with what would be imputed."
EXPLAINED = "Choose something that was measured; it is hidden, imputed from the rest, and laid beside the real one."


class ComparePane(QWidget):
    """Which modality to hide, a button, and the comparison.

    Signals:
        compare_requested(Modality): The user wants a measured modality hidden and imputed.
        trials_requested(Modality): The user wants it drawn with every generator.
        predict_requested(): The user wants an estimate first.
    """

    compare_requested = Signal(object)
    trials_requested = Signal(object)
    predict_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._case: CaseFacts | None = None
        self._predicted: Predicted | None = None
        self._shown: Comparison | None = None
        self._made: dict[Modality, Reconstruction] = {}
        self._busy = ""
        self._several = False  # generators to compare
        self.choice = Segmented()
        self.choice.setAccessibleName("Measured modality to hide")
        self.choice.chosen.connect(self._chosen)
        self.button = Button("Hide and impute", tip="Hide the chosen modality, impute it, and compare  I")
        self.button.clicked.connect(self.hide_and_impute)
        self.drawing = DrawingButton()
        self.all = Button(
            "Compare generators", "quiet", tip="Draw the chosen modality with every generator of the model"
        )
        self.all.clicked.connect(self._try_all)
        self.trials = TrialsCard()
        self.doing = Elided("", "hint")
        self.doing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(72)
        self.bar.setAccessibleName("working")
        self.trouble: Banner | None = None
        self.empty = EmptyState(NO_CASE)
        self.empty.triggered.connect(self._asked)
        self.result = CompareResult()
        self._lay_out()
        self._show()

    @Slot(object)
    def set_case(self, facts: CaseFacts | None) -> None:
        """Show another case; what was compared of the one before is gone."""
        if facts is None or self._case is None or facts.key != self._case.key:
            self._shown, self._made = None, {}
            self.trials.set_trials(None)
            self._clear_trouble()
        self._case = facts
        self._show()

    @Slot(object)
    def set_predicted(self, predicted: Predicted | None) -> None:
        """Take over which modalities were measured."""
        self._predicted = predicted
        before = self.choice.key
        self.choice.set_options([(str(m), m.title) for m in self.measured])
        for modality in self.measured:
            self.choice.button(str(modality)).setToolTip(f"Hide {inside(modality.title)}, and impute it from the rest")
        self.choice.set_chosen(before)
        self._show()

    @Slot(object)
    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison, or none."""
        self._shown = comparison
        if comparison is None:
            self._made = {}
        elif comparison.reconstruction is not None:
            self._made[comparison.modality] = comparison.reconstruction
        if comparison is not None:
            self._clear_trouble()
            self.result.set_comparison(comparison)
            self.choice.set_chosen(str(comparison.modality))
        self._show()

    @Slot(object)
    def set_busy(self, text: str | None) -> None:
        """Say what is being done, or, with None or nothing, that it is over."""
        self._busy = text or ""
        self._show()

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """Say that a comparison failed, and why."""
        self._clear_trouble()
        self.trouble = Banner("error", text)
        self._messages.addWidget(self.trouble)

    @Slot()
    def hide_and_impute(self) -> None:
        """Ask for the comparison of the chosen modality, if there is one and nothing is running."""
        if self.button.isEnabled() and self.choice.key:
            self._clear_trouble()
            self.compare_requested.emit(Modality(self.choice.key))

    @Slot(object)
    def set_trials(self, trials: Trials | None) -> None:
        """Show generators beside each other, or none."""
        self.trials.set_trials(trials)
        if trials is not None:
            self._clear_trouble()
            self.set_busy(None)

    def set_drawing(self, offer: Offer, drawing: Drawing) -> None:
        """Offer the generators of the model in use."""
        self.drawing.show_drawing(offer, drawing)
        self._several = len(offer.generators) > 1
        self._show()

    @property
    def reconstructions(self) -> tuple[Reconstruction, ...]:
        """Every modality that was hidden and imputed as data since the estimate last changed."""
        return tuple(self._made.values())

    @property
    def compared(self) -> Modality | None:
        """The modality whose comparison is shown."""
        return self._shown.modality if self._shown is not None else None

    @property
    def measured(self) -> tuple[Modality, ...]:
        """Modalities that could be hidden."""
        if self._predicted is None:
            return ()
        return tuple(words.in_state(self._predicted.content, State.MEASURED))

    @property
    def reason(self) -> str:
        """Why nothing can be compared, or empty."""
        if self._case is None:
            return NO_CASE
        if self._predicted is None:
            return f"{words.NOT_PREDICTED} An estimate shows what could be hidden."
        if not self.measured:
            return "Nothing that this bundle takes was measured, so there is nothing to compare with."
        if len(self.measured) == 1:
            only = self.measured[0].title
            return f"Only {inside(only)} was measured: without it nothing is left to impute it from."
        return ""

    def _show(self) -> None:
        why = self.reason
        able = not why
        self._controls.setVisible(able)
        self._rule.setVisible(able)
        self.button.setEnabled(able and not self._busy)
        self.all.setVisible(self._several)
        self.all.setEnabled(able and not self._busy)
        self.doing.setText(self._busy)
        self.bar.setVisible(bool(self._busy))
        self.result.parts.setVisible(able and self._shown is not None and self._shown.reconstruction is not None)
        self._stack.setCurrentIndex(1 if able and self._shown is not None else 0)
        ask = words.PREDICT if self._case is not None and self._predicted is None and not self._busy else ""
        self.empty.set_text(why or EXPLAINED, ask)

    def _clear_trouble(self) -> None:
        if self.trouble is not None:
            self._messages.removeWidget(self.trouble)
            self.trouble.hide()
            self.trouble.deleteLater()
            self.trouble = None

    @Slot()
    def _try_all(self) -> None:
        if self.choice.key:
            self._clear_trouble()
            self.set_busy("Drawing with every generator")
            self.trials_requested.emit(Modality(self.choice.key))

    @Slot(str)
    def _chosen(self, key: str) -> None:
        self.button.setAccessibleDescription(f"hides {Modality(key).title}")

    @Slot()
    def _asked(self) -> None:
        self.predict_requested.emit()

    def _lay_out(self) -> None:
        self._controls = QWidget()
        rows = QVBoxLayout(self._controls)
        rows.setContentsMargins(18, 8, 14, 8)
        rows.setSpacing(6)
        doing: tuple[QWidget, ...] = (self.doing, self.bar)
        for parts in (
            (Label("Hide", "soft"), self.choice, self.button),
            (Label("drawn by", "soft"), self.drawing, self.all, *doing, self.result.parts),
        ):
            row = QHBoxLayout()
            row.setSpacing(10)
            for part in parts:
                row.addWidget(part, 1 if part is self.doing else 0)
            if self.doing not in parts:
                row.addStretch(1)
            rows.addLayout(row)
        self._messages = QVBoxLayout()
        self._messages.setContentsMargins(14, 8, 14, 0)
        self._rule = line()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.result)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._controls)
        whole.addWidget(self._rule)
        whole.addLayout(self._messages)
        whole.addWidget(self.trials)
        whole.addWidget(self._stack, 1)

"""The sheet between dropping files and having a case: what each was taken for, whose they are, what is missing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from survgui.cases.display import Recognised, SlideFacts
from survgui.figures.words import THIN, count, listed
from survgui.ui.cases.finding_list import HEIGHT, FindingList
from survgui.ui.cases.findings import Entries, pixel_question, sentence, size_question, summary
from survgui.ui.cases.pixel_size import PixelSizeField
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Elided, Label, line

WIDE = 780
MARGIN = 48
"""around the sheet, in px"""


PIXELS = 400
"""width that the question about pixels leaves to its fields and margins, in px"""


class ImportSheet(QWidget):
    """Covers its parent until the user has confirmed or cancelled; it goes when the work is done.

    Signals:
        accepted(tuple[Finding, ...], patient, mpp): What to make a case of; `mpp` is None where none is needed or
            given. The sheet stays, waiting, until `done` or `failed` is called.
        cancelled(): Nothing is to be made.
        cohort_requested(): The files are of many patients: import them as a cohort.
    """

    accepted = Signal(object, str, object)
    cancelled = Signal()
    cohort_requested = Signal()

    def __init__(self, found: Recognised, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries = Entries(found)
        self.busy = False
        self._sizing: SlideFacts | None = None
        self._make(found)
        self._lay_out()
        parent.installEventFilter(self)
        self._refresh()
        self._place()
        self.show()
        self.raise_()
        (self.create_button if self._why_not() == "" else self.patient).setFocus()

    def done(self) -> None:
        """The case is there: go."""
        self.hide()
        self.deleteLater()

    def failed(self, text: str) -> None:
        """It could not be made: say why, and let the user correct it."""
        self.busy = False
        self.trouble.text.setText(sentence(text))
        self.trouble.setAccessibleName(f"error: {text}")
        self.trouble.show()
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the parent whatever its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels; what lies below gets no key."""
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays in the sheet."""
        chain: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            if self.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled() and _takes_tab(widget):
                chain.append(widget)
            widget = widget.nextInFocusChain()
        now = self.window().focusWidget()
        place = chain.index(now) if now in chain else -1
        if chain:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            chain[(place + (1 if forward else -1)) % len(chain)].setFocus(reason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what lies below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 90))
        painter.end()

    # Making it

    def _make(self, found: Recognised) -> None:
        self.title = Label("What survgui recognised", "title")
        self.hint = Label("", "hint")
        self.patient = QLineEdit(self.entries.patient)
        self.patient.setAccessibleName("Patient id")
        self.patient.setToolTip("As it stands in tables of many patients; it stays on this machine")
        others = self.entries.of_others
        self.patient.setPlaceholderText(
            f"one of the {count(others)} in the tables" if others else "an id or a pseudonym"
        )
        self.patient.setMaxLength(120)
        self.patient.setFixedWidth(260)
        self.patient.setReadOnly(self.entries.written)
        self.patient.textChanged.connect(self._named)
        self.patient.returnPressed.connect(self._accept)
        self.patient.setCompleter(self._known())
        asked = f"{sentence(found.question)}. If all of it is one patient, give the id above and go on."
        self.question = Banner("warning", asked)
        self.question.setVisible(bool(found.question))
        self.list = FindingList(self.entries)
        self.list.changed.connect(self._refresh)
        self.list.size_wanted.connect(self._size_wanted)
        slides = self.entries.without_pixel_size()
        self.pixel = PixelSizeField(slides[0].objective if slides else None)
        self.pixel.changed.connect(self._sized)
        self.pixel.submitted.connect(self._accept)
        self.pixel_text = Label("", wrap=True)
        self.pixel_problem = Label("", "error")
        self.trouble = Banner("error", "")
        self.trouble.hide()
        self.says = Elided("", "hint", cut="end")
        self.cohort_button = Button("Import as a cohort…", tip="They are of many patients: make a cohort of them")
        self.cohort_button.clicked.connect(self._as_cohort)
        self.cohort_button.setVisible(of_many(found))
        self.cancel_button = Button("Cancel", tip="Nothing is kept (Esc)")
        self.cancel_button.clicked.connect(self._cancel)
        self.create_button = Button("Create case", "primary", tip="Keep where the files are, and open the case (Enter)")
        self.create_button.clicked.connect(self._accept)

    def _known(self) -> QCompleter:
        """The patients of the tables, to choose from."""
        found = {patient for finding in self.entries.findings for patient in finding.patients if patient}
        completer = QCompleter(sorted(found), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        return completer

    def _lay_out(self) -> None:
        self._card = QFrame(self)
        self._card.setProperty("kind", "card")
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.hint)
        who = QHBoxLayout()
        who.setSpacing(10)
        who.addWidget(Label("Patient", "soft"))
        who.addWidget(self.patient)
        who.addWidget(Label("for your screen only: no path, log or title holds it", "hint"))
        who.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(self.says, 1)
        buttons.addWidget(self.cohort_button)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.create_button)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(who)
        column.addWidget(self.question)
        column.addWidget(line())
        column.addWidget(self.list, 1)
        column.addWidget(line())
        column.addWidget(self._pixel_frame())
        column.addWidget(self.trouble)
        column.addLayout(buttons)

    def _pixel_frame(self) -> QFrame:
        self._asks_pixels = QFrame()
        self._asks_pixels.setProperty("kind", "warning")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.pixel_text, 1)
        row.addWidget(self.pixel)
        column = QVBoxLayout(self._asks_pixels)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.pixel_problem, 0, Qt.AlignmentFlag.AlignRight)
        return self._asks_pixels

    # What happens

    @Slot(str)
    def _named(self, text: str) -> None:
        self.entries.patient = text
        self.list.refresh()
        self._refresh()

    @Slot(int)
    def _size_wanted(self, row: int) -> None:
        """Ask for the pixel size of one slide, whatever its file says."""
        self._sizing = self.entries.slide(row)
        self.pixel.edit.clear()
        self._refresh()
        self.pixel.edit.setFocus()

    @Slot()
    def _sized(self) -> None:
        if self._sizing is not None:
            self.entries.give_size(self._sizing.path, self.pixel.value)
            self.list.refresh()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        slides = self.entries.without_pixel_size()
        self._asks_pixels.setVisible(bool(slides) or self._sizing is not None)
        if self._sizing is not None:
            self.pixel_text.setText(size_question(self._sizing))
        elif slides:
            known = f"20× has about 0.5{THIN}µm/px, 40× about 0.25; it can be given later too."
            self.pixel_text.setText(f"{pixel_question(slides)} {known}")
        self.pixel_problem.setText(self.pixel.problem)
        self.pixel_problem.setVisible(bool(self.pixel.problem))
        self.hint.setText(summary(self.entries))
        why_not = self._why_not()
        found = [modality.title for modality in self.entries.modalities()]
        self.says.setText("Reading the files…" if self.busy else why_not or f"The case will have {listed(found)}.")
        for widget in (self.list, self.patient, self.pixel):
            widget.setEnabled(not self.busy)
        self.create_button.setEnabled(not why_not and not self.busy)
        self._place()

    def _why_not(self) -> str:
        """Why there is nothing to create yet; empty where there is."""
        if not self.entries.used():
            if self.entries.of_others:
                return "Give the id of one patient, or import all of them as a cohort."
            if self.entries.for_a_cohort:
                return "This is for a cohort: import it as one."
            return "None of the files is used; say what at least one of them is."
        if not self.entries.patient.strip():
            return "Give the patient an id or a pseudonym."
        return self.pixel.problem if self._sizing or self.entries.without_pixel_size() else ""

    @Slot()
    def _accept(self) -> None:
        if self.busy or self._why_not():
            return
        self.busy = True
        self.trouble.hide()
        self._refresh()
        mpp = self.pixel.value if self.entries.without_pixel_size() and self._sizing is None else None
        self.accepted.emit(self.entries.confirmed(), self.entries.patient.strip(), mpp)

    @Slot()
    def _as_cohort(self) -> None:
        self._cancel()
        self.cohort_requested.emit()

    @Slot()
    def _cancel(self) -> None:
        self.cancelled.emit()
        self.done()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        self.setGeometry(parent.rect())
        wide = min(WIDE, self.width() - 2 * MARGIN)
        rows = sum(self.list.sizeHintForRow(row) for row in range(min(len(self.entries), 9))) + 4
        self.list.setMinimumHeight(min(rows, 2 * HEIGHT))
        self.pixel_text.setMinimumHeight(max(0, self.pixel_text.heightForWidth(wide - PIXELS)))
        base = max(self._card.heightForWidth(wide), self._card.sizeHint().height()) - self.list.sizeHint().height()
        tall = min(base + rows, self.height() - 2 * MARGIN)
        at = QPoint((self.width() - wide) // 2, max(MARGIN // 2, (self.height() - tall) // 3))
        self._card.setGeometry(QRect(at.x(), at.y(), wide, tall))


def of_many(found: Recognised) -> bool:
    """Whether the files could be those of a cohort: they name several patients, or nobody knows whom."""
    unknown = any(finding.role == "table" and finding.modality is None for finding in found.findings)
    several = any(len(finding.patients) > 1 or finding.make for finding in found.findings)
    return bool(found.question) or several or unknown


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)

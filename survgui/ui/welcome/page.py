"""The welcome page: one place to drop files, four ways to begin, and the last cases."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.display import BundleFacts
from survgui.ui import style
from survgui.ui.welcome.recent import RecentCard
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Elided, Label
from survgui.workspace import CaseRecord

WIDE = 920
SHOWN = 6
"""recent cases"""
KINDS = (
    ("slide", "slides, or their features"),
    ("omics", "RNA, methylation, CNV, ... tables"),
    ("mri", "NIfTI sequences"),
    ("clinical", "clinical fields"),
    ("folder", "a case.toml"),
)
"""what may be dropped: icon and words"""
TIPS = (
    "Tip: hold Alt over the heat map to read its value.",
    "Tip: click a modality's chip and predict as if it were missing.",
    "Tip: a missing modality is imputed; whatever was imputed is hatched, dashed and says so.",
    "Tip: every plot can be copied, or saved as PNG, SVG, PDF and CSV, from its menu.",
)


class WelcomePage(QScrollArea):
    """What there is to begin with. Files may be dropped anywhere on the window; here there is a place that says so.

    Signals:
        files_requested(), folder_requested(): A new case from files, or from a folder.
        demo_requested(), cohort_requested(): The demo, or a cohort.
        opened(key): A recent case.
    """

    files_requested = Signal()
    folder_requested = Signal()
    demo_requested = Signal()
    cohort_requested = Signal()
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cards: list[RecentCard] = []
        self._tip = -1
        self._inside = QWidget()
        self._inside.setProperty("kind", "page")
        self._inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make()
        self._lay_out()
        self.setWidget(self._inside)
        self.set_records(())
        self.set_bundle(None)

    def set_records(self, records: Sequence[CaseRecord]) -> None:
        """Show the cases that were changed last; `records` come in that order."""
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [RecentCard(record) for record in records[:SHOWN]]
        for place, card in enumerate(self.cards):
            card.clicked.connect(self._open)
            self._grid.addWidget(card, place // 3, place % 3)
        self._recent.setVisible(bool(self.cards))

    def set_bundle(self, facts: BundleFacts | None) -> None:
        """Say which model predicts."""
        if facts is None or facts.manifest is None:
            self.model.setText("No model is in use; choose one under Models.")
            return
        manifest = facts.manifest
        sha = f" · sha {facts.sha256[:8]}" if facts.sha256 else ""
        self.model.setText(
            f"Model in use: {manifest.name} {manifest.version}{sha} · developed on {manifest.development.cohort}"
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Another tip each time."""
        super().showEvent(event)
        self._tip = (self._tip + 1) % len(TIPS)
        self.tip.setText(TIPS[self._tip])

    def _make(self) -> None:
        self.zone = DropZone()
        self.new_case = Button("New case…", icon="plus", tip="Choose the files of one patient (Ctrl+N)")
        self.new_case.clicked.connect(self.files_requested)
        self.folder = Button("Open folder…", icon="folder", tip="Choose the folder of one patient")
        self.folder.clicked.connect(self.folder_requested)
        self.demo = Button("Try the demo", "primary", "demo", "A simulated patient with slide, RNA-seq, MRI and fields")
        self.demo.clicked.connect(self.demo_requested)
        self.cohort = Button("Open cohort…", icon="cohort", tip="Choose a cohort.toml")
        self.cohort.clicked.connect(self.cohort_requested)
        self.model = Elided("", "hint")
        self.tip = Label("", "hint")

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for button in (self.demo, self.new_case, self.folder, self.cohort):
            button.setMinimumHeight(34)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._recent = QWidget()
        recent = QVBoxLayout(self._recent)
        recent.setContentsMargins(0, 0, 0, 0)
        recent.setSpacing(10)
        recent.addWidget(Label("Recent cases", "strong"))
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        for place in range(3):
            self._grid.setColumnStretch(place, 1)
        recent.addLayout(self._grid)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self.model, 1)
        foot.addWidget(self.tip)
        middle = QWidget()
        middle.setMaximumWidth(WIDE)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        whole = QVBoxLayout(middle)
        whole.setContentsMargins(0, 24, 0, 16)
        whole.setSpacing(0)
        whole.addStretch(2)
        whole.addWidget(self.zone)
        whole.addSpacing(16)
        whole.addLayout(buttons)
        whole.addSpacing(32)
        whole.addWidget(self._recent)
        whole.addStretch(3)
        whole.addSpacing(16)
        whole.addLayout(foot)
        row = QHBoxLayout(self._inside)
        row.setContentsMargins(24, 0, 24, 0)
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)

    @Slot()
    def _open(self) -> None:
        card = self.sender()
        if isinstance(card, RecentCard):
            self.opened.emit(card.record.key)


class DropZone(QWidget):
    """A calm frame that says what may be dropped, and lights up while something is dragged over the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lit = False
        self._watched: QWidget | None = None
        self.setMinimumHeight(216)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Drop files here")
        self._sign = QLabel()
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        says = Label("Drop one patient’s files, or their folder, here", "title")
        more = Label("You see what each file is taken for before anything is kept. Files stay where they are.", "soft")
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self._sign)
        column.addSpacing(4)
        for label in (says, more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addSpacing(10)
        column.addLayout(self._kinds())
        column.addStretch(1)
        self._colour()

    def showEvent(self, event: QShowEvent) -> None:
        """Watch what is dragged over the window, which takes the drop."""
        super().showEvent(event)
        if self._watched is not self.window():
            self._watched = self.window()
            self._watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Light up, and go out."""
        if event.type() == QEvent.Type.DragEnter:
            self._light(True)
        elif event.type() in (QEvent.Type.DragLeave, QEvent.Type.Drop):
            self._light(False)
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Colour the sign anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = style.theme()
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14, 14)
        painter.fillPath(path, QColor(tokens.tint if self.lit else tokens.panel))
        pen = QPen(QColor(tokens.accent if self.lit else tokens.faint), 1.6 if self.lit else 1.2)
        pen.setDashPattern([5.0, 4.0])
        painter.strokePath(path, pen)
        painter.end()

    def _kinds(self) -> QHBoxLayout:
        """What is understood, each with its icon."""
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addStretch(1)
        self._icons: list[tuple[str, QLabel]] = []
        for icon, word in KINDS:
            sign = QLabel()
            self._icons.append((icon, sign))
            row.addWidget(sign)
            row.addWidget(Label(word, "hint"))
            row.addSpacing(16 if word != KINDS[-1][1] else 0)
        row.addStretch(1)
        return row

    def _light(self, on: bool) -> None:
        if self.lit != on:
            self.lit = on
            self.update()

    def _colour(self) -> None:
        self._sign.setPixmap(style.icon("upload", "accent").pixmap(QSize(36, 36)))
        for icon, sign in self._icons:
            sign.setPixmap(style.icon(icon, "soft").pixmap(QSize(16, 16)))

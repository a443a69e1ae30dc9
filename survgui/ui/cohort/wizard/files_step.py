"""Step 1: files are dropped or chosen; what each was taken for is listed and can be changed in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.proposal import ProposedSource
from survgui.figures.words import plural
from survgui.ui import style
from survgui.ui.cohort.notes import NotesCard
from survgui.ui.cohort.wizard import words
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.cohort.wizard.editor import SourceEditor
from survgui.ui.cohort.wizard.source_list import SourceList
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label

ASKED = "Drop the files of all patients here: tables, folders, archives"
KNOWN = (
    ("Omics", "GDC gene counts with their sample sheet, UCSC Xena matrices, cBioPortal studies, beta matrices"),
    ("Clinical and outcome", "TCGA-CDR, cBioPortal and GDC clinical files, any table with a time and an event"),
    ("Slides", "every format of OpenSlide, feature folders of CLAM and TRIDENT"),
    ("MRI", "NIfTI with BraTS names, DICOM series"),
)


class DropZone(QWidget):
    """Where nothing is given yet: what can be, and two buttons.

    Signals:
        files_requested(), folder_requested(): Choose them in a dialog.
        stop_requested(): Do not wait for what is being recognised.
    """

    files_requested = Signal()
    folder_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Label(ASKED, "title")
        self.said = Label("", "soft")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(320)
        self.files = Button("Choose files…", "primary", tip="Tables, slides, volumes and archives")
        self.folder = Button("Choose a folder…", tip="It is looked through with all that is in it")
        self.stop = Button("Cancel", tip="Stop looking")
        self.files.clicked.connect(self.files_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.stop.clicked.connect(self.stop_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        for button in (self.files, self.folder, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 30, 40, 30)
        column.setSpacing(14)
        column.addStretch(2)
        for widget in (self.title, self.said, self.bar):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        column.addSpacing(22)
        column.addWidget(self._known(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.set_busy(None)

    def set_busy(self, text: str | None, done: int = 0, total: int = 0) -> None:
        """Say how far recognising is; None: nothing is being recognised. Of what is not counted, the bar only moves."""
        busy = text is not None
        self.title.setText("Looking at what you gave" if busy else ASKED)
        self.said.setText(text or "Nothing is copied or changed; what was recognised is shown first.")
        self.bar.setRange(0, total if total > 1 else 0)
        self.bar.setValue(done)
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        self.files.setVisible(not busy)
        self.folder.setVisible(not busy)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(style.colour("faint"), 1.4)
        pen.setDashPattern([5.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(style.colour("panel"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 12, 12)
        painter.end()

    def _known(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for title, text in KNOWN:
            row = QHBoxLayout()
            row.setSpacing(12)
            name = Label(title, "strong")
            name.setFixedWidth(150)
            row.addWidget(name)
            row.addWidget(Label(text, "soft"), 1)
            column.addLayout(row)
        return box


class FilesStep(QStackedWidget):
    """The first step.

    Signals:
        revise_requested(Proposal, ProposedSource): Read a source again as it was changed; the proposal before.
        look_requested(ProposedSource): Look into its table.
        more_requested(): Give further files.
    """

    revise_requested = Signal(object, object)
    look_requested = Signal(object)
    more_requested = Signal()

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.zone = DropZone()
        self.list = SourceList()
        self.editor = SourceEditor()
        self.notes = NotesCard()
        self.more = Button("Add files…", icon="plus", tip="Everything is looked at together again")
        self.more.clicked.connect(self.more_requested)
        self.list.chosen.connect(self._show)
        self.list.taken.connect(self._take)
        self.editor.edited.connect(self._edited)
        self.editor.look_requested.connect(self.look_requested)
        self._card = Card("Recognised", " ")
        self._card.head.addWidget(self.more)
        self._card.body.addWidget(self.list, 1)
        self.addWidget(_padded(self.zone))
        self.addWidget(self._laid_out())
        draft.changed.connect(self._changed)
        self._changed()

    def set_busy(self, text: str | None, done: int = 0, total: int = 0) -> None:
        """Files are being recognised: the zone says how far that is."""
        self.zone.set_busy(text, done, total)
        self.setCurrentIndex(0 if text is not None or self._draft.proposal is None else 1)

    @Slot()
    def _changed(self) -> None:
        proposal = self._draft.proposal
        self.setCurrentIndex(0 if proposal is None else 1)
        self.list.set_proposal(proposal)
        if proposal is None:
            return
        used = sum(s.chosen for s in proposal.sources)
        files = len({path for source in proposal.sources for path in source.paths})  # a workbook holds several
        self._card.set_hint(f"{plural(len(proposal.sources), 'source')} in {plural(files, 'file')} · {used} used")
        self.notes.set_notes(proposal.notes)
        self.notes.setVisible(bool(proposal.notes))

    @Slot(str)
    def _show(self, key: str) -> None:
        proposal = self._draft.proposal
        self.editor.set_source(proposal.source(key) if proposal is not None and key else None)

    @Slot(str, object)
    def _take(self, key: str, role: words.Role) -> None:
        proposal = self._draft.proposal
        if proposal is not None:
            source = proposal.source(key)
            self._edited(f"role of {source.name}", words.taken_as(source, role))

    @Slot(str, object)
    def _edited(self, what: str, source: ProposedSource) -> None:
        proposal = self._draft.proposal
        if proposal is None:
            return
        before = proposal.source(source.key)
        self._draft.edit_source(what, source)
        read = (before.plan, before.use, before.modality)
        if read != (source.plan, source.use, source.modality):
            self.revise_requested.emit(proposal, source)

    def _laid_out(self) -> QWidget:
        page = QWidget()
        page.setProperty("kind", "page")
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self._card, 1)
        left.addWidget(self.notes)
        row = QHBoxLayout(page)
        row.setContentsMargins(12, 2, 12, 10)
        row.setSpacing(10)
        row.addLayout(left, 1)
        row.addWidget(self.editor)
        return page


def _padded(widget: QWidget) -> QWidget:
    page = QWidget()
    page.setProperty("kind", "page")
    column = QVBoxLayout(page)
    column.setContentsMargins(12, 2, 12, 10)
    column.addWidget(widget)
    return page

"""Step 5: the report as it will be printed, where the cohort is written, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from survgui import __version__
from survgui.cases.trouble import trouble_of
from survgui.errors import Trouble
from survgui.report.cohort import CohortPages, CohortReport, render
from survgui.ui import background
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.report.preview import WAIT, PagesView
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner, BannerPlace
from survgui.ui.widgets.buttons import Button, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Elided, Label

WIDE = 432
ABOUT = (
    "The folder gets cohort.toml, the folds where they are frozen, and tables only where a format needed conversion. "
    "Everything else is read from where it lies."
)
FORMATS = (("pdf", "PDF", "PDF (*.pdf)"), ("html", "HTML", "Web page (*.html)"), ("json", "JSON", "JSON (*.json)"))


class FinishStep(QWidget):
    """The fifth step.

    Signals:
        write_requested(folder, overwrite): Write the cohort there.
        open_requested(path), train_requested(path): Go on with the cohort that was written.
        renamed(str): The cohort is called something else.
    """

    write_requested = Signal(object, bool)
    open_requested = Signal(object)
    train_requested = Signal(object)
    renamed = Signal(str)

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._draft = draft
        self._order = 0
        self._asked: _Rendering | None = None
        self.folder: Path | None = None
        self.file: Path | None = None
        self._make()
        self._lay_out()
        draft.changed.connect(self._changed)
        draft.read.connect(self._show)
        self._changed()

    def set_failed(self, trouble: Trouble) -> None:
        """It was not written: say why, and offer to replace what is there."""
        there = trouble.kind == "UsageError" and "already holds" in trouble.text
        banner = Banner("warning" if there else "error", trouble.text, (("replace", "Replace it"),) if there else ())
        banner.acted.connect(self._replace)
        self._over.put(banner)
        self._enable()

    def set_written(self, file: Path) -> None:
        """The cohort is there."""
        self.file = file
        self._over.put(Banner("info", f"Written: {file}"))
        self._enable()

    def _make(self) -> None:
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the cohort")
        self.name.editingFinished.connect(self._named)
        self.place = Elided("no folder chosen", "soft")
        self.choose = Button("Choose folder…", icon="folder", tip="Where cohort.toml is written; a new or any folder")
        self.choose.clicked.connect(self._ask_folder)
        self.write = Button("Write the cohort", "primary")
        self.write.clicked.connect(self._write)
        self.open = Button("Open cohort", tip="Look at it in the Cohort workspace")
        self.train = Button("Train on it", tip="Open it, and go to the Train workspace")
        self.open.clicked.connect(self._open)
        self.train.clicked.connect(self._train)
        self.ids = Switch("With patients' ids", "Notes and names of files may show ids; else they are replaced")
        self.ids.toggled.connect(self._show)
        self._savers = {kind: Button(f"{said}…", tip=f"Save the report as {said}") for kind, said, _ in FORMATS}
        for button in self._savers.values():
            button.clicked.connect(self._save)
        self.pages = PagesView()
        self._again = QTimer(self)  # pages are drawn for the width that they are shown at
        self._again.setSingleShot(True)
        self._again.setInterval(WAIT)
        self._again.timeout.connect(self._show)
        self.pages.resized.connect(self._again.start)

    def _lay_out(self) -> None:
        left = Card("Write the cohort", " ")
        left.setFixedWidth(WIDE)
        self._over = BannerPlace()
        self._over.setContentsMargins(0, 0, 0, 0)
        left.body.addWidget(Label("Name", "soft"))
        left.body.addWidget(self.name)
        left.body.addWidget(Label("Folder", "soft"))
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.choose)
        left.body.addLayout(row)
        left.body.addWidget(Label(ABOUT, "hint", wrap=True))
        left.body.addWidget(self.write)
        left.body.addLayout(self._over)
        after = QHBoxLayout()
        after.addWidget(self.open, 1)
        after.addWidget(self.train, 1)
        left.body.addLayout(after)
        left.body.addSpacing(14)
        left.body.addWidget(Label("Save the report", "strong"))
        left.body.addWidget(self.ids)
        savers = QHBoxLayout()
        for button in self._savers.values():
            savers.addWidget(button, 1)
        left.body.addLayout(savers)
        left.body.addStretch(1)
        right = Card("Report", "what was recognised, matched, dropped, and why")
        right.body.addWidget(self.pages, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(12, 2, 12, 10)
        whole.setSpacing(10)
        whole.addWidget(left)
        column = QVBoxLayout()
        column.addWidget(right)
        whole.addLayout(column, 1)

    @Slot()
    def _changed(self) -> None:
        proposal = self._draft.proposal
        if proposal is not None and not self.name.hasFocus():
            self.name.setText(proposal.name)
        self.file = None
        self._over.clear()
        self._show()

    @Slot()
    def _show(self) -> None:
        """Lay the report out anew, away from the window's thread."""
        self._enable()
        report = self._report()
        if report is None or not self.isVisible():
            return
        self._order += 1
        wide = round(self.pages.page_width * self.devicePixelRatioF())
        background.shared().run(_Drawing(self._order, report, wide), done=self._drawn)

    def begin(self) -> None:
        """The step is looked at."""
        self._show()

    @Slot(object)
    def _drawn(self, found: tuple[int, list[QImage] | Trouble]) -> None:
        order, images = found
        if order != self._order:
            return
        if isinstance(images, Trouble):
            self._over.put(Banner("error", images.text))
        else:
            self.pages.set_images(images)

    def _enable(self) -> None:
        ready = self._draft.review is not None
        able = ready and self._draft.review is not None and self._draft.review.facts.trainable
        self.write.setEnabled(ready and self.folder is not None)
        why = "Choose a folder first." if ready else "The cohort is still being read."
        self.write.setToolTip("" if self.write.isEnabled() else why)
        self.open.setEnabled(self.file is not None)
        self.train.setEnabled(self.file is not None and able)
        for button in self._savers.values():
            button.setEnabled(ready)

    def _report(self) -> CohortReport | None:
        proposal, review = self._draft.proposal, self._draft.review
        if proposal is None or review is None:
            return None
        now = datetime.now().astimezone().isoformat(timespec="minutes")[:16]
        return CohortReport(proposal, review, now, __version__, self.ids.isChecked())

    @Slot()
    def _named(self) -> None:
        self.renamed.emit(self.name.text())

    @Slot()
    def _ask_folder(self) -> None:
        files.ask_folder(self, "Folder of the cohort", self.set_folder)

    @Slot(object)
    def set_folder(self, path: object) -> None:
        """Write there."""
        self.folder = files.as_path(path)
        self.place.setText(str(self.folder))
        self._over.clear()
        self.file = None
        self._enable()

    @Slot()
    def _write(self) -> None:
        self._ask_write(False)

    @Slot(str)
    def _replace(self, key: str) -> None:
        self._over.clear()
        self._ask_write(True)

    def _ask_write(self, overwrite: bool) -> None:
        if self.folder is not None:
            self.write.setEnabled(False)
            self.write_requested.emit(self.folder, overwrite)

    @Slot()
    def _open(self) -> None:
        self.open_requested.emit(self.file)

    @Slot()
    def _train(self) -> None:
        self.train_requested.emit(self.file)

    @Slot()
    def _save(self) -> None:
        report = self._report()
        kind = next((k for k, button in self._savers.items() if button is self.sender()), "")
        if report is None or not kind:
            return
        self._asked = _Rendering(report, kind)
        filters = next(f for k, _, f in FORMATS if k == kind)
        files.ask_save(self, "Save the report", f"cohort-report.{kind}", filters, self._save_to)

    @Slot(object)
    def _save_to(self, path: object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            files.write(files.as_path(path), asked)


@dataclass(frozen=True, slots=True, eq=False)
class _Rendering:
    """Makes the file's bytes, in the background."""

    report: CohortReport
    kind: str

    def __call__(self) -> bytes:
        return render(self.report, self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """Draws every page, in the background: which order it was, and the pages or why not."""

    order: int
    report: CohortReport
    wide: int

    def __call__(self) -> tuple[int, list[QImage] | Trouble]:
        try:
            made = CohortPages(self.report)
            return self.order, [made.image(number, self.wide) for number in range(len(made))]
        except Exception as error:
            return self.order, trouble_of(error)

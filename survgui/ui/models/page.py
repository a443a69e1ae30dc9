"""The Models workspace: the bundles at the left, the one that is chosen at the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import BundleFacts
from survgui.figures.words import plural
from survgui.ui.models.detail import Detail
from survgui.ui.models.listing import BundleList
from survgui.ui.overlay import Question
from survgui.ui.title import TitleHeader
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner, BannerPlace
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.empty import EmptyState

GAP, MARGIN, LIST = 10, 12, 330
EMPTY = "No model installed. Drop a bundle folder or its zip here, or install one."


class ModelsPage(QWidget):
    """Bundles that are installed.

    Signals:
        default_chosen(name): Predict with this bundle from now on.
        verify_requested(folder), remove_requested(folder): Of one bundle; removing was confirmed.
        install_requested(path): A bundle's folder or archive that the user has chosen.
    """

    default_chosen = Signal(str)
    verify_requested = Signal(object)
    install_requested = Signal(object)
    remove_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self._bundles: tuple[BundleFacts, ...] = ()
        self._default = ""
        self._shown: Path | None = None
        self._verifying: set[Path] = set()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._made_header())
        self._over = BannerPlace()
        column.addLayout(self._over)
        self.empty = EmptyState(EMPTY, "Install…")
        self.empty.triggered.connect(self.ask_install)
        self.list, self.detail = BundleList(), Detail()
        self.list.setFixedWidth(LIST)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        row.setSpacing(GAP)
        row.addWidget(self.list)
        row.addWidget(self.detail, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(body)
        column.addWidget(self._stack, 1)
        self.question = Question(self)
        self.question.answered.connect(self._answered)
        self.list.chosen.connect(self._choose)
        self.detail.use.clicked.connect(self._use)
        self.detail.verify.clicked.connect(self._verify)
        self.detail.remove.clicked.connect(self._remove)
        self.set_bundles(())

    @Slot(object)
    def set_bundles(self, bundles: Sequence[BundleFacts]) -> None:
        """Show what is installed; the one that is shown stays, else the default is."""
        self._bundles = tuple(bundles)
        self._verifying &= {b.folder for b in bundles if not b.sha256 and not b.error}
        if self._shown not in {b.folder for b in bundles}:
            first = next((b for b in bundles if b.name == self._default), bundles[0] if bundles else None)
            self._shown = first.folder if first else None
        self._stack.setCurrentIndex(1 if bundles else 0)
        damaged = sum(bool(b.error) for b in bundles)
        words = [plural(len(bundles), "model") + " installed", f"{damaged} damaged" if damaged else ""]
        self._line.setText(" · ".join(word for word in words if word) if bundles else "")
        self._refresh()

    @Slot(str)
    def set_default(self, name: str) -> None:
        """The bundle that predictions are made with."""
        self._default = name
        self._refresh()

    @Slot(str)
    def choose(self, name: str) -> None:
        """Choose a bundle by its name, such as one that was just trained."""
        found = next((b.folder for b in self._bundles if b.name == name), None)
        if found is not None:
            self._choose(found)

    @Slot()
    def ask_install(self) -> None:
        """Ask for the folder of a model to install."""
        files.ask_folder(self, "Install a model: its folder", self._install)

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """Say what did not work; nothing that was shown changes."""
        self._verifying.clear()
        self._over.put(Banner("error", text, parent=self))
        self._refresh()

    def _made_header(self) -> QFrame:
        self.install = Button("Install…", icon="download", tip="Install a model from its folder or its zip")
        menu = QMenu(self.install)
        self.from_folder, self.from_archive = QAction("From a folder…", menu), QAction("From a zip…", menu)
        self.from_folder.triggered.connect(self.ask_install)
        self.from_archive.triggered.connect(self._from_archive)
        menu.addActions([self.from_folder, self.from_archive])
        self.install.setMenu(menu)
        header = TitleHeader("Models", (self.install,))
        self._line = header.hint
        return header

    @property
    def _facts(self) -> BundleFacts | None:
        return next((b for b in self._bundles if b.folder == self._shown), None)

    def _refresh(self) -> None:
        self.list.set_bundles(self._bundles, self._default, self._shown)
        self._show_chosen()

    def _show_chosen(self) -> None:
        facts = self._facts
        if facts is not None:
            verifying = facts.folder in self._verifying
            self.detail.set_bundle(facts, default=facts.name == self._default, verifying=verifying)

    @Slot(object)
    def _choose(self, folder: Path) -> None:
        self._shown = folder
        for card in self.list.cards:
            card.setChecked(card.facts.folder == folder)
        self._show_chosen()

    @Slot()
    def _use(self) -> None:
        if self._facts is not None:
            self.default_chosen.emit(self._facts.name)

    @Slot()
    def _verify(self) -> None:
        if self._facts is not None:
            self._verifying.add(self._facts.folder)
            self._show_chosen()
            self.verify_requested.emit(self._facts.folder)

    @Slot()
    def _remove(self) -> None:
        facts = self._facts
        if facts is None or facts.shipped:
            return
        text = "Its folder is deleted from this computer. Predictions and reports that were made with it stay."
        answers = (("cancel", "Keep", "plain"), ("remove", "Remove", "danger"))
        self.question.ask(f"Remove {facts.name}?", text, answers)

    @Slot(str)
    def _answered(self, key: str) -> None:
        if key == "remove" and self._shown is not None:
            self.remove_requested.emit(self._shown)

    @Slot()
    def _from_archive(self) -> None:
        files.ask_open(self, "Install a model: its zip", "Model archive (*.zip)", self._install)

    @Slot(object)
    def _install(self, path: object) -> None:
        self._over.clear()
        self.install_requested.emit(files.as_path(path))

    def minimumSizeHint(self) -> QSize:
        """Fits a screen of 1024 px."""
        return QSize(860, 480)

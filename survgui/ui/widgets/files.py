"""Asking for files without stopping the window, and writing them in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from survgui import storage
from survgui.errors import Trouble
from survgui.ui import background


class _Asked(QObject):
    """Turns a dialog's answer into paths, and lets go of the dialog."""

    answered = Signal(object)

    def __init__(self, dialog: QFileDialog, many: bool) -> None:
        super().__init__(dialog)
        self._dialog, self._many = dialog, many
        dialog.filesSelected.connect(self._selected)
        dialog.finished.connect(self._forget)
        dialog.finished.connect(dialog.deleteLater)

    @Slot(list)
    def _selected(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        self.answered.emit(paths if self._many else paths[0])

    @Slot(int)
    def _forget(self, result: int) -> None:
        """Where Qt draws the dialog itself, it stores the folders that it was at; their names may be patients'."""
        self._dialog.setDirectory(str(Path.home()))
        self._dialog.setHistory([])


class Written(QObject):
    """What became of files that were written for the user.

    Signals:
        done(path): The file is whole.
        failed(trouble): Nothing was changed.
    """

    done = Signal(object)
    failed = Signal(object)


_written = Written()


def written() -> Written:
    """Tells the window of files that were saved."""
    return _written


def ask_save(parent: QWidget, title: str, name: str, filters: str, slot: Callable[[object], None]) -> QFileDialog:
    """Ask where to save; `slot` gets a `Path`."""
    dialog = QFileDialog(parent, title.rstrip("…"), str(Path.home() / name), filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    return _opened(dialog, slot, many=False)


def ask_open(
    parent: QWidget, title: str, filters: str, slot: Callable[[object], None], *, many: bool = False
) -> QFileDialog:
    """Ask for one file, or several; `slot` gets a `Path`, or a list of them."""
    dialog = QFileDialog(parent, title, str(Path.home()), filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
    return _opened(dialog, slot, many=many)


def ask_folder(parent: QWidget, title: str, slot: Callable[[object], None]) -> QFileDialog:
    """Ask for a folder; `slot` gets a `Path`."""
    dialog = QFileDialog(parent, title, str(Path.home()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    return _opened(dialog, slot, many=False)


def write(path: Path, content: bytes | Callable[[], bytes]) -> None:
    """Write a file atomically on the background thread; `written()` tells how it went.

    Args:
        content: Its bytes, or what makes them in that thread.
    """
    background.shared().run(_Writing(path, content), done=_written.done.emit, failed=_report)


def as_path(given: object) -> Path:
    """What a dialog gave."""
    if not isinstance(given, Path):
        raise TypeError(f"a path, not {type(given).__name__}")
    return given


class _Writing:
    def __init__(self, path: Path, content: bytes | Callable[[], bytes]) -> None:
        self._path, self._content = path, content

    def __call__(self) -> Path:
        content = self._content
        storage.write_bytes(self._path, content if isinstance(content, bytes) else content())
        return self._path


def _report(trouble: Trouble) -> None:
    _written.failed.emit(trouble)


def _opened(dialog: QFileDialog, slot: Callable[[object], None], *, many: bool) -> QFileDialog:
    _Asked(dialog, many).answered.connect(slot)
    dialog.open()
    return dialog

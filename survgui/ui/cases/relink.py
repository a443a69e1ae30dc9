"""The dialog in which files that were moved are found again: one case's, or those of the whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.display import Relinked
from survgui.figures.words import count, plural
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.head import Head
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

SIZE = 940, 560
LOOKING = "Looking for the files …"
NONE = "No file is missing: every case's files are where the case was made from."
ASK = (
    "Choose the folder that the files are in now; folders below it are searched too. A file of the same content is "
    "found whatever its name; where the content is not known, the one file of the same name is offered."
)


class RelinkDialog(QDialog):
    """Show it with `open()` and give it files by `set_found`.

    Signals:
        folder_given(Path): Look there.
        accepted_files(tuple[Relinked]): Have the cases name these files where they are now.
    """

    folder_given = Signal(object)
    accepted_files = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Relink missing files")
        self.resize(*SIZE)
        self.found: tuple[Relinked, ...] = ()
        self._names: dict[str, str] = {}
        self.says = Label(LOOKING, "soft", wrap=True)
        self.table = Table("Missing files")
        self.table.selectionModel().selectionChanged.connect(self._enable)
        self.folder = Button("Choose a folder…", icon="folder", tip="Where the files are now")
        self.folder.clicked.connect(self._ask_folder)
        self.file = Button("Choose the file…", tip="Say yourself which file the selected one is now")
        self.file.clicked.connect(self._ask_file)
        self.relink = Button("Relink", "primary", tip="Have the cases name the found files where they are now")
        self.relink.clicked.connect(self._accept)
        inside = QVBoxLayout()
        inside.setContentsMargins(16, 12, 16, 14)
        inside.setSpacing(10)
        inside.addWidget(self.says)
        inside.addWidget(self.table, 1)
        row = QHBoxLayout()
        for button in (self.folder, self.file):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.relink)
        inside.addLayout(row)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._head())
        whole.addLayout(inside, 1)
        self.set_busy(LOOKING)

    def set_names(self, names: dict[str, str]) -> None:
        """How cases are called on the screen, by key."""
        self._names = names

    def set_busy(self, text: str) -> None:
        """Say that a search is on its way."""
        self.says.setText(text)
        for button in (self.folder, self.file, self.relink):
            button.setEnabled(False)

    def set_found(self, found: Sequence[Relinked]) -> None:
        """Show missing files, and where they were found."""
        self.found = tuple(found)
        self.table.set_columns(
            [
                Column("Case", [self._names.get(one.key, "") for one in found], width=130),
                Column("File", [one.old.name for one in found], width=190),
                Column("It was in", [_short(one.old.parent) for one in found], width=200),
                Column("Now", ["not found" if one.new is None else _short(one.new) for one in found], width=0),
                Column("Content", [_sure(one) for one in found], width=96, tip="Beside when the case was predicted"),
            ]
        )
        where = [one for one in found if one.new is not None]
        by_name = sum(not one.certain for one in where)
        said = f"{plural(len(found), 'file')} missing, {count(len(where))} found." if found else NONE
        if by_name:
            said += f" {plural(by_name, 'file')} by name alone: the content may be another one, so results are marked."
        self.says.setText(f"{said} {ASK}" if found and len(where) < len(found) else said)
        self.relink.setText(f"Relink {plural(len(where), 'file')}" if where else "Relink")
        self.folder.setEnabled(bool(found))
        self._enable()

    def failed(self, text: str) -> None:
        """Say what went wrong; the files are as they were."""
        self.set_found(self.found)
        self.says.setText(text)

    @Slot()
    def _enable(self) -> None:
        self.file.setEnabled(len(self.table.selected_rows()) == 1)
        self.relink.setEnabled(any(one.new is not None for one in self.found))

    @Slot()
    def _ask_folder(self) -> None:
        files.ask_folder(self, "Where are the files now?", self._look_in)

    @Slot(object)
    def _look_in(self, folder: object) -> None:
        self.set_busy(LOOKING)
        self.folder_given.emit(files.as_path(folder))

    @Slot()
    def _ask_file(self) -> None:
        files.ask_open(self, "Which file is it now?", "All files (*)", self._take_file)

    @Slot(object)
    def _take_file(self, path: object) -> None:
        rows = self.table.selected_rows()
        if rows:
            chosen = replace(self.found[rows[0]], new=files.as_path(path), certain=False)
            self.set_found([chosen if row == rows[0] else one for row, one in enumerate(self.found)])

    @Slot()
    def _accept(self) -> None:
        self.set_busy("Relinking …")
        self.accepted_files.emit(tuple(one for one in self.found if one.new is not None))

    def _head(self) -> Head:
        head = Head("Relink missing files")
        head.row.addStretch(1)
        self.close_button = Button("Close", tip="Close (Esc)")
        self.close_button.clicked.connect(self.reject)
        head.row.addWidget(self.close_button)
        return head


def _sure(one: Relinked) -> str:
    return "" if one.new is None else "the same" if one.certain else "not known"


def _short(path: Path) -> str:
    parts = path.parts
    return str(path) if len(parts) <= 4 else str(Path("…", *parts[-3:]))

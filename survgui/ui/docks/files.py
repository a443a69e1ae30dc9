"""The open case's files: what each was taken for, what is wrong with it, and what a slide says of itself.

A slide's label and its photograph are not shown anywhere: they carry the patient's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from survgui.cases.case import Modality
from survgui.cases.display import CaseFacts, SequenceFacts, SlideFacts
from survgui.figures.words import THIN, count
from survgui.ui import style
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label, plain_tip
from survgui.ui.widgets.table import Column, Table

NOTHING = "No case is open."
MARKS = {"good": ("check", "good"), "look": ("warning", "warn"), "bad": ("error", "high_text")}
"""Icon and colour role of a file's quality control; the words stand beside it."""
ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the case.

    Attributes:
        mark: `good`, `look` or `bad`.
        said: What is to be known of it, in a few words.
    """

    modality: Modality
    path: Path
    name: str
    mark: str
    said: str
    slide: SlideFacts | None = None


class FilesPanel(QWidget):
    """A tree of modalities and files, and below it what the chosen slide says of itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: CaseFacts | None = None
        self.empty = Label(NOTHING, "soft")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tree = self._made_tree()
        self.properties = Table("What the slide says of itself")
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.tree)
        split.addWidget(self._made_properties())
        split.setSizes((320, 300))
        split.setChildrenCollapsible(False)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.setMinimumWidth(240)
        style.current().changed.connect(self._dress)
        self._show_slide(None)

    def set_case(self, facts: CaseFacts | None) -> None:
        """Show a case's files."""
        self._facts = facts
        self._stack.setCurrentIndex(0 if facts is None else 1)
        self._dress()
        self._show_slide(None)

    @property
    def chosen(self) -> Item | None:
        """The file that is chosen."""
        current = self.tree.currentItem()
        item = current.data(0, ROLE) if current is not None else None
        return item if isinstance(item, Item) else None

    @Slot()
    def show_in_folder(self) -> None:
        """Open the folder of the chosen file with the system's own program."""
        if self.chosen is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.chosen.path.parent)))

    @Slot()
    def copy_properties(self) -> None:
        """Put what the slide says of itself into the clipboard."""
        model = self.properties.model_
        rows = [[column.text(model.source(k)) for column in model.columns] for k in range(model.rowCount())]
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))

    def _made_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName("Files of this case")
        tree.setColumnCount(2)
        tree.setHeaderLabels(("file", "check"))
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(False)
        tree.setUniformRowHeights(True)
        tree.setIndentation(16)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._show_menu)
        tree.currentItemChanged.connect(self._chosen_changed)
        self.menu = QMenu(tree)
        self._folder = QAction("Show in folder", self.menu)
        self._folder.triggered.connect(self.show_in_folder)
        self.menu.addAction(self._folder)
        return tree

    def _made_properties(self) -> QWidget:
        whole = QWidget()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter the slide's properties")
        self.filter.setAccessibleName("Filter the slide's properties")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._filter)
        self.copy_button = Button("Copy", "quiet", icon="copy", tip="Copy the properties that are shown")
        self.copy_button.clicked.connect(self.copy_properties)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 0)
        row.addWidget(self.filter, 1)
        row.addWidget(self.copy_button)
        self.about = Label("Choose a slide to see what it says of itself.", "hint", wrap=True)
        self.about.setContentsMargins(10, 2, 10, 4)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.about)
        column.addWidget(self.properties, 1)
        column.addStretch(0)
        return whole

    @Slot()
    def _dress(self) -> None:
        self.tree.clear()
        if self._facts is None:
            return
        found = items(self._facts)
        for modality, words in self._facts.given.items():
            top = QTreeWidgetItem([modality.title, ""])
            top.setFont(0, style.font(13, 600))
            top.setToolTip(0, plain_tip(f"{modality.title}: {words}"))
            top.setText(1, words)
            self.tree.addTopLevelItem(top)
            for item in (i for i in found if i.modality is modality):
                top.addChild(_row(item))
            top.setExpanded(True)

    @Slot(QTreeWidgetItem, QTreeWidgetItem)
    def _chosen_changed(self, now: QTreeWidgetItem | None, before: QTreeWidgetItem | None) -> None:
        item = self.chosen
        self._show_slide(item.slide if item is not None else None)

    @Slot(QPoint)
    def _show_menu(self, at: QPoint) -> None:
        self._folder.setEnabled(self.chosen is not None)
        self.menu.popup(self.tree.viewport().mapToGlobal(at))

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.properties.set_filter(text)

    def _show_slide(self, slide: SlideFacts | None) -> None:
        rows = properties(slide) if slide is not None else []
        self.properties.set_columns(
            [
                Column("property", [name for name, _ in rows], width=130),
                Column("value", [value for _, value in rows], width=0),
            ]
        )
        self.properties.set_filter(self.filter.text())
        self.about.setVisible(slide is None)
        for widget in (self.properties, self.filter, self.copy_button):
            widget.setVisible(slide is not None)


def items(facts: CaseFacts) -> list[Item]:
    """Every file of a case that is told of."""
    return [*map(_slide_item, facts.slides), *map(_sequence_item, facts.sequences)]


def properties(slide: SlideFacts) -> list[tuple[str, str]]:
    """What is known of a slide, as names and values."""
    by_user = " (given by the user)" if slide.mpp_by_user else ""
    rows = [
        ("file", slide.name),
        ("pixel size", f"{slide.mpp:.4g}{THIN}µm/px{by_user}" if slide.mpp is not None else "not known"),
        ("objective", f"{slide.objective:g}×" if slide.objective is not None else "not said"),
    ]
    if slide.levels:
        wide, high = slide.levels[0]
        rows.append(("size", f"{count(wide)} × {count(high)} px"))
        if slide.mpp is not None:
            rows.append(("area", f"{wide * slide.mpp / 1000:.1f} × {high * slide.mpp / 1000:.1f}{THIN}mm"))
    rows.append(("levels", str(len(slide.levels))))
    for number, ((wide, high), factor) in enumerate(zip(slide.levels, slide.downsamples, strict=False)):
        rows.append((f"level {number}", f"{count(wide)} × {count(high)} px, 1/{factor:.4g}"))
    rows += [("note", note) for note in slide.notes]
    return rows + ([("error", slide.error)] if slide.error else [])


def _slide_item(slide: SlideFacts) -> Item:
    if slide.error:
        mark, said = "bad", slide.error
    elif slide.mpp is None:
        mark, said = "look", "no pixel size"
    elif slide.notes:
        mark, said = "look", slide.notes[0]
    else:
        mark, said = "good", f"{slide.mpp:.3g}{THIN}µm/px"
    return Item(Modality.PATHOLOGY, slide.path, slide.name, mark, said, slide)


def _sequence_item(sequence: SequenceFacts) -> Item:
    name = f"{sequence.role} · {sequence.path.name}"
    said = sequence.error or "readable"
    return Item(Modality.MRI, sequence.path, name, "bad" if sequence.error else "good", said)


def _row(item: Item) -> QTreeWidgetItem:
    short = item.said if len(item.said) <= 24 else f"{item.said[:23]}…"
    row = QTreeWidgetItem([item.name, short])
    icon, role = MARKS[item.mark]
    row.setIcon(1, style.icon(icon, role))
    row.setForeground(1, style.colour(role if item.mark != "good" else "soft"))
    row.setToolTip(0, plain_tip(item.name))
    row.setToolTip(1, plain_tip(item.said))
    row.setData(0, ROLE, item)
    return row

"""Batches as a tree: one row a batch with its counts, below it a row for every case that failed, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from survgui.cases.batch import Row, as_csv
from survgui.figures.words import count, plural
from survgui.ui import style
from survgui.ui.batch_queue import Batch, BatchQueue, Stand
from survgui.ui.docks.jobs import TICK, clock
from survgui.ui.widgets.buttons import Button, IconButton
from survgui.ui.widgets.labels import Label, plain_tip

TITLES = ("Batch", "State", "Done", "Failed", "Left", "Time left")
WIDTHS = (200, 92, 62, 62, 62, 78)
TALL = 252
"""px: a batch and some reasons can be read without scrolling"""
ROLES = {
    Stand.WAITING: "soft",
    Stand.RUNNING: "accent",
    Stand.PAUSED: "warn",
    Stand.INTERRUPTED: "warn",
    Stand.STOPPED: "warn",
    Stand.OVER: "good",
}
"""In which colour a state is written."""
KEY = Qt.ItemDataRole.UserRole
MOST = 500
"""failed cases that are listed; the table that is exported holds all"""


class BatchTree(QWidget):
    """The batches, and what can be done with the one that is chosen.

    Signals:
        export_asked(Batch): The user wants its table.
        opened(str): The user wants to see a case.
    """

    export_asked = Signal(object)
    opened = Signal(str)

    def __init__(self, queue: BatchQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._names: Mapping[str, str] = {}
        self.tree = self._made_tree()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.why = Label("", "soft", wrap=True)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.tree, 1)
        column.addWidget(self.why)
        column.addLayout(self._made_buttons())
        self._timer = QTimer(self)  # many cases may end in a moment: the tree is brought up to date now and then
        self._timer.setSingleShot(True)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.refresh)
        queue.changed.connect(self.refresh)
        queue.advanced.connect(self._soon)
        self.setMinimumHeight(TALL)  # of the whole: the tree makes room for the reason below it
        self.refresh()

    def set_names(self, names: Mapping[str, str]) -> None:
        """Say what the cases are called, by their keys; for the screen only."""
        self._names = names
        self.refresh()

    @property
    def batch(self) -> Batch | None:
        """The batch that is chosen, or of which a case is."""
        item = self.tree.currentItem()
        if item is None:
            return None
        top = item.parent() or item
        return self._queue.find(str(top.data(0, KEY)))

    def changeEvent(self, event: QEvent) -> None:
        """Colour the states anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()

    def _made_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName("Batches")
        tree.setColumnCount(len(TITLES))
        tree.setHeaderLabels(list(TITLES))
        tree.setUniformRowHeights(True)
        tree.setIconSize(QSize(16, 16))
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, width in enumerate(WIDTHS[1:], 1):
            tree.setColumnWidth(place, width)
        tree.headerItem().setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place in range(2, len(TITLES)):
            tree.headerItem().setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tree.currentItemChanged.connect(self._show_buttons)
        tree.itemDoubleClicked.connect(self._open)
        return tree

    def _made_buttons(self) -> QHBoxLayout:
        self.pause = Button("Pause", icon="pause", tip="Rest; what is finished is kept")
        self.resume = Button("Go on", icon="play", tip="Do what is left")
        self.retry = Button("Retry failed only", icon="retry", tip="Do again what failed, and nothing else")
        self.rest = Button(
            "Predict from the rest", tip="Each failed case once more, without the files that cannot be read"
        )
        self.export = Button("Export table…", tip="Every case of the batch with its result or its reason, as CSV")
        self.away = Button("Put away", "quiet", tip="Stop it and take it off the list; results stay with the cases")
        self.up = IconButton("chevron-up", "Earlier")
        self.down = IconButton("chevron-down", "Later")
        acts = (self.pause, self._pause), (self.resume, self._resume), (self.retry, self._retry)
        more = (
            (self.rest, self._from_rest),
            (self.export, self._export),
            (self.up, self._up),
            (self.down, self._down),
            (self.away, self._put_away),
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        for button, slot in (*acts, *more):
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        return row

    # What is shown

    @Slot(object)
    def _soon(self, batch: Batch) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def refresh(self) -> None:
        """Show what is now; what is chosen and what is open stays so."""
        self.setVisible(bool(self._queue.batches))
        shown = {str(item.data(0, KEY)): item for item in self._tops()}
        keys = [batch.facts.key for batch in self._queue.batches]
        if list(shown) != keys:
            shown = self._rebuilt(keys)
        for batch in self._queue.batches:
            self._fill(shown[batch.facts.key], batch)
        self._show_buttons()

    def _tops(self) -> list[QTreeWidgetItem]:
        found = (self.tree.topLevelItem(place) for place in range(self.tree.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _rebuilt(self, keys: list[str]) -> dict[str, QTreeWidgetItem]:
        open_ = {str(item.data(0, KEY)) for item in self._tops() if item.isExpanded()}
        chosen = self.batch
        self.tree.clear()
        made = {}
        for key in keys:
            item = QTreeWidgetItem(self.tree)
            item.setData(0, KEY, key)
            item.setExpanded(key in open_)
            for place in range(2, len(TITLES)):
                item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            made[key] = item
        current = made.get(chosen.facts.key) if chosen is not None else None
        if made:
            self.tree.setCurrentItem(current or next(iter(made.values())))
        return made

    def _fill(self, item: QTreeWidgetItem, batch: Batch) -> None:
        job = batch.job
        eta = job.eta_seconds if job is not None else None
        left = f"{clock(eta)}" if eta is not None and batch.stand is Stand.RUNNING else ""
        numbers = (count(batch.done), count(len(batch.failures)), count(batch.left))
        for place, text in enumerate((batch.facts.title, str(batch.stand), *numbers, left)):
            item.setText(place, text)
        item.setForeground(1, QBrush(style.colour(ROLES[batch.stand])))
        item.setForeground(3, QBrush(style.colour("high_text" if batch.failures else "soft")))
        item.setToolTip(1, plain_tip(batch.trouble.text) if batch.trouble is not None else "")
        self._fill_failures(item, list(batch.failures.values())[:MOST])

    def _fill_failures(self, item: QTreeWidgetItem, failed: list[Row]) -> None:
        first = bool(failed) and not item.childCount()
        while item.childCount() > len(failed):
            item.takeChild(item.childCount() - 1)
        while item.childCount() < len(failed):
            item.addChild(QTreeWidgetItem())
            _children(item)[-1].setFirstColumnSpanned(True)
        for child, row in zip(_children(item), failed, strict=True):
            child.setData(0, KEY, row.item)
            child.setText(0, f"{self._names.get(row.item, 'a case that was deleted')}: {row.said}")
            child.setToolTip(0, plain_tip(row.said))
        if first:
            item.setExpanded(True)  # why something failed is what the list is looked at for

    @Slot()
    def _show_buttons(self) -> None:
        item, batch = self.tree.currentItem(), self.batch
        failed = item is not None and item.parent() is not None
        self.why.setVisible(failed)  # a row has no room for what to do
        self.why.setText(item.text(0) if item is not None and failed else "")
        stand = batch.stand if batch is not None else None
        working = stand in (Stand.RUNNING, Stand.WAITING)
        self.pause.setVisible(working)
        self.resume.setVisible(batch is not None and batch.can_go_on)
        self.retry.setVisible(batch is not None and bool(batch.failures))
        self.retry.setEnabled(not working)
        self.rest.setVisible(batch is not None and batch.offers_rest)
        self.rest.setEnabled(not working)
        self.export.setEnabled(batch is not None and bool(batch.rows))
        for button in (self.up, self.down):
            button.setVisible(len(self._queue.batches) > 1)

    # What is asked for

    def _key(self) -> str:
        batch = self.batch
        return batch.facts.key if batch is not None else ""

    @Slot()
    def _pause(self) -> None:
        self._queue.pause(self._key())

    @Slot()
    def _resume(self) -> None:
        self._queue.go_on(self._key())

    @Slot()
    def _retry(self) -> None:
        self._queue.retry_failed(self._key())

    @Slot()
    def _from_rest(self) -> None:
        self._queue.from_rest(self._key())

    @Slot()
    def _put_away(self) -> None:
        self._queue.put_away(self._key())

    @Slot()
    def _up(self) -> None:
        self._queue.move(self._key(), -1)

    @Slot()
    def _down(self) -> None:
        self._queue.move(self._key(), 1)

    @Slot()
    def _export(self) -> None:
        batch = self.batch
        if batch is not None:
            self.export_asked.emit(batch)

    @Slot(QTreeWidgetItem, int)
    def _open(self, item: QTreeWidgetItem, column: int) -> None:
        key = str(item.data(0, KEY))
        if item.parent() is not None and key in self._names:
            self.opened.emit(key)


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(place) for place in range(item.childCount()))
    return [child for child in found if child is not None]


class Exported:
    """The table of a batch, made in the background.

    Args:
        names: What each case is called in the table, by its key.
    """

    def __init__(self, batch: Batch, names: Mapping[str, str]) -> None:
        self._rows = [batch.rows[item.name] for item in batch.facts.items if item.name in batch.rows]
        self._names = dict(names)

    def __call__(self) -> bytes:
        """UTF-8, a line a case; what failed has its reason and its code."""
        contents = []
        for row in self._rows:
            said = {"modalities": {}, **(row.result or {}), "case": self._names[row.item]}
            code = row.trouble.code if row.trouble is not None else ""
            contents.append({**said, "error": row.said, "code": code})
        return as_csv(contents).encode("utf-8")


def summary(batch: Batch) -> str:
    """A batch in a sentence, such as `Predict 100 cases: 88 done, 12 failed.`"""
    failed = f", {count(len(batch.failures))} failed" if batch.failures else ""
    left = f", {count(batch.left)} left" if batch.left else ""
    return f"{batch.facts.title}: {count(batch.done)} done{failed}{left}."


def question(batch: Batch) -> str:
    """What is asked of a batch that was found unfinished."""
    cases = plural(batch.total, "case")
    return f"A batch was interrupted ({batch.facts.title}): {count(len(batch.rows))} of {cases} done. Go on with it?"

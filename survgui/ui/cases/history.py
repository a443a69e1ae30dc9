"""What was done with a case, as the audit log has it, and whether the log is whole."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.audit import Entry, Trail
from survgui.cases.report import RESEARCH_USE
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Table

SIZE = 860, 520
BROKEN = "Keep the folder of the cases as it is, and compare it with a backup or with the heads that reports print."


class HistoryDialog(QDialog):
    """Shows one case's lines; closes with Escape and deletes itself.

    Args:
        shown: What the case is called on the screen.
    """

    def __init__(self, shown: str, trail: Trail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("History")  # no id: others may see the title
        self.resize(*SIZE)
        self.table = Table("What was done with the case")
        self.table.set_columns(_columns(trail.entries))
        self.says = Label(trail.chain.words, "hint", wrap=True)
        self.says.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.says.setToolTip(f"head {trail.chain.head}")
        done = Button("Close", "primary")
        done.clicked.connect(self.accept)
        head = QHBoxLayout()
        head.addWidget(Label("History", "title"))
        head.addWidget(Label(shown, "soft"))
        head.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(Label(RESEARCH_USE, "hint", wrap=True), 1)
        foot.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        if trail.chain.broken:
            self.says.hide()
            column.addWidget(Banner("error", f"{trail.chain.words}. {BROKEN}"))
        column.addWidget(self.table, 1)
        column.addWidget(self.says)
        column.addLayout(foot)


def _columns(entries: tuple[Entry, ...]) -> list[Column]:
    last_first = entries[::-1]
    return [
        Column("When", [_time(entry.at) for entry in last_first], width=150, order=[entry.at for entry in last_first]),
        Column("What", [entry.what.words for entry in last_first], width=170),
        Column("With", [entry.about for entry in last_first], width=0),
        Column("By", [entry.who for entry in last_first], width=150, tip="A hash, or your label"),
        Column("Result", [_result(entry) for entry in last_first], width=150, tip="SHA-256 of what came of it"),
    ]


def _time(at: str) -> str:
    when = datetime.fromisoformat(at).astimezone()
    return f"{when.day} {when:%b %Y, %H:%M}"


def _result(entry: Entry) -> str:
    return ", ".join(f"{name} {sha[:8]}…" for name, sha in entry.outputs.items())

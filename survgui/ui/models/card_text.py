"""A model card as text: Markdown that loads nothing and leads nowhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrame,
    QTextLength,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from survgui.figures.theme import Theme
from survgui.ui import style

_HEADS = {1: 15, 2: 14, 3: 13}


class _Closed(QTextDocument):
    """A document that reads no file: Qt's own reads local ones where a browser has given it nothing."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing, whatever a card asks for."""
        return None


class CardText(QTextBrowser):
    """Shows a card that may come from a stranger: no markup but Markdown's, no picture, no link is followed."""

    _theme: Theme | None = None
    _text = ""  # Qt tells of its palette before `__init__` comes to a line of its own

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("model card")
        self.setDocument(_Closed(self))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing either."""
        return None

    def set_card(self, text: str) -> None:
        """Show another card."""
        if text != self._text:
            self._text = text
            self._write()

    def _write(self) -> None:
        self._theme = style.theme()
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        self.document().setDefaultFont(style.font(13))
        self.document().setMarkdown(self._text, features)
        self.document().setDocumentMargin(2)
        self._dress()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        """Take on the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._text and self._theme is not style.theme():
            self._write()

    def _dress(self) -> None:
        """Headings in the page's sizes, tables without boxes."""
        whole = QTextCursor(self.document())
        whole.beginEditBlock()  # or every change would have the document laid out again
        block = self.document().begin()
        while block.isValid():
            self._dress_block(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            self._dress_table(frame)
        whole.endEditBlock()

    def _dress_block(self, block: QTextBlock) -> None:
        cursor = QTextCursor(block)
        level = block.blockFormat().headingLevel()
        if cursor.currentTable() is None:
            space = block.blockFormat()
            space.setTopMargin(9.0 if level else 0.0)
            space.setBottomMargin(4.0 if level else 6.0)
            cursor.setBlockFormat(space)
        if level:
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            characters = QTextCharFormat()  # not merged: Markdown's headings have sizes of their own
            characters.setFont(style.font(_HEADS.get(level, 13), 600))
            cursor.setCharFormat(characters)

    def _dress_table(self, frame: QTextFrame) -> None:
        if not isinstance(frame, QTextTable):
            return
        shape = frame.format()
        shape.setBorder(0)
        shape.setCellSpacing(0)
        shape.setCellPadding(3)
        shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        frame.setFormat(shape)
        for column in range(frame.columns()):
            cell = frame.cellAt(0, column)
            head = cell.format()
            head.setForeground(style.colour("soft"))
            head.setFontWeight(QFont.Weight.Normal)
            cell.setFormat(head)
            cursor = cell.firstCursorPosition()
            cursor.setPosition(cell.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(head)

"""Widgets in which a setting is typed or chosen; all of them are read and set as text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from survgui.ui.train.fields import Choice, Field, Several, Shares


class OneOf(QComboBox):
    """One of the choices; its text is the configuration's word.

    Signals:
        changed(str): Another one is chosen.
    """

    changed = Signal(str)

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self._words = [word for word, *_ in choice.options]
        for place, (_, read, about) in enumerate(choice.options):
            self.addItem(read)
            self.setItemData(place, about, Qt.ItemDataRole.ToolTipRole)
        self.currentIndexChanged.connect(self._chosen)

    def text(self) -> str:
        """The word that is chosen."""
        return self._words[self.currentIndex()]

    def setText(self, text: str) -> None:
        """Choose a word; an unknown one changes nothing."""
        if text in self._words:
            self.setCurrentIndex(self._words.index(text))

    @Slot()
    def _chosen(self) -> None:
        self.changed.emit(self.text())


class SomeOf(QWidget):
    """Some of the names, each on or off; its text is those that are on, with commas.

    Signals:
        changed(str): Others are on.
    """

    changed = Signal(str)

    def __init__(self, several: Several) -> None:
        super().__init__()
        self.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.sizePolicy().Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._buttons = {name: self._made(read, several.title) for name, read in several.names}
        for button in self._buttons.values():
            row.addWidget(button)

    def button(self, name: str) -> QToolButton:
        """The button of a name."""
        return self._buttons[name]

    def text(self) -> str:
        """The names that are on."""
        return ",".join(name for name, button in self._buttons.items() if button.isChecked())

    def setText(self, text: str) -> None:
        """Turn on these names alone."""
        before, names = self.text(), {name.strip() for name in text.split(",")}
        for name, button in self._buttons.items():
            button.setChecked(name in names)
        if self.text() != before:
            self.changed.emit(self.text())

    def _made(self, read: str, title: str) -> QToolButton:
        button = QToolButton()
        button.setText(read)
        button.setProperty("kind", "segment")
        button.setCheckable(True)
        button.setAccessibleName(f"{title}: {read}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(self._clicked)
        return button

    @Slot()
    def _clicked(self) -> None:
        self.changed.emit(self.text())


Editor = QLineEdit | OneOf | SomeOf


def editor(field: Field) -> Editor:
    """The widget of a setting."""
    made: Editor
    if isinstance(field, Choice):
        made = OneOf(field)
    elif isinstance(field, Several):
        made = SomeOf(field)
    else:
        made = QLineEdit()
        made.setPlaceholderText("nowhere" if isinstance(field, Shares) else "")
    made.setToolTip(field.tip)
    made.setAccessibleName(field.title)
    return made


def mark(widget: Editor, wrong: bool) -> None:
    """Frame what cannot be."""
    if bool(widget.property("wrong")) != wrong:
        widget.setProperty("wrong", wrong)
        widget.style().unpolish(widget)
        widget.style().polish(widget)

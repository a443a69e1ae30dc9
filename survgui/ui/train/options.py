"""The settings of one method as rows of a form."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from survgui.cases.case import Modality
from survgui.ui.train.editors import Editor, OneOf, SomeOf, editor, mark
from survgui.ui.train.fields import Choice, Field, Method, Preset, Row, Value, Values, written
from survgui.ui.widgets.labels import Label

FIELD = 128
"""width of a field in px"""
BESIDE = {2: 66, 3: 52}
"""width of a field by how many stand in a row"""
GAP = 4


class Options(QWidget):
    """What a method can be told.

    Signals:
        changed(): Something is written otherwise.
    """

    changed = Signal()

    def __init__(self, method: Method, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = method
        self._editors: dict[str, Editor] = {}
        self._labels: list[tuple[Row, Label]] = []
        self._lines: list[tuple[Row, QWidget]] = []
        self._explained: list[tuple[Choice, Label]] = []
        self._setting = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for row in method.rows:
            column.addWidget(self._line(row))
        self.take(method.presets[0])

    def field(self, key: str) -> Editor:
        """The widget of a setting."""
        return self._editors[key]

    def take(self, preset: Preset, overrides: Values | None = None) -> None:
        """Write a preset's values, but for those that differ from it."""
        self._setting = True  # one change, not one for every setting
        for key, value in {**preset.values, **(overrides or {})}.items():
            widget = self._editors[key]
            widget.setText(written(value))
            if isinstance(widget, QLineEdit):
                widget.setCursorPosition(0)  # its beginning is what is read
        self._setting = False
        self._changed()

    def values(self, preset: Preset) -> tuple[dict[str, Value], dict[str, str]]:
        """The values that can be read, the preset's where one cannot, and what is wrong by setting."""
        values, wrong = dict(preset.values), {}
        for field in self.method.fields:
            try:
                values[field.key] = field.read(self._editors[field.key].text())
            except ValueError as error:
                wrong[field.key] = str(error)
        return values, wrong

    def mark(self, changed: Collection[str], wrong: Collection[str]) -> None:
        """Show which settings differ from the preset, and which cannot be."""
        for key, widget in self._editors.items():
            mark(widget, key in wrong)
        for row, label in self._labels:
            label.set_kind("accent" if any(field.key in changed for field in row.fields) else "soft")

    def show_for(self, modalities: Collection[Modality] | None) -> None:
        """Hide what decides nothing on a cohort with these modalities; None shows all."""
        for row, line in self._lines:
            line.setVisible(row.needs is None or modalities is None or row.needs in modalities)

    def _line(self, row: Row) -> QWidget:
        made = QWidget()
        title, tip = row.title or row.fields[0].title, row.tip or row.fields[0].tip
        label = Label(title, "soft")
        label.setToolTip(tip)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        line.addWidget(label, 1)
        for field in row.fields:
            widget = self._editor(field)
            if not isinstance(widget, SomeOf):
                widget.setFixedWidth(BESIDE.get(len(row.fields), FIELD))
            line.addWidget(widget)
        label.setBuddy(self._editors[row.fields[0].key])
        whole = QVBoxLayout(made)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(line)
        if isinstance(row.fields[0], Choice) and row.fields[0].explained:
            said = Label("", "hint", wrap=True)
            whole.addWidget(said)
            self._explained.append((row.fields[0], said))
        self._labels.append((row, label))
        self._lines.append((row, made))
        return made

    def _editor(self, field: Field) -> Editor:
        made = self._editors[field.key] = editor(field)
        (made.textChanged if isinstance(made, QLineEdit) else made.changed).connect(self._changed)
        return made

    @Slot()
    def _changed(self) -> None:
        for choice, said in self._explained:
            said.setText(choice.about(self._editors[choice.key].text()))
        if not self._setting:
            for field in self.method.fields:
                widget = self._editors[field.key]
                if isinstance(field, Choice) and isinstance(widget, OneOf):
                    widget.setToolTip(f"{field.tip}\n{field.about(widget.text())}")
            self.changed.emit()

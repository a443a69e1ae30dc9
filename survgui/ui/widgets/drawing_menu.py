"""A button that says how missing parts are drawn, and offers the other ways that the model holds."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from survgui.figures.words import generator, plural
from survgui.ui.drawing import DRAWS, MEAN, STEPS, Drawing, Offer, short_title, title
from survgui.ui.widgets.buttons import Button

TIP = "Another way predicts again"


class DrawingButton(Button):
    """Generators of the model in use, with their steps and the number of draws.

    Args:
        brief: Say it in few letters; the tooltip has the whole.

    Attributes:
        choices: The menu.

    Signals:
        drawing_chosen(Drawing): The user wants missing parts drawn otherwise.
    """

    drawing_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, brief: bool = False) -> None:
        super().__init__("", "quiet" if brief else "plain", icon="chevron-down", parent=parent)
        self._brief = brief
        self._offer, self._drawing = Offer(), Drawing()
        self.choices = QMenu(self)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands after the words
        self.clicked.connect(self._open)
        self.show_drawing(self._offer, self._drawing)

    @property
    def drawing(self) -> Drawing:
        """What is chosen, with generator and steps by name and number."""
        return self._offer.meant(self._drawing)

    def show_drawing(self, offer: Offer, drawing: Drawing) -> None:
        """Offer what a model holds, and show what is chosen of it, without a signal."""
        self._offer, self._drawing = offer, drawing
        said = title(self.drawing) if offer.generators else "no model"
        self.setText(short_title(self.drawing) if self._brief and offer.generators else said)
        self.setToolTip(f"Missing parts: {said}\n{TIP}")
        self.setAccessibleName(f"How missing parts are drawn: {said}")
        self.setEnabled(bool(offer.generators))
        self._fill()

    def _fill(self) -> None:
        now = self.drawing
        self.choices.clear()
        for old in self.choices.findChildren(QMenu):
            old.deleteLater()
        ways = [now if name == now.generator else self._usual(name) for name in self._offer.generators]
        self._group(self.choices, [(way, self._named(way)) for way in ways], now)
        self.choices.addSeparator()
        if now.generator in STEPS:
            counts = sorted({*STEPS[now.generator][1], now.steps})
            choices = [(replace(now, steps=n), plural(n, "step")) for n in counts]
            self._group(self._submenu("Steps"), choices, now)
        if now.generator != MEAN:
            counts = sorted({*DRAWS, now.draws})
            choices = [(replace(now, draws=n), plural(n, "draw")) for n in counts]
            self._group(self._submenu("Draws"), choices, now)

    def _usual(self, name: str) -> Drawing:
        """A generator with its usual steps."""
        return self._offer.meant(Drawing(name, 0, self._drawing.draws))

    def _named(self, way: Drawing) -> str:
        said = generator(way.generator, way.steps)
        return f"{said}  ★ as published" if way == self._usual(self._offer.own) else said

    def _submenu(self, text: str) -> QMenu:
        made = QMenu(text, self.choices)
        self.choices.addMenu(made)
        return made

    def _group(self, menu: QMenu, choices: list[tuple[Drawing, str]], now: Drawing) -> None:
        group = QActionGroup(menu)
        for drawing, text in choices:
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(drawing == now)
            action.setData(drawing)
            action.triggered.connect(self._chosen)
            group.addAction(action)
            menu.addAction(action)

    @Slot()
    def _open(self) -> None:
        self.choices.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    @Slot()
    def _chosen(self) -> None:
        action = self.sender()
        if not isinstance(action, QAction):
            return
        wanted = action.data()
        if wanted != self.drawing:
            self.drawing_chosen.emit(wanted)
        else:
            action.setChecked(True)

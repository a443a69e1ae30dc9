"""Chips: what a case has of each modality, in its state, the same everywhere."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from survgui.cases.case import Modality, State
from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.chips import DASH, draw_swatch
from survgui.figures.theme import Type, text_role, width
from survgui.figures.words import ordinal, short, state_role
from survgui.ui import style
from survgui.ui.widgets.labels import plain_tip

Level = Literal["full", "short", "mark"]
"""name, state and detail; a short name and the state; a short name, the state by the mark alone"""
LEVELS: tuple[Level, ...] = ("full", "short", "mark")
HEIGHT = 26
TEXT = Type(12.5, 500)


class ModalityChip(QWidget):
    """A modality with its state: filled, hatched and dashed, hollow, or crossed out.

    Signals:
        clicked(): By mouse, Space or Enter.
    """

    clicked = Signal()

    def __init__(self, modality: Modality, state: State, detail: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.modality = modality
        self._level: Level = "full"
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_state(state, detail)

    def set_state(self, state: State, detail: str = "", reason: str = "", word: str = "") -> None:
        """Change what the chip says; `reason` is why a modality is unused or unusable.

        Args:
            word: Said in the state's place, where there is a better one for why it is so.
        """
        self.state, self.detail, self._word = state, detail, word or str(state)
        said = f"{self.modality.title}: {self._word}" + (f", {detail}" if detail else "")
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(f"{said}\n{reason}" if reason else said))
        self.updateGeometry()
        self.update()

    def set_level(self, level: Level) -> None:
        """How much the chip says, where many of them stand in a row; name and tooltip always say all."""
        if self._level != level:
            self._level = level
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(self.wide(self._level), HEIGHT)

    def wide(self, level: Level) -> int:
        """Width in px at a level."""
        wide = width(self._text(level), TEXT) + (40.0 if level == "full" else 38.0)
        if self._detailed(level):
            wide += width(self.detail, TEXT) + 6.0
        return round(wide)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        rect = Rect(0.5, 0.5, self.width() - 1.0, self.height() - 1.0)
        imputed, measured = self.state is State.IMPUTED, self.state is State.MEASURED
        fill = Fill("tint") if imputed else Fill("background") if measured else None
        border = Ink("accent", 1.0, DASH) if imputed else Ink("line")
        canvas.box(rect, fill, Ink("accent", 1.6) if self.hasFocus() else border, HEIGHT / 2)
        draw_swatch(canvas, Rect(12.0, 8.0, 10.0, 10.0), self.state)
        kind = Type(TEXT.px, TEXT.weight, state_role(self.state))
        said = self._text(self._level)
        canvas.text(28.0, 17.5, said, kind)
        if self._detailed(self._level):
            canvas.text(34.0 + width(said, TEXT), 17.5, self.detail, Type(TEXT.px, 400, "soft"))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter click."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the ring."""
        self.update()

    def _text(self, level: Level) -> str:
        name = self.modality.title if level == "full" else short(self.modality)
        plain = level == "mark" or self.state in (State.MEASURED, State.ABSENT)
        return name if plain else f"{name} · {self._word}"

    def _detailed(self, level: Level) -> bool:
        return bool(self.detail) and self.state is State.MEASURED and level == "full"


class GroupBadge(QWidget):
    """A risk group with its percentile, `High · 87th pct`, in the group's colour on its own tint.

    Where there is less room the word `pct` is left out, and `Intermediate` is abbreviated.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group, self._texts = "", ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_group(self, group: str, percentile: float) -> None:
        """Show a group; an empty one hides the badge."""
        self._group = group
        name, place = group.capitalize(), ordinal(percentile)
        brief = "Interm." if group == "intermediate" else name
        self._texts = (f"{name} · {place} pct", f"{brief} · {place}") if group else ("", "")
        self.setVisible(bool(group))
        self.setAccessibleName(f"risk group {group}, percentile {percentile:.0f}")
        self.setToolTip("Risk group by the bundle's frozen thresholds · rank among the development patients")
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """What is written: the whole of it where there is room."""
        return self._texts[0] if self.width() >= _badge_width(self._texts[0]) else self._texts[1]

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(_badge_width(self._texts[0]), 24)

    def minimumSizeHint(self) -> QSize:
        """As wide as the fewest words that say it."""
        return QSize(_badge_width(self._texts[1]), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the badge, at the right of the room that it is given."""
        if not self._group:
            return
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        text = self.text
        wide = min(_badge_width(text), self.width())
        left = float(self.width() - wide)
        canvas.box(Rect(left, 0, wide, self.height()), Fill(self._group, 0.16), None, 12.0)
        canvas.text(left + 11.0, 16.4, text, Type(12.5, 600, text_role(self._group)))
        painter.end()


def _badge_width(text: str) -> int:
    return round(width(text, Type(12.5, 600))) + 22

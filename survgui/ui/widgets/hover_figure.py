"""A figure whose parts say more when they are pointed at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from survgui.figures.canvas import Rect
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import plain_tip

Regions = Callable[[Rect], Sequence[tuple[Rect, str]]]
"""For the rectangle that a figure is drawn into: its parts, and what each says."""


class HoverFigure(FigureView):
    """A figure with tooltips of its parts; whoever cannot point finds them all in its description."""

    def __init__(self, about: str, parent: QWidget | None = None) -> None:
        super().__init__(about, parent)
        self._regions: Regions | None = None

    def set_regions(self, regions: Regions | None) -> None:
        """Say what the parts say; the first that holds the pointer counts."""
        self._regions = regions
        self.setAccessibleDescription("\n".join(text for _, text in self._found()))

    def tip_at(self, at: QPointF) -> tuple[QRect, str] | None:
        """The part at a place of the widget and what it says, or None."""
        for part, text in self._found():
            if part.x <= at.x() < part.right and part.y <= at.y() < part.bottom:
                return QRect(round(part.x), round(part.y), round(part.width), round(part.height)), text
        return None

    def event(self, event: QEvent) -> bool:
        """Show the part's tooltip."""
        if event.type() is not QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().event(event)
        found = self.tip_at(QPointF(event.pos()))
        if found is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPos(), plain_tip(found[1]), self, found[0])
        return True

    def _found(self) -> Sequence[tuple[Rect, str]]:
        if self._regions is None:
            return ()
        return self._regions(Rect(0.0, 0.0, float(self.width()), float(self.height())))

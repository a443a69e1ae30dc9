"""Widgets that are set in lines, as text is set: for chips, whose widths differ."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class FlowBox(QWidget):
    """Left to right, and on in the next line; as wide as it is given, and as high as that makes it.

    What is hidden takes no room; a widget with the property `apart` keeps off the one before. It is no `QLayout`: of
    one that is written in Python, Qt deletes the items while Python still holds them.
    """

    def __init__(self, parent: QWidget | None = None, gap: int = 6) -> None:
        super().__init__(parent)
        self._gap = gap
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """Add one at the end; it is shown, unless it was hidden on purpose."""
        hidden = widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
        widget.setParent(self)
        widget.setVisible(not hidden)
        self._widgets.append(widget)
        self.updateGeometry()

    def clear(self) -> None:
        """Remove all."""
        gone, self._widgets = self._widgets, []
        for widget in gone:
            widget.hide()
            widget.deleteLater()
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """Height of the lines that the widgets make."""
        return self._place(width, move=False)

    def minimumSizeHint(self) -> QSize:
        """The widest widget, on one line: how many lines there are depends on the width."""
        sizes = [widget.sizeHint().expandedTo(widget.minimumSize()) for widget in self._shown]
        return QSize(max((s.width() for s in sizes), default=0), max((s.height() for s in sizes), default=0))

    def sizeHint(self) -> QSize:
        """The least there can be."""
        return self.minimumSizeHint()

    def event(self, event: QEvent) -> bool:
        """A widget came, went or has another size."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._place(self.width(), move=True)
            self.updateGeometry()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the lines anew."""
        super().resizeEvent(event)
        self._place(self.width(), move=True)

    @property
    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def _place(self, wide: int, *, move: bool) -> int:
        x = y = tall = 0
        for widget in self._shown:
            size = widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())
            if x and widget.property("apart"):
                x += 2 * self._gap
            if x and x + size.width() > wide:
                x, y, tall = 0, y + tall + self._gap, 0
            if move:
                widget.setGeometry(QRect(QPoint(x, y), size))
            x, tall = x + size.width() + self._gap, max(tall, size.height())
        return y + tall

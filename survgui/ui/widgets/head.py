"""The bar on top of a dialog: its title at the left, what else it holds in a row behind."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from survgui.ui.widgets.labels import Label

HEIGHT = 52


class Head(QFrame):
    """A bar with the dialog's title.

    Args:
        title: Of the dialog.
        spacing: Px between what is in the row; the style's own where it is not given.

    Attributes:
        row: Takes what stands behind the title.
    """

    def __init__(self, title: str, spacing: int | None = None) -> None:
        super().__init__()
        self.setProperty("kind", "header")
        self.setFixedHeight(HEIGHT)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16, 0, 16, 0)
        if spacing is not None:
            self.row.setSpacing(spacing)
        self.row.addWidget(Label(title, "title"))

"""How the window looks: the design tokens as Qt palette, style sheet, fonts and icons, light, dark or the system's.

Widgets that paint themselves ask `theme()` while painting and keep no colour, so that a switch is a repaint.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import shiboken6
from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from survgui import paths
from survgui.figures.theme import DARK, LIGHT, Theme, load_fonts
from survgui.ui.sheet import sheet

Mode = Literal["system", "light", "dark"]
ICON = 24
"""side of an icon's box, in px"""


class Style(QObject):
    """Which theme is on; `changed` after every switch."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mode: Mode = "light"
        self.theme: Theme = LIGHT
        self._app: QApplication | None = None
        self._window: QWidget | None = None  # which carries the sheet; None where the application does

    def apply(self, app: QApplication, mode: Mode) -> None:
        """Dress the application and follow the system where it is asked to."""
        self.mode = mode
        if self._app is not app:
            self._app = app
            app.setStyle(QStyleFactory.create("Fusion"))
            app.setFont(font())
            app.styleHints().colorSchemeChanged.connect(self._system_changed, Qt.ConnectionType.UniqueConnection)
        self._dress()

    def hold(self, window: QWidget) -> None:
        """Have a window, with all that is in it, carry the sheet instead of the application.

        A widget that is put into another is looked at by the sheet with all its children, again at every level. What
        is made outside of the window goes without until it is put in, as a whole: a page is made five times faster.
        """
        self._window = window
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setStyleSheet("")
        window.setStyleSheet(sheet(self.theme))

    @Slot(Qt.ColorScheme)
    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self.mode == "system":
            self._dress()

    def _dress(self) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        dark = self.mode == "dark" or (self.mode == "system" and app.styleHints().colorScheme() is Qt.ColorScheme.Dark)
        self.theme = DARK if dark else LIGHT
        held = self._window if self._window is not None and shiboken6.isValid(self._window) else app
        made = sheet(self.theme)
        if held.styleSheet() == made:
            return
        app.setPalette(palette(self.theme))
        held.setStyleSheet("")  # Qt replaces a sheet level by level, which takes eight times as long as a first one
        held.setStyleSheet(made)
        self.changed.emit()


@cache
def current() -> Style:
    """The one style of the process."""
    return Style()


def theme() -> Theme:
    """The tokens that are on."""
    return current().theme


def apply(app: QApplication, mode: Mode) -> None:
    """Dress the application in light, dark, or whatever the system has."""
    current().apply(app, mode)


def mode_of(name: str) -> Mode:
    """A stored word as a mode; what is none is the system's."""
    return "dark" if name == "dark" else "light" if name == "light" else "system"


def colour(role: str, opacity: float = 1.0) -> QColor:
    """A role's colour in the theme that is on."""
    made = QColor(theme()[role])
    made.setAlphaF(opacity)
    return made


def font(px: float = 13.0, weight: int = 400) -> QFont:
    """The shipped typeface; its digits are tabular by default."""
    made = QFont(load_fonts())
    made.setPixelSize(round(px))
    made.setWeight(QFont.Weight(weight))
    return made


def icon(name: str, role: str = "soft") -> QIcon:
    """An outline icon in a role's colour; what is disabled is faint, what is on is in the accent."""
    return _icon(name, theme()[role], theme()["faint"], theme()["accent"])


@cache
def _icon(name: str, shade: str, disabled: str, chosen: str) -> QIcon:
    made = QIcon()
    shades = ((QIcon.Mode.Normal, QIcon.State.Off, shade), (QIcon.Mode.Disabled, QIcon.State.Off, disabled))
    for mode, state, colour in (*shades, (QIcon.Mode.Normal, QIcon.State.On, chosen)):
        for scale in (1, 2):
            made.addPixmap(_pixmap(name, colour, scale), mode, state)
    return made


@cache
def _source(name: str) -> str:
    return paths.resource(f"icons/{name}.svg").read_text("utf-8")


@cache
def _pixmap(name: str, shade: str, scale: int) -> QPixmap:
    made = QPixmap(ICON * scale, ICON * scale)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(_source(name).replace("currentColor", shade).encode()).render(
        painter, QRectF(0, 0, ICON * scale, ICON * scale)
    )
    painter.end()
    made.setDevicePixelRatio(scale)
    return made


def palette(tokens: Theme) -> QPalette:
    """The tokens as Qt's colour roles, for whatever the style sheet does not reach."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.Base: tokens.panel,
        QPalette.ColorRole.AlternateBase: tokens.background,
        QPalette.ColorRole.Button: tokens.panel,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.soft,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.panel,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.ToolTipBase: tokens.text,
        QPalette.ColorRole.ToolTipText: tokens.panel,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    for role, value in roles.items():
        made.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return made

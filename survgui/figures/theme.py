"""Design tokens, light and dark, and the shipped typeface."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, fields
from functools import cache

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF

from survgui import paths
from survgui.figures.application import offscreen

log = logging.getLogger(__name__)

FAMILY = "Inter Tabular"
FALLBACK = f"'{FAMILY}', Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
"""for SVG and HTML, which are read where the shipped font is not installed"""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role; a figure names roles, never colours.

    The risk colours are for lines and bars; words in them take `..._text`, of which at least 4.5:1 contrast is tested.
    """

    background: str
    panel: str
    line: str
    text: str
    soft: str
    faint: str
    accent: str
    tint: str
    low: str
    intermediate: str
    high: str
    low_text: str
    intermediate_text: str
    high_text: str
    good: str
    warn: str
    warn_tint: str
    grid: str

    def __getitem__(self, role: str) -> str:
        """Hexadecimal colour of a role; a literal `#rrggbb` is itself."""
        return role if role.startswith("#") else str(getattr(self, role))


LIGHT = Theme(
    background="#F3F5F8",
    panel="#FFFFFF",
    line="#E2E6EC",
    text="#18212D",
    soft="#586476",
    faint="#8A95A5",
    accent="#4558C9",
    tint="#EEF0FB",
    low="#0072B2",
    intermediate="#C98500",
    high="#D55E00",
    low_text="#00659D",
    intermediate_text="#7D5300",
    high_text="#A94B00",
    good="#1B7F5C",
    warn="#8A5A00",
    warn_tint="#FFF4DF",
    grid="#ECEFF3",
)

DARK = Theme(
    background="#12161B",
    panel="#1A2027",
    line="#2A323C",
    text="#E7ECF2",
    soft="#A3AFBE",
    faint="#76828F",
    accent="#93A2FF",
    tint="#252C4A",
    low="#56B4E9",
    intermediate="#F0B43C",
    high="#FF8A4C",
    low_text="#56B4E9",
    intermediate_text="#F0B43C",
    high_text="#FF8A4C",
    good="#4CC79A",
    warn="#F0B43C",
    warn_tint="#332A17",
    grid="#252C35",
)

ROLES = tuple(field.name for field in fields(Theme))

GROUP_DASH: dict[str, tuple[float, ...]] = {"low": (), "intermediate": (4.0, 2.5), "high": (1.2, 1.6)}
"""Line styles of the risk groups, in units of px: never told by colour alone."""


def text_role(role: str) -> str:
    """The role for words in the colour of a risk group; any other role is itself."""
    return f"{role}_text" if role in GROUP_DASH else role


@dataclass(frozen=True, slots=True)
class Type:
    """How a piece of text looks: size in px (1/96 inch), weight 400 to 700, colour role."""

    px: float = 10.5
    weight: int = 400
    colour: str = "text"


@cache
def load_fonts() -> str:
    """Load the shipped fonts once; the name of the family to use."""
    offscreen()
    for weight in ("Regular", "Medium", "SemiBold", "Bold"):
        if QFontDatabase.addApplicationFont(str(paths.resource(f"fonts/InterTabular-{weight}.ttf"))) < 0:
            log.warning("the shipped font %s could not be loaded; the system's font is used", weight)
            return QFont().defaultFamily()
    return FAMILY


EM = 64
"""Fonts are made at this size in px and scaled by the painter: Qt takes whole px only, and the design has halves."""


class _Fonts(threading.local):
    """One thread's fonts: two threads that measure or draw with the same font at once would spoil it."""

    def __init__(self) -> None:
        self.fonts: dict[int, QFont] = {}
        self.metrics: dict[int, QFontMetricsF] = {}


_own = _Fonts()


def font(weight: int) -> QFont:
    """The shipped typeface at `EM` px, unhinted so that widths are the same on screen and on paper."""
    made = _own.fonts.get(weight)
    if made is None:
        made = _own.fonts[weight] = QFont(load_fonts())
        made.setPixelSize(EM)
        made.setWeight(QFont.Weight(weight))
        made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def width(text: str, kind: Type) -> float:
    """How wide a line of text is, in px."""
    metrics = _own.metrics.get(kind.weight)
    if metrics is None:
        metrics = _own.metrics[kind.weight] = QFontMetricsF(font(kind.weight))
    return metrics.horizontalAdvance(text) * kind.px / EM


def colour(theme: Theme, role: str, opacity: float = 1.0) -> QColor:
    """A role's colour for Qt."""
    made = QColor(theme[role])
    made.setAlphaF(opacity)
    return made

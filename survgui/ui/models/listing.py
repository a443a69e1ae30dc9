"""The bundles as a list of cards: what each was made of, how good it is, and whether its files are whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.case import State
from survgui.cases.display import BundleFacts
from survgui.figures.canvas import Canvas, Fill, Ink, PainterCanvas, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import THIN, count
from survgui.ui import results, style
from survgui.ui.widgets.labels import plain_tip

HEIGHT = 132
NAME = Type(14.0, 600)
SOFT = Type(12.5, 400, "soft")
SMALL = Type(12.0, 400, "soft")


def hash_word(facts: BundleFacts) -> tuple[str, str]:
    """Whether the files are as published, and the colour role of the words."""
    if facts.error:
        return ("damaged" if facts.manifest is not None else "cannot be read"), "high_text"
    return ("files checked", "good") if facts.sha256 else ("not checked yet", "soft")


def figure_words(facts: BundleFacts) -> str:
    """`C-index 0.869 ± 0.017` on what patients naturally have, or that there is none."""
    if facts.manifest is None:
        return ""
    rows, method = facts.manifest.metrics, facts.manifest.method
    c, deviation = (results.figure(rows, method, name=name) for name in ("c_index", "c_index_sd"))
    said = results.with_deviation(c, deviation)
    return "no figures" if said == "–" else f"C-index {said}"


def megabytes(size: int) -> str:
    """A size in MB with one decimal; nothing where it is not known."""
    return f"{size / 1e6:.1f}{THIN}MB" if size else ""


class BundleCard(QAbstractButton):
    """One bundle; checked where it is shown at the right."""

    def __init__(self, facts: BundleFacts, default: bool) -> None:
        super().__init__()
        self.facts, self.default = facts, default
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        word = hash_word(facts)[0]
        used = ", used by default" if default else ""
        self.setAccessibleName(f"{facts.name}, {figure_words(facts)}, {word}{used}")
        self.setToolTip(plain_tip(f"{facts.name} · {word}{used}"))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(280, HEIGHT if self.facts.manifest is not None else 86)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        rect = Rect(0.5, 0.5, self.width() - 1.0, self.height() - 1.0)
        on = self.isChecked()
        ink = Ink("accent", 1.4) if on or self.hasFocus() else Ink("line" if not self.underMouse() else "faint")
        canvas.box(rect, Fill("tint" if on else "panel"), ink, 10.0)
        inner = rect.inset(14.0, 12.0, 14.0, 12.0)
        self._first(canvas, inner)
        self._others(canvas, inner)
        painter.end()

    def _first(self, canvas: Canvas, inner: Rect) -> None:
        manifest = self.facts.manifest
        version = manifest.version if manifest else ""
        used = "★ default" if self.default else ""
        room = inner.width - width(version, SOFT) - width(used, SMALL) - 24.0
        name = elide(self.facts.name, NAME, room)
        canvas.text(inner.x, inner.y + 12.0, name, NAME)
        canvas.text(inner.x + width(name, NAME) + 8.0, inner.y + 12.0, version, SOFT)
        canvas.text(inner.right, inner.y + 12.0, used, Type(12.0, 600, "accent"), "end")

    def _others(self, canvas: Canvas, inner: Rect) -> None:
        manifest, y = self.facts.manifest, inner.y
        word, role = hash_word(self.facts)
        if manifest is None:
            canvas.text(inner.x, y + 35.0, elide(self.facts.error, SOFT, inner.width), SOFT)
        else:
            d = manifest.development
            simulated = ", simulated" if d.simulated else ""
            made = f"{results.method_title(manifest.method)} · {d.cohort}{simulated} · n = {count(d.patients)}"
            canvas.text(inner.x, y + 35.0, elide(made, SOFT, inner.width), SOFT)
            canvas.text(inner.x, y + 56.0, figure_words(self.facts), Type(12.5, 500))
            self._inputs(canvas, inner, y + 79.0)
        last = " · ".join(t for t in (manifest.created if manifest else "", megabytes(self.facts.bytes)) if t)
        canvas.text(inner.x, inner.bottom - 1.0, last, SMALL)
        canvas.text(inner.right, inner.bottom - 1.0, word, Type(12.0, 500, role), "end")

    def _inputs(self, canvas: Canvas, inner: Rect, y: float) -> None:
        """What it takes, as many as fit on the line."""
        assert self.facts.manifest is not None
        x = inner.x
        names = [m.title for m in self.facts.manifest.inputs]
        for place, name in enumerate(names):
            left = len(names) - place
            more = f"+{left}"
            needed = 13.0 + width(name, SMALL)
            if x + needed + (12.0 + width(more, SMALL) if left > 1 else 0.0) > inner.right:
                canvas.text(x, y, more, SMALL)
                return
            draw_swatch(canvas, Rect(x, y - 8.0, 8.0, 8.0), State.MEASURED)
            canvas.text(x + 13.0, y, name, SMALL)
            x += needed + 12.0


class BundleList(QScrollArea):
    """The cards under each other; arrow keys go through them.

    Signals:
        chosen(folder): Another bundle is shown.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("installed models")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._inside.setProperty("kind", "plain")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.setWidget(self._inside)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._clicked)
        self.cards: tuple[BundleCard, ...] = ()

    def set_bundles(self, bundles: Sequence[BundleFacts], default: str, shown: Path | None) -> None:
        """Replace the cards; `shown` stays the one that is shown."""
        for card in self.cards:
            self._group.removeButton(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = tuple(BundleCard(facts, facts.name == default) for facts in bundles)
        for place, card in enumerate(self.cards):
            self._group.addButton(card)
            self._column.insertWidget(place, card)
            card.setChecked(card.facts.folder == shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose the card before and after."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        now = next((place for place, card in enumerate(self.cards) if card.isChecked()), -1)
        if step and 0 <= now + step < len(self.cards):
            card = self.cards[now + step]
            card.setFocus()
            card.click()
            self.ensureWidgetVisible(card)
        elif not step:
            super().keyPressEvent(event)

    @Slot(QAbstractButton)
    def _clicked(self, button: QAbstractButton) -> None:
        if isinstance(button, BundleCard):
            self.chosen.emit(button.facts.folder)

"""A canvas that remembers where text and shapes were put."""

from __future__ import annotations

from survgui.figures.canvas import Rect
from survgui.figures.theme import LIGHT, width


class Recorder:
    """Keeps (rect, text) of every text, the points of every shape, boxes as (rect, fill) and (rect, ink), and lines.

    `kinds` has (text, its type), `lines` (points, ink).
    """

    def __init__(self):
        self.theme = LIGHT
        self.texts, self.points, self.inks, self.fills, self.pictures = [], [], [], [], []
        self.boxes, self.frames = [], []
        self.lines, self.kinds = [], []

    def line(self, points, ink):
        self.points += [tuple(p) for p in points]
        self.inks.append(ink)
        self.lines.append(([tuple(p) for p in points], ink))

    def area(self, points, fill):
        self.points += [tuple(p) for p in points]
        self.fills.append(fill)

    def box(self, rect, fill=None, ink=None, radius=0.0):
        self.points += [(rect.x, rect.y), (rect.right, rect.bottom)]
        if fill:
            self.boxes.append((rect, fill))
        if ink:
            self.frames.append((rect, ink))
        self._paint(fill, ink)

    def disc(self, x, y, radius, fill=None, ink=None):
        self.points += [(x - radius, y - radius), (x + radius, y + radius)]
        self._paint(fill, ink)

    def text(self, x, y, text, kind, anchor="start"):
        wide = width(text, kind)
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
        if text.strip():
            self.kinds.append((text, kind))
            self.texts.append((Rect(left, y - 0.73 * kind.px, wide, 0.73 * kind.px), text))

    def picture(self, rect, pixels, about=""):
        self.points += [(rect.x, rect.y), (rect.right, rect.bottom)]
        self.pictures.append((rect, pixels, about))

    def _paint(self, fill, ink):
        if fill:
            self.fills.append(fill)
        if ink:
            self.inks.append(ink)

    def overlaps(self):
        """Pairs of texts that cover each other."""
        found = []
        for i, (a, one) in enumerate(self.texts):
            for b, other in self.texts[i + 1 :]:
                across = min(a.right, b.right) - max(a.x, b.x)
                down = min(a.bottom, b.bottom) - max(a.y, b.y)
                if across > 0.5 and down > 0.5:
                    found.append((one, other))
        return found

    def outside(self, rect, slack=1.0):
        """Texts and points that stick out of `rect`."""
        r = rect
        texts = [
            text
            for t, text in self.texts
            if t.x < r.x - slack or t.right > r.right + slack or t.y < r.y - slack or t.bottom > r.bottom + slack
        ]
        points = [
            p
            for p in self.points
            if not (r.x - slack <= p[0] <= r.right + slack and r.y - slack <= p[1] <= r.bottom + slack)
        ]
        return texts + points


def drawn(draw, wide, high):
    """A figure drawn into a rectangle of `wide` x `high` px; it stays inside, and its texts apart."""
    recorder, rect = Recorder(), Rect(40.0, 30.0, wide, high)
    draw(recorder, rect)
    assert recorder.overlaps() == []
    assert recorder.outside(rect, slack=2.0) == []
    return recorder

"""Setting text by measured widths: lines that wrap, and names too long for their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survgui.figures.theme import Type, width


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style."""

    text: str
    kind: Type


Line = tuple[Run, ...]


def elide(text: str, kind: Type, wide: float) -> str:
    """The text if it fits, else its beginning and end around an ellipsis: ids differ at both ends."""
    if width(text, kind) <= wide:
        return text
    low, high = 0, len(text)
    while low < high:  # the most characters that fit
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(_cut(text, middle), kind) <= wide else (low, middle - 1)
    return _cut(text, low)


def wrap(runs: Sequence[Run], wide: float, most: int | None = None) -> list[Line]:
    """Break text into lines no wider than `wide` px, at spaces, or inside a word that is wider than a line.

    Args:
        most: Number of lines after which the rest is replaced by an ellipsis.
    """
    lines: list[list[Run]] = [[]]
    used = 0.0
    for run in runs:
        for word in _words(run, wide):
            advance = width(word, run.kind)
            if lines[-1] and used + width(word.rstrip(" "), run.kind) > wide:
                lines.append([])
                used = 0.0
            lines[-1].append(Run(word, run.kind))
            used += advance
    joined = [_joined(line) for line in lines]
    if most is not None and len(joined) > most:
        joined = [*joined[: most - 1], _ended(joined[most - 1], wide)]
    return joined


def _words(run: Run, wide: float) -> Iterator[str]:
    """Words with the spaces after them; a word wider than a line comes in pieces."""
    for word in re.findall(r"[^ ]+ *| +", re.sub(r"[ \t\r\n]+", " ", run.text)):  # not at no-break spaces
        while len(word) > 1 and width(word.rstrip(" "), run.kind) > wide:
            fits = next((k for k in range(len(word) - 1, 1, -1) if width(word[:k], run.kind) <= wide), 1)
            yield word[:fits]
            word = word[fits:]
        yield word


def _joined(line: list[Run]) -> Line:
    """Neighbours of one style as one run, without the space at the line's end."""
    merged: list[Run] = []
    for run in line:
        if merged and merged[-1].kind == run.kind:
            merged[-1] = Run(merged[-1].text + run.text, run.kind)
        else:
            merged.append(run)
    if merged:
        merged[-1] = Run(merged[-1].text.rstrip(" "), merged[-1].kind)
    return tuple(merged)


def _ended(line: Line, wide: float) -> Line:
    """A last line that shows that more would follow."""
    *before, last = line
    room = wide - sum(width(r.text, r.kind) for r in before)
    text = last.text
    while text and width(text + "…", last.kind) > room:
        text = text[:-1]
    return (*before, Run(text.rstrip(" ") + "…", last.kind))


def _cut(text: str, keep: int) -> str:
    head = (keep + 1) // 2
    return text[:head] + "…" + text[len(text) - (keep - head) :]

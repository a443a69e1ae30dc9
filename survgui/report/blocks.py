"""What a document is made of. `document.py` builds these once; PDF and HTML each know how to show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from survgui.cases.case import State
from survgui.figures.export import Drawing
from survgui.figures.theme import Type
from survgui.figures.type import Run

BODY = Type(10.5)
SOFT = Type(10.5, 400, "soft")
BOLD = Type(10.5, 600)
SMALL = Type(9.5, 400, "soft")
TITLE = Type(20.0, 700)
SECTION = Type(11.0, 600)
NUMBER = Type(32.0, 700)


@dataclass(frozen=True, slots=True)
class Title:
    """The document's title, a line below it, and what stands at the right of both."""

    title: str
    below: str
    right: str
    right_below: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must be seen, on a tinted strip."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section; never left alone at the end of a page."""

    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; after `most` lines of a page it is cut with an ellipsis."""

    runs: tuple[Run, ...]
    most: int | None = None

    @classmethod
    def of(cls, text: str, kind: Type = BODY, most: int | None = None) -> Paragraph:
        """A paragraph in one style."""
        return cls((Run(text, kind),), most)


@dataclass(frozen=True, slots=True)
class Headline:
    """The one big number, with two lines beside it."""

    number: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A word on a tint of its colour role, and text after it."""

    word: str
    role: str
    after: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value, with the swatch of a state where it has one."""

    label: str
    runs: tuple[Run, ...]
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, one below the other."""

    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; its cells wrap."""

    cells: tuple[str, ...]
    state: State | None = None
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        align: One letter a column, l or r.
        shares: Width of each column, in parts of the whole.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    align: str
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that fills the width; `height` gives its height in px for a width; `about` says what it shows."""

    draw: Drawing
    height: Callable[[float], float]
    about: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks side by side, each column a share of the width."""

    parts: tuple[tuple[float, tuple[Block, ...]], ...]


Block = Title | Notice | Heading | Paragraph | Headline | Badge | Facts | Table | Figure | Columns

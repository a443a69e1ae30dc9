"""Settings of a method: what each takes, how it is typed and how it is written. No Qt, and no torch.

The window's process loads no networks, so ranges and values are repeated here; tests hold them against the networks'.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from survgui.cases.case import Modality

Value = int | float | str
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Number:
    """A number.

    Attributes:
        key: Field of the network's configuration.
        least, most: Range that is taken, both ends of it unless `inside`.
    """

    key: str
    title: str
    least: int | float
    most: int | float
    whole: bool = False
    inside: bool = False
    tip: str = ""

    def read(self, text: str) -> int | float:
        """The value that a user has typed.

        Raises:
            ValueError: Not a number, or out of range; the message says which there is.
        """
        try:
            value: int | float = int(text) if self.whole else float(text.replace(",", "."))
        except ValueError:
            raise ValueError(f"{self.title}: a {'whole number' if self.whole else 'number'} is needed") from None
        at_end = self.inside and value in (self.least, self.most)
        if not (math.isfinite(value) and self.least <= value <= self.most) or at_end:
            between = "between {} and {}" if self.inside else "from {} to {}"
            raise ValueError(f"{self.title}: {between.format(written(self.least), written(self.most))}")
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words.

    Attributes:
        options: (word of the configuration, how it is read, what it does in one line) each.
        explained: Whether what the choice does stands below it.
    """

    key: str
    title: str
    options: tuple[tuple[str, str, str], ...]
    tip: str = ""
    explained: bool = False

    def read(self, text: str) -> str:
        """The word.

        Raises:
            ValueError: There is no such choice.
        """
        if text not in [word for word, *_ in self.options]:
            raise ValueError(f"{self.title}: one of {', '.join(read for _, read, _ in self.options)}")
        return text

    def about(self, text: str) -> str:
        """What a choice does, in one line."""
        return next((about for word, _, about in self.options if word == text), "")


@dataclass(frozen=True, slots=True)
class Several:
    """One or more of a few names, written with commas in the order of `names`."""

    key: str
    title: str
    names: tuple[tuple[str, str], ...]
    tip: str = ""

    def read(self, text: str) -> str:
        """The names.

        Raises:
            ValueError: None is chosen.
        """
        if not text:
            raise ValueError(f"{self.title}: at least one is needed")
        return text


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of modalities that differ from the others': `mri=0.75,rna=0.5`; empty where none does."""

    key: str
    title: str
    tip: str = ""

    def read(self, text: str) -> str:
        """The shares as they were typed, without spaces.

        Raises:
            ValueError: Not written like that, or no share between 0 and 1.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        for part in parts:
            name, _, share = part.partition("=")
            try:
                known, value = Modality(name.strip()), float(share)
            except ValueError:
                raise ValueError(f"{self.title}: written as rna=0.5,mri=0.75") from None
            if not 0 < value < 1:
                raise ValueError(f"{self.title}: {known} between 0 and 1")
        return ",".join(part.replace(" ", "") for part in parts)


Field = Number | Choice | Several | Shares


@dataclass(frozen=True, slots=True)
class Row:
    """Settings that stand in one line.

    Attributes:
        title: Empty for the title of the one setting that there is.
        needs: Modality without which the setting decides nothing; None for one that always does.
    """

    fields: tuple[Field, ...]
    title: str = ""
    tip: str = ""
    needs: Modality | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of values.

    Attributes:
        about: Its size in words.
    """

    key: str
    title: str
    about: str
    values: Values


@dataclass(frozen=True, slots=True)
class Part:
    """Stages whose losses are one figure.

    Attributes:
        key: Word for the choice between parts.
        title: As it is read.
    """

    key: str
    title: str
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """What can be trained.

    Attributes:
        about: What it is, in one line.
        stages: Stages of one fit in their order, and the setting that says how many epochs each has; empty for a stage
            without epochs.
        costs: What an epoch of each stage costs beside the others, by which the time that is left is told.
        wrong: Why no network has these values together, or empty.
        slides: What is made of a cohort's slide files before the training, where that is worth saying.
    """

    key: str
    title: str
    about: str
    rows: tuple[Row, ...]
    presets: tuple[Preset, ...]
    stages: Mapping[str, str]
    costs: Mapping[str, float]
    parts: tuple[Part, ...]
    wrong: Callable[[Values], str]
    slides: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every setting, row by row."""
        return tuple(field for row in self.rows for field in row.fields)

    def preset(self, key: str) -> Preset:
        """A preset by its key.

        Raises:
            KeyError: There is none.
        """
        return {p.key: p for p in self.presets}[key]

    def epochs(self, values: Values) -> dict[str, int]:
        """Planned epochs of each stage; none of a stage that has no epochs."""
        return {stage: int(values[key]) if key else 0 for stage, key in self.stages.items()}


def written(value: Value) -> str:
    """A value as a user types it."""
    return f"{value:g}" if isinstance(value, float) else str(value)

"""A report under a pseudonym: the patient's id leaves every sentence and every name that it holds.

File names are the usual way in which an id slips through: a slide is often named after its patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from survgui.cases.case import patient_key
from survgui.cases.report import ReportContent

SHORT = 4
"""letters below which an id is only replaced where it stands alone: `12` is also a number in a sentence"""


def pseudonymous(content: ReportContent, pseudonym: str, hidden: Iterable[str] = ()) -> ReportContent:
    """The same report of a case that is called by another name.

    Args:
        pseudonym: What is printed in place of the id: `7F3A`, or `Case 7F3A`.
        hidden: Further names that must not be printed, such as those of files and their folders.

    Returns:
        A copy in which neither the id nor a slide's file name is left, the attached prediction included. The
        bundle's own words are not touched.
    """
    shown = pseudonym.removeprefix("Case ").strip()
    id_ = content.identity.case
    names = dict.fromkeys((id_, patient_key(id_), str(content.prediction.get("case") or ""), *hidden), shown)
    slides = {slide.name: f"slide {k}{Path(slide.name).suffix}" for k, slide in enumerate(content.pictures.slides, 1)}
    words = _Words.of(names | slides)
    prediction = {key: value if key == "bundle" else words.out(value) for key, value in content.prediction.items()}
    return replace(
        content,
        identity=words.out(content.identity),
        inputs=words.out(content.inputs),
        warnings=words.out(content.warnings),
        pictures=words.out(content.pictures),
        sign_off=words.out(content.sign_off),
        prediction=prediction,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What is replaced, by what."""

    pattern: re.Pattern[str]
    said: Mapping[str, str]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> _Words:
        """Of names and what is said for them."""
        # the longest first: a slide's name holds the id, and would no longer be found with the id replaced
        known = sorted((name for name in names if name), key=len, reverse=True)
        alone = [rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" for name in known if len(name) >= SHORT]
        whole = [rf"\A{re.escape(name)}\Z" for name in known if len(name) < SHORT]
        return cls(re.compile("|".join((*alone, *whole)), re.IGNORECASE), {n.lower(): names[n] for n in known})

    def out(self, value: Any) -> Any:
        """A copy of texts, tuples, mappings and dataclasses without the names; anything else is itself."""
        if type(value) is str:
            return self.pattern.sub(self._say, value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: self.out(getattr(value, field.name)) for field in fields(value)})
        if isinstance(value, tuple | list):
            return type(value)(self.out(item) for item in value)
        if isinstance(value, Mapping):
            return {key: self.out(item) for key, item in value.items()}
        return value  # numbers, arrays, and survgui's own words such as a modality

    def _say(self, found: re.Match[str]) -> str:
        return self.said[found[0].lower()]

"""Reports as files: written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from survgui import storage
from survgui.cases.report import ReportContent, as_json
from survgui.errors import UsageError
from survgui.report.html import html
from survgui.report.pdf import pdf
from survgui.report.sections import ALL, Sections

FORMATS = ("pdf", "html", "json")
LONGEST = 120
"""bytes of a name; file systems take 255, and some are needed beside it"""
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""names that Windows keeps for devices"""


def write(
    content: ReportContent, target: Path, formats: Iterable[str] = FORMATS, sections: Sections = ALL
) -> list[Path]:
    """Write a report in each format and give the paths, in the order of `formats`.

    Everything is made in memory first, so a failure to render leaves no file.

    Args:
        content: The report.
        target: A folder, into which the files go under the case's name; or a path that ends in one of the
            formats, such as `C-0039.pdf`: the other formats go beside it under the same name.
        formats: Of `pdf`, `html` and `json`.
        sections: What PDF and HTML show beside what they always do; JSON holds every number.

    Raises:
        UsageError: A format that there is not.
        StorageError: The disk is full or the folder cannot be written.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise UsageError(f"no report format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    given = target.suffix[1:].lower()
    base = target.with_suffix("") if given in FORMATS else target / file_name(content.identity.case)
    made = [
        (target if name == given else base.with_name(f"{base.name}.{name}"), render(content, name, sections))
        for name in wanted
    ]
    for path, rendered in made:
        storage.write_bytes(path, rendered)
    return [path for path, _ in made]


def render(content: ReportContent, name: str, sections: Sections = ALL) -> bytes:
    """The bytes of a report in one format."""
    if name == "html":
        return html(content, sections).encode("utf-8")
    text = json.dumps(as_json(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    return text.encode("utf-8") if name == "json" else pdf(content, text.encode("utf-8"), sections)


def file_name(case: str) -> str:
    """A case's id as the name of a file that every system takes.

    An id that had to be changed, as `P/1`, is told from others by a hash: `P 1` and `P_1` are other patients.
    """
    safe = re.sub(r"[^\w.-]+", "_", case).strip("._").encode()[:LONGEST].decode(errors="ignore") or "report"
    if DEVICE.fullmatch(safe):
        safe = f"case_{safe}"
    return safe if safe == case else f"{safe}-{hashlib.sha256(case.encode()).hexdigest()[:8]}"

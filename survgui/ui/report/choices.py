"""What the author of a report has chosen, and the report that comes of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from survgui.cases.report import ReportContent, SignOff, Status
from survgui.report import ALL, FORMATS, Section, deidentified, pseudonymous, write
from survgui.report.files import file_name

Opinion = Literal["", "agree", "disagree"]


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that can be chosen in the dialog.

    Attributes:
        status: `amended` is never chosen: it is what a final report becomes when anything is changed afterwards.
        print_id: Whether the patient's id is printed; otherwise the pseudonym stands in its place everywhere.
        deidentified: Whether it is for somebody who must not learn whose it is; then no id is printed either.
        formats: Of `survgui.report.FORMATS`.
    """

    sections: frozenset[Section] = ALL
    status: Status = "draft"
    reviewer: str = ""
    role: str = ""
    opinion: Opinion = ""
    comment: str = ""
    site: str = ""
    print_id: bool = False
    deidentified: bool = False
    formats: tuple[str, ...] = FORMATS

    @property
    def signed(self) -> bool:
        """Whether it names who has read it, which every report but a draft must."""
        return self.status == "draft" or bool(self.reviewer)


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A report with the author's choices; called in the background, it gives the content to print.

    Attributes:
        hidden: Further names that are not printed with the pseudonym, such as those of files.
    """

    content: ReportContent
    choices: Choices
    pseudonym: str
    hidden: tuple[str, ...] = ()

    def __call__(self) -> ReportContent:
        """The content as it is printed."""
        c, chosen = self.content, self.choices
        now = datetime.now().astimezone()
        date = "" if chosen.status == "draft" else now.date().isoformat()
        created = now.isoformat(timespec="minutes") if chosen.status == "amended" else c.identity.created
        made = replace(
            c,
            identity=replace(c.identity, status=chosen.status, site=chosen.site, created=created),
            sign_off=SignOff(chosen.reviewer, chosen.role, chosen.opinion, chosen.comment, date),
        )
        if chosen.deidentified:
            return deidentified(made, self.pseudonym, self.hidden)
        return made if chosen.print_id else pseudonymous(made, self.pseudonym, self.hidden)


@dataclass(frozen=True, slots=True, eq=False)
class Saving:
    """Writes a report; called in the background, it gives the paths.

    Attributes:
        target: A file; or a folder, in which a name is taken that is still free.
    """

    composed: Composed
    target: Path
    name: str

    def __call__(self) -> list[Path]:
        """Write every format, or none."""
        chosen = self.composed.choices
        target = self.target
        if target.is_dir():
            target = free(target, self.name, chosen.formats)
        return write(self.composed(), target, chosen.formats, chosen.sections)


def free(folder: Path, name: str, formats: tuple[str, ...]) -> Path:
    """A path in the folder such as `report-7F3A.pdf` that takes no file's place in any format."""
    stem, number = Path(name).stem, 1
    while True:
        base = folder / (stem if number == 1 else f"{stem}-{number}")
        if not any(base.with_name(f"{base.name}.{suffix}").exists() for suffix in formats):
            return base.with_name(f"{base.name}.{formats[0]}")
        number += 1


def proposed_name(pseudonym: str) -> str:
    """The name of a report's files without suffix; it never holds the patient's id."""
    code = pseudonym.removeprefix("Case ").strip()
    return f"report-{file_name(code)}" if code else "report"


def prediction_key(content: ReportContent) -> str:
    """The same for every report of one prediction, whenever it was prepared."""
    lasting = {name: value for name, value in content.prediction.items() if name not in ("seconds", "device")}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True, default=str).encode()).hexdigest()


def available(content: ReportContent) -> frozenset[Section]:
    """The sections that have something to show."""
    pictures = content.pictures
    lacking = {
        Section.MRI: not pictures.mri,
        Section.GENES: not pictures.genes,
        Section.AUDIT: content.trail is None,
        Section.IMPUTED: not (pictures.imputed or pictures.compared),
        Section.ATTENTION: not (pictures.slides or pictures.top),
    }
    return frozenset(section for section in Section if not lacking.get(section, False))

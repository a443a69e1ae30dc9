"""The end of a report: what was done with the case so far, and what was done so that nobody can tell whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from survgui.cases.report import ReportContent
from survgui.figures.words import plural
from survgui.report.blocks import BODY, SMALL, Block, Heading, Paragraph, Row, Table

SHOWN = 8
"""lines that are printed; the JSON holds all of the case's"""


def audit_trail(content: ReportContent) -> Iterator[Block]:
    """The last lines of the case in the audit log, and the head by which the log can be checked later."""
    trail = content.trail
    if trail is None:
        return
    chain, left = trail.chain, len(trail.entries) - SHOWN
    yield Heading("Audit trail", f"{plural(len(trail.entries), 'line')} on this case")
    rows = tuple(
        Row((entry.at[:16].replace("T", " "), entry.what.words, entry.about, entry.who))
        for entry in trail.entries[-SHOWN:]
    )
    if rows:
        yield Table(("when (UTC)", "what", "with", "by"), rows, "llll", (0.2, 0.28, 0.3, 0.22))
    if left > 0:
        yield Paragraph.of(f"{plural(left, 'earlier line')} in the attached JSON.", SMALL)
    if chain.broken:
        yield Paragraph.of(f"{chain.words}.", BODY)
    else:
        check = "Later, survgui audit verify --contains with this head tells whether the log is still the same."
        yield Paragraph.of(f"Log unbroken when this was prepared, {plural(chain.lines, 'line')}, head {chain.head}. "
                           f"{check}", SMALL)  # fmt: skip


def deidentification(content: ReportContent) -> Iterator[Block]:
    """What was done and what cannot be."""
    if content.statement:
        yield Heading("De-identification", "read before sharing")
        for sentence in content.statement:
            yield Paragraph.of(sentence, SMALL)

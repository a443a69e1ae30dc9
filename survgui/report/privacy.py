"""A report under another name: the patient's id leaves every sentence and every name that the report holds.

File names are the usual way in which an id slips through: a slide is often named after its patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from survgui.cases.report import ReportContent, SignOff
from survgui.cases.safe_harbor import STATEMENT, Words, called, harmless_subject, words_of
from survgui.cases.safe_harbor import deidentified as without_identifiers


def pseudonymous(content: ReportContent, pseudonym: str, hidden: Iterable[str] = ()) -> ReportContent:
    """The same report of a case that is called by another name.

    Args:
        pseudonym: What is printed in place of the id: `7F3A`, or `Case 7F3A`.
        hidden: Further names that must not be printed, such as those of files and their folders.

    Returns:
        A copy in which neither the id nor a slide's file name is left, the attached prediction included. The
        bundle's own words are not touched.
    """
    shown = _plain(pseudonym)
    id_ = content.identity.case
    names = dict.fromkeys((*called(id_), str(content.prediction.get("case") or ""), *hidden), shown)
    slides = {slide.name: f"slide {k}{Path(slide.name).suffix}" for k, slide in enumerate(content.pictures.slides, 1)}
    return _said(content, Words.of(names | slides))


def deidentified(content: ReportContent, code: str, hidden: Iterable[str] = ()) -> ReportContent:
    """The same report for somebody who must not learn whose it is, by the Safe Harbor method.

    Args:
        code: What is printed in place of the id; random, as that of the workspace.
        hidden: As in `pseudonymous`.

    Returns:
        A copy that says itself what was done and what cannot be. Site, sign-off, whole slides, MRI, hashes of files
        and the audit trail are left out; the year of the report stays.
    """
    shown, i = _plain(code), content.identity
    names = [*hidden, *(slide.name for slide in content.pictures.slides)]
    clean = _said(content, words_of((i.case, str(content.prediction.get("case") or "")), shown, names))
    subject, year = harmless_subject(i.subject), i.created[:4]
    imputed = tuple(replace(item, images=()) for item in clean.pictures.imputed)
    return replace(
        clean,
        identity=replace(clean.identity, case=shown, report=shown, created=year, site="", subject=subject),
        inputs=tuple(replace(row, digest="") for row in clean.inputs),
        pictures=replace(clean.pictures, slides=(), mri=(), imputed=imputed, compared=()),
        sign_off=SignOff(opinion=content.sign_off.opinion),
        prediction=without_identifiers(clean.prediction, shown),
        trail=None,
        statement=STATEMENT,
    )


def _said(content: ReportContent, words: Words) -> ReportContent:
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


def _plain(pseudonym: str) -> str:
    return pseudonym.removeprefix("Case ").strip()

"""De-identification by the Safe Harbor method of the HIPAA Privacy Rule, 45 CFR 164.514(b)(2)(i), (A) to (R).

What is not needed is left out; what is free text is searched: for every name that is known of the case, then by
pattern. The patterns are our choice and rather take too much than too little. A name that nobody has told survgui of
cannot be found in free text: `STATEMENT` says so, and goes with everything that is written.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from survgui.cases.case import patient_key

SHORT = 4
"""letters below which a name is only replaced where it stands alone: `12` is also a number in a sentence"""
_ASIDE = 0xF0000
"""first of the characters that no text has (a plane for private use)"""
SECTION = "45 CFR 164.514(b)(2)(i)"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One of the 18 kinds that must not be left, and what is done about it."""

    letter: str
    title: str
    done: str


IDENTIFIERS = tuple(
    Identifier(*row)
    for row in (
        ("A", "names", "known names are replaced by the code; titled and DICOM-style names are taken out of texts"),
        ("B", "geographic subdivisions", "addresses and postal codes are taken out; the site is left out"),
        ("C", "dates, and ages over 89", "of a date the year stays; ages over 89 become 90+"),
        ("D", "telephone numbers", "taken out of texts"),
        ("E", "fax numbers", "taken out of texts"),
        ("F", "e-mail addresses", "taken out of texts"),
        ("G", "social security numbers", "taken out of texts"),
        ("H", "medical record numbers", "the case's id is replaced by the code; others are taken out of texts"),
        ("I", "health plan numbers", "taken out of texts"),
        ("J", "account numbers", "taken out of texts"),
        ("K", "certificate and licence numbers", "taken out of texts"),
        ("L", "vehicle identifiers and plates", "taken out of texts"),
        ("M", "device identifiers and serial numbers", "taken out of texts, with DICOM UIDs"),
        ("N", "web addresses", "taken out of texts"),
        ("O", "IP addresses", "taken out of texts"),
        ("P", "biometric identifiers", "none is written: no voice, no fingerprint; MRI volumes are left out"),
        ("Q", "full-face photographs", "MRI planes, label and macro images and whole-slide overviews are left out"),
        (
            "R",
            "any other unique code",
            "names and hashes of files and the report's number are left out; the code is random",
        ),
    )
)
"""In the order of the rule."""

LIMITS = (
    "Not done, and not possible by program: a name that is nowhere known of the case cannot be found in free text, "
    "and pixels of tissue are not searched for writing. Read the texts before they are shared.",
    "Molecular values and predictions stay; with other data about the same person they could still single one out.",
)
STATEMENT = (
    f"De-identified by the Safe Harbor method, {SECTION}.",
    *(f"({item.letter}) {item.title}: {item.done}." for item in IDENTIFIERS),
    *LIMITS,
)
"""What was done and what cannot be, a sentence each."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_YEAR = r"((?:19|20)\d\d)"
_LABELS = (
    r"mrn|medical record|record|hospital|patient|pid|case|accession|acc|account|acct|iban|policy|member|plan|insurance|"
    r"beneficiary|licen[cs]e|certificate|passport|vin|plate|registration|serial|device|udi|scanner|ssn|nhs|fax|phone|"
    r"tel|telephone|mobile"
)
_STREETS = r"street|st|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|court|square|place|way|straße|strasse|rue"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE if folded else 0), said)
    for pattern, said, folded in (
        (r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "[e-mail]", True),
        (r"\b(?:https?|ftp)://\S+|\bwww\.\S+", "[web address]", True),
        (r"(?<![\w/])(?:[a-z]:)?[\\/](?:[^\s\\/:;,]+[\\/])+[^\s\\/:;,]*", "[path]", True),
        (r"\b[0-2](?:\.\d+){5,}\b", "[uid]", True),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})\b", "[ip address]", True),
        (r"\b\d{3}-\d{2}-\d{4}\b", "[number]", True),
        # dates, of which the year stays, but never that of birth
        (r"\b(?:born|birth\w*|dob)\b[\s:,]*(?:on|in)?[\s:]*[\w./, -]{0,14}?(?:19|20)\d\d(?:[./-]?\d\d?){0,2}",
         "[date of birth]", True),
        (rf"\b{_YEAR}[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)",
         r"\1", True),
        (rf"\b{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b", r"\1", True),
        (rf"\b\d{{1,2}}[-./]\d{{1,2}}[-./]{_YEAR}\b", r"\1", True),
        (r"\b\d{1,2}[-./]\d{1,2}[-./]\d\d\b", "[date]", True),
        (rf"\b(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?)?{_MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?{_YEAR}\b",
         r"\1", True),
        (rf"\b\d{{1,2}}[-\s]{_MONTH}[-\s]{_YEAR}\b", r"\1", True),
        (rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_MONTH}(?!\w)", "[date]", True),
        (r"\b(aged?|age at \w+)([:=\s]+)(?:9\d|1[0-2]\d)\b(?:\.\d+)?", r"\g<1>\g<2>90+", True),
        (r"\b(?:9\d|1[0-2]\d)([ -]?(?:years?|yrs?|y)(?:[ -]?(?:old|o))?)\b", r"90+\g<1>", True),
        (r"\b[Zz][Ii][Pp](?: code)?[:\s]*\d{5}(?:-\d{4})?\b|\b[A-Z]{2} \d{5}(?:-\d{4})?\b", "[postal code]", False),
        (rf"\b\d+[a-z]?\s+(?:[\w'-]+\s+){{1,3}}(?:{_STREETS})\b\.?", "[address]", True),
        (r"\b(?:\w+[ -])?\w*(?:straße|strasse|str\.)\s+\d+[a-z]?\b", "[address]", True),
        (rf"\b({_LABELS})\b(?:\s+(?:id|no|nr|number|code|record))?[\s.:#=]*[A-Z]{{0,4}}[-\s]?(?=[\w/-]*\d)[\w/-]{{3,}}",
         r"\1 [number]", True),
        (r"(?<![\w.,])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)|\d{2,5})[ .-]\d{3,4}[ .-]?\d{2,4}(?!\w)", "[number]", True),
        (r"(?<![\w.,])\+?\d{6,}(?!\w)", "[number]", True),
        (r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme)\.?\s+[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?", "[name]", False),
        (r"\b[A-Z][\w'-]+\^[\w^'-]+", "[name]", True),
        (r"\b[\w.()-]+\.(?:svs|ndpi|scn|mrxs|bif|tiff?|nii(?:\.gz)?|dcm|h5|pt|csv|tsv|txt|xlsx?|parquet|npz|zip|png|jpe?g)\b",
         "[file]", True),
    )
)  # fmt: skip
"""Looked for one after the other; what is said instead."""

_HARMLESS = re.compile(
    r"age [\d.]{1,5}\+?|age 90\+|male|female|men|women|m|f|(stage|grade) [\w+-]{1,5}|g[1-4x]|[ivx]{1,4}[abc]?|"
    r"wild-?type|mutant|codel|non-codel|[pc]?[tnm][0-4x][a-d]?|yes|no|unknown",
    re.IGNORECASE,
)
"""The fields of a patient that are printed; any other text could be the name of a town or of a doctor."""


_COMMON = re.compile(
    r"age|batch|brain|cancer|cases?|clinical|cnv|cohorts?|counts?|data|demo|desktop|development|dicom|dnam|documents|"
    r"downloads|events?|export|expression|features?|files?|flair|folder|follow[ _-]?up|genes?|genomics?|glioma|grade|"
    r"groups?|high|home|hospital|images?|import|imputed|input|intermediate|low|measured|metadata|methylation|mirna|"
    r"missing|models?|months?|mri|mrna|mutations?|nifti|omics|outcomes?|output|pathology|patients?|percentile|png|"
    r"predictions?|prognosis|proteins?|raw|reference|reports?|research|results?|risks?|rna|rna-?seq|samples?|scans?|"
    r"series|slides?|splits?|stage|study|survival|t1|t1c|t1ce|t2|tables?|test|tiles?|tiff|time|tissue|tmp|tpm|train|"
    r"training|tumou?rs?|values?|volumes?|work",
    re.IGNORECASE,
)
"""Names of files and folders that are words of survgui's own sentences, or anybody's."""


def new_code() -> str:
    """What a case is called from now on: random, so that it comes of nothing about the patient (164.514(c))."""
    return secrets.token_hex(4).upper()


@dataclass(frozen=True, slots=True)
class Words:
    """What is replaced in texts, by what.

    Attributes:
        patterns: Whether what looks like one of the 18 identifiers goes too.
    """

    known: re.Pattern[str]
    said: Mapping[str, str]
    patterns: bool = False

    @classmethod
    def of(cls, names: Mapping[str, str], patterns: bool = False) -> Words:
        """Of names and what is said for them."""
        # the longest first: a slide's name holds the id, and would no longer be found with the id replaced
        known = sorted((name for name in names if name), key=len, reverse=True)
        alone = [rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" for name in known if len(name) >= SHORT]
        whole = [rf"\A{re.escape(name)}\Z" for name in known if len(name) < SHORT]
        either = "|".join((*alone, *whole)) or r"(?!)"
        return cls(re.compile(either, re.IGNORECASE), {n.lower(): names[n] for n in known}, patterns)

    def text(self, text: str) -> str:
        """A text without them."""
        if not self.patterns:
            return self.known.sub(lambda found: self.said[found[0].lower()], text)
        kept: list[str] = []  # what is said for a name stands aside, so that no pattern takes the code for a number
        text = self.known.sub(lambda found: self._put_aside(found, kept), text)
        for pattern, said in _PATTERNS:
            text = pattern.sub(said, text)
        for number, said in enumerate(kept):
            text = text.replace(chr(_ASIDE + number), said)
        return text

    def out(self, value: Any) -> Any:
        """A copy of texts, tuples, mappings and dataclasses without them; anything else is itself."""
        if type(value) is str:
            return self.text(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: self.out(getattr(value, field.name)) for field in fields(value)})
        if isinstance(value, tuple | list):
            return type(value)(self.out(item) for item in value)
        if isinstance(value, Mapping):
            return {key: self.out(item) for key, item in value.items()}
        return value  # numbers, arrays, and survgui's own words such as a modality

    def _put_aside(self, found: re.Match[str], kept: list[str]) -> str:
        said = self.said[found[0].lower()]
        if said not in kept:
            kept.append(said)
        return chr(_ASIDE + kept.index(said))


def called(case: str) -> tuple[str, ...]:
    """What a case is called: its id, that of the patient, and the names in it, as of `Doe, Jane` or `SMITH^JOHN`.

    Capitals alone are a name where the id has no number, or is written as names are; else a study: `TCGA-06-0125`.
    """
    is_name = not re.search(r"\d", case) or "," in case or "^" in case
    words = re.findall(r"[^\W\d_]{4,}", case)
    names = (word for word in words if word[0].isupper() and (is_name or not word.isupper()))
    return tuple(dict.fromkeys((case, patient_key(case), *(word for word in names if not _COMMON.fullmatch(word)))))


def names_of(paths: Iterable[Path]) -> tuple[str, ...]:
    """What files and their folders are called, apart from words that name nobody, such as `slides`."""
    names = (name for path in paths for name in (path.name, path.stem, path.parent.name))
    return tuple(dict.fromkeys(name for name in names if name and not _COMMON.fullmatch(name)))


def words_of(cases: Iterable[str], code: str, hidden: Iterable[str] = ()) -> Words:
    """What leaves the texts of a case.

    Args:
        cases: What it has been called so far.
        hidden: Further names, such as those of files and their folders.
    """
    names = (name for text in (*cases, *hidden) for name in called(text))
    return Words.of(dict.fromkeys(names, code), patterns=True)


def harmless_subject(subject: str) -> str:
    """Of `female · age 54 · Boston` what tells nobody's name or place: `female · age 54`."""
    parts = (part.strip() for part in subject.split("·"))
    aged = (re.sub(r"^age (?:9\d|1[0-2]\d)(?:\.\d+)?\+?$", "age 90+", part) for part in parts)
    return " · ".join(part for part in aged if _HARMLESS.fullmatch(part))


def deidentified(result: Mapping[str, Any], code: str, hidden: Iterable[str] = ()) -> dict[str, Any]:
    """What `predict --json` writes of a case, under a code.

    Args:
        result: As `as_json` and `error_json` make it.
        code: What the case is called; from `new_code`.
        hidden: Further names, such as those of the case's files and their folders.

    Returns:
        The figures as they are; texts without identifiers; no hash of a file.
    """
    words = words_of([str(result.get("case") or "")], code, hidden)
    kept = {key: value if key in ("bundle", "code") else words.out(value) for key, value in result.items()}
    return {**kept, "case": code, "inputs_sha256": {}, "deidentified": SECTION}

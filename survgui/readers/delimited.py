"""Tables as text: encoding, delimiter, decimal mark and shape are found out before anything is parsed.

A parser that guesses on the way silently turns `1,5` into 5 and `0012` into 12; here the guess comes
first, is checked against every line, and is said back as a note.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui.cases.cohort import Note
from survgui.errors import ReadError

if TYPE_CHECKING:
    import pandas as pd

MISSING = (
    *("", "NA", "N/A", "n/a", "na", "NaN", "nan", "-nan", "NULL", "null", "<NA>", "#N/A", "#NA", ".", "?", "-"),
    *("--", "'--", "[Not Available]", "[Not Applicable]", "[Not Evaluated]", "[Unknown]", "[Discrepancy]"),
    *("[Completed]", "[Pending]", "Not Available", "Not Applicable", "Not Reported", "not reported", "Unknown"),
    *("unknown", "UNKNOWN"),
)
"""Words that mean that nothing was measured, in the spellings of TCGA, GDC, R, Excel and pandas."""

_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "vertical bars", " ": "spaces"}
_SAMPLE_LINES, _SAMPLE_CHARACTERS = 50, 400_000
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POINT_NUMBER = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(?:[eE][+-]?\d+)?|NA")
_FEATURE = re.compile(r"(ENSG\d{11}|(cg|ch\.\d+\.|rs)\d{6,}|hsa-(mir|let|miR)-).*")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")


def strict_rows(path: Path, codes: tuple[str, str]) -> tuple[list[str], list[dict[str, str]]]:
    """Names and rows of a csv file of a form that survgui prescribes, in UTF-8, compressed where it ends in `.gz`.

    Args:
        codes: Of a file that cannot be read, and of one that is not csv.

    Raises:
        ReadError: No such file, not UTF-8, not csv, or a damaged or incomplete archive.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return list(rows.fieldnames or ()), list(rows)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ReadError(path, "the archive is damaged or incomplete; copy it again", codes[1]) from error
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror or error}); check the path", codes[0]) from error
    except (ValueError, csv.Error) as error:
        raise ReadError(path, "is not a csv file in UTF-8; save it as such", codes[1]) from error


@dataclass(frozen=True, slots=True, eq=False)
class Delimited:
    """A parsed text table.

    Attributes:
        names: Column names as written, duplicates included; empty where the header has none.
        frame: Columns by position; numbers, words, NaN where missing.
        first_line: Line of the first row in the file, counted from 1.
        body: The rows as text, from which `verbatim` takes single columns again.
    """

    names: tuple[str, ...]
    frame: pd.DataFrame
    notes: tuple[Note, ...]
    first_line: int
    body: str
    separator: str

    def verbatim(self, column: int) -> list[str]:
        """One column exactly as written: `007`, `1E5` and `NA` stay what they are."""
        frame = _parse(self.body, self.separator, len(self.names), usecols=[column], dtype=str, na_filter=False)
        return [str(cell) for cell in frame[column]]


def parse(path: Path, data: bytes) -> Delimited:
    """Parse the bytes of a text table.

    Raises:
        ReadError: NUL bytes, unknown encoding, no row, a line with too many or too few cells, an open quote.
    """
    text, notes = _decode(path, data)
    lines = text.split("\n")
    separator = _separator(lines)
    header, start, names = _header(path, lines, separator)
    if _is_row(names):
        start, names = header, ("feature", "value")
        text = f"{path.name}: it has no header; its first line is read as the others, features and values"
        notes.append(Note("info", "TBL-28", text))
    body = lines[start:]
    if not any(line.strip() for line in body):
        raise ReadError(path, f"has a header (line {header + 1}) but no rows; export the table again", "TBL-17")
    names = _check_shape(path, body, separator, names, start + 1)
    notes += _separator_note(path, separator)
    decimal = _decimal(_sample(body), separator)
    if decimal == ",":
        notes.append(
            Note(
                "warning",
                "TBL-25",
                f"{path.name}: numbers are written with a decimal comma and read as such; check one of them",
            )
        )
    joined = "\n".join(body)
    frame = _parse(
        joined, separator, len(names), decimal=decimal, keep_default_na=False, na_values=list(MISSING), low_memory=False
    )
    return Delimited(names, frame, tuple(notes), start + 1, joined, separator)


def _decode(path: Path, data: bytes) -> tuple[str, list[Note]]:
    """Text with `\\n` line ends; anything but UTF-8 is a note."""
    encoding = "UTF-8"
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text, encoding = data.decode("utf-16"), "UTF-16"
        else:
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError:
                text, encoding = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        raise ReadError(path, "is neither text nor a known table format; export it as UTF-8 .csv", "TBL-06") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ReadError(path, f"holds NUL bytes (first in line {line}); export it again as UTF-8", "TBL-20")
    if not text.strip():
        raise ReadError(path, "the file is empty; export the table again", "TBL-04")
    notes = []
    if encoding != "UTF-8":
        sentence = f"{path.name}: the text is encoded as {encoding}, not UTF-8; check accented letters"
        notes.append(Note("warning", "TBL-23", sentence))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, notes


def _sample(lines: Sequence[str]) -> list[str]:
    """The first lines that are no comment, enough to judge by, few where they are long."""
    sample: list[str] = []
    characters = 0
    for line in lines:
        if not line.strip() or (not sample and line.startswith("#")):
            continue
        sample.append(line)
        characters += len(line)
        if len(sample) >= _SAMPLE_LINES or (len(sample) > 2 and characters > _SAMPLE_CHARACTERS):
            break
    return sample


def _cells(line: str, separator: str) -> list[str]:
    """The cells of one line; quotes are only looked for where there are any, for that is ten times slower."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:  # a cell beyond the parser's limit: this is not the separator
        return [line]


def _separator(lines: Sequence[str]) -> str:
    """The character that cuts the sample into the same number of cells a line, the more the better."""
    sample = _sample(lines)

    def merit(separator: str) -> tuple[bool, int]:
        widths = [len(_cells(line, separator)) for line in sample] or [0]
        same = len(set(widths[1:])) <= 1 and (len(widths) < 2 or widths[1] - widths[0] in (0, 1))
        return (same and widths[0] > 1, widths[0])

    best = max("\t,;|", key=merit)
    if merit(best)[1] > 1:
        return best
    return " " if merit(" ")[0] else ","


def _separator_note(path: Path, separator: str) -> list[Note]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    expected = "," if ".csv" in suffixes else "\t" if ".tsv" in suffixes else separator
    if separator == expected:
        return []
    text = f"{path.name}: cells are parted by {_NAMES[separator]}, not {_NAMES[expected]}, and read so; check them"
    return [Note("warning", "TBL-24", text)]


def _header(path: Path, lines: Sequence[str], separator: str) -> tuple[int, int, tuple[str, ...]]:
    """Index of the header's line, of the first row's, and the names."""
    at = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), -1)
    if at < 0:
        raise ReadError(path, "holds comments and no rows; export the table again", "TBL-17")
    if _may_be_header(lines, at - 1, separator) and not _may_be_header(lines, at - 2, separator):
        at -= 1  # a header that happens to start with "#"; several such lines are cBioPortal's words on the columns
    stop = at + 1
    while "\n".join(lines[at:stop]).count('"') % 2 and stop < len(lines):
        stop += 1  # a quoted name may hold a line break
    row = _cells("\n".join(lines[at:stop]), separator)
    if not any(cell.strip() for cell in row):
        raise ReadError(path, f"line {at + 1} should name the columns and is blank", "TBL-17")
    return at, stop, tuple(" ".join(cell.split()) for cell in row)


def _is_row(names: Sequence[str]) -> bool:
    """Whether the line of the header is a feature with its number, as htseq-count and the GDC's betas begin."""
    return len(names) == 2 and _FEATURE.fullmatch(names[0]) is not None and _NUMBER.fullmatch(names[1]) is not None


def _may_be_header(lines: Sequence[str], at: int, separator: str) -> bool:
    """Whether a line starts with "#" and has as many cells as the one below it."""
    if at < 0 or not lines[at].startswith("#") or lines[at][1:2].isspace():
        return False
    return 0 < lines[at].count(separator) == lines[at + 1].count(separator)


def _check_shape(
    path: Path, body: Sequence[str], separator: str, names: tuple[str, ...], first_line: int
) -> tuple[str, ...]:
    """The names, with one more for the row names that R writes without a header; every line must fit them."""
    width = 0
    for line, cells in _widths(path, body, separator, first_line):
        if not width:
            names = ("", *names) if cells == len(names) + 1 else names
            width = len(names)
        if cells != width == 1:
            reason = (
                f"the first line names one column and line {line} has {cells} cells; delete titles above the header"
            )
            raise ReadError(path, reason, "TBL-18")
        if cells != width:
            raise ReadError(path, f"line {line} has {cells} cells where the header has {width}; repair it", "TBL-18")
    return names


def _widths(path: Path, body: Sequence[str], separator: str, first_line: int) -> list[tuple[int, int]]:
    """(line, number of cells) of every row."""
    if any(line.count('"') % 2 for line in body):
        return _quoted_widths(path, body, separator, first_line)
    return [
        (number, len(_cells(line, separator)) if '"' in line else line.count(separator) + 1)
        for number, line in enumerate(body, first_line)
        if line.strip()
    ]


def _quoted_widths(path: Path, body: Sequence[str], separator: str, first_line: int) -> list[tuple[int, int]]:
    """The same where quoted cells hold line breaks."""
    reader = csv.reader((f"{line}\n" for line in body), delimiter=separator, strict=True)
    widths: list[tuple[int, int]] = []
    start = first_line
    try:
        for row in reader:
            if row:
                widths.append((start, len(row)))
            start = first_line + reader.line_num
    except csv.Error:
        raise ReadError(
            path, f"a quotation mark opened in line {start} is never closed; repair that line", "TBL-19"
        ) from None
    return widths


def _decimal(sample: Sequence[str], separator: str) -> str:
    """`,` where the sample's numbers use it as the decimal mark."""
    if separator == ",":
        return "."
    cells = [cell.strip() for line in sample for cell in _cells(line, separator)]
    commas = [cell for cell in cells if _COMMA_NUMBER.fullmatch(cell)]
    if not commas or any(_POINT_NUMBER.fullmatch(cell) for cell in cells):
        return "."
    # 1,234 alone may be a thousand; a semicolon is only used where the comma is the decimal mark
    return "," if separator == ";" or not all(_THOUSANDS.fullmatch(cell) for cell in commas) else "."


def _parse(body: str, separator: str, width: int, **options: Any) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = pd.read_csv(
        io.StringIO(body), sep=separator, header=None, names=range(width), index_col=False, **options
    )
    return frame

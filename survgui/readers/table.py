"""Tables of any common format, read by content: csv, tsv, txt, parquet, xlsx, npz, gzipped or alone in a zip.

    table = read_table(Path("omics.csv.zip"))
    ids = table.text("case_id")                    # exactly as written: leading zeros, "1E5" and "NA" survive
    values = table.numbers(["TP53", "EGFR"])       # (rows, 2), NaN where missing

What was assumed on the way (another delimiter, an encoding, a decimal comma) is in `table.notes`. Codes:

    -01 to -12 as in sniff        -17 no rows             -22 not a number       -27 repeated column names
    -13 archive of several        -18 cells in a line     -23 encoding
    -14 no such column            -19 open quote          -24 delimiter             -28 no header
    -15 named like another format -20 NUL bytes           -25 decimal comma
    -16 no such sheet or array    -21 infinite values     -26 thousands separator
"""

from __future__ import annotations

import difflib
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Note
from survgui.errors import ReadError
from survgui.readers import delimited, sniff
from survgui.readers.delimited import MISSING
from survgui.readers.packed import Content, unpack

if TYPE_CHECKING:
    import pandas as pd

Cell = float | str | None
_SHEET_ROWS, _SHEET_CELLS = 2**20, 10**8
"""Rows that a sheet can have, and cells that are read of one: more are a bomb or a mistake"""
_FLOAT_EXACT, _SHEET_EXACT = 2**53, 10**15
"""Whole numbers from which on a float has not all digits, and from which on Excel, which keeps fifteen, has not"""
_DAMAGED = "the workbook is damaged or incomplete; save it again in Excel"

_MISSING = frozenset(MISSING)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_COMMA = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+),\d+([eE][+-]?\d+)?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_ANNOTATIONS = frozenset(
    ("entrez_gene_id", "entrezid", "entrez", "gene_id", "locus id", "start", "end", "length", "chromosome", "strand")
)
_NO_GENE = ("N_", "__")


class Table:
    """Rows and named columns of one table file.

    Attributes:
        path: The file.
        names: Column names in order, each once; of repeated columns the first counts.
        sheet: Of the workbook, where one was named.
        notes: What was assumed while reading; `numbers` and `cells` may add to it.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        frame: pd.DataFrame,
        verbatim: Callable[[int], list[str]],
        notes: Sequence[Note] = (),
        first_line: int = 2,
    ) -> None:
        """Args are as `read_table` finds them: `frame` by position, `verbatim` gives a column as written."""
        self.path, self.notes = path, list(notes)
        self.sheet: str | None = None
        self._frame, self._verbatim, self._first_line = frame, verbatim, first_line
        self._position = self._positions(names)
        self.names = tuple(self._position)

    def __len__(self) -> int:
        return len(self._frame)

    def line(self, row: int) -> int:
        """Line of the file (or row of the sheet) that holds a row, as an editor counts."""
        return self._first_line + row

    def text(self, name: str) -> list[str]:
        """A column as written, outer spaces removed; for ids and everything that is compared."""
        column = self._frame[self._at(name)]
        # a column of words was left alone by the parser; numbers and gaps must be read again as text
        cells = self._verbatim(self._at(name)) if _is_numeric(column) or column.isna().any() else column.tolist()
        return [cell.strip() for cell in cells]

    def cells(self, name: str) -> list[Cell]:
        """A column of words and numbers mixed: each cell a number where it reads as one, None where missing."""
        column = self._frame[self._at(name)]
        if _is_numeric(column):
            return [None if np.isnan(value) else float(value) for value in self.numbers([name])[:, 0]]
        written = self.text(name)
        values = self._convert(name, written)
        kept = (None if cell in _MISSING else cell for cell in written)
        return [word if np.isnan(v) else float(v) for word, v in zip(kept, values, strict=True)]

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Columns as numbers.

        Returns:
            (rows, columns), NaN where missing.

        Raises:
            ReadError: A column is not there, a cell is no number, a value is infinite.
        """
        frame = self._frame[[self._at(name) for name in names]]
        if all(_is_numeric_type(kind) for kind in frame.dtypes):
            values = frame.to_numpy(dtype=np.float64)
        else:
            values = np.empty((len(self), len(names)))
            for column, name in enumerate(names):
                values[:, column] = self._number_column(name)
        self._refuse_infinite(values)
        return values

    def numeric(self) -> tuple[str, ...]:
        """Names of the columns that hold numbers only, blanks allowed; a column of blanks is none."""
        kinds = [_is_numeric_type(kind) for kind in self._frame.dtypes]
        blank = self._frame.isna().all(axis=0).tolist()
        return tuple(
            name
            for name, at in self._position.items()
            if not blank[at] and (kinds[at] or not self._words(self.text(name)))
        )

    def is_blank(self) -> bool:
        """Whether no column but the first holds a value."""
        others = range(1, self._frame.shape[1])
        return bool(others) and all(self._frame[at].isna().all() for at in others)

    def _at(self, name: str) -> int:
        if name in self._position:
            return self._position[name]
        near = difflib.get_close_matches(name, self.names, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {listed(self.names)}"
        raise ReadError(self.path, f"there is no column {name!r}; {hint}", "TBL-14")

    def _positions(self, names: Sequence[str]) -> dict[str, int]:
        position: dict[str, int] = {}
        for at, name in enumerate(names):
            position.setdefault(name, at)
        repeated = [name for name, times in Counter(names).items() if times > 1 and name]
        if repeated:
            text = (
                f"{self.path.name}: {len(repeated)} column names occur twice ({listed(repeated)}) and the first is "
                "used; rename them if both are needed"
            )
            self.notes.append(Note("warning", "TBL-27", text))
        return position

    def _number_column(self, name: str) -> NDArray[np.float64]:
        column = self._frame[self._at(name)]
        if _is_numeric(column):
            return column.to_numpy(dtype=np.float64)
        written = self.text(name)
        words = self._words(written)
        if words:
            row = words[0]
            reason = (
                f"column {name!r} is not a number in {len(words)} cells "
                f"(first: {written[row]!r} in line {self.line(row)}); correct them or leave them blank"
            )
            raise ReadError(self.path, reason, "TBL-22")
        return self._convert(name, written)

    @staticmethod
    def _words(written: Sequence[str]) -> list[int]:
        """Rows whose cell is neither a number in any spelling nor missing."""
        return [
            row
            for row, cell in enumerate(written)
            if cell not in _MISSING
            and cell != "None"
            and not any(form.fullmatch(cell) for form in (_NUMBER, _THOUSANDS, _COMMA, _INFINITE))
        ]

    def _convert(self, name: str, written: Sequence[str]) -> NDArray[np.float64]:
        """Numbers of a column of text, NaN for words; how commas are meant is decided for the whole column."""
        commas = [cell for cell in written if "," in cell and (_COMMA.fullmatch(cell) or _THOUSANDS.fullmatch(cell))]
        thousands = all(_THOUSANDS.fullmatch(cell) for cell in commas)
        if commas:
            mark, code = ("as thousands separators", "TBL-26") if thousands else ("as decimal commas", "TBL-25")
            self._note(
                Note(
                    "warning",
                    code,
                    f"{self.path.name}: commas in {name!r} are read {mark} ({commas[0]!r}); check one of them",
                )
            )

        def number(cell: str) -> float:
            if commas and "," in cell:
                cell = cell.replace(",", "") if thousands else cell.replace(".", "").replace(",", ".")
            return float(cell) if _NUMBER.fullmatch(cell) or _INFINITE.fullmatch(cell) else float("nan")

        values = np.array([number(cell) for cell in written], dtype=np.float64)
        self._refuse_infinite(values[:, None])
        return values

    def _note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _refuse_infinite(self, values: NDArray[np.float64]) -> None:
        rows = np.flatnonzero(np.isinf(values).any(axis=1))
        if len(rows):
            lines = listed([str(self.line(int(row))) for row in rows])
            reason = f"holds infinite values in {len(rows)} rows (lines {lines}); correct them or leave them blank"
            raise ReadError(self.path, reason, "TBL-21")


def read_table(path: Path, *, sheet: str | None = None, array: str | None = None) -> Table:
    """Read a table, whatever its format; the content decides, not the name.

    Args:
        path: The file; gzip and a zip with one member are looked through.
        sheet: Sheet of a workbook; the first if left out.
        array: Array of an .npz that holds the numbers, (n, d); one-dimensional arrays of length n are columns
            beside it. Left out: the only two-dimensional one.

    Raises:
        ReadError: With file, line where there is one, and what to do.
        UnsupportedFormat: No table.
    """
    content = unpack(path)
    if content.form == "text":
        parsed = delimited.parse(path, content.data)
        return Table(path, parsed.names, parsed.frame, parsed.verbatim, parsed.notes, parsed.first_line)
    reader = {"parquet": _parquet, "xlsx": _xlsx, "npz": _npz}[content.form]
    table = reader(path, content.data, sheet or array)
    if len(table) == 0:
        raise ReadError(path, "has a header but no rows; export the table again", "TBL-17")
    table.notes.extend(_disguise(path, content))
    table.sheet = sheet
    return table


def sheets_of(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook, but those of charts; none of any other table.

    Raises:
        ReadError: As `read_table`.
    """
    if sniff.inspect(path, "TBL") is not sniff.Content.ZIP:
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return ()
    except (OSError, zipfile.BadZipFile):
        return ()  # whoever reads it says what is wrong
    return tuple(sheet.title for sheet in _workbook(path, path.read_bytes()).worksheets)


class Tables:
    """Tables by file, each parsed once however many blocks take columns of it."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path, str | None, str | None], Table] = {}

    def read(self, path: Path, *, sheet: str | None = None, array: str | None = None) -> Table:
        """`read_table`, remembered."""
        key = (sniff.real_path(path), sheet, array)
        if key not in self._read:
            self._read[key] = read_table(path, sheet=sheet, array=array)
        return self._read[key]

    def forget(self, path: Path) -> None:
        """Let go of a file's tables: those of thousands of patients, a file each, would fill the memory."""
        real = sniff.real_path(path)
        self._read = {key: table for key, table in self._read.items() if key[0] != real}

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was assumed in all of them."""
        return tuple(note for table in self._read.values() for note in table.notes)


def transposed(table: Table, case: str | None = None) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """A table whose columns are cases and whose first column holds the feature names, turned round.

    Annotations of the features are left out: columns of words, and cBioPortal's of Entrez ids, which name the feature
    where the symbol is blank. Rows of a count table that are no gene (`N_unmapped`, `__no_feature` and their like) are
    too. In the count tables of the GDC the gene's symbol names the feature.

    Args:
        case: The one column to take; None for every column of numbers.

    Returns:
        Case ids (n), feature names (d), values (n, d).
    """
    gdc = table.names[0] == "gene_id" and "gene_name" in table.names
    identifiers = table.text(table.names[0])
    features = table.text("gene_name") if gdc else identifiers
    beside = [name for name in table.names[1:] if name.casefold() in _ANNOTATIONS]
    entrez = next((name for name in beside if "entrez" in name.casefold()), None)
    if entrez is not None and not gdc:
        features = [name or other for name, other in zip(features, table.text(entrez), strict=True)]
    rows = [row for row, name in enumerate(features) if name and not identifiers[row].startswith(_NO_GENE)]
    numeric = set(table.numeric()) if case is None else {case}
    cases = [name for name in table.names[1:] if name in numeric and name not in beside]
    return cases, [features[row] for row in rows], table.numbers(cases)[rows].T


def _parquet(path: Path, data: bytes, _: str | None) -> Table:
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(data))
    except (OSError, ValueError) as error:
        raise ReadError(path, "the parquet file is damaged or incomplete; export it again", "TBL-10") from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return _from_columns(path, [str(name) for name in frame.columns], [frame.iloc[:, i] for i in range(frame.shape[1])])


def _workbook(path: Path, data: bytes) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, ParseError, zlib.error) as error:
        raise ReadError(path, _DAMAGED, "TBL-10") from error


def _xlsx(path: Path, data: bytes, sheet: str | None) -> Table:
    sheets = {found.title: found for found in _workbook(path, data).worksheets}  # sheets of charts are not among them
    if sheet is not None and sheet not in sheets:
        raise ReadError(path, f"there is no sheet {sheet!r}; it has {listed(list(sheets))}", "TBL-16")
    if not sheets:
        raise ReadError(path, "the workbook has no sheet of cells; save the table as .xlsx or .csv", "TBL-04")
    name = sheet or next(iter(sheets))
    rows = _cells_of(path, sheets[name])
    if not rows:
        raise ReadError(path, f"the sheet {name!r} is empty; name another one", "TBL-04")
    width = max(len(row) for row in rows)
    padded = [row + (None,) * (width - len(row)) for row in rows]
    names = [" ".join(_written(cell).split()) for cell in padded[0]]
    columns = [[row[column] for row in padded[1:]] for column in range(width)]
    return _from_columns(path, names, columns, _SHEET_EXACT)


def _cells_of(path: Path, sheet: Any) -> list[tuple[Any, ...]]:
    """The rows of a sheet that are not blank, each up to its last cell.

    How large it is says the file itself, and not all programs write that: openpyxl would leave out the rows beyond.
    """
    sheet.reset_dimensions()
    rows: list[tuple[Any, ...]] = []
    cells = 0
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells += len(row)
            if number > _SHEET_ROWS or cells > _SHEET_CELLS:
                raise ReadError(path, "the sheet has more cells than can be read; save the table as .csv", "TBL-09")
            last = next((at for at in range(len(row), 0, -1) if row[at - 1] is not None), 0)
            if last:
                rows.append(row[:last])
    except (ParseError, ValueError, LookupError, TypeError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise ReadError(path, _DAMAGED, "TBL-10") from error
    return rows


def _npz(path: Path, data: bytes, array: str | None) -> Table:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, MemoryError, zipfile.BadZipFile) as error:
        raise ReadError(path, "the arrays are damaged or no plain numbers; save them again", "TBL-10") from error
    wide = [name for name, values in arrays.items() if values.ndim == 2]
    if array is None and len(wide) != 1:
        raise ReadError(path, f"say which array holds the numbers (array = ...): {listed(list(arrays))}", "TBL-16")
    main = array or wide[0]
    if main not in arrays or arrays[main].ndim != 2:
        raise ReadError(path, f"there is no table {main!r} (n, d); it has {listed(wide or list(arrays))}", "TBL-16")
    values = arrays[main]
    beside = {name: v for name, v in arrays.items() if v.ndim == 1 and len(v) == len(values) and name != main}
    named = [v for v in arrays.values() if v.ndim == 1 and v.dtype.kind in "US" and len(v) == values.shape[1]]
    features = [str(v) for v in named[0]] if named and len(values) != values.shape[1] else None
    names = [*beside, *(features or [f"{main}_{column}" for column in range(values.shape[1])])]
    return _from_columns(path, names, [*beside.values(), *values.T])


def _from_columns(path: Path, names: Sequence[str], columns: Sequence[Any], exact: int = 0) -> Table:
    """A table of typed columns: text stays text, numbers and blanks become numbers.

    A number that is too large to be exact is blank where it is read as text: as ids two patients' would be one.

    Args:
        exact: Below which whole numbers are exact too, if there is such a limit.
    """
    import pandas as pd

    def written(at: int) -> list[str]:
        lost = [_is_rounded(cell, exact) for cell in columns[at]]
        reason = "holds numbers so long that their last digits are lost; if they are ids, format it as text"
        note = Note("warning", "TBL-29", f"{path.name}: the column {names[at]} {reason}")
        if any(lost) and note not in table.notes:
            table.notes.append(note)
        return ["" if gone else _written(cell) for cell, gone in zip(columns[at], lost, strict=True)]

    frame = pd.DataFrame({at: _typed(column, exact) for at, column in enumerate(columns)})
    table = Table(path, names, frame, written)
    return table


def _is_rounded(cell: Any, exact: int) -> bool:
    if isinstance(cell, float | np.floating):
        return bool(np.isfinite(cell) and abs(float(cell)) >= (exact or _FLOAT_EXACT))
    return bool(exact) and isinstance(cell, int) and abs(cell) >= exact


def _typed(column: Any, exact: int) -> Any:
    """float64 where every cell is a number or missing, else text with NaN where missing."""
    kind = getattr(column, "dtype", None)
    if isinstance(kind, np.dtype) and kind.kind in "fiub":
        return np.asarray(column, dtype=np.float64)
    cells = [None if _is_missing(cell) else cell for cell in column]
    if all(cell is None or isinstance(cell, int | float | np.number) for cell in cells):
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    words = (None if _is_rounded(cell, exact) else cell for cell in cells)
    return np.array([np.nan if cell is None else _written(cell) for cell in words], dtype=object)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and cell.strip() in _MISSING)


def _written(cell: Any) -> str:
    """A typed cell as a person would write it: 7, not 7.0."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def _is_numeric(column: Any) -> bool:
    return _is_numeric_type(column.dtype)


def _is_numeric_type(kind: Any) -> bool:
    return isinstance(kind, np.dtype) and kind.kind in "fiub"


def _disguise(path: Path, content: Content) -> list[Note]:
    """A note where the name promises text and the content is a workbook or the like."""
    if not any(suffix.lower() in (".csv", ".tsv", ".txt") for suffix in path.suffixes):
        return []
    text = f"{path.name} is named like text and holds {content.form}, as which it is read; rename it"
    return [Note("warning", "TBL-15", text)]


def listed(names: Sequence[str], most: int = 8) -> str:
    """The first names of many, as a message shows them."""
    shown = ", ".join(name or "(no name)" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")

"""The log: what happened, for the window's list and for a file, without a patient's id and without anybody's paths.

book = Logbook()
book.install()                    # once, after the application was made
logbook.hide("TCGA-02-0001")      # every patient's id, as soon as it is known
logbook.hide_paths(paths)         # whatever the user gives: names of files and folders are often those of patients
book.remove()                     # when the window goes

Tracebacks are written as modules and lines alone, for an error's own message may hold what must not be kept.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from PySide6.QtCore import QObject, Signal, Slot

from survgui import paths
from survgui.cases.trouble import where

KEPT = 2000
"""entries in the window"""
FILE_BYTES = 1_000_000
FILES = 3
"""older files that are kept beside the one that is written"""
HIDDEN = "[hidden]"
SHORT = 4
"""letters below which a name is not looked for: `12` is also a number in a sentence"""

_DATA = (
    r"(?:svs|ndpi|tiff?|mrxs|scn|bif|vms|vmu|svslide|dcm|nii|mha|nrrd|csv|tsv|txt|xlsx?|parquet|h5ad|h5|hdf5|pt|npy|npz"
    r"|safetensors|png|jpe?g|maf|vcf|toml|json|pdf|html|zip)(?:\.(?:gz|bz2|xz))?"
)
_NAME = r"[^\\/:\"'<>|\n]"
_PATH = re.compile(
    rf"(?<![\w.])(?:~|[A-Za-z]:|\\\\)?[\\/](?:{_NAME}{{1,200}}?[\\/])*(?:{_NAME}{{1,200}}?\.{_DATA}\b|[^\s\\/:\"'<>|,;)]*)",
    re.IGNORECASE,
)
_BEFORE_COLON = re.compile(rf"(?:(?<=^)|(?<=: ))({_NAME}{{1,200}}?)(\.{_DATA})(?=:)", re.IGNORECASE | re.MULTILINE)
_CAPITAL = r"(?-i:[^\W_a-zß-öø-ÿ])"
"""a capital letter or a digit, also of other scripts: words that begin with it are taken for parts of a file's name"""
_FILE = re.compile(rf"(?<![\w*])((?:{_CAPITAL}[\w.'-]{{0,60}},? ){{0,6}})([\w.-]*[\w-])(\.{_DATA})\b", re.IGNORECASE)
_SUFFIX = re.compile(rf"\.{_DATA}$", re.IGNORECASE)
_BARCODE = re.compile(r"\bTCGA-\w\w-\w{4}[\w-]*", re.IGNORECASE)
_OWN = frozenset(("settings.json", "manifest.json", "case.toml", "cohort.toml", "report.json", "survgui.log"))
"""names of survgui's own files, which say nothing"""
_ORDINARY = frozenset(
    (
        *("case", "cases", "clinical", "cohort", "cohorts", "data", "desktop", "dnam", "documents"),
        *("downloads", "expression", "features", "files", "flair", "home", "images", "methylation", "mirna"),
        *("model", "models", "mutation", "mutations", "patient", "patients", "pictures", "report", "rna-seq"),
        *("rnaseq", "segmentation", "slide", "slides", "survgui", "temp", "test", "tests", "users"),
    )
)
"""names of files and folders that are words of the log as well, and nobody's"""


class Scrubber:
    """Takes out of a text what must not be kept: names it was told of, paths, and names of data files."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: frozenset[str] = frozenset()
        self.hide(*names)

    def hide(self, *names: str) -> None:
        """Remember names, such as a patient's id, that no text may hold; from any thread."""
        self._names |= {name.strip().lower() for name in names if len(name.strip()) >= SHORT}

    def hide_paths(self, given: Iterable[Path]) -> None:
        """Remember what files and folders are called, with and without suffix, and the folders that they lie in."""
        names = {name for path in given for name in (path.name, _SUFFIX.sub("", path.name), path.parent.name)}
        self.hide(*(name for name in names if name.lower() not in _ORDINARY | _OWN))

    def clean(self, text: str) -> str:
        """The text with what was hidden taken out."""
        low = text.lower()
        here = sorted((name for name in self._names if name in low), key=len, reverse=True)  # few of thousands
        if here:
            text = re.sub("|".join(map(re.escape, here)), HIDDEN, text, flags=re.IGNORECASE)
        text = _PATH.sub(_without_path, text)
        text = _BEFORE_COLON.sub(_without_name, text)
        text = _FILE.sub(_without_names, text)
        return _BARCODE.sub(HIDDEN, text)


def _without_path(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) < 3:
        return text  # a stroke between two words
    return "…/*" + "".join(Path(text).suffixes[-2:]) if re.search(rf"\.{_DATA}$", text, re.IGNORECASE) else "…/*"


def _without_name(found: re.Match[str]) -> str:
    return found[0] if found[0].lower() in _OWN else "*" + found[2]


def _without_names(found: re.Match[str]) -> str:
    """A file's name of several words; those before one of survgui's own files are no part of its name."""
    return found[0] if (found[2] + found[3]).lower() in _OWN else "*" + found[3]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; nothing in it names a patient.

    Attributes:
        level: `info`, `warning` or `error`.
        room: Which part of survgui, such as `ui` or `readers`, or the library.
        details: Where an error came from: modules and lines; may be empty.
    """

    time: datetime
    level: str
    room: str
    text: str
    details: str = ""

    def line(self) -> str:
        """As it stands in the file."""
        first = f"{self.time.isoformat(sep=' ', timespec='seconds')} {self.level:<7} {self.room}: {self.text}"
        return first + "".join(f"\n    {line}" for line in self.details.splitlines())


class Logbook(QObject):
    """The latest entries.

    Args:
        folder: Where the files go; the user's log folder if left out.

    Signals:
        added(Entry): In the window's thread.
        unseen_changed(int): How many errors nobody has looked at.
    """

    added = Signal(object)
    unseen_changed = Signal(int)
    _said = Signal(object)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = paths.user_log() if folder is None else folder
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.unseen = 0
        self.scrubber = Scrubber([str(Path.home())])
        self.handler: LogHandler | None = None
        self._said.connect(self._take)

    def add(self, level: str, room: str, text: str, details: str = "") -> None:
        """Note something that no logger said, such as a job that failed; from any thread.

        Args:
            level: `info`, `warning` or `error`.
            room: Which part of survgui it concerns.
        """
        clean = self.scrubber.clean
        entry = Entry(datetime.now(), level, room, clean(text), clean(details))
        if self.handler is not None:
            self.handler.write(entry)
        self.take(entry)

    def take(self, entry: Entry) -> None:
        """Take an entry that names nobody into the list, from any thread."""
        self._said.emit(entry)

    def hide(self, *names: str) -> None:
        """Keep names out of the log from now on."""
        self.scrubber.hide(*names)

    def hide_paths(self, given: Iterable[Path]) -> None:
        """Keep the names of files and folders out of the log from now on."""
        self.scrubber.hide_paths(given)

    @Slot()
    def mark_seen(self) -> None:
        """Somebody has looked at the errors."""
        if self.unseen:
            self.unseen = 0
            self.unseen_changed.emit(0)

    def install(self) -> None:
        """Begin to listen; the names that `hide` is told of go to the logbook that listens last."""
        global _current
        if self.handler is not None:
            return
        _current, self.handler = self, LogHandler(self)
        logging.getLogger().addHandler(self.handler)
        own = logging.getLogger("survgui")
        if own.getEffectiveLevel() > logging.INFO:
            own.setLevel(logging.INFO)

    @Slot()
    def remove(self) -> None:
        """Stop listening, write what is left and let go of the file."""
        global _current
        if self.handler is not None:
            logging.getLogger().removeHandler(self.handler)
            self.handler.close()
            self.handler = None
        if _current is self:
            _current = None

    @Slot(object)
    def _take(self, entry: Entry) -> None:
        self.entries.append(entry)
        if entry.level == "error":
            self.unseen += 1
            self.unseen_changed.emit(self.unseen)
        self.added.emit(entry)


class LogHandler(logging.Handler):
    """Gives every record to the window's list, and to a thread that writes the file: no disk holds up the window."""

    def __init__(self, book: Logbook) -> None:
        super().__init__(logging.INFO)
        self._book = book
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._writer = threading.Thread(target=_write, args=(self._queue, book.folder), name="log", daemon=True)
        self._writer.start()

    def filter(self, record: logging.LogRecord) -> bool:
        """Everything of survgui's own, and what libraries warn of."""
        own = record.name.split(".")[0] == "survgui"
        return bool(super().filter(record)) and (own or record.levelno >= logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Scrub a record and pass it on."""
        try:
            entry = entry_of(record, self._book.scrubber)
        except Exception:  # a record whose arguments do not fit its text must not stop what was logged
            entry = Entry(datetime.now(), "error", "log", f"An entry of {record.module} could not be written.")
        self.write(entry)
        self._book.take(entry)

    def write(self, entry: Entry) -> None:
        """Put an entry into the file."""
        self._queue.put(entry)

    def close(self) -> None:
        """Write what is left."""
        if self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
        super().close()


def entry_of(record: logging.LogRecord, scrubber: Scrubber) -> Entry:
    """What is kept of a record."""
    parts = record.name.split(".")
    room = parts[1] if parts[0] == "survgui" and len(parts) > 1 else parts[0]
    level = "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "info"
    error = record.exc_info[1] if record.exc_info else None
    details = where(error) if error is not None else ""
    text = scrubber.clean(record.getMessage())
    return Entry(datetime.fromtimestamp(record.created), level, room, text, scrubber.clean(details))


def _write(queue: SimpleQueue[Entry | None], folder: Path) -> None:
    """Write entries until there is a None among them; a disk that is full costs the file, not the window."""
    file: logging.handlers.RotatingFileHandler | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "survgui.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8", delay=True
        )
        file.setFormatter(logging.Formatter("%(message)s"))
        file.handleError = _ignore  # type: ignore[method-assign]  # it would print, and nobody reads that
    except OSError:
        file = None
    while (entry := queue.get()) is not None:
        if file is not None:
            file.handle(logging.LogRecord("survgui", logging.INFO, "", 0, entry.line(), None, None))
    if file is not None:
        file.close()


def _ignore(record: logging.LogRecord) -> None:
    """Nothing: see `_write`."""


_current: Logbook | None = None


def hide(*names: str) -> None:
    """Keep names out of the log from now on: a patient's id, and the names of the case's files."""
    if _current is not None:
        _current.scrubber.hide(*names)

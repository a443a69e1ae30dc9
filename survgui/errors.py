"""Every failure that a user can meet, as one tree.

    SurvguiError
    ├── UsageError            the request cannot be: a wrong name, a wrong combination (exit code 2)
    ├── ReadError             a file that cannot be read: says which, why, and what to do
    │   ├── UnsupportedFormat     not one of the formats that this reader takes
    │   └── PixelSizeMissing      a slide without a pixel size: the user must say it
    ├── CohortError           tables that are readable but do not make a cohort
    ├── BundleError           a model bundle that cannot be used
    │   ├── BundleTooNew          written by a later survgui
    │   └── ChecksumMismatch      a file differs from its manifest
    ├── Diverged              a training whose loss is no longer a number
    ├── StorageError          a result that could not be written (disk full, read-only)
    ├── DeviceError           the device asked for is not there
    │   └── OutOfMemory           the device's memory is exhausted
    └── Cancelled             the user stopped the work; nothing went wrong

A message says what happened, where, and what to do next, in one line. Programming errors stay
`ValueError` and `TypeError`: they are bugs, not the user's doing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BundleError",
    "BundleTooNew",
    "Cancelled",
    "ChecksumMismatch",
    "CohortError",
    "DeviceError",
    "Diverged",
    "OutOfMemory",
    "PixelSizeMissing",
    "ReadError",
    "StorageError",
    "SurvguiError",
    "Trouble",
    "UnsupportedFormat",
    "UsageError",
]


_LONGEST = 200
"""letters of a file's name that a message shows; file systems take 255"""


class SurvguiError(Exception):
    """Base of all failures that are shown to the user as a sentence."""


class UsageError(SurvguiError):
    """The request itself cannot be carried out as asked."""


class ReadError(SurvguiError):
    """A file that cannot be read.

    Args:
        path: The file.
        reason: What is wrong and what to do, one sentence without the path.
        code: Short stable code for tests and support, such as `SLD-03`.
    """

    def __init__(self, path: Path | str, reason: str, code: str = "") -> None:
        self.path, self.reason, self.code = Path(path), reason, code
        name = self.path.name if len(self.path.name) <= _LONGEST else f"{self.path.name[:_LONGEST]}…"
        super().__init__(f"{name}: {reason}" + (f" [{code}]" if code else ""))

    def __reduce__(self) -> tuple[Callable[..., ReadError], tuple[object, ...]]:
        """A copy, or the error in another process, says the same; Python by itself would build a new message."""
        return _revived, (type(self), self.args, self.__dict__)


def _revived(kind: type[ReadError], args: tuple[object, ...], state: dict[str, object]) -> ReadError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class UnsupportedFormat(ReadError):
    """A file that is not of a format that survgui reads."""


class PixelSizeMissing(ReadError):
    """A slide that does not say how large its pixels are."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            path,
            "the slide holds no pixel size; give it in µm per pixel (above the slide in the window, with --mpp, or as "
            "`mpp` in a case file); scanners at 40x have about 0.25, at 20x about 0.5",
            "SLD-05",
        )


class CohortError(SurvguiError):
    """Tables that were read but do not form a cohort."""


class BundleError(SurvguiError):
    """A model bundle that cannot be used."""


class BundleTooNew(BundleError):
    """A bundle written by a later version of survgui."""


class ChecksumMismatch(BundleError):
    """A bundle's file is not the one its manifest names."""


class Diverged(SurvguiError):
    """A training whose loss is no longer a number."""


class StorageError(SurvguiError):
    """A result that could not be written; what was there before is unchanged."""


class DeviceError(SurvguiError):
    """A device that is not there or does not work."""


class OutOfMemory(DeviceError):
    """The memory of a device is exhausted even with the smallest batch."""


class Cancelled(SurvguiError):
    """The user stopped the work."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure as it travels from a worker process to the screen.

    Attributes:
        kind: Name of the error's class, such as `ReadError`; `Crashed` where the process itself ended.
        text: What happened, its effect and the next step, one or two sentences.
        code: Short stable code such as `SLD-03`, or empty.
        details: For support, behind a "Details" button: a traceback without a patient's id or path; may be empty.
    """

    kind: str
    text: str
    code: str = ""
    details: str = ""

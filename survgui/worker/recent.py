"""What a worker process keeps of the last cases and bundles, so that asking again costs only what is new.

Everything is kept by the state of the files that it came from, and read again where one of them has changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from survgui import settings
from survgui.cases.bundle import Bundle, verify
from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.errors import StorageError, UsageError
from survgui.readers.cohort import load_case
from survgui.readers.files import files_by_patient
from survgui.readers.spec import OutcomeSpec, read_case_spec
from survgui.workspace import Workspace

if TYPE_CHECKING:
    from survgui.cases.step import Task
    from survgui.engine.embedding import Embedded
    from survgui.engine.model import OpenModel

Value = TypeVar("Value")

CASES, MODELS = 4, 3
"""how many are kept; a slide of 10,000 patches takes 50 MB"""


class Recent(Generic[Value]):
    """The last values by key; the one that was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of this key, made where it is not there."""
        if key not in self._values:
            self._values[key] = make()
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return self._values[key]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()


@dataclass(slots=True)
class OpenCase:
    """A case, encoded as far as it was needed.

    Attributes:
        key: In the workspace.
        cohort: As it was read.
        encoded: By encoder, the cohort with its files encoded as far as somebody asked for it.
        tried: Modalities whose files an encoder has taken, or could not.
        embedded: The case in the networks that it was put through.
    """

    key: str
    cohort: Cohort
    encoded: dict[str, Cohort] = field(default_factory=dict)
    tried: set[tuple[str, Modality]] = field(default_factory=set)
    embedded: Recent[Embedded] = field(default_factory=lambda: Recent(MODELS))

    @property
    def patient(self) -> str:
        """The one patient's id."""
        return self.cohort.ids[0]


_cases: Recent[OpenCase] = Recent(CASES)
_bundles: Recent[Bundle] = Recent(MODELS)
_models: Recent[OpenModel] = Recent(MODELS)


def clear() -> None:
    """Forget everything, as a new process would."""
    for kept in (_cases, _bundles, _models):
        kept.clear()


def case(key: str) -> OpenCase:
    """A case of the workspace, read from its files.

    Raises:
        UsageError: The case is not in the workspace (any longer).
        CohortError: Its `case.toml` is not valid.
    """
    with Workspace.default() as workspace:
        file = workspace.case_file(key)
    if not file.is_file():
        raise UsageError("the case is no longer in the list; it was deleted")
    return _cases.get((file, _state([file, *_files(file)])), lambda: OpenCase(key, load_case([file])))


def bundle(folder: Path) -> Bundle:
    """A bundle, verified once for as long as none of its files changes.

    Raises:
        BundleError: It cannot be used.
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else ()
    return _bundles.get((folder, _state(files)), lambda: verify(folder))


def model(folder: Path, device: str) -> OpenModel:
    """A bundle's network on a device (auto | cpu | cuda | mps).

    Raises:
        BundleError, DeviceError: The bundle or the device does not work.
    """
    from survgui.engine.model import open_model
    from survgui.nets.device import pick

    verified, where = bundle(folder), pick(device)
    return _models.get((verified.sha256, str(where)), lambda: open_model(verified, where))


def encoded(opened: OpenCase, taker: Bundle, hide: Collection[Modality], device: str) -> Task[Cohort]:
    """The case with those of its files encoded that the bundle takes and that are not hidden.

    A slide takes minutes: one that nobody will look at is left as it is.
    """
    from survgui.encoders import cache
    from survgui.encoders.registry import slide_encoder
    from survgui.engine.encode import encode

    encoder = slide_encoder(taker.manifest.inputs)
    cohort = opened.encoded.get(encoder, opened.cohort)
    wanted = {
        modality: block
        for modality, block in cohort.blocks.items()
        if modality in taker.manifest.inputs
        and modality not in hide
        and (encoder, modality) not in opened.tried
        and any(block.files.get(patient) and patient not in block.items for patient in block.files)
    }
    if wanted:
        some = replace(cohort, blocks=wanted)
        with cache.noting() as entries:
            some = yield from encode(some, device=device, encoder=encoder, batch=settings.load().batch)
        _note(opened.key, entries)
        cohort = replace(some, blocks={**cohort.blocks, **some.blocks})
        opened.encoded[encoder] = cohort
        opened.tried |= {(encoder, modality) for modality in wanted}
    return cohort


def embedded(network: OpenModel, opened: OpenCase, cohort: Cohort) -> Embedded:
    """The case in the network, with everything that it has."""
    from survgui.engine.embedding import embed

    # the vectors hold the cohort, so that its address stays its own
    key = (network.bundle.sha256, str(network.device), id(cohort))
    return opened.embedded.get(key, lambda: embed(network, cohort, opened.patient))


def _note(key: str, entries: Collection[str]) -> None:
    """Remember what was encoded for a case, so that it goes with it."""
    with suppress(StorageError, UsageError), Workspace.default() as workspace:  # read-only, or deleted meanwhile
        workspace.note_features(key, entries)


def _files(case_file: Path) -> list[Path]:
    """Every file that a `case.toml` names."""
    spec = read_case_spec(case_file)
    found = [spec.outcome.table.path] if isinstance(spec.outcome, OutcomeSpec) else []
    for block in spec.blocks.values():
        found += [block.table.path] if block.table is not None else []
        found += [block.groups] if block.groups is not None else []
        found += [source.path for sources in files_by_patient(block, (spec.id,)).values() for source in sources]
    return found


def _state(files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """What tells that a file is still the same one: its time and size, or that it is not there."""
    return tuple((str(file), *_stamp(file)) for file in files)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size

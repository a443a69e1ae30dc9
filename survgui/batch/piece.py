"""What is done with one case of a batch, in a process that may die of it."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui.batch.items import content, content_key
from survgui.cases.batch import Action, Item, Order, Row
from survgui.cases.bundle import MANIFEST, Bundle, verify
from survgui.cases.case import Modality
from survgui.cases.cohort import Bag, Cohort, Note, Tiles
from survgui.cases.prediction import Prediction, as_json
from survgui.cases.safe_harbor import new_code
from survgui.cases.step import Step, Task
from survgui.cases.trouble import trouble_of
from survgui.encoders.registry import DEFAULT, slide_encoder
from survgui.engine import program
from survgui.errors import CohortError, Trouble
from survgui.readers.cohort import CohortFile, load_case
from survgui.readers.spec import read_cohort_spec

if TYPE_CHECKING:
    from survgui.engine.model import OpenModel

SOFT = {"BLK-03", "BLK-05", "BLK-06", "ENC-08", "MRI-21", "REC-02", "SLD-24", "SLD-25", "SLD-26"}
"""Codes of notes that are no reason for a modality not to be there."""
ENCODED = (Modality.PATHOLOGY, Modality.MRI)
"""What comes as files that are encoded."""
_CODE = re.compile(r"\s*\[([A-Z]{2,4}-\d+)\]$")
_OF_MRI = re.compile(r"^MRI of \S+: (?=\S+: )")
"""That a note is of a whole MRI, before the file that it is about."""
SAID = 3
"""reasons that are told of one case"""
NOTHING_BEGUN = "every patient needs it, so nothing was begun; mend it, or predict from the rest with --partial"
HOW_TO_GO_ON = "or predict this case from the rest of its files"


class Unread(CohortError):
    """Something that a case names could not be read."""

    def __init__(self, text: str, code: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as it was read.

    Attributes:
        named: What there should be of it, whether it could be read or not.
    """

    cohort: Cohort
    named: frozenset[Modality]

    @property
    def patient(self) -> str:
        """The one patient's id."""
        return self.cohort.ids[0]


def do(order: Order, item: Item) -> Task[Row]:
    """Do one case; whatever is wrong with it is its row."""
    start = time.perf_counter()
    key = ""
    try:
        yield Step("read", 0, 1)
        folder = item.bundle or order.bundle
        bundle = _bundle(folder) if folder is not None else None
        key = content_key(item, order, program.digest(), bundle.sha256 if bundle is not None else "")
        yield Step("read", 1, 1)
        if order.action is Action.ENCODE:
            row = yield from _encode(order, item, bundle)
        elif bundle is None:
            raise ValueError("a prediction needs a model")
        else:
            row = yield from _predict(order, item, bundle)
    except Exception as error:  # a row says what went wrong, whatever it was
        row = Row(item.name, trouble=_explained(error))
    return replace(row, key=key, seconds=round(time.perf_counter() - start, 3))


def _explained(error: Exception) -> Trouble:
    trouble = trouble_of(error)
    if trouble.kind != "OutOfMemory":
        return trouble
    text = (
        "this case needs more memory than a process of the batch may take; try it again with fewer processes "
        "(--workers) or more memory (--memory), or look whether a file of it is far larger than the others'"
    )
    return replace(trouble, text=text, code="BAT-03")


def read(item: Item, mpp: float | None) -> Opened:
    """Read one case.

    Raises:
        SurvguiError: Nothing of it can be used, or a loose file of it cannot be read.
    """
    if item.patient:
        return Opened(*_cohort(item.paths[0]).case(item.patient, mpp))
    cohort = load_case(list(item.paths), mpp)
    errors = [note for note in cohort.notes if note.level == "error" and note.code == "REC-01"]
    if errors:
        raise Unread("; ".join(note.text for note in errors[:SAID]), errors[0].code)
    return Opened(cohort, frozenset(cohort.blocks))


def check_tables(order: Order, item: Item, bundle: Bundle) -> None:
    """Refuse a cohort of which a table that the model takes cannot be read: every patient would fail for it.

    Args:
        item: Any patient of it.

    Raises:
        Unread: Which table, and why.
        CohortError, ReadError: The cohort cannot be read at all.
    """
    cohort, named = CohortFile(item.paths[0]).case(item.patient, order.mpp)
    wanted = [m for m in bundle.manifest.inputs if m in named and str(m) not in order.hide]
    gone = [m for m in wanted if str(m) in cohort.origin and not cohort.blocks[m].names]
    notes = tuple(note for note in cohort.notes if note.text.startswith(tuple(f"{m}: " for m in gone)))
    try:
        check_whole(Opened(cohort, frozenset(gone)), replace(cohort, notes=notes), gone, hint=NOTHING_BEGUN)
    except Unread as error:
        raise Unread(f"{error} [{error.code}]", error.code) from None


def _encode(order: Order, item: Item, bundle: Bundle | None) -> Task[Row]:
    opened = read(item, order.mpp)
    own = slide_encoder(bundle.manifest.inputs) if bundle is not None else DEFAULT
    with_files = [m for m, block in opened.cohort.blocks.items() if block.files]
    encoded = yield from _encoded(opened.cohort, order.encoder or own, order.device)
    check_whole(opened, encoded, ENCODED)
    words = {str(m): _words(encoded, m, opened.patient) for m in with_files}
    return Row(item.name, {"case": item.name, "modalities": words, "error": None})


def _predict(order: Order, item: Item, bundle: Bundle) -> Task[Row]:
    from survgui.engine.predict import Choices, check_choices, predict_one

    choices = Choices(
        frozenset(Modality(name) for name in order.hide), order.draws, order.seed, order.generator, order.steps
    )
    check_choices(choices, bundle)
    opened = read(item, order.mpp)
    wanted = [m for m in bundle.manifest.inputs if m not in choices.hide]
    hidden = opened.cohort.hide(choices.hide)
    cohort = yield from _encoded(hidden, slide_encoder(bundle.manifest.inputs), order.device, wanted)
    if not order.partial:
        check_whole(opened, cohort, wanted, hint=HOW_TO_GO_ON)
    yield Step("predict", 0, 1)
    found = predict_one(_model(bundle.folder, bundle.sha256, order.device), cohort, opened.patient, choices)
    yield Step("predict", 1, 1)
    if not isinstance(found, Prediction):
        raise Unread(found.message, found.code)
    row = Row(item.name, {**as_json(found), "case": item.name})
    return _reported(row, order, found, bundle, cohort) if order.action is Action.REPORT else row


def _reported(row: Row, order: Order, found: Prediction, bundle: Bundle, cohort: Cohort) -> Row:
    """The row with the files of its report."""
    from survgui.batch.reporting import write_report

    if order.reports is None:
        raise ValueError("reports need a folder")
    code = new_code() if order.deidentify else ""
    called = code or (f"Case {row.item[:8].upper()}" if order.pseudonyms else "")
    hidden = order.deidentify
    files = write_report(found, bundle, cohort, order.reports, alone=False, pseudonym=called, deidentify=hidden)
    return replace(row, written=tuple(map(str, files)), code=code)


def _encoded(cohort: Cohort, encoder: str, device: str, wanted: Collection[Modality] | None = None) -> Task[Cohort]:
    """The case with its slides and volumes encoded, of those that are wanted."""
    from survgui.engine.encode import encode

    blocks = {m: b for m, b in cohort.blocks.items() if b.files and (wanted is None or m in wanted)}
    if not blocks:
        return cohort
    some = yield from encode(replace(cohort, blocks=blocks), device=device, encoder=encoder)
    return replace(some, blocks={**cohort.blocks, **some.blocks})


def check_whole(opened: Opened, after: Cohort, wanted: Collection[Modality], hint: str = "") -> None:
    """Refuse a case of which something that it names could not be read.

    Args:
        after: The case once its files were encoded.
        wanted: Modalities that matter.
        hint: How to go on; added to the reasons.

    Raises:
        Unread: What, and why.
    """
    there = {m for m, block in after.blocks.items() if opened.patient in block.items}
    missing = [m for m in opened.named if m in wanted and m not in there]
    fresh = after.notes if missing else after.notes[len(opened.cohort.notes) :]
    reasons = {note.text: _code(note) for note in fresh if note.level != "info" and _code(note)}
    if not missing and not reasons:
        return
    gone = ", ".join(m.title for m in missing)
    reasons = reasons or {f"{gone}: nothing was found where the case says that it is; was it moved?": "BAT-04"}
    text = "; ".join(_OF_MRI.sub("", _CODE.sub("", text)) for text in list(reasons)[:SAID])
    raise Unread(f"{text}; {hint}" if hint else text, next(iter(reasons.values())))


def _code(note: Note) -> str:
    """The code of a note that says that something could not be read, else empty; some quote a file's own error."""
    quoted = _CODE.search(note.text)
    if quoted is not None:
        return quoted[1]
    return "" if note.code in SOFT else note.code


def _words(cohort: Cohort, modality: Modality, patient: str) -> str:
    item: Any = cohort.blocks[modality].items.get(patient)
    if isinstance(item, Bag):
        return f"{len(item):,} patches"
    return f"{len(item.values):,} tiles" if isinstance(item, Tiles) else "encoded"


def _cohort(file: Path) -> CohortFile:
    """A cohort, remembered until its tables change: a process of a cluster outlives a run."""
    spec = read_cohort_spec(file)
    tables = (spec.outcome.table, *(block.table for block in spec.blocks.values()))
    return _read_cohort(file, tuple(map(content, [file, *(table.path for table in tables if table is not None)])))


@lru_cache(maxsize=1)
def _read_cohort(file: Path, contents: tuple[str, ...]) -> CohortFile:
    return CohortFile(file)


def _bundle(folder: Path) -> Bundle:
    """A bundle, remembered until its manifest changes, which holds the hashes of its files."""
    return _verified(folder, content(folder / MANIFEST))


@lru_cache(maxsize=3)
def _verified(folder: Path, manifest: str) -> Bundle:
    return verify(folder)


@lru_cache(maxsize=3)
def _model(folder: Path, sha256: str, device: str) -> OpenModel:
    from survgui.engine.model import open_model
    from survgui.nets.device import pick

    return open_model(_bundle(folder), pick(device))

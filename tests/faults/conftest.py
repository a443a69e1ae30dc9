"""What every cell of the matrix asserts, whatever the fault: see `Judge`."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import run_to_end
from survgui.cases.trouble import trouble_of
from survgui.errors import SurvguiError
from survgui.readers import apart
from survgui.workspace import Workspace
from tests.faults import good
from tests.faults.mutator import Fault


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix.

    Attributes:
        words: What is wrong, and the test's name.
        fault: Makes it so.
        code: Of the message, a regular expression; empty where the file is simply read.
        said: What the message must say, a regular expression.
        used: Whether the file is used all the same.
    """

    words: str
    fault: Fault
    code: str
    said: str = ""
    used: bool = False

    def __str__(self) -> str:
        return self.words


def refused(words: str, fault: Fault, code: str, said: str) -> Cell:
    """A cell whose file is left out."""
    return Cell(words, fault, code, said)


def noted(words: str, fault: Fault, code: str, said: str) -> Cell:
    """A cell whose file is used, with a note."""
    return Cell(words, fault, code, said, used=True)


def taken(words: str, fault: Fault) -> Cell:
    """A cell whose file is read in silence: the fault is none."""
    return Cell(words, fault, "", used=True)


TYPE_NAMES = re.compile(
    r"\w+Error\b|\w*Exception\b|Traceback|NoneType|ndarray|dtype|numpy|pandas|h5py|nibabel|tifffile|zlib|codec\b|"
    r"\b0x[0-9a-f]+|\bErrno\b|<class|line \d+, in |object at"
)
"""What no user should have to read: types and modules of the program."""
CODES = re.compile(r"\[([A-Z]{3,4}-\d\d)\]")
"""A code at the end of a sentence, also of one within another."""
ADVICE = re.compile(
    r"\b(copy|choose|export|save|give|check|encode|convert|install|correct|repair|unpack|was it moved|may you read|"
    r"put it|write|rename|resample|update|use|name|free|start|list every|download|take|leave|call|say|are:|it has|"
    r"did you mean|one of|allowed|add|close it|must be|put)\b"
)
"""Words that tell what to do now."""


def reads_well(text: str) -> None:
    """A message is one sentence in one line, without names of types, that says what to do."""
    assert text == " ".join(text.split()), text
    assert not TYPE_NAMES.search(text), text
    assert not re.search(r"[.!?] [A-Z]", text.replace("...", "")), f"more than a sentence: {text}"
    assert ADVICE.search(text), f"what to do is not said: {text}"
    assert len(text) < 420, text


@dataclass(frozen=True)
class Message:
    """What was said: a note, or an error."""

    level: str
    code: str
    text: str


def messages(cohort: Cohort) -> list[Message]:
    """The notes of a cohort that are more than information."""
    return [Message(n.level, n.code, n.text) for n in cohort.notes if n.level != "info"]


class Judge:
    """Runs a cell and checks all that holds for every one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def case(self, cell: Cell, modality: str, name: str, content: bytes, more: str = "") -> Cohort:
        """A patient of whose files one is spoilt: the others stay, and the message says which and why."""
        written = good.case(self.folder / good.PATIENT, modality, name, content, more or f'files = "{name}"')
        cell.fault(written.parent / name)
        cohort = read_case(written)
        assert {Modality.CLINICAL, Modality.RNA} - {Modality(modality)} <= set(cohort.pattern(good.PATIENT))
        used = cohort.blocks[Modality(modality)].items.get(good.PATIENT) is not None
        self.said(cell, messages(cohort), name)
        assert used == cell.used, [note.text for note in cohort.notes]
        return cohort

    def said(self, cell: Cell, found: Iterable[Message], name: str = "") -> None:
        """A message has the cell's code, says what the cell wants, names the file and reads well."""
        found = list(found)
        if not cell.code:
            assert not found, found
            return
        mine = [m for m in found if any(re.fullmatch(cell.code, code) for code in (m.code, *CODES.findall(m.text)))]
        assert mine, f"no {cell.code} in {found}"
        assert any(re.search(cell.said, message.text) for message in mine), mine
        assert any(name in message.text for message in mine), f"{name} is not named in {mine}"
        for message in found:
            reads_well(message.text)

    def raised(self, cell: Cell, name: str, call: Callable[[], object]) -> SurvguiError | None:
        """What is raised is one of ours and reads well; nothing else may be."""
        try:
            call()
        except SurvguiError as error:
            trouble = trouble_of(error)
            self.said(cell, [Message("error", trouble.code, trouble.text)], name)
            return error
        assert not cell.code, "nothing was said"
        return None


def read_case(written: Path) -> Cohort:
    """A case as `predict` reads it: tables and features read, slides and volumes encoded."""
    from survgui.encoders.registry import TILES
    from survgui.engine.encode import encode
    from survgui.readers.cohort import load_case

    return run_to_end(encode(load_case([written]), device="cpu", encoder=TILES))


def content_of(folder: Path) -> dict[str, str]:
    """Every file under a folder, with the hash of its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(files)}


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's data with one case in the workspace."""
    data = tmp_path_factory.mktemp("furnished") / "data"
    with Workspace(data / "workspace") as workspace:
        workspace.add("KEPT-1", "a patient", 'id = "KEPT-1"\n', {Modality.RNA: "6 features"})
    return data


@pytest.fixture(autouse=True)
def workspace_unchanged(request: pytest.FixtureRequest, furnished: Path, home: Path) -> Iterator[None]:
    """No cell changes what the user's data holds, byte by byte; a test marked `edits` looks at it itself."""
    shutil.copytree(furnished, home / "data")
    before = content_of(home / "data")
    yield
    if not request.node.get_closest_marker("edits"):
        assert content_of(home / "data") == before


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs and checks cells in a folder of its own."""
    return Judge(tmp_path)


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Have the child process that opens files do something evil with the next ones: `harmful("BAG", "exits")`."""

    def put(what: str, deed: str) -> None:
        name = f"tests.faults.evil:{deed}"
        monkeypatch.setitem(apart._PREFIX, name, apart._PREFIX[getattr(apart, what)])
        monkeypatch.setattr(apart, what, name)
        monkeypatch.setattr(apart, "SECONDS", 1.0 if deed == "hangs" else 60.0)

    return put

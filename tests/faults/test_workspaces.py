"""What a crash, a full disk or a curious hand leaves of the list of cases and their folders; one line a fault.

Two cases are in the workspace. After each fault both are there, under their ids, or the message says what to do and
not a byte was changed.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from survgui import settings
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.cases.step import run_to_end
from survgui.cases.trouble import trouble_of
from survgui.errors import SurvguiError
from survgui.worker import cases
from survgui.workspace import Workspace
from tests.faults.conftest import Cell, Judge, Message, content_of, noted, reads_well, refused, taken
from tests.faults.mutator import (
    Fault,
    a_folder,
    after,
    at,
    becomes,
    empty,
    flips,
    missing,
    noise,
    nothing,
    truncate,
    zeros,
)

pytestmark = pytest.mark.edits
DATABASE = "workspace.db"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace with two cases."""
    folder = tmp_path_factory.mktemp("kept") / "workspace"
    with Workspace(folder) as workspace:
        for name in ("P-1", "P-2"):
            described = f'id = "{name}"\n[modality.rna]\ntable = "/rna.csv"\n'
            workspace.add(name, "", described, {Modality.RNA: "6 features"})
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "workspace"))


def schema(version: int) -> Fault:
    """The number of another schema."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")

    return spoil


def no_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE cases RENAME TO others")


LISTS = (
    noted("missing", missing, "", "list of cases was missing; a new one was made"),
    noted("an empty file", empty, "", "list of cases was missing|was damaged"),
    noted("the first 10 % of a copy", truncate(10), "", "list of cases was damaged and is kept as damaged-"),
    noted("the first 60 % of a copy", truncate(60), "", "list of cases was damaged and is kept as damaged-"),
    noted("a wrong magic number", at(0, b"XXXX"), "", "list of cases was damaged and is kept as damaged-"),
    noted("zeros in the header", at(0, bytes(100)), "", "list of cases was damaged and is kept as damaged-"),
    noted("zeros everywhere", zeros(0, 10**6), "", "list of cases was damaged and is kept as damaged-"),
    noted("random bytes", noise, "", "list of cases was damaged and is kept as damaged-"),
    noted("a text file", becomes(b"id,age\n1,2\n" * 99), "", "list of cases was damaged and is kept as damaged-"),
    refused("a later schema", schema(99), "WRK-04", "a later survgui .schema 99.*start that version"),
    refused("a folder of its name", a_folder, "WRK-0[23]", "cannot be used"),
    taken("bytes after the end", after(bytes(4096))),
    taken("no fault", nothing),
)


@pytest.mark.parametrize("spoilt", LISTS, ids=str)
def test_the_list(spoilt: Cell, folder: Path, judge: Judge) -> None:
    spoilt.fault(folder / DATABASE)
    before = content_of(folder)
    try:
        with Workspace(folder) as workspace:
            assert sorted(record.id for record in workspace.records()) == ["P-1", "P-2"]
            notice = workspace.notice
    except SurvguiError as error:
        trouble = trouble_of(error)
        judge.said(spoilt, [Message("error", trouble.code, trouble.text)])
        after_ = content_of(folder)
        assert all(after_[name] == was for name, was in before.items() if name.startswith(("cases", DATABASE)))
        return
    assert spoilt.used
    if spoilt.said:
        assert re.search(spoilt.said, notice), notice
    else:
        assert notice == ""


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_of_the_list(seed: int, folder: Path) -> None:
    """Whatever is left of the list, the folders of the cases stay, and nothing but our own errors is raised."""
    flips(60, seed)(folder / DATABASE)
    try:
        with Workspace(folder) as workspace:
            workspace.records()
    except SurvguiError as error:
        reads_well(str(error))
    assert len(list((folder / "cases").glob("*/case.toml"))) == 2


FOLDERS = (
    refused("the case file gone", missing, "COH-04", "case.toml is not there"),
    refused("an empty case file", empty, "COH-02", "the key 'id' is missing"),
    refused("half of the case file", truncate(50), "COH-0[25]", "case.toml"),
    refused("random bytes", noise, "COH-05", "is not valid TOML"),
    refused("a folder of its name", a_folder, "COH-04", "case.toml (is not there|cannot be opened)"),
)


@pytest.fixture
def here(kept: Path, home: Path) -> Iterator[Path]:
    """The two cases as this user's own."""
    shutil.rmtree(home / "data")
    yield Path(shutil.copytree(kept, home / "data" / "workspace"))


@pytest.mark.parametrize("spoilt", FOLDERS, ids=str)
def test_a_case_of_the_list(spoilt: Cell, here: Path, judge: Judge) -> None:
    """The window's own task says why the case cannot be opened; the list and the other case stay."""
    with Workspace(here) as workspace:
        first, second = workspace.records()
    spoilt.fault(here / "cases" / first.key / "case.toml")
    judge.raised(spoilt, "", lambda: run_to_end(cases.open(first.key)))
    assert run_to_end(cases.open(second.key)).id == second.id
    with Workspace(here) as workspace:
        assert len(workspace.records()) == 2


PREDICTIONS = (
    ("gone", missing),
    ("empty", empty),
    ("half of it", truncate(50)),
    ("random bytes", noise),
    ("a list", becomes(b"[]")),
)


@pytest.mark.parametrize(("words", "fault"), PREDICTIONS, ids=[words for words, _ in PREDICTIONS])
def test_a_kept_prediction(words: str, fault: Fault, here: Path) -> None:
    """It is as if it had not been made; the case stays, and can be predicted again."""
    with Workspace(here) as workspace:
        key = workspace.records()[0].key
        states = {Modality.RNA: State.MEASURED}
        workspace.keep_prediction(key, BundleName("b", "1", "0"), 0.1, "low", 10.0, states, {"risk": 0.1})
        assert workspace.prediction(key) == {"risk": 0.1}
        (file,) = (here / "cases" / key).glob("prediction-*.json")
        fault(file)
        assert not workspace.prediction(key)
        assert workspace.record(key).id in ("P-1", "P-2")


SETTINGS = (
    ("empty", empty),
    ("half of it", truncate(50)),
    ("random bytes", noise),
    ("a list", becomes(b"[1, 2]")),
    ("a folder of its name", a_folder),
)


@pytest.mark.parametrize(("words", "fault"), SETTINGS, ids=[words for words, _ in SETTINGS])
def test_the_settings(words: str, fault: Fault, home: Path) -> None:
    """A settings file that cannot be read is as none: the window opens as it did at first."""
    settings.save(settings.Settings(draws=7))
    assert settings.load().draws == 7
    fault(home / "config" / "settings.json")
    assert settings.load() == settings.Settings()

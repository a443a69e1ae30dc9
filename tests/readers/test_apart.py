"""What happens to the process that opens a file happens to no other: the file is an error like any."""

from __future__ import annotations

import ast
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.cohort import Bag
from survgui.errors import PixelSizeMissing, ReadError, UsageError
from survgui.readers import apart, bag

EVIL = "tests.faults.evil:"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(600, 64)).astype(np.float16).astype(np.float32)
    bag.write_bag(tmp_path / "bag.h5", Bag(values, np.arange(1200).reshape(600, 2), 256.0), {"encoder": "test"})
    return tmp_path / "bag.h5"


def child() -> int:
    number: int = apart._ask(f"{EVIL}process", Path("x"))
    return number


def test_a_bag_is_what_its_reader_gives(stored: Path) -> None:
    found, attributes = apart.read_bag(stored)
    here = bag.read_bag(stored)
    np.testing.assert_array_equal(found.values, here.values)
    np.testing.assert_array_equal(found.coords, here.coords)
    assert found.patch == here.patch == 256 and attributes == bag.read_bag_attributes(stored)
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 0


def test_files_are_opened_in_one_other_process(stored: Path) -> None:
    first = child()
    apart.read_bag(stored)
    assert child() == first != os.getpid()


@pytest.mark.parametrize(
    ("deed", "code", "said"),
    [
        ("exits", "BAG-15", "sudden end"),
        ("crashes", "BAG-15", rf"sudden end \(signal {signal.SIGSEGV.value}\)"),
        ("hangs", "BAG-14", "within 1 s"),
        ("swallows", "BAG-09", "more memory"),
        ("stumbles", "BAG-10", "damaged or incomplete"),
    ],
)
def test_a_file_made_to_harm(deed: str, code: str, said: str, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "BAG", EVIL + deed)
    monkeypatch.setitem(apart._PREFIX, EVIL + deed, "BAG")
    monkeypatch.setattr(apart, "SECONDS", 1.0 if deed == "hangs" else 60.0)
    with pytest.raises(ReadError, match=said) as caught:
        apart.read_bag(stored)
    assert caught.value.code == code and "Jane" not in str(caught.value)
    monkeypatch.undo()
    assert len(apart.read_bag(stored)[0]) == 600  # the next file is read as if nothing had been


def test_what_is_wrong_with_a_file_is_said_as_its_reader_says_it(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.h5", tmp_path):
        with pytest.raises(ReadError) as there:
            apart.read_bag(path)
        with pytest.raises(ReadError) as here:
            bag.read_bag(path)
        assert (str(there.value), type(there.value)) == (str(here.value), type(here.value))


def test_a_slide_is_opened_there_once_and_read_here(
    files: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = files.slide(tmp_path / "a.tif")
    with apart.open_slide(tmp_path / "a.tif") as opened:
        np.testing.assert_array_equal(opened.read(0, 0, 0, 64, 64), pixels[:64, :64])
    monkeypatch.setattr(apart, "SLIDE", EVIL + "exits")
    monkeypatch.setitem(apart._PREFIX, EVIL + "exits", "SLD")
    apart.open_slide(tmp_path / "a.tif").close()  # it is known to be harmless
    files.slide(tmp_path / "a.tif", levels=2)  # and now it is another
    with pytest.raises(ReadError, match="sudden end") as caught:
        apart.open_slide(tmp_path / "a.tif")
    assert caught.value.code == "SLD-15"


def test_other_errors_of_slides_travel(files: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        apart.open_slide(tmp_path / "gone.svs")
    assert caught.value.code == "SLD-01"
    files.slide(tmp_path / "a.tif", mpp=None)
    with pytest.raises(UsageError, match="no pixel size"):
        apart.open_slide(tmp_path / "a.tif", 99.0)
    with apart.open_slide(tmp_path / "a.tif") as opened, pytest.raises(PixelSizeMissing):
        opened.require_mpp()


def test_the_child_ends_with_the_pipe(stored: Path) -> None:
    apart.read_bag(stored)
    running = apart._child
    assert running is not None
    running._pipe.close()
    running._process.wait(20)
    running.end()
    assert not running.usable and child() != running._process.pid


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are read on Linux only")
def test_the_system_ends_a_child_that_works_for_ever(stored: Path) -> None:
    """Its limit on time at work is of the process: it holds when nobody is left to end it."""
    import resource

    apart.read_bag(stored)
    assert apart._child is not None
    soft, _ = resource.prlimit(apart._child._process.pid, resource.RLIMIT_CPU)
    assert 100 < soft < 1000
    soft, _ = resource.prlimit(apart._child._process.pid, resource.RLIMIT_DATA)
    assert soft >= 4 * 2**30


def test_a_child_that_ended_between_two_files_is_not_laid_to_a_file(stored: Path) -> None:
    number = child()
    os.kill(number, signal.SIGKILL)
    assert apart._child is not None
    apart._child._process.wait(20)
    assert len(apart.read_bag(stored)[0]) == 600 and child() != number


DIRECT = {
    "survgui/readers/apart.py": "the child process itself",
    "survgui/encoders/cache.py": "survgui's own files",
    "survgui/ui/slide/tiles.py": "tiles of a slide that a worker has opened before",
    "survgui/ui/bench.py": "a slide that survgui has drawn",
    "survgui/engine/bench.py": "a slide that survgui has drawn",
    "survgui/engine/masked/samples.py": "slides of a cohort that somebody trains on",
}
"""Modules that open slides and bags in their own process, and why they may."""


def test_nobody_else_opens_files_from_outside_in_a_process_that_has_something_to_lose() -> None:
    root = Path(apart.__file__).parent.parent.parent
    opening = {"open_slide", "read_bag", "read_bag_attributes"}
    found = {
        source.relative_to(root).as_posix()
        for source in (root / "survgui").rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module in ("survgui.readers.slide", "survgui.readers.bag")
        and opening & {name.name for name in node.names}
    }
    assert found <= DIRECT.keys(), "open it through survgui.readers.apart, or say here why it needs not be"

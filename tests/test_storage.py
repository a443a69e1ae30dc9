from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from survgui import storage
from survgui.errors import StorageError


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith((".part", ".old"))]


def test_writing_makes_folders_and_replaces(tmp_path):
    path = tmp_path / "a" / "b" / "result.json"
    storage.write_json(path, {"risk": 0.5, "name": "µ"})
    storage.write_json(path, {"risk": 0.7})
    assert json.loads(path.read_text("utf-8")) == {"risk": 0.7}
    assert left_over(path.parent) == []


def test_json_holds_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        storage.write_json(tmp_path / "x.json", {"risk": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", ["open", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, moment):
    path = tmp_path / "result.txt"
    storage.write_text(path, "old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    target = {"open": (Path, "open"), "fsync": (os, "fsync"), "replace": (Path, "replace")}[moment]
    with monkeypatch.context() as broken:
        broken.setattr(*target, full)
        with pytest.raises(
            StorageError, match=r"result\.txt could not be written \(No space left.*nothing was changed"
        ):
            storage.write_text(path, "new")
    assert path.read_text() == "old"
    assert left_over(tmp_path) == []


def test_a_short_write_is_noticed(tmp_path, monkeypatch):
    """Some file systems report a full disk by writing less than they were given."""
    path = tmp_path / "result.txt"
    original = Path.open

    class Short:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, content):
            return self.file.write(content[:2])

    monkeypatch.setattr(Path, "open", lambda self, mode: Short(original(self, mode)))
    with pytest.raises(StorageError, match="short write"):
        storage.write_bytes(path, b"content")
    assert not path.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_that_is_really_full(tmp_path):
    path = tmp_path / "result.txt"
    path.write_text("old")
    with pytest.raises(StorageError, match="No space left"), storage.replacing(path) as part:
        part.symlink_to("/dev/full")
        part.write_bytes(b"x" * 100_000)
    assert path.read_text() == "old"
    assert left_over(tmp_path) == []


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(StorageError, match="could not be written"):
        storage.write_text(tmp_path / "taken" / "x.txt", "x")


def test_an_error_in_the_block_is_the_callers_and_changes_nothing(tmp_path):
    path = tmp_path / "x.txt"
    with pytest.raises(KeyError), storage.replacing(path) as part:
        part.write_text("half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "bundle"
    for content in ("one", "two"):
        with storage.replacing_folder(folder) as part:
            (part / f"{content}.txt").write_text(content)
    assert [p.name for p in folder.iterdir()] == ["two.txt"]
    assert left_over(tmp_path) == []


def test_a_folder_whose_replacement_fails_comes_back(tmp_path, monkeypatch):
    folder = tmp_path / "bundle"
    with storage.replacing_folder(folder) as part:
        (part / "old.txt").touch()
    original = Path.rename

    def fail(self, target):
        if self.name.endswith(".part"):
            raise OSError(errno.EIO, "Input/output error")
        return original(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError, match="Input/output"), storage.replacing_folder(folder) as part:
        (part / "new.txt").touch()
    assert [p.name for p in folder.iterdir()] == ["old.txt"]
    assert left_over(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell whether a process runs")
def test_a_folder_that_a_kill_left_aside_gets_its_name_back(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    for name in (
        f".bundle.v2.{gone.pid}.old",
        f".there.{gone.pid}.old",
        "there",
        f".busy.{os.getppid()}.old",
        ".a.b.old",
    ):
        (tmp_path / name).mkdir()
    storage.put_back(tmp_path, "other")
    assert len(list(tmp_path.glob(".*"))) == 4
    storage.put_back(tmp_path)
    storage.put_back(tmp_path / "nowhere")
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"bundle.v2", "there", f".there.{gone.pid}.old", f".busy.{os.getppid()}.old", ".a.b.old"}


def test_what_a_kill_left_is_removed_after_an_hour_and_by_the_next_write(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    old = time.time() - 2 * storage.LEFT
    for name in (f".x.{gone.pid}.part", f".y.{gone.pid}.part", ".x.z.part"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (old, old))
    (tmp_path / f".x.{gone.pid}1.part").write_text("of another machine, just now")
    with storage.replacing_folder(tmp_path / "x"):
        pass
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"x", f".y.{gone.pid}.part", ".x.z.part", f".x.{gone.pid}1.part"}


def test_sha256_of_a_known_text(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-4, example 1
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert storage.sha256(tmp_path / "abc") == digest


WRITER = """
import sys
from pathlib import Path
from survgui import storage
path = Path(sys.argv[1])
for size in range(10**6):
    storage.write_bytes(path, bytes([size % 256]) * 300_000)
    if size == 0:
        print("writing", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("attempt", range(10))
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path, attempt):
    path = tmp_path / "result.bin"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    with writer:
        assert writer.stdout.readline() == "writing\n"
        time.sleep(0.02 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    content = path.read_bytes()
    assert len(content) == 300_000
    assert content == content[:1] * 300_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in the file system are POSIX")
def test_what_never_ends_has_no_hash(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match="no regular file"):
            storage.sha256(path)

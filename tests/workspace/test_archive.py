"""Archives from anybody: made to do harm in each of the known ways, and none of them does."""

from __future__ import annotations

import json
import random
import stat
import zipfile
from copy import copy
from pathlib import Path

import pytest

from survgui.cases.step import run_to_end
from survgui.errors import ReadError
from survgui.workspace import archive


def pack(folder: Path, **contents: bytes) -> Path:
    files = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        files[f"sub/{name}"] = folder / name
    run_to_end(archive.pack(folder / "it.zip", {"of": "us"}, files))
    return folder / "it.zip"


def unpack(path: Path, target: Path) -> dict[str, object]:
    with archive.opened(path) as (manifest, opened):
        run_to_end(opened.unpack(target))
    return manifest


def test_there_and_back(tmp_path: Path) -> None:
    contents = {
        "a": b"",
        "b": b"".join(b"%d,%d\n" % (n, n * n) for n in range(999)),
        "mask": bytes(3 * 2**20),
        "noise": bytes(range(256)) * 40,
    }
    path = pack(tmp_path, **contents)
    assert unpack(path, tmp_path / "out")["of"] == "us"
    assert {file.name: file.read_bytes() for file in (tmp_path / "out" / "sub").iterdir()} == contents
    with zipfile.ZipFile(path) as zipped:
        assert {info.date_time for info in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert zipped.getinfo("sub/b").compress_size < len(contents["b"]) / 2


def made(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], listed: dict[str, object] | None = None) -> Path:
    names = {name if isinstance(name, str) else name.filename: content for name, content in members}
    files = {name: {"bytes": len(content), "sha256": "0" * 64} for name, content in names.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("manifest.json", json.dumps({"files": files if listed is None else listed}))
        for name, content in members:
            zipped.writestr(name, content)
    return path


def code_of(path: Path, target: Path) -> str:
    with pytest.raises(ReadError) as told:
        unpack(path, target)
    assert "nothing was taken in" in told.value.reason or told.value.code in ("ARC-01", "ARC-02")
    return told.value.code


@pytest.mark.parametrize(
    "name",
    ["../out", "/etc/out", "a/../../out", "a//b", "./a", "a\\b", "C:/out", "con", "a/nul.txt", "a ", "a.", "x" * 2000],
)
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    assert code_of(made(tmp_path / "it", (name, b"x")), tmp_path / "in") == "ARC-05"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it"]


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert code_of(made(tmp_path / "it", (link, b"/etc/passwd")), tmp_path / "in") == "ARC-05"


def test_bombs_are_refused_before_they_go_off(tmp_path: Path) -> None:
    assert code_of(made(tmp_path / "it", ("bomb", bytes(20 * 2**20))), tmp_path / "in") == "ARC-05"
    assert not (tmp_path / "in").exists()


def test_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    assert code_of(made(tmp_path / "it", *((f"{n}", b"x") for n in range(4))), tmp_path / "in") == "ARC-05"
    monkeypatch.setattr(archive, "MOST_BYTES", 3)
    assert code_of(made(tmp_path / "it", ("a", b"four")), tmp_path / "in") == "ARC-05"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_listed_and_what_is_there_must_agree(tmp_path: Path) -> None:
    one = {"a": {"bytes": 1, "sha256": "0"}}
    for members, listed in (
        ([("a", b"x"), ("a", b"y")], one),
        ([("a", b"x"), ("A", b"y")], {**one, "A": one["a"]}),
        ([("a", b"x"), ("b", b"y")], one),
        ([], one),
    ):
        assert code_of(made(tmp_path / "it", *members, listed=listed), tmp_path / "in") == "ARC-05"
    assert code_of(made(tmp_path / "it", ("a", b"xy"), listed=one), tmp_path / "in") == "ARC-03"
    assert code_of(made(tmp_path / "it", ("a", b"x"), listed={"a": "x"}), tmp_path / "in") == "ARC-03"
    assert code_of(made(tmp_path / "it", ("a", b"x"), listed=one), tmp_path / "in") == "ARC-04"


@pytest.mark.parametrize("flaw", ["no zip", "cut", "flipped", "no manifest", "no json", "encrypted", "gone"])
def test_damage_is_told(tmp_path: Path, flaw: str) -> None:
    path = pack(tmp_path, a=b"text " * 1000)
    content = bytearray(path.read_bytes())
    expected = {"no manifest": "ARC-02", "gone": "ARC-01", "encrypted": "ARC-05"}.get(flaw, "ARC-03")
    if flaw == "no zip":
        content = bytearray(b"no zip at all")
    elif flaw == "cut":
        content = content[:-30]
    elif flaw == "flipped":
        content[60] ^= 0xFF
        expected = "ARC-03 ARC-04"
    elif flaw == "no manifest":
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr("a", b"x")
        content = bytearray(path.read_bytes())
    elif flaw == "no json":
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr("manifest.json", "[" * 100_000)
        content = bytearray(path.read_bytes())
    elif flaw == "encrypted":
        for place in (content.find(b"PK\x01\x02") + 8, content.find(b"PK\x03\x04") + 6):
            content[place] |= 1
    path.write_bytes(content)
    if flaw == "gone":
        path.unlink()
    assert code_of(path, tmp_path / "in") in expected


def test_a_file_that_turns_into_zeros_comes_back(tmp_path: Path) -> None:
    content = random.Random(0).randbytes(20_000) * 53 + bytes(15 * 2**20)
    path = pack(tmp_path, volume=content)
    assert unpack(path, tmp_path / "out")["of"] == "us"
    assert (tmp_path / "out" / "sub" / "volume").stat().st_size == len(content)


def test_members_that_lie_over_each_other_are_a_bomb(tmp_path: Path) -> None:
    kernel, names = bytes(range(256)) * 8000, [f"f{n}" for n in range(2000)]
    listed = {name: {"bytes": len(kernel), "sha256": "0" * 64} for name in names}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("manifest.json", json.dumps({"files": listed}))
        zipped.writestr(names[0], kernel)
        (first,) = zipped.filelist[1:]
        first.compress_size = len(kernel) // (archive.RATIO - 1)  # each of them looks like an honest file
        for name in names[1:]:
            zipped.filelist.append(copy(first))
            zipped.filelist[-1].filename = name
    assert code_of(tmp_path / "a.zip", tmp_path / "out") == "ARC-05"


@pytest.mark.parametrize("names", [("ä", "ä"), ("Ä/x", "ä/X"), ("a", "A/b")])
def test_names_that_are_one_on_some_system_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert code_of(made(tmp_path / "a.zip", *((name, b"1") for name in names)), tmp_path / "out") == "ARC-05"

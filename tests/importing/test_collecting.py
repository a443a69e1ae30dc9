from __future__ import annotations

import tarfile
import zipfile

import pytest

from survgui.cases.step import run_to_end
from survgui.errors import ReadError, UsageError
from survgui.importing.collecting import collect, is_archive, unpack


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("name", "members", "archive"),
    [
        ("two.zip", {"a.csv": "1", "b.csv": "2"}, True),
        ("one.csv.zip", {"a.csv": "1"}, False),  # read in place
        ("mac.zip", {"a.csv": "1", "__MACOSX/._a.csv": "2", ".DS_Store": "3"}, False),
        ("book.zip", {"xl/workbook.xml": "1", "xl/a.xml": "2"}, False),
        ("arrays.zip", {"a.npy": "1", "b.npy": "2"}, False),
    ],
)
def test_what_is_an_archive_of_files(tmp_path, name, members, archive):
    assert is_archive(zipped(tmp_path / name, members)) is archive


def test_folders_and_archives_give_their_files(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.csv").write_text("a\n")
    for aside in ("MANIFEST.txt", "Thumbs.db", "desktop.ini", ".DS_Store", "~$table.xlsx"):
        (tmp_path / "in" / aside).write_text("what was downloaded, shown or opened\n")
    zipped(tmp_path / "in" / "two.zip", {"x/b.csv": "b", "c.csv": "c"})
    files, notes = run_to_end(collect([tmp_path / "in"], tmp_path / "work"))
    assert sorted(path.name for path in files) == ["a.csv", "b.csv", "c.csv"] and notes == []


def test_a_damaged_archive_is_a_note_and_the_rest_is_read(tmp_path):
    (tmp_path / "bad.tar.gz").write_bytes(b"\x1f\x8bnothing")
    (tmp_path / "a.csv").write_text("a\n")
    files, notes = run_to_end(collect([tmp_path], tmp_path.parent / "work"))
    assert [path.name for path in files] == ["a.csv"]
    assert [note.code for note in notes] == ["TBL-10"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nothing_is_written_outside(tmp_path, kind):
    source = tmp_path / "x"
    source.write_text("x")
    if kind == "zip":
        path = zipped(tmp_path / "a.zip", {"../../evil.csv": "1", "b.csv": "2"})
    else:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as archive:
            archive.add(source, "../../evil.csv")
    with pytest.raises(ReadError, match=r"outside of its folder.*; if you trust"):
        unpack(path, tmp_path / "deep" / "target")
    assert not list(tmp_path.rglob("evil.csv"))


def test_links_in_a_tar_are_not_made(tmp_path):
    (tmp_path / "link").symlink_to("/etc/hostname")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "link", "link")
    unpack(tmp_path / "a.tar", tmp_path / "target")
    assert list((tmp_path / "target").iterdir()) == []


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("survgui.importing.collecting.LARGEST", 10)
    with pytest.raises(ReadError, match="unpack it yourself"):
        unpack(zipped(tmp_path / "a.zip", {"a": "x" * 20, "b": "y"}), tmp_path / "target")


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="is not there"):
        run_to_end(collect([tmp_path / "none"], tmp_path))


def test_what_lies_aside_is_left_out_unless_it_is_named(tmp_path):
    for name in ("README.md", "~$rna.xlsx", "rna.csv"):
        (tmp_path / name).write_text("a\n")
    files, _ = run_to_end(collect([tmp_path], tmp_path.parent / "work"))
    assert [path.name for path in files] == ["rna.csv"]
    files, _ = run_to_end(collect([tmp_path / "README.md"], tmp_path.parent / "work"))
    assert [path.name for path in files] == ["README.md"]

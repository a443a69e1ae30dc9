"""Files told by their first bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from survgui.errors import ReadError
from survgui.readers.sniff import Content, content, inspect


def made_by_numpy() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


def made_by_zipfile() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", "1,2")
    return buffer.getvalue()


def made_by_h5py() -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["a"] = [1]
    return buffer.getvalue()


def made_by_nibabel(kind: str) -> bytes:
    import nibabel

    return getattr(nibabel, kind)(np.zeros((2, 2, 2), np.float32), np.eye(4)).to_bytes()


def made_by_pillow(kind: str) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (made_by_numpy(), Content.ZIP),
        (made_by_zipfile(), Content.ZIP),
        (made_by_h5py(), Content.HDF5),
        (made_by_nibabel("Nifti1Image"), Content.NIFTI),
        (made_by_nibabel("Nifti2Image"), Content.NIFTI),
        (gzip.compress(b"x" * 100, mtime=0), Content.GZIP),
        (made_by_pillow("TIFF"), Content.TIFF),
        (made_by_pillow("PNG"), Content.PNG),
        (made_by_pillow("JPEG"), Content.JPEG),
        (made_by_pillow("BMP"), Content.BMP),
        (bytes(128) + b"DICM" + bytes(20), Content.DICOM),
        ("Größe;Alter\r\n1;2".encode(), Content.TEXT),
        ("Größe\t1".encode("utf-16"), Content.TEXT),
        ("Größe\t1".encode("cp1252"), Content.TEXT),
        (bytes(300), Content.UNKNOWN),
        (b"", Content.UNKNOWN),
    ],
)
def test_content(made: bytes, kind: Content) -> None:
    assert content(made[:512]) is kind


def test_inspect_says_what_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "a.svs").write_text("slide,mpp\n")
    assert inspect(tmp_path / "a.svs", "ABC") is Content.TEXT


@pytest.mark.parametrize(("name", "code"), [("gone", "ABC-01"), ("nul\0", "ABC-11"), ("x" * 300, "ABC-11")])
def test_inspect_says_what_is_wrong(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(ReadError) as caught:
        inspect(tmp_path / name, "ABC")
    assert caught.value.code == code


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "to").write_text("x,y")
    (tmp_path / "link").symlink_to(tmp_path / "to")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert inspect(tmp_path / "link", "ABC") is Content.TEXT
    with pytest.raises(ReadError, match="not there"):
        inspect(tmp_path / "dangling", "ABC")


@pytest.mark.parametrize("prefix", ["TBL", "SLD", "VOL", "BAG"])
def test_a_pointer_of_git_lfs_is_told(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "slide.svs"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n")
    with pytest.raises(ReadError, match="git lfs pull") as caught:
        inspect(path, prefix)
    assert caught.value.code == f"{prefix}-06"

"""What every reader of single files does with a file that is not what it should be, and with one that is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from survgui.cases.cohort import Bag
from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers.bag import read_bag, write_bag
from survgui.readers.slide import open_slide
from survgui.readers.volume import open_volume
from tests.readers.dicoms import write_enhanced


@dataclass(frozen=True)
class Subject:
    """A reader: how to make a good file for it, and how to read everything in one."""

    name: str
    prefix: str
    suffix: str
    write: Callable[[SimpleNamespace, Path], object]
    read: Callable[[Path], list[NDArray]]


def _read_slide(path: Path) -> list[NDArray]:
    with open_slide(path) as slide:
        return [slide.read(0, 0, 0, slide.width, slide.height), slide.thumbnail(64)]


def _read_volume(path: Path) -> list[NDArray]:
    volume = open_volume(path)
    return [volume.data, volume.affine, volume.spacing]


def _read_bag(path: Path) -> list[NDArray]:
    bag = read_bag(path)
    return [bag.values] if bag.coords is None else [bag.values, bag.coords]


def _make_bag(_: SimpleNamespace, path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(600, 32)).astype(np.float32)
    write_bag(path, Bag(values, np.arange(1200).reshape(600, 2)), {"encoder": "test"})


def _make_npz(_: SimpleNamespace, path: Path) -> None:
    np.savez(path, features=np.ones((600, 32), np.float32), coords=np.zeros((600, 2), int))


def _make_pt(_: SimpleNamespace, path: Path) -> None:
    import torch

    torch.save(torch.ones(600, 32), path)


def _make_matlab(_: SimpleNamespace, path: Path) -> None:
    from scipy.io import savemat

    values = np.random.default_rng(0).normal(size=(600, 32)).astype(np.float32)
    savemat(path, {"image_features": values, "image_names": np.array(["a", "b"])}, appendmat=False)


def _make_dicom(_: SimpleNamespace, path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 900, (12, 14, 8)).astype(np.int16)
    write_enhanced(path, data, (0.9, 0.9, 5.0))


def _make_png(files: SimpleNamespace, path: Path) -> None:
    from PIL import Image

    Image.fromarray(files.noise(256, grain=2)).save(path)


def _make_slide(files: SimpleNamespace, path: Path) -> None:
    files.slide(path)


def _make_volume(files: SimpleNamespace, path: Path) -> None:
    files.volume(path)


SUBJECTS = (
    Subject("slide", "SLD", ".tif", _make_slide, _read_slide),
    Subject("picture", "SLD", ".png", _make_png, _read_slide),
    Subject("volume", "VOL", ".nii", _make_volume, _read_volume),
    Subject("packed volume", "VOL", ".nii.gz", _make_volume, _read_volume),
    Subject("bag", "BAG", ".h5", _make_bag, _read_bag),
    Subject("npz bag", "BAG", ".npz", _make_npz, _read_bag),
    Subject("torch bag", "BAG", ".pt", _make_pt, _read_bag),
    Subject("MATLAB bag", "BAG", ".mat", _make_matlab, _read_bag),
    Subject("DICOM volume", "VOL", ".dcm", _make_dicom, _read_volume),
)


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    return request.param


class TestEveryReader:
    def refuses(self, subject: Subject, path: Path, *codes: str) -> ReadError:
        """The reader's error, which has one of the codes and reads as the house rules ask."""
        with pytest.raises(ReadError) as caught:
            subject.read(path)
        error = caught.value
        assert error.code in [f"{subject.prefix}-{code}" for code in codes], error
        assert str(error).startswith(f"{path.name}: ")
        assert "\n" not in str(error)
        assert str(path.parent) not in str(error)
        return error

    def test_missing(self, subject: Subject, tmp_path: Path) -> None:
        self.refuses(subject, tmp_path / f"gone{subject.suffix}", "01")
        self.refuses(subject, tmp_path / "no folder" / f"gone{subject.suffix}", "01")

    def test_a_folder(self, subject: Subject, tmp_path: Path) -> None:
        folder = tmp_path / f"folder{subject.suffix}"
        folder.mkdir()
        self.refuses(subject, folder, "02", "06")  # a folder may hold a DICOM series; this one does not

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in the file system are POSIX")
    def test_a_pipe_does_not_hang(self, subject: Subject, tmp_path: Path) -> None:
        pipe = tmp_path / f"pipe{subject.suffix}"
        os.mkfifo(pipe)
        self.refuses(subject, pipe, "03")

    def test_empty(self, subject: Subject, tmp_path: Path) -> None:
        path = tmp_path / f"empty{subject.suffix}"
        path.touch()
        self.refuses(subject, path, "04")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_without_permission(self, subject: Subject, files: SimpleNamespace, tmp_path: Path) -> None:
        path = tmp_path / f"locked{subject.suffix}"
        subject.write(files, path)
        path.chmod(0)
        self.refuses(subject, path, "11")

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            (b"patient;age\n1;60\n" * 40, "a text file"),
            (b"%PDF-1.7\n" + bytes(600), "a PDF document"),
            (bytes(range(256)) * 4, "no known format"),
            (b"x", "a text file"),
        ],
        ids=["text", "pdf", "bytes", "one byte"],
    )
    def test_other_content_under_the_right_name(
        self, subject: Subject, tmp_path: Path, content: bytes, named: str
    ) -> None:
        path = tmp_path / f"other{subject.suffix}"
        path.write_bytes(content)
        error = self.refuses(subject, path, "06")
        assert isinstance(error, UnsupportedFormat)
        assert named in error.reason

    @pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 0.99])
    def test_incomplete(self, subject: Subject, files: SimpleNamespace, tmp_path: Path, share: float) -> None:
        whole, path = tmp_path / f"whole{subject.suffix}", tmp_path / f"part{subject.suffix}"
        subject.write(files, whole)
        content = whole.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        assert "copy" in self.refuses(subject, path, "07", "10").reason

    @pytest.mark.parametrize("seed", range(8))
    def test_flipped_bytes_never_end_the_process(
        self, subject: Subject, files: SimpleNamespace, tmp_path: Path, seed: int
    ) -> None:
        path = tmp_path / f"flipped{subject.suffix}"
        subject.write(files, path)
        content = np.frombuffer(path.read_bytes(), np.uint8).copy()
        draw = np.random.default_rng(seed)
        where = draw.integers(0, min(len(content), 2000 if seed % 2 else len(content)), 12)
        content[where] ^= draw.integers(1, 255, 12).astype(np.uint8)
        path.write_bytes(content.tobytes())
        try:
            arrays = subject.read(path)
        except ReadError as error:
            assert error.code.startswith(subject.prefix)
        else:
            assert all(np.isfinite(array).all() for array in arrays)

    def test_twice_the_same_and_not_shared(self, subject: Subject, files: SimpleNamespace, tmp_path: Path) -> None:
        path = tmp_path / f"good{subject.suffix}"
        subject.write(files, path)
        first, second = subject.read(path), subject.read(path)
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, other)
            assert not np.shares_memory(one, other)

    @pytest.mark.parametrize("name", ["Präparat Ø 切片 🔬", "spaces and 'quotes'", "x" * 200])
    def test_any_name(self, subject: Subject, files: SimpleNamespace, tmp_path: Path, name: str) -> None:
        path = tmp_path / f"{name}{subject.suffix}"
        subject.write(files, path)
        assert all(array.size for array in subject.read(path))

    def test_the_file_stays_as_it_was(self, subject: Subject, files: SimpleNamespace, tmp_path: Path) -> None:
        path = tmp_path / f"good{subject.suffix}"
        subject.write(files, path)
        before = path.read_bytes()
        subject.read(path)
        assert path.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_results_cannot_be_changed_by_accident(files: SimpleNamespace, tmp_path: Path) -> None:
    files.volume(tmp_path / "v.nii")
    _make_bag(files, tmp_path / "b.h5")
    volume, bag = open_volume(tmp_path / "v.nii"), read_bag(tmp_path / "b.h5")
    for array in (volume.data, volume.affine, volume.spacing, bag.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("subject", SUBJECTS[:2], ids=lambda subject: subject.name)
def test_a_slide_closes_twice_and_is_then_closed(subject: Subject, files: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / f"good{subject.suffix}"
    subject.write(files, path)
    slide = open_slide(path)
    slide.close()
    slide.close()
    with pytest.raises(ValueError, match="closed"):
        slide.read(0, 0, 0, 8, 8)

"""Bags of features that are not what they should be, and those that are traps; one line a fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.faults import good
from tests.faults.conftest import Cell, Judge, refused, taken
from tests.faults.mutator import (
    a_device,
    a_folder,
    a_pipe,
    at,
    becomes,
    empty,
    missing,
    noise,
    nothing,
    replaced_by,
    truncate,
    zeros,
    zipped,
)

F = np.ones((300, 16), np.float32)
C = np.zeros((300, 2), np.int64)


def elsewhere(file: object) -> None:
    """Values that lie in another file."""
    file.create_dataset("features", (300, 16), "f4", external=[("/etc/passwd", 0, 300 * 16 * 4)])


def soft(file: object) -> None:
    import h5py

    file["features"] = h5py.SoftLink("/other")


def out(file: object) -> None:
    import h5py

    file["features"] = h5py.ExternalLink("/etc/hosts", "/features")


def virtual(file: object) -> None:
    import h5py

    layout = h5py.VirtualLayout((300, 16), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "features", (300, 16))
    file.create_virtual_dataset("features", layout)


def bomb(file: object) -> None:
    """16 GB of zeros in some kB."""
    file.create_dataset("features", (4_000_000, 1024), "f4", chunks=(1000, 1024), compression="gzip")


def words(file: object) -> None:
    import h5py

    file.create_dataset("features", (3,), h5py.string_dtype())


def some(value: float, rows: int = 3) -> np.ndarray:
    made = F.copy()
    made[:rows, 0] = value
    return made


def h5(name: str = "features", **datasets: object) -> object:
    return replaced_by(good.h5(lambda file: [file.create_dataset(n, data=d) for n, d in datasets.items()]))


BROKEN = "damaged or incomplete|ends early"
HDF5 = (
    refused("missing", missing, "BLK-08", "no file is at bag.h5"),
    refused("an empty file", empty, "BAG-04", "is empty .0 bytes"),
    refused("a folder of its name", a_folder, "BAG-02", "a folder; choose a file in it"),
    refused("a named pipe", a_pipe, "BAG-03", "a pipe or a device"),
    refused("a link to a device", a_device, "BAG-03", "a pipe or a device"),
    refused("the first 10 % of a copy", truncate(10), "BAG-07", "ends early; the copy is incomplete"),
    refused("the first 50 % of a copy", truncate(50), "BAG-07", "ends early; the copy is incomplete"),
    refused("the first 90 % of a copy", truncate(90), "BAG-07", "ends early; the copy is incomplete"),
    refused("the first 99 % of a copy", truncate(99), "BAG-07", "ends early; the copy is incomplete"),
    refused("zeros in the features", zeros(20, 4000), "BAG-10", BROKEN),
    refused("zeros in the index", at(96, bytes(400)), "BAG-10", BROKEN),
    refused("another magic number", at(0, b"\x00"), "BAG-06", "no known format"),
    refused("a text file", becomes(b"1,2\n" * 300), "BAG-06", "a text file, not a bag"),
    refused("random bytes", noise, "BAG-06", "no known format"),
    refused("only coordinates", h5(coords=C), "BAG-13", "coordinates but no features: encode the slide"),
    refused("nothing called features", h5(other=F), "BAG-13", "no dataset named features"),
    refused("features of words", replaced_by(good.h5(words)), "BAG-08", "no table of numbers"),
    refused("features in four dimensions", h5(features=F.reshape(2, 3, 50, 16)), "BAG-08", "rows of numbers"),
    refused("features of no width", h5(features=F[:, :0]), "BAG-08", "rows of numbers"),
    refused("more features than coordinates", h5(features=F, coords=C[:200]), "BAG-10", "do not belong together"),
    refused("coordinates of three numbers", h5(features=F, coords=np.zeros((300, 3))), "BAG-10", "do not belong"),
    refused("coordinates of NaN", h5(features=F, coords=C * np.nan), "BAG-10", "coordinates are impossible"),
    refused("coordinates beyond any slide", h5(features=F, coords=C + 2**40), "BAG-10", "coordinates are impossible"),
    refused("NaN in three rows", h5(features=some(np.nan)), "BAG-10", "3 of 300 rows hold NaN or infinity"),
    refused("infinity in one row", h5(features=some(np.inf, 1)), "BAG-10", "1 of 300 rows hold NaN or infinity"),
    refused("numbers beyond float32", h5(features=F.astype(float) * 1e200), "BAG-10", "300 of 300 rows hold NaN"),
    refused("nothing but NaN", h5(features=F * np.nan), "BLK-09", "no patch"),
    refused("no row", h5(features=F[:0]), "BLK-09", "no patch"),
    refused("values in another file", replaced_by(good.h5(elsewhere)), "BAG-12", "lie in another file.*refused"),
    refused("a link inside", replaced_by(good.h5(soft)), "BAG-12", "a link to somewhere else.*refused"),
    refused("a link to another file", replaced_by(good.h5(out)), "BAG-12", "a link to somewhere else.*refused"),
    refused("a virtual dataset", replaced_by(good.h5(virtual)), "BAG-12", "lie in another file.*refused"),
    refused("16 GB in a few kB", replaced_by(good.h5(bomb)), "BAG-09", "15.3 GB, far more than a slide's"),
    taken("rows of NaN among others", h5(features=np.vstack([F, F[:5] * np.nan]))),
    taken("one row as a vector", h5(features=F[0])),
)


@pytest.mark.parametrize("cell", HDF5, ids=str)
def test_a_bag_in_hdf5(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "pathology", "bag.h5", good.bag())


def code() -> object:
    """An object that would run code where it is unpickled."""
    import fractions

    return {"features": fractions.Fraction(1, 2)}


def view() -> object:
    """A tensor that claims 8 TB over four bytes."""
    import torch

    return torch.zeros(1).expand(2_000_000, 1_000_000)


def tensors(**found: object) -> object:
    import torch

    return replaced_by(good.pt(lambda: {name: torch.as_tensor(value) for name, value in found.items()}))


TORCH = (
    refused("an empty file", empty, "BAG-04", "is empty"),
    refused("the first 40 % of a copy", truncate(40), "BAG-07", "ends early|damaged"),
    refused("the first 95 % of a copy", truncate(95), "BAG-07", "ends early|damaged"),
    refused("random bytes", noise, "BAG-06", "no known format"),
    refused("a pickle that could run code", replaced_by(good.pt(code)), "BAG-12", "could run code, so it is refused"),
    refused("a bare pickle", becomes(b"\x80\x02cos\nsystem\nU\x04true\x85R."), "BAG-12", "could run code"),
    refused("a zip of something else", zipped("a.txt"), "BAG-1[02]", "damaged|could run code"),
    refused("8 TB over four bytes", replaced_by(good.pt(view)), "BAG-09", "far more than a slide's"),
    refused("no tensor called features", tensors(a=F, b=F), "BAG-13", "no dataset named features"),
    refused("only coordinates", tensors(coords=C), "BAG-13", "coordinates but no features"),
    refused("NaN in one row", tensors(features=some(np.nan, 1)), "BAG-10", "1 of 300 rows hold NaN"),
    taken("the tensor under another name", tensors(embeddings=F)),
)


@pytest.mark.parametrize("cell", TORCH, ids=str)
def test_a_bag_of_torch(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "pathology", "bag.pt", good.bag(".pt"))


NUMPY = (
    refused("the first 50 % of a copy", truncate(50), "BAG-07", "ends early"),
    refused("zeros in the middle", zeros(40, 600), "BAG-10", BROKEN),
    refused("objects", replaced_by(good.npz(features=np.array([[{}]], object))), "BAG-1[02]", "refused|damaged"),
    refused("words", replaced_by(good.npz(features=np.array([["a"]]))), "BAG-08", "no table of numbers"),
    refused("no array of features", replaced_by(good.npz(a=F, b=F)), "BAG-13", "no dataset named features"),
)


@pytest.mark.parametrize("cell", NUMPY, ids=str)
def test_a_bag_of_numpy(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "pathology", "bag.npz", good.bag(".npz"))


DEEDS = {
    "exits": refused("a file that ends the process", nothing, "BAG-15", "came to a sudden end .an exit.*copy it again"),
    "crashes": refused("a file that crashes the decoder", nothing, "BAG-15", "came to a sudden end .signal 11"),
    "hangs": refused("a file that never ends", nothing, "BAG-14", "could not be opened within 1 s"),
    "swallows": refused("a file that fills the memory", nothing, "BAG-09", "more memory than this machine has"),
    "stumbles": refused("a file that nobody foresaw", nothing, "BAG-10", "damaged or incomplete"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_bag_made_to_harm(deed: str, judge: Judge, harmful: Callable[[str, str], None]) -> None:
    harmful("BAG", deed)
    judge.case(DEEDS[deed], "pathology", "bag.h5", good.bag())


def test_bags_of_two_encoders_are_not_joined(judge: Judge) -> None:
    def another(path: Path) -> None:
        good.h5(lambda file: file.create_dataset("features", data=F[:, :8]))(path.parent / "second.h5")

    cell = refused("", another, "BAG-08", "8 features a patch.*16; encode all slides with one encoder")
    judge.case(cell, "pathology", "bag.h5", good.bag(), 'files = ["bag.h5", "second.h5"]')

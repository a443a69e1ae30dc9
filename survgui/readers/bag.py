"""Bags of patch features: HDF5 of CLAM, TRIDENT and survgui, `.pt` of torch, `.npz`, MATLAB's `.mat`; by content.

An HDF5 file can make a reader open other files (external storage, links, virtual datasets), load a plug-in
from a folder, or allocate far more than it holds. All of that is refused before a value is read; still, a
file from outside belongs into a process of its own, for the decoder itself is C.

survgui writes float16 (the cosine to float32 is 1 to four decimals), 256 rows a chunk, with a checksum a
chunk, and uncompressed: compression saves a tenth and costs ten times the time.
"""

from __future__ import annotations

import io
import json
import math
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.cohort import Bag
from survgui.errors import ReadError, SurvguiError, UnsupportedFormat
from survgui.readers import sniff
from survgui.readers.sniff import Content

H5: TypeAlias = Any
"""A file, dataset or attribute of h5py, which carries no annotations."""
Array: TypeAlias = NDArray[Any]

MAX_BYTES = 8 * 2**30
"""Of the features when unpacked."""
CHUNK_ROWS = 256

_ALLOWED_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}  # HDF5's registered numbers
_INFLATION = 100  # bytes per stored byte beyond which a file is a trap: features shrink by a third, zeros by 1,000
_SMALL = 64 * 2**20  # bytes that may be allocated whatever the file's size
_FAR = 2**31  # level-0 pixels; no slide is as wide
_FEATURES = ("features", "feats")
_MATLAB_NUMBERS = ("double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
_COORDS_ONLY = "this file holds coordinates but no features: encode the slide, or choose the file with the features"
_NAMELESS = "this file holds no dataset named features; choose the one that does, or encode the slide"

_lock = threading.Lock()
"""HDF5 is not safe in threads that open and close at once."""


def read_bag(path: Path) -> Bag:
    """Read the features of a slide's patches.

    Takes `features` (N, F) or (1, N, F) with optional `coords` (N, 2) from HDF5, `.npz` or a dict in `.pt`,
    or a bare tensor in `.pt`. Rows without a single number are dropped; what is left may be empty.

    Raises:
        UnsupportedFormat: None of these formats, no features in it, or features of another shape or type.
        ReadError: Not there, empty, incomplete, damaged, too large or unsafe.
    """
    path = Path(path)
    kind = sniff.inspect(path, "BAG")
    if kind is Content.HDF5:
        return _from_h5(path)
    if kind is Content.ZIP and _is_npz(path):
        return _from_npz(path)
    if kind in (Content.ZIP, Content.PICKLE):
        return _from_torch(path)
    if kind is Content.MATLAB:
        return _from_matlab(path)
    raise UnsupportedFormat(path, f"this is {kind}, not a bag of features; choose a .h5, .pt or .npz file", "BAG-06")


def read_bag_attributes(path: Path) -> dict[str, str | float | int]:
    """What an HDF5 bag says of itself: encoder, pixel size, patch size and the like; empty for other formats.

    Single numbers and words of fixed length, such as survgui writes them, of the file and of its `features`
    and `coords`; the file's own win. Words of variable length, such as CLAM writes, are left out.

    Raises:
        ReadError: As `read_bag`.
    """
    path = Path(path)
    if sniff.inspect(path, "BAG") is not Content.HDF5:
        return {}
    with _opened(path) as file:
        owners = [file[name] for name in ("coords", "features") if name in file] + [file]
        return {name: value for owner in owners for name in owner.attrs for value in _plain(owner.attrs, name)}


def write_bag(path: Path, bag: Bag, attributes: Mapping[str, str | float | int]) -> None:
    """Write a bag as HDF5, atomically; the same bag and attributes give the same bytes.

    Args:
        path: Ends in `.h5`.
        bag: float16 is stored, or float32 if a value needs it.
        attributes: Of the file, such as `encoder`, `mpp`, `slide_sha256`; `patch_level0` is the bag's own.

    Raises:
        StorageError: The disk is full or the folder cannot be written; `path` is as it was.
    """
    # Built in memory: with a file on a full disk the HDF5 library does not fail, it crashes.
    content = io.BytesIO()
    with _lock, _library().File(content, "w") as file:
        peak = float(np.abs(bag.values).max(initial=0))
        half = peak <= float(np.finfo(np.float16).max)
        _store(file, "features", bag.values.astype(np.float16 if half else np.float32))
        if bag.coords is not None:
            _store(file, "coords", bag.coords.astype(np.int64))
        if bag.slides:
            names = sorted(set(bag.slides))
            numbers = {name: number for number, name in enumerate(names)}
            _store(file, "slide", np.array([numbers[name] for name in bag.slides], np.int32))
            _describe(file, "slides", json.dumps(names))
        for name, value in attributes.items():
            _describe(file, name, value)
        _describe(file, "patch_level0", bag.patch)
    storage.write_bytes(Path(path), content.getvalue())


def _store(file: H5, name: str, values: Array) -> None:
    chunks = (min(CHUNK_ROWS, len(values)), *values.shape[1:]) if values.size else None
    file.create_dataset(name, data=values, chunks=chunks, fletcher32=chunks is not None)


def _describe(file: H5, name: str, value: str | float | int) -> None:
    """Set an attribute; words with a fixed length, as `read_bag_attributes` takes them."""
    if isinstance(value, str):
        content = value.encode()
        file.attrs.create(name, content, dtype=_library().string_dtype("utf-8", max(1, len(content))))
    else:
        file.attrs[name] = value


def _library() -> H5:
    """h5py, with plug-ins switched off: a filter of a file's choice would be code of its choice."""
    os.environ.pop("HDF5_PLUGIN_PATH", None)
    os.environ["HDF5_PLUGIN_PRELOAD"] = "::"  # HDF5's own word for "load none"
    import h5py

    return h5py


@contextmanager
def _opened(path: Path) -> Iterator[H5]:
    """An HDF5 file open for reading, with errors in the user's words and no link that leads out of it."""
    h5py = _library()
    with _decoding(path), _lock, h5py.File(path, "r", locking=False) as file:  # a read-only share has no locks
        for name in file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                reason = f"{name} is a link to somewhere else, which is refused; save the values in the file"
                raise ReadError(path, reason, "BAG-12")
        yield file


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Gives the user's words to whatever a library's parser runs into in a broken file: any exception at all."""
    try:
        yield
    except (SurvguiError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ReadError:
    if type(error).__name__ == "UnpicklingError":
        reason = "this file holds more than tensors and could run code, so it is refused; save the tensor alone"
        return ReadError(path, reason, "BAG-12")
    if "truncated" in str(error) or (isinstance(error, zipfile.BadZipFile) and "CRC" not in str(error)):
        return ReadError(path, "the file ends early; the copy is incomplete: copy it again", "BAG-07")
    return ReadError(path, "the file is damaged or incomplete; copy it again, or encode the slide again", "BAG-10")


def _from_h5(path: Path) -> Bag:
    with _opened(path) as file:
        name = next((name for name in _FEATURES if name in file), None)
        if name is None:
            raise _no_features(path, list(file))
        features = _values(path, file, name)
        coords = _values(path, file, "coords") if "coords" in file else None
        slides = _slides(path, file)
        patch = _patch(file)
    return _bag(path, features, coords, patch, slides)


def _values(path: Path, file: H5, name: str) -> Array:
    """A dataset's values, once it is sure that reading them opens and loads nothing else."""
    dataset = file[name]
    if not hasattr(dataset, "shape") or dataset.dtype.kind not in "fiu":
        raise UnsupportedFormat(path, f"{name} is no table of numbers; encode the slide again", "BAG-08")
    if dataset.external or dataset.is_virtual:
        reason = f"the values of {name} lie in another file, which is refused; save them in this one"
        raise ReadError(path, reason, "BAG-12")
    plan = dataset.id.get_create_plist()
    filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if filters - _ALLOWED_FILTERS.keys():
        reason = f"{name} is packed by a plug-in; save it with one of {', '.join(_ALLOWED_FILTERS.values())}"
        raise UnsupportedFormat(path, reason, "BAG-08")
    _check_size(path, dataset.nbytes, dataset.id.get_storage_size())
    return np.asarray(dataset[()])


def _check_size(path: Path, unpacked: int, stored: int) -> None:
    if unpacked > MAX_BYTES or unpacked > _SMALL + _INFLATION * stored:
        reason = f"the features would take {unpacked / 2**30:,.1f} GB, far more than a slide's; encode the slide again"
        raise ReadError(path, reason, "BAG-09")


def _slides(path: Path, file: H5) -> tuple[str, ...]:
    """The slide of each row in a file of ours; empty for others."""
    if "slide" not in file or "slides" not in file.attrs:
        return ()
    names = json.loads(next(_plain(file.attrs, "slides"), "[]"))
    return tuple(names[number] for number in _values(path, file, "slide"))


def _patch(file: H5) -> float:
    """Side of a patch in level-0 pixels by survgui's, TRIDENT's or CLAM's attributes; 0 where unknown."""
    coords = file["coords"].attrs if "coords" in file else {}
    for attributes, name in ((file.attrs, "patch_level0"), (coords, "patch_size_level0")):
        for value in _plain(attributes, name):
            return float(value)
    for side in _plain(coords, "patch_size"):  # CLAM: in pixels of `patch_level`
        for scale in _numbers(coords, "downsample"):
            return float(side) * float(scale)
    return 0.0


def _numbers(attributes: H5, name: str) -> Array:
    """An attribute's numbers, in a row; none if there are none."""
    if name not in attributes or attributes.get_id(name).dtype.kind not in "fiu":
        return np.empty(0)
    return np.ravel(attributes[name])


def _plain(attributes: H5, name: str) -> Iterator[Any]:
    """An attribute's value if it is there and a word of fixed length or a single number."""
    if name not in attributes or attributes.get_id(name).dtype.kind == "O":
        return  # HDF5 can loop for ever over a damaged word of variable length
    value = attributes[name]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (str, float, int)):
        yield value


def _no_features(path: Path, names: list[str]) -> UnsupportedFormat:
    return UnsupportedFormat(path, _COORDS_ONLY if "coords" in names else _NAMELESS, "BAG-13")


def _is_npz(path: Path) -> bool:
    with _decoding(path), zipfile.ZipFile(path) as archive:
        return all(name.endswith(".npy") for name in archive.namelist())


def _from_npz(path: Path) -> Bag:
    with _decoding(path):
        _check_archive(path)
        with np.load(path, allow_pickle=False) as archive:
            return _from_mapping(path, {name: archive[name] for name in archive.files})


def _from_torch(path: Path) -> Bag:
    """Tensors of a `.pt` file. Only tensors: anything else in it could be code."""
    import torch

    with _decoding(path):
        _check_archive(path)
        content = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251 - with weights_only
        tensors = content if isinstance(content, dict) else {"features": content}
        found = {str(name): value for name, value in tensors.items() if isinstance(value, torch.Tensor)}
        for value in found.values():  # a view can claim any size over a few bytes
            _check_size(path, value.numel() * value.element_size(), path.stat().st_size)
        return _from_mapping(path, {name: _numpy(value) for name, value in found.items()})


def _numpy(tensor: Any) -> Array:
    """A tensor's values; bfloat16, which numpy lacks, as float32."""
    dense = tensor.detach().to_dense()
    return np.asarray(dense.float() if dense.is_floating_point() else dense)


def _check_archive(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            _check_size(path, sum(member.file_size for member in archive.infolist()), path.stat().st_size)


def _from_matlab(path: Path) -> Bag:
    """The features of a MATLAB 5 file; later ones (7.3) are HDF5. Their size is known before they are unpacked."""
    from scipy.io import loadmat, whosmat

    with _decoding(path):
        tables = {name: shape for name, shape, kind in whosmat(path) if kind in _MATLAB_NUMBERS}
        for shape in tables.values():
            _check_size(path, 8 * math.prod(shape), path.stat().st_size)
        arrays = loadmat(path, variable_names=list(tables))
        found = {"features" if name.endswith(_FEATURES) else name: np.asarray(arrays[name]) for name in tables}
        return _from_mapping(path, found)


def _from_mapping(path: Path, arrays: Mapping[str, Array]) -> Bag:
    name = next((name for name in _FEATURES if name in arrays), None)
    if name is None and len(arrays) == 1 and "coords" not in arrays:
        name = next(iter(arrays))
    if name is None:
        raise _no_features(path, list(arrays))
    return _bag(path, arrays[name], arrays.get("coords"), 0.0, ())


def _bag(path: Path, features: Array, coords: Array | None, patch: float, slides: tuple[str, ...]) -> Bag:
    """The bag of what a file gave, checked."""
    with np.errstate(over="ignore"):  # what overflows float32 is infinite, which is told below
        values = _table(path, "features", features).astype(np.float32)
    corners = None if coords is None else _table(path, "coords", coords)
    if corners is not None and (corners.shape[1] != 2 or len(corners) != len(values)):
        reason = (
            f"{len(values)} rows of features and coordinates of shape {corners.shape} do not belong together: "
            "encode the slide again"
        )
        raise ReadError(path, reason, "BAG-10")
    if corners is not None and not ((corners > -_FAR) & (corners < _FAR)).all():  # NaN is not either
        raise ReadError(path, "the coordinates are impossible; encode the slide again", "BAG-10")
    kept = ~np.isnan(values).all(axis=1)
    values = values[kept]
    if not np.isfinite(values).all():
        rows = int((~np.isfinite(values)).any(axis=1).sum())
        reason = f"{rows:,} of {len(values):,} rows hold NaN or infinity among numbers; encode the slide again"
        raise ReadError(path, reason, "BAG-10")
    return Bag(
        values,
        None if corners is None else corners[kept].round().astype(np.int64),
        patch,
        tuple(slides[row] for row in np.flatnonzero(kept)) if slides else (),
    )


def _table(path: Path, name: str, values: Array) -> Array:
    """(N, F) of (N, F), (1, N, F) or one row (F,)."""
    if values.dtype.kind not in "fiu":
        raise UnsupportedFormat(path, f"{name} is no table of numbers; encode the slide again", "BAG-08")
    if values.ndim == 3 and len(values) == 1:
        values = values[0]
    if values.ndim == 1 and name == "features":
        values = values[None, :]  # a whole-slide embedding is a bag of one
    if values.ndim != 2 or not values.shape[1]:
        reason = f"{name} has the shape {values.shape}; rows of numbers are needed: encode the slide again"
        raise UnsupportedFormat(path, reason, "BAG-08")
    return values

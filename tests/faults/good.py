"""The good files that faults are made of: small, made by code, and the same in every run."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

GENES = ("TP53", "EGFR", "IDH1", "PTEN", "ATRX", "MGMT")
PATIENTS = tuple(f"P{number:03d}" for number in range(1, 41))
PATIENT = "P007"


def csv(rows: list[list[object]]) -> bytes:
    """Rows as a csv file in UTF-8."""
    return ("\n".join(",".join(map(str, row)) for row in rows) + "\n").encode()


@cache
def clinical() -> bytes:
    """case_id, age, sex, grade, months and dead of 40 patients; 20 died."""
    header: list[object] = ["case_id", "age", "sex", "grade", "months", "dead"]
    rows = [[p, 40 + i, "fm"[i % 2], f"G{i % 3 + 2}", f"{3 + 0.5 * i}", i % 2] for i, p in enumerate(PATIENTS)]
    return csv([header, *rows])


@cache
def rna() -> bytes:
    """case_id and six genes, log values of 40 patients."""
    values = np.random.default_rng(0).uniform(1, 15, (len(PATIENTS), len(GENES))).round(3)
    return csv([["case_id", *GENES], *([p, *row] for p, row in zip(PATIENTS, values, strict=True))])


@cache
def turned() -> bytes:
    """The same with patients in columns."""
    rows = [line.split(",") for line in rna().decode().splitlines()]
    return csv([list(column) for column in zip(*rows, strict=True)])


@cache
def splits() -> bytes:
    """Two folds of the patients, each tested once."""
    rows = [[p, fold, "test" if i % 2 == fold else "train"] for fold in (0, 1) for i, p in enumerate(PATIENTS)]
    return csv([["case_id", "fold", "part"], *rows])


@cache
def slide(**options: Any) -> bytes:
    """A pyramidal TIFF of 512 pixels a side at 0.5 µm, two levels, JPEG-free, with purple squares on white."""
    import tifffile

    pixels = picture_pixels(512)
    options = {"photometric": "rgb", "compression": "deflate", "resolution": (20_000, 20_000), **options}
    made = io.BytesIO()
    with tifffile.TiffWriter(made) as file:
        for level in (pixels, pixels[::2, ::2]):
            chosen = options.get("convert", lambda level: level)(level)
            plain = {name: value for name, value in options.items() if name != "convert"}
            if chosen is not None:
                file.write(chosen, tile=(128, 128), resolutionunit="CENTIMETER", metadata=None, **plain)
    return made.getvalue()


def picture_pixels(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(side, side, 3): grains of purple and pink in the middle of white."""
    draw = np.random.default_rng(3)
    grains = np.array([[120, 60, 150], [220, 150, 190], [90, 40, 120]], np.uint8)[draw.integers(0, 3, (side, side))]
    pixels = np.full((side, side, 3), 255, np.uint8)
    pixels[16:-16, 16:-16] = grains[16:-16, 16:-16]
    return pixels


@cache
def png(mode: str = "RGB", side: int = 256) -> bytes:
    """A picture of tissue as PNG, JPEG for `CMYK`."""
    from PIL import Image

    made = io.BytesIO()
    image = Image.fromarray(picture_pixels(side))
    if mode == "I;16":
        image = Image.fromarray(np.arange(side * side, dtype=np.uint16).reshape(side, side))
    elif mode != "RGB":
        image = image.convert(mode)
    image.save(made, "JPEG" if mode == "CMYK" else "PNG")
    return made.getvalue()


@cache
def volume(
    suffix: str = ".nii", edit: Callable[[Any], Any] | None = None, shape: tuple[int, ...] = (16, 17, 18)
) -> bytes:
    """A NIfTI volume of a ball of 8-mm voxels; `edit` may change the image before it is saved, or give another."""
    import nibabel

    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij"))
    inside = (grid**2).sum(0) < 0.7
    data = np.where(inside, 500 + np.random.default_rng(0).integers(0, 400, shape), 0).astype(np.int16)
    image = nibabel.Nifti1Image(data, np.diag([8.0, 8.0, 8.0, 1.0]))
    image = (edit(image) if edit else None) or image
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"volume{suffix}"
        nibabel.save(image, path)
        return path.read_bytes()


@cache
def bag(form: str = ".h5") -> bytes:
    """300 patches of 16 features with coordinates, as survgui, torch or numpy store them."""
    values = np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)
    coords = np.arange(600).reshape(300, 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"bag{form}"
        if form == ".h5":
            from survgui.cases.cohort import Bag
            from survgui.readers.bag import write_bag

            write_bag(path, Bag(values, coords, 256.0), {"encoder": "test"})
        elif form == ".npz":
            np.savez(path, features=values, coords=coords)
        else:
            import torch

            torch.save(torch.as_tensor(values), path)
        return path.read_bytes()


def h5(maker: Callable[[Any], object]) -> Callable[[Path], None]:
    """A function that writes an HDF5 file that `maker` fills."""

    def write(path: Path) -> None:
        import h5py

        with h5py.File(path, "w") as file:
            maker(file)

    return write


def pt(content: Callable[[], object]) -> Callable[[Path], None]:
    """A function that writes what `content` gives as torch does, pickle and all."""

    def write(path: Path) -> None:
        import torch

        torch.save(content(), path)

    return write


def npz(**arrays: Any) -> Callable[[Path], None]:
    """A function that writes arrays as numpy does."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **arrays)

    return write


COHORT = """name = "faults"
[outcome]
table = "clinical.csv"
case = "case_id"
time = "months"
unit = "months"
event = "dead"
event_value = 1
[splits]
table = "splits.csv"
case = "case_id"
fold = "fold"
part = "part"
train = "train"
test = "test"
[modality.clinical]
table = "clinical.csv"
case = "case_id"
columns = ["age", "sex", "grade"]
[modality.clinical.ordered]
grade = ["G2", "G3", "G4"]
[modality.rna]
table = "rna.csv"
case = "case_id"
columns = ["TP53", "EGFR", "IDH1", "PTEN", "ATRX", "MGMT"]
"""


def cohort(folder: Path) -> Path:
    """A cohort of 40 patients with clinical data and RNA; gives its cohort.toml."""
    folder.mkdir(parents=True)
    for name, content in (("clinical", clinical()), ("rna", rna()), ("splits", splits())):
        (folder / f"{name}.csv").write_bytes(content)
    (folder / "cohort.toml").write_text(COHORT, "utf-8")
    return folder / "cohort.toml"


def case(folder: Path, modality: str, name: str, content: bytes, more: str = "") -> Path:
    """A patient with clinical data, RNA and one file of another modality; gives the case.toml."""
    folder.mkdir(parents=True)
    (folder / "clinical.csv").write_bytes(clinical())
    (folder / "rna.csv").write_bytes(rna())
    (folder / name).write_bytes(content)
    (folder / "case.toml").write_text(
        f'id = "{PATIENT}"\n'
        '[modality.clinical]\ntable = "clinical.csv"\ncase = "case_id"\ncolumns = ["age", "sex", "grade"]\n'
        f'[modality.rna]\ntable = "rna.csv"\ncase = "case_id"\n[modality.{modality}]\n{more}\n',
        "utf-8",
    )
    return folder / "case.toml"


def bundle(folder: Path) -> Path:
    """A bundle of a manifest, a card and one file of tensors; gives its folder."""
    import torch

    from survgui.cases.bundle import write_manifest
    from survgui.nets.weights import save_tensors
    from tests.small_bundle import small_manifest

    folder.mkdir(parents=True)
    save_tensors(folder / "weights.safetensors", {"layer.weight": torch.ones(4, 4), "layer.bias": torch.zeros(4)})
    (folder / "README.md").write_text("# A card\n", "utf-8")
    write_manifest(
        folder,
        small_manifest(GENES, name="faulty"),
    )
    return folder


def manifest_with(**changes: object) -> Callable[[Path], None]:
    """A fault of a bundle's manifest: other values of its keys; None takes one out."""

    def spoil(path: Path) -> None:
        content = json.loads(path.read_text("utf-8")) | changes
        path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), "utf-8")

    return spoil

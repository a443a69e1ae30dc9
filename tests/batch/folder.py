"""A folder of cases of which some are broken, each in a way of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from survgui.engine.simulation.write import demo_case
from tests.small_case import CLINICAL

RNA = '[modality.rna]\ntable = "rna.csv"\ncase = "case_id"\ntransform = "log1p"\n'
SLIDE = '[modality.pathology]\nfiles = "slide.svs"\n'
MRI = '[modality.mri]\nfiles = "mri/{sequence}.nii.gz"\nsequences = ["t1", "t1c", "t2", "flair"]\n'


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _first_cell(path: Path, text: str) -> None:
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    path.write_text("\n".join([lines[0], ",".join([cells[0], text, *cells[2:]])]) + "\n")


def _others(path: Path) -> None:
    lines = path.read_text().splitlines()
    rest = lines[1].partition(",")[2]
    path.write_text("\n".join([lines[0], f"X-1,{rest}", f"X-2,{rest}"]) + "\n")


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


BROKEN: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "slide-cut": ("SLD-07", SLIDE, lambda case: _cut(case / "slide.svs")),
    "slide-text": ("SLD-06", SLIDE, lambda case: (case / "slide.svs").write_text("not a slide\n" * 99)),
    "slide-gone": ("BLK-08", SLIDE, lambda case: (case / "slide.svs").unlink()),
    "slide-empty": ("SLD-04", SLIDE, lambda case: (case / "slide.svs").write_bytes(b"")),
    "slide-pipe": ("SLD-03", SLIDE, lambda case: _pipe(case / "slide.svs")),
    "mri-cut": ("VOL-07", MRI, lambda case: _cut(case / "mri" / "t1c.nii.gz")),
    "mri-text": ("VOL-06", MRI, lambda case: (case / "mri" / "flair.nii.gz").write_text("not a volume")),
    "rna-infinite": ("TBL-21", "", lambda case: _first_cell(case / "rna.csv", "inf")),
    "rna-others": ("BLK-02", "", lambda case: _others(case / "rna.csv")),
    "rna-binary": ("TBL-06", "", lambda case: (case / "rna.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))),
    "file-syntax": ("COH-05", "", lambda case: _replace(case / "case.toml", 'id = "', "id = ")),
    "file-key": ("COH-01", "", lambda case: _replace(case / "case.toml", "transform", "transfrom")),
}
"""Way -> the code that says it, what the case has beside its tables, and how it is broken."""


def template(folder: Path) -> Path:
    """One simulated patient with everything; made once, copied for every case."""
    return demo_case(folder)


def make(folder: Path, like: Path, whole: int, ways: tuple[str, ...] = tuple(BROKEN)) -> dict[str, str]:
    """Write cases: `whole` sound ones with their tables, every fifth also with slide and MRI, and a case a way.

    Returns:
        Name of each broken case -> the code that says what is wrong.
    """
    for number in range(whole):
        _case(folder / f"S-{number:03d}", like, SLIDE + MRI if number % 5 == 4 else "")
    for way in ways:
        _, more, damage = BROKEN[way]
        damage(_case(folder / way, like, more))
    return {way: BROKEN[way][0] for way in ways}


def _case(case: Path, like: Path, more: str) -> Path:
    case.mkdir(parents=True)
    for name in ("clinical.csv", "rna.csv"):
        (case / name).write_text((like / name).read_text().replace("DEMO-01", case.name))
    if SLIDE in more:
        shutil.copy(like / "slide.svs", case)
    if MRI in more:
        shutil.copytree(like / "mri", case / "mri")
    (case / "case.toml").write_text(CLINICAL.replace("{name}", case.name) + RNA + more)
    return case

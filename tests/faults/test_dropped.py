"""What is dropped on the window: its own tasks, from recognising to opening, with one broken file among good ones.

The case is added with what can be used, the slot of the broken file says why it is empty, and the other case of the
list is as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.worker import cases
from survgui.worker import dropped as window
from survgui.workspace import Workspace
from tests.faults import good
from tests.faults.conftest import read_case, reads_well
from tests.faults.mutator import Fault, a_pipe, becomes, empty, missing, noise, truncate

pytestmark = pytest.mark.edits

DROPPED: dict[str, tuple[str, Callable[[], bytes], Fault]] = {
    "half a slide": ("slide.tif", good.slide, truncate(50)),
    "an empty slide": ("slide.svs", good.slide, empty),
    "a text called .svs": ("slide.svs", good.slide, becomes(b"not a slide\n" * 60)),
    "half a picture": ("slide.png", good.png, truncate(50)),
    "half a volume": ("P007_t1.nii", good.volume, truncate(50)),
    "random bytes called .nii": ("P007_flair.nii", good.volume, noise),
    "half the features": ("P007.h5", good.bag, truncate(50)),
    "features of random bytes": ("P007.h5", good.bag, noise),
    "a broken table": ("dnam.csv", good.rna, truncate(57)),
    "an empty table": ("cnv.csv", good.rna, empty),
    "a pipe": ("slide.svs", good.slide, a_pipe),
}


def dropped(folder: Path, name: str, content: bytes, fault: Fault) -> list[Path]:
    """Good tables of one patient and a file that is not."""
    folder.mkdir()
    for kind, table in (("clinical", good.clinical()), ("rna", good.rna())):
        rows = table.decode().splitlines()
        (folder / f"{kind}.csv").write_text("\n".join([rows[0], rows[7]]) + "\n", "utf-8")
    (folder / name).write_bytes(content)
    fault(folder / name)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("words", DROPPED)
def test_a_broken_file_among_good_ones(words: str, tmp_path: Path, home: Path) -> None:
    name, make, fault = DROPPED[words]
    found = run_to_end(window.recognise(dropped(tmp_path / "P007", name, make(), fault)))
    record = run_to_end(cases.adopt(found.findings, "P007", None))
    facts = run_to_end(cases.open(record.key))
    assert {Modality.CLINICAL, Modality.RNA} <= set(facts.given)
    said = [finding.evidence for finding in found.findings if finding.modality is None]
    said += [slide.error for slide in (*found.slides, *facts.slides) if slide.error]
    said += [sequence.error for sequence in facts.sequences if sequence.error]
    said += [note.text for note in facts.notes if name in note.text]
    if name.endswith(".nii"):  # an opened case looks at no voxel: encoding does, before the prediction
        encoded = read_case(Workspace.default_folder() / "cases" / record.key / "case.toml")
        said += [note.text for note in encoded.notes if note.code.startswith("MRI")]
    assert said, "nothing is said of the broken file"
    for text in said:
        reads_well(text)
    with Workspace.default() as workspace:
        assert sorted(record.id for record in workspace.records()) == ["KEPT-1", "P007"]


@pytest.mark.parametrize("words", ["half a slide", "half the features", "half a volume", "a broken table"])
def test_a_file_that_breaks_after_the_case_was_made(words: str, tmp_path: Path, home: Path) -> None:
    """Opened again, the case says which file broke; put right, it is as it was."""
    name, make, fault = DROPPED[words]
    paths = dropped(tmp_path / "P007", name, make(), lambda path: None)
    found = run_to_end(window.recognise(paths))
    record = run_to_end(cases.adopt(found.findings, "P007", 0.5))
    before = run_to_end(cases.open(record.key))
    kept = shutil.copy(tmp_path / "P007" / name, tmp_path / "kept")
    for now in (fault, missing):
        now(tmp_path / "P007" / name)
        facts = run_to_end(cases.open(record.key))
        assert {Modality.CLINICAL, Modality.RNA} <= set(facts.given)
    shutil.copy(kept, tmp_path / "P007" / name)
    assert run_to_end(cases.open(record.key)).given == before.given


@pytest.mark.parametrize("deed", ["exits", "hangs"])
def test_a_slide_that_ends_its_reader(deed: str, tmp_path: Path, harmful: Callable[[str, str], None]) -> None:
    """The worker of the window goes on: the process that opened the slide was another."""
    paths = dropped(tmp_path / "P007", "slide.tif", good.slide(), lambda path: None)
    harmful("SLIDE", deed)
    found = run_to_end(window.recognise(paths))
    record = run_to_end(cases.adopt(found.findings, "P007", None))
    facts = run_to_end(cases.open(record.key))
    assert set(facts.given) == {Modality.CLINICAL, Modality.RNA}
    assert "sudden end" in facts.slides[0].error or "within 1 s" in facts.slides[0].error

"""Bundles of models that are damaged, changed, of another version or made to harm; one line a fault."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from survgui.cases import installed
from survgui.cases.bundle import MANIFEST, open_bundle
from tests.faults import good
from tests.faults.conftest import Cell, Judge, content_of, refused, taken
from tests.faults.mutator import (
    Fault,
    a_dead_link,
    a_folder,
    after,
    at,
    becomes,
    beside,
    both,
    empty,
    flips,
    missing,
    noise,
    nothing,
    text,
    truncate,
    zeros,
)

WEIGHTS = "weights.safetensors"
CHANGED = r"is damaged or was changed .manifest \w{12}…, file \w{12}….; install the bundle again"

MANIFESTS = (
    refused("missing", missing, "BUN-01", "it holds no manifest.json; choose"),
    refused("a folder of its name", a_folder, "BUN-01", "holds no manifest.json|cannot be opened"),
    refused("an empty file", empty, "BUN-02", "manifest.json is damaged; install the bundle again"),
    refused("the first 50 % of a copy", truncate(50), "BUN-02", "manifest.json is damaged"),
    refused("zeros in the middle", zeros(50, 40), "BUN-02", "manifest.json is damaged"),
    refused("random bytes", noise, "BUN-02", "manifest.json is damaged"),
    refused("10,000 brackets", becomes(b"[" * 10_000), "BUN-02", "manifest.json is damaged"),
    refused("a list", becomes(b"[]"), "BUN-02", "is not a survgui manifest; choose"),
    refused("no schema", good.manifest_with(schema=None), "BUN-02", "is not a survgui manifest; choose"),
    refused("a later schema", good.manifest_with(schema=99, survgui="9.1"), "BUN-03", "survgui 9.1, later than this"),
    refused("no inputs", good.manifest_with(inputs=None), "BUN-02", "manifest.json is incomplete"),
    refused("an unknown modality", good.manifest_with(inputs={"x": {}}), "BUN-02", "manifest.json is incomplete"),
    refused("inputs that are a list", good.manifest_with(inputs=[1]), "BUN-02", "manifest.json is incomplete"),
    refused("a number for the edges", good.manifest_with(edges_months=3), "BUN-02", "manifest.json is incomplete"),
    refused("a file outside", good.manifest_with(files={"../../etc/passwd": "0"}), "BUN-04", "is missing; install"),
    refused("an absolute file", good.manifest_with(files={"/etc/passwd": "0"}), "BUN-04", "is missing; install"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return good.bundle(tmp_path / "faulty")


@pytest.mark.parametrize("spoilt", MANIFESTS, ids=str)
def test_a_manifest(spoilt: Cell, folder: Path, judge: Judge) -> None:
    spoilt.fault(folder / MANIFEST)
    judge.raised(spoilt, "", lambda: installed.install(folder))
    assert not installed.home().exists()


FILES = (
    refused("missing", missing, "BUN-04", "weights.safetensors is missing; install the bundle again"),
    refused("a folder of its name", a_folder, "BUN-04", "weights.safetensors is missing"),
    refused("a dead link", a_dead_link, "BUN-04", "weights.safetensors is missing"),
    refused("an empty file", empty, "BUN-04", CHANGED),
    refused("the first 90 % of a copy", truncate(90), "BUN-04", CHANGED),
    refused("one bit", flips(1), "BUN-04", CHANGED),
    refused("one more byte", after(b"\0"), "BUN-04", CHANGED),
    refused("another file", noise, "BUN-04", CHANGED),
    refused("another card", beside("README.md", text("card", "CARD")), "BUN-04", "README.md is damaged or was changed"),
    taken("one more file", beside("README.md", lambda path: path.with_name("notes.txt").touch())),
)


@pytest.mark.parametrize("spoilt", FILES, ids=str)
def test_a_file_of_a_bundle(spoilt: Cell, folder: Path, judge: Judge) -> None:
    spoilt.fault(folder / WEIGHTS)
    judge.raised(spoilt, "faulty", lambda: open_bundle(str(folder), ()))


HEADER = b'{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,999999]}}   '
TENSORS = (
    refused("an empty file", empty, "BUN-05", "weights.safetensors is damaged"),
    refused("the first 50 % of a copy", truncate(50), "BUN-05", "weights.safetensors is damaged"),
    refused("random bytes", noise, "BUN-05", "weights.safetensors is damaged"),
    refused("a header of 2^63 bytes", at(0, (2**63 - 1).to_bytes(8, "little")), "BUN-05", "is damaged"),
    refused("tensors beyond the end", becomes(len(HEADER).to_bytes(8, "little") + HEADER), "BUN-05", "is damaged"),
    refused("a pickle", becomes(b"\x80\x02cos\nsystem\nU\x04true\x85R."), "BUN-05", "is damaged"),
    refused("values that are no numbers", at(-64, b"\0\0\xc0\x7f"), "BUN-05", "values that are no numbers"),
    refused("other names", text("layer.bias", "layer.bear"), "BUN-06", "does not fit its manifest"),
    refused("another shape", text("[4,4]", "[2,8]"), "BUN-06", "does not fit its manifest .size mismatch"),
)


@pytest.mark.parametrize("spoilt", TENSORS, ids=str)
def test_tensors_of_a_bundle_that_was_signed_anew(spoilt: Cell, folder: Path, judge: Judge) -> None:
    """A hash protects against damage, not against who makes a new manifest: the tensors are looked at again."""
    from torch import nn

    from survgui.nets.weights import load_module

    spoilt.fault(folder / WEIGHTS)
    net = nn.ModuleDict({"layer": nn.Linear(4, 4)})
    judge.raised(spoilt, WEIGHTS, lambda: load_module(folder / WEIGHTS, net))


def archive(*members: tuple[str, bytes]) -> Fault:
    """A zip file with these members beside the good ones, whose names start with `{}`."""

    def write(path: Path) -> None:
        path.unlink()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for file in sorted((path.parent / "faulty").iterdir()):
                zipped.write(file, f"faulty/{file.name}")
            for name, content in members:
                zipped.writestr(name, content)

    return write


def linked(path: Path) -> None:
    """A member that is a symbolic link to a file of the system."""
    archive()(path)
    with zipfile.ZipFile(path, "a") as zipped:
        member = zipfile.ZipInfo("faulty/link")
        member.external_attr = 0o120777 << 16
        zipped.writestr(member, "/etc/passwd")


EMPTY = b"PK\x05\x06" + bytes(18)
ARCHIVES = (
    refused("missing", missing, "STO-01", "could not be unpacked"),
    refused("an empty file", empty, "BUN-07", "neither a bundle's folder nor a whole zip file of one"),
    refused("the first 60 % of a copy", both(archive(), truncate(60)), "BUN-07", "nor a whole zip file"),
    refused("zeros in the middle", both(archive(), zeros(60, 60)), "BUN-0[24]|BUN-07", ""),
    refused("random bytes", noise, "BUN-07", "nor a whole zip file"),
    refused("a tar file", becomes(b"faulty/manifest.json" + bytes(1000)), "BUN-07", "nor a whole zip file"),
    refused("no manifest", becomes(EMPTY), "BUN-07", "holds 0 manifests; choose"),
    refused("two bundles", archive(("other/manifest.json", b"{}")), "BUN-07", "holds 2 manifests; choose"),
    taken("a member that would leave the folder", archive(("../../../tmp/evil.txt", b"evil"))),
    taken("a member with an absolute path", archive(("/tmp/evil.txt", b"evil"))),
    taken("a link to a file of the system", linked),
    taken("no fault", archive()),
)


@pytest.mark.edits
@pytest.mark.parametrize("spoilt", ARCHIVES, ids=str)
def test_an_archive_of_a_bundle(spoilt: Cell, folder: Path, judge: Judge, home: Path) -> None:
    """Nothing is written but the bundle, and that only if every file of it is as its manifest says."""
    path = folder.parent / "faulty.zip"
    path.touch()
    before = content_of(home)
    spoilt.fault(path)
    judge.raised(spoilt, "faulty", lambda: installed.install(path))
    made = {name for name in content_of(home) if name not in before}
    here = {f"data/bundles/faulty/{name}" for name in (MANIFEST, "README.md", WEIGHTS)}
    assert made == (set() if spoilt.code else here)
    assert not Path("/tmp/evil.txt").exists()


def test_an_archive_that_unpacks_to_too_much(folder: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.parent / "faulty.zip"
    path.touch()
    archive(("faulty/zeros", bytes(10**6)))(path)
    monkeypatch.setattr(installed, "LARGEST", 2**19)
    cell = refused("", nothing, "BUN-07", "more than 0 MB; that is no bundle")
    judge.raised(cell, path.name, lambda: installed.install(path))


NAMES = ("../evil", "/etc", "a/b", ".hidden", "", "x" * 65, "name with spaces", "con\0")


@pytest.mark.parametrize("name", NAMES)
def test_names_that_no_folder_may_have(name: str, folder: Path, judge: Judge) -> None:
    good.manifest_with(name=name)(folder / MANIFEST)
    cell = refused("", nothing, "BUN-08", "is no name for a bundle; use letters")
    judge.raised(cell, "", lambda: installed.install(folder))
    assert not installed.home().exists()


def test_an_unknown_bundle_is_told_with_those_that_are_there(judge: Judge) -> None:
    cell = refused("", nothing, "BUN-01", "no bundle 'tcga'; installed are: none; give one of them")
    judge.raised(cell, "tcga", lambda: open_bundle("tcga", ()))


def test_the_good_bundle_is_good(folder: Path) -> None:
    assert open_bundle(str(folder), ()).manifest.name == "faulty"
    assert json.loads((folder / MANIFEST).read_text("utf-8"))["files"].keys() == {"README.md", WEIGHTS}

"""A case as one file: there and back, and every way in which such a file may be wrong."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from survgui import storage
from survgui.encoders.cache import Slot
from survgui.encoders.cache import key as entry_key
from survgui.encoders.volumes import Prepared
from survgui.engine.upkeep import transfer
from survgui.errors import ReadError, UsageError
from survgui.readers.cohort import load_case
from survgui.workspace import Workspace
from tests.engine.upkeep.conftest import CONTENT, predict, run


@pytest.fixture
def other(tmp_path):
    with Workspace(tmp_path / "another machine") as made:
        yield made


@pytest.fixture
def packed(workspace, key, tmp_path):
    """The predicted case with its files."""
    predict(workspace, key)
    workspace.keep_report(key, "prediction", "R-1")
    return run(transfer.export(workspace, key, tmp_path / "case", embed=True))


def rewritten(path, change, *, manifest=None, more=()):
    """The archive with its manifest or members changed; hashes are those of before."""
    target = path.with_name("changed.survcase")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "manifest.json":
                listed = json.loads(content)
                (manifest or (lambda said: None))(listed)
                content = json.dumps(listed).encode()
            else:
                content = change(info.filename, content)
            if content is not None:
                new.writestr(info.filename, content)
        for name, content in more:
            new.writestr(name, content)
    return target


def same(name, content):
    return content


def test_with_its_files_it_is_the_same_case(workspace, key, packed, other, data):
    assert packed.name == "case.survcase"
    record = run(transfer.take_in(other, packed))
    before = workspace.record(key)
    assert (record.id, record.subject, record.details) == (before.id, before.subject, before.details)
    assert (record.bundle, record.risk_group, record.percentile) == ("demo-simulated 1.0", "high", 87.5)
    assert record.modalities == before.modalities and record.missing == "" and record.stale == ""
    assert other.prediction(record.key) == {**CONTENT, "case": record.key}  # files of survgui name nobody
    assert other.reports(record.key) == {"prediction": "R-1"}
    one, two = load_case([workspace.case_file(key)]), load_case([other.case_file(record.key)])
    assert one.ids == two.ids and one.blocks.keys() == two.blocks.keys()
    inside = other.folder(record.key) / "sources"
    for name in ("clinical.csv", "rna.csv", "mri/t1.nii.gz", "mri/flair.nii.gz"):
        assert (inside / name).read_bytes() == (data / name).read_bytes()
    again = run(transfer.export(other, record.key, packed.with_name("again"), embed=True))
    assert contents(packed, workspace.record(key)) == contents(again, record)


def contents(path, record):
    """Every member but the manifest; survgui's own files name a case by its key, which is another one here."""
    with zipfile.ZipFile(path) as zipped:
        read = {name: zipped.read(name) for name in zipped.namelist() if name != "manifest.json"}
    return {name: content.replace(record.key.encode(), b"key") for name, content in read.items()}


def test_no_path_of_this_machine_goes_with_it(packed, tmp_path):
    with zipfile.ZipFile(packed) as zipped:
        assert not [name for name in zipped.namelist() if str(tmp_path).encode() in zipped.read(name)]


def test_without_its_files_they_are_found_beside_it_or_relinked(workspace, key, other, data, tmp_path):
    predict(workspace, key)
    slim = run(transfer.export(workspace, key, tmp_path / "slim.survcase", embed=False))
    with zipfile.ZipFile(slim) as zipped:
        assert sorted(zipped.namelist()) == ["case.toml", "manifest.json", "prediction.json"]
    record = run(transfer.take_in(other, slim))
    assert "3 other files are no longer" in record.missing and record.risk_group == "high" and record.stale == ""
    slim = slim.rename(data / "slim.survcase")
    beside = run(transfer.take_in(other, slim))
    assert beside.missing == "" and beside.stale == ""
    (data / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,7,7\n")
    assert run(transfer.take_in(other, slim)).stale == "rna.csv has changed since it was predicted"


def test_a_case_that_was_never_predicted(workspace, key, other, tmp_path):
    path = run(transfer.export(workspace, key, tmp_path / "case", embed=True))
    record = run(transfer.take_in(other, path))
    assert record.bundle == "" and other.prediction(record.key) is None


def test_features_travel_and_are_not_overwritten(workspace, key, other, tmp_path, monkeypatch):
    name = entry_key("slide")
    Slot(name).keep_volume(Prepared(np.ones((4, 64, 64, 64), np.float32), np.eye(4), (), ()))
    features = Slot(name)._file("npz").read_bytes()
    Slot(entry_key("spoilt"))._file("h5").write_bytes(b"of the right hash, and no features")
    workspace.note_features(key, {name, entry_key("evicted"), entry_key("spoilt")})
    path = run(transfer.export(workspace, key, tmp_path / "case", embed=True))
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path / "other home"))
    record = run(transfer.take_in(other, path))
    assert Slot(name)._file("npz").read_bytes() == features and other.features(record.key) == {name}
    assert not Slot(entry_key("spoilt"))._file("h5").exists()
    Slot(name)._file("npz").write_bytes(b"mine")
    run(transfer.take_in(other, path))
    assert Slot(name)._file("npz").read_bytes() == b"mine"


def test_a_missing_file_cannot_go_with_it(workspace, key, data, tmp_path):
    (data / "rna.csv").unlink()
    with pytest.raises(UsageError, match=r"rna\.csv is not where .* relink"):
        run(transfer.export(workspace, key, tmp_path / "case", embed=True))
    assert not (tmp_path / "case.survcase").exists()
    run(transfer.export(workspace, key, tmp_path / "case", embed=False))


def harm(said):
    """Manifests that say what cannot be."""
    return {
        "another kind": lambda m: m.pop("survcase"),
        "later": lambda m: m.update(survcase=99, survgui="9.9"),
        "no case": lambda m: m.pop("case"),
        "no id": lambda m: m["case"].update(id=" "),
        "a modality that is none": lambda m: m["case"].update(given={"astrology": "1"}),
        "a group that is none": lambda m: m["prediction"].update(risk_group="doomed"),
        "a risk that is none": lambda m: m["prediction"].update(risk="nan"),
        "modalities that are none": lambda m: m["case"].update(given=""),
        "a report that is none": lambda m: m["reports"].update(p=2**70),
        "a rank beyond numbers": lambda m: m["prediction"].update(percentile=10**400),
        "half a character": lambda m: m["case"].update(subject="\ud800"),
        "sources that are none": lambda m: m.update(sources=[1]),
        "a size beyond numbers": lambda m: m["sources"][0].update(bytes=2**64),
        "another patient": lambda m: m["case"].update(id="C-2"),
        "a hash that is not": lambda m: m["files"]["case.toml"].update(sha256="0" * 64),
        "a size that is not": lambda m: m["files"]["case.toml"].update(bytes=3),
        "one more": lambda m: m["files"].update({"sources/x": {"bytes": 1, "sha256": "0"}}),
    }[said]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        *(("another kind", "ARC-02"), ("later", "ARC-06"), ("no case", "ARC-03"), ("no id", "ARC-03")),
        *(("a modality that is none", "ARC-03"), ("a group that is none", "ARC-03"), ("a risk that is none", "ARC-03")),
        *(("modalities that are none", "ARC-03"), ("a report that is none", "ARC-03")),
        *(("a rank beyond numbers", "ARC-03"), ("half a character", "ARC-03"), ("a size beyond numbers", "ARC-03")),
        *(("sources that are none", "ARC-03"), ("another patient", "ARC-05"), ("a hash that is not", "ARC-04")),
        *(("a size that is not", "ARC-03"), ("one more", "ARC-05")),
    ],
)
def test_a_manifest_that_is_wrong_takes_nothing_in(packed, other, said, code):
    refused(other, rewritten(packed, same, manifest=harm(said)), code)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../outside.csv", "sources/../../../outside.csv", "..\\\\outside.csv", "C:outside.csv"]
)
def test_a_description_that_leads_out_is_refused(packed, other, path):
    refused(
        other, with_member(packed, "case.toml", f'id = "C-1"\n[modality.rna]\ntable = "{path}"\n'.encode()), "ARC-05"
    )


def test_a_list_that_could_name_any_file_of_this_machine_is_refused(packed, other):
    text = b'id = "C-1"\n[modality.pathology]\nlist = "sources/clinical.csv"\n'
    refused(other, with_member(packed, "case.toml", text), "ARC-05")


@pytest.mark.parametrize("number", ["1e999", "NaN", '"\\ud800"'])
def test_a_result_that_cannot_be_written_again_is_refused(packed, other, number):
    refused(other, with_member(packed, "prediction.json", f'{{"risk": {number}}}'.encode()), "ARC-03")


def with_member(packed, member, content):
    """The archive with another content of a member, whose hash is right."""
    told = {"bytes": len(content), "sha256": storage.sha256_of([content])}
    change = {member: content}
    return rewritten(packed, lambda n, c: change.get(n, c), manifest=lambda m: m["files"].update({member: told}))


def test_what_no_case_has_is_refused(packed, other):
    listed = {"bytes": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
    changed = rewritten(packed, same, manifest=lambda m: m["files"].update({"run.sh": listed}), more=[("run.sh", b"x")])
    refused(other, changed, "ARC-05")


def refused(workspace, path, code):
    with pytest.raises(ReadError) as told:
        run(transfer.take_in(workspace, path))
    assert told.value.code == code and "/" not in told.value.reason
    assert workspace.records() == ()
    assert list((workspace._root / "cases").glob("*")) == []
    assert list((workspace._root / "drafts").glob("*")) == []


def test_an_export_is_in_the_audit_log_by_its_hash(workspace, key, packed, other):
    last = workspace.audit.entries(key)[-1]
    assert (last.what, last.outputs) == ("export", {"survcase": storage.sha256(packed)})
    record = run(transfer.take_in(other, packed))
    assert next(entry.what for entry in other.audit.entries(record.key)) == "import"


def test_files_of_one_name_in_two_folders_keep_their_own_content(workspace, key, other, data, tmp_path):
    (data / "t1.nii.gz").write_bytes((data / "mri" / "flair.nii.gz").read_bytes())
    text = workspace.case_file(key).read_text()
    workspace.edit_case_file(key, lambda _: text.replace("mri/flair.nii.gz", "t1.nii.gz"), "a file")
    predict(workspace, key)
    record = run(transfer.take_in(other, run(transfer.export(workspace, key, tmp_path / "case", embed=True))))
    assert record.stale == ""
    found = {state.path.relative_to(other.folder(record.key)).as_posix(): state for state in other.sources(record.key)}
    for name in ("t1.nii.gz", "mri/t1.nii.gz"):
        assert found[f"sources/{name}"].sha256 == storage.sha256(data / name)

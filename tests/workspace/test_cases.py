"""Cases in the workspace: whole or not at all, through kills, two processes, damage and deletion."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from survgui import paths, storage
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.errors import StorageError, UsageError
from survgui.workspace import CaseRecord, Workspace, cases, database
from survgui.workspace.database import BACKUPS, FILE

BUNDLE = BundleName("tcga-glioma", "1.2", "0" * 64)
GIVEN = {Modality.PATHOLOGY: "1 slide", Modality.RNA: "600 features"}
STATES = {Modality.PATHOLOGY: State.MEASURED, Modality.RNA: State.MEASURED, Modality.MRI: State.IMPUTED}


def text(identifier: str) -> str:
    return f'id = "{identifier}"\n[modality.rna]\ntable = "rna.csv"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w") as made:
        yield made


def add(workspace: Workspace, identifier: str = "C-0039") -> CaseRecord:
    return workspace.add(identifier, "glioma · age 54", text(identifier), GIVEN)


def predict(workspace: Workspace, key: str, content: dict[str, object] | None = None) -> None:
    workspace.keep_prediction(key, BUNDLE, 0.3, "high", 87.4, STATES, content or {"risk": 0.3})


def planted(folder: Path, name: str) -> list[Path]:
    """Files below a folder that hold a name, in content or path."""
    raw = name.encode()
    return [p for p in folder.rglob("*") if name in p.name or (p.is_file() and raw in p.read_bytes())]


def test_what_is_added_is_listed(workspace: Workspace) -> None:
    record = add(workspace)
    assert (record.id, record.subject, record.bundle, record.risk_group) == ("C-0039", "glioma · age 54", "", "")
    assert record.modalities == {Modality.PATHOLOGY: "given", Modality.RNA: "given"}
    assert record.details == GIVEN and record.percentile is None and not record.demo
    assert (record.missing, record.stale, record.reported) == ("", "", "")
    assert workspace.records() == (record,)
    assert workspace.case_file(record.key).read_text("utf-8") == text("C-0039")


def test_the_default_is_the_users(home: Path) -> None:
    with Workspace.default() as workspace:
        record = add(workspace)
        assert workspace.case_file(record.key).is_relative_to(paths.user_data())


def test_no_path_holds_the_patients_id(workspace: Workspace, tmp_path: Path) -> None:
    add(workspace, "MUSTERMANN-77")
    assert not [path for path in tmp_path.rglob("*") if "MUSTERMANN" in str(path.relative_to(tmp_path))]


@pytest.mark.skipif(os.name == "nt", reason="no POSIX modes")
def test_only_the_user_may_look_in(workspace: Workspace, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "w").stat().st_mode) == 0o700


def test_a_prediction_changes_the_line(workspace: Workspace) -> None:
    key = add(workspace).key
    assert workspace.prediction(key) is None
    predict(workspace, key, {"risk": 0.3, "curve": [1.0, 0.5]})
    record = workspace.record(key)
    assert (record.bundle, record.risk_group, record.percentile) == ("tcga-glioma 1.2", "high", 87.4)
    assert record.modalities == STATES and record.details == GIVEN
    assert workspace.prediction(key) == {"risk": 0.3, "curve": [1.0, 0.5]}
    predict(workspace, key, {"risk": 0.4})
    assert workspace.prediction(key) == {"risk": 0.4}
    assert len(list(workspace.folder(key).glob("prediction-*"))) == 1


def test_a_prediction_that_cannot_be_written_leaves_the_one_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(workspace).key
    predict(workspace, key)

    def full(path: Path, content: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="full"):
        patch.setattr(storage, "write_json", full)
        predict(workspace, key, {"risk": 9.0})
    assert workspace.prediction(key) == {"risk": 0.3}


def test_a_prediction_whose_file_is_spoilt_is_none(workspace: Workspace) -> None:
    key = add(workspace).key
    predict(workspace, key)
    next(workspace.folder(key).glob("prediction-*")).write_text("{")
    assert workspace.prediction(key) is None


def test_the_order_is_that_of_change_and_of_opening(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = (f"2026-01-01T00:00:{second:02d}" for second in range(60))
    monkeypatch.setattr(cases, "_now", lambda: next(clock))
    first, second, third = (add(workspace, name).key for name in ("a", "b", "c"))
    predict(workspace, first)
    workspace.describe(second, "f", GIVEN)
    assert [record.id for record in workspace.records()] == ["a", "c", "b"]
    assert [record.key for record in workspace.recent(2)] == [second, first]
    assert [record.key for record in workspace.recent(9)] == [second, first, third]


def test_what_opening_shows_is_kept(workspace: Workspace) -> None:
    key = add(workspace).key
    record = workspace.describe(key, "age 60", {Modality.MRI: "4 sequences"}, missing="slide.svs is gone")
    assert (record.subject, record.missing) == ("age 60", "slide.svs is gone")
    assert record.modalities == {Modality.MRI: "given"}


def test_a_case_file_is_changed_as_a_whole(workspace: Workspace) -> None:
    key = add(workspace).key
    workspace.edit_case_file(key, lambda before: before + "# more\n", "a line")
    assert workspace.case_file(key).read_text("utf-8").endswith("# more\n")
    with pytest.raises(ZeroDivisionError):
        workspace.edit_case_file(key, lambda before: str(1 // 0), "nothing")
    assert workspace.case_file(key).read_text("utf-8").endswith("# more\n")


@pytest.mark.parametrize("key", ["0" * 16, "../..", "", "x" * 16])
def test_a_key_that_is_none(workspace: Workspace, key: str) -> None:
    with pytest.raises(UsageError):
        workspace.record(key)
    with pytest.raises(UsageError):
        predict(workspace, key)
    if key != "0" * 16:
        with pytest.raises(UsageError):
            workspace.case_file(key)


def test_deletion_leaves_nothing_of_the_patient(workspace: Workspace, tmp_path: Path) -> None:
    kept, gone = add(workspace, "KEPT-1").key, add(workspace, "MUSTERMANN-77").key
    predict(workspace, gone, {"case": "MUSTERMANN-77"})
    workspace.close()
    with Workspace(tmp_path / "w") as again:
        database.back_up(again._connection, tmp_path / "w")
        assert planted(tmp_path, "MUSTERMANN-77")
        again.delete([gone])
        assert [record.key for record in again.records()] == [kept]
        assert again.prediction(gone) is None
        assert not again.folder(gone).exists()
        assert planted(tmp_path, "MUSTERMANN-77") == []
        assert planted(tmp_path, "KEPT-1")


def test_an_origin_is_there_once(workspace: Workspace) -> None:
    first = workspace.add("DEMO-01", "", text("DEMO-01"), {}, origin="demo")
    second = workspace.add("DEMO-01", "", text("DEMO-01"), {}, origin="demo")
    assert second == first and first.demo
    assert workspace.of_origin("demo") == first and workspace.of_origin("other") is None
    assert len(list(workspace.folder(first.key).parent.iterdir())) == 1


def test_files_of_a_draft_move_in(workspace: Workspace, tmp_path: Path) -> None:
    with workspace.draft() as draft:
        (draft / "mri").mkdir()
        (draft / "mri" / "t1.nii").write_bytes(b"x")
        record = workspace.add("D", "", text("D"), {}, files=draft)
    assert (workspace.folder(record.key) / "mri" / "t1.nii").read_bytes() == b"x"
    assert list((tmp_path / "w" / "drafts").iterdir()) == []


def test_what_a_full_disk_stops_is_not_added(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *arguments: object, **options: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(StorageError, match="No space left"):
        patch.setattr(Path, "write_text", full)
        add(workspace)
    assert workspace.records() == ()
    assert list(workspace.folder("0" * 16).parent.iterdir()) == []


def test_leftovers_are_swept_at_opening(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        record = add(workspace)
    leftover, hidden = tmp_path / "cases" / ("a" * 16), tmp_path / "cases" / ".b.12.part"
    old, new = tmp_path / "drafts" / "old", tmp_path / "drafts" / "new"
    for folder in (leftover, hidden, old, new):
        folder.mkdir(parents=True)
        (folder / ("prediction-0.json" if folder == leftover else "case.toml")).write_text(text("GHOST"))
    os.utime(old, (1.0, 1.0))
    with Workspace(tmp_path) as workspace:
        assert workspace.records() == (record,) and workspace.notice == ""
        assert not leftover.exists() and not hidden.exists() and not old.exists() and new.exists()


@pytest.mark.parametrize("loss", ["damaged", "missing", "empty"])
def test_a_lost_list_is_made_anew_from_the_folders(tmp_path: Path, loss: str) -> None:
    with Workspace(tmp_path) as workspace:
        known = {add(workspace, name).key: name for name in ("a", "b")}
        predict(workspace, next(iter(known)))
    shutil.rmtree(tmp_path / BACKUPS)
    for ending in ("-wal", "-shm"):
        (tmp_path / f"{FILE}{ending}").unlink(missing_ok=True)
    if loss == "missing":
        (tmp_path / FILE).unlink()
    else:
        (tmp_path / FILE).write_bytes(b"" if loss == "empty" else b"no database" * 999)
    with Workspace(tmp_path) as workspace:
        assert {record.key: record.id for record in workspace.records()} == known
        assert all(record.modalities == {Modality.RNA: "given"} for record in workspace.records())
        assert "list of cases" in workspace.notice and "predicted again" in workspace.notice
        assert ("damaged-" in workspace.notice) is (loss == "damaged")
    with Workspace(tmp_path) as workspace:
        assert workspace.notice == "" and len(workspace.records()) == 2


def test_who_is_deleted_is_in_no_damaged_list_either(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        gone, stays = add(workspace, "MUSTERMANN").key, add(workspace, "OTHER").key
    (tmp_path / FILE).write_bytes(b"no database of MUSTERMANN" * 999)
    with Workspace(tmp_path) as workspace:
        assert list(tmp_path.glob("damaged-*"))
        workspace.delete([gone])
        assert [record.key for record in workspace.records()] == [stays]
    left = [file for file in tmp_path.rglob("*") if file.is_file() and b"MUSTERMANN" in file.read_bytes()]
    assert left == []


def test_a_lost_list_comes_back_from_the_backup_with_its_predictions(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        old, gone = add(workspace, "old").key, add(workspace, "gone").key
        predict(workspace, old, {"risk": 0.7})
        database.back_up(workspace._connection, tmp_path)
        new = add(workspace, "new").key
        shutil.rmtree(workspace.folder(gone))
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    with Workspace(tmp_path) as workspace:
        assert {record.key for record in workspace.records()} == {old, new}
        assert workspace.record(old).risk_group == "high" and workspace.prediction(old) == {"risk": 0.7}
        assert "1 case has to be predicted again" in workspace.notice


WRITER = """
import sys
from pathlib import Path
from survgui.workspace import Workspace
with Workspace(Path(sys.argv[1])) as workspace:
    for number in range(int(sys.argv[3])):
        name = f"{sys.argv[2]}-{number}"
        record = workspace.add(name, "", f'id = "{name}"\\nnote = "{"x" * 5000}"\\n', {})
        print(record.key, name, flush=True)
"""


def writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_kill_loses_nothing_that_was_acknowledged_and_leaves_no_half_case(tmp_path: Path) -> None:
    acknowledged: dict[str, str] = {}
    for attempt in range(6):
        process = writer(tmp_path, str(attempt), 10_000)
        assert process.stdout is not None
        acknowledged |= dict(process.stdout.readline().split() for _ in range(4 + 3 * attempt))
        process.send_signal(signal.SIGKILL)
        acknowledged |= dict(line.split() for line in process.communicate()[0].splitlines() if len(line.split()) == 2)
        assert process.returncode == -signal.SIGKILL
    with Workspace(tmp_path) as workspace:
        listed = {record.key: record.id for record in workspace.records()}
        assert acknowledged.items() <= listed.items()
        assert len(listed) <= len(acknowledged) + 6  # at most the one that each kill interrupted
        for key, name in listed.items():
            content = tomllib.loads(workspace.case_file(key).read_text("utf-8"))
            assert content == {"id": name, "note": "x" * 5000}
        assert {folder.name for folder in (tmp_path / "cases").iterdir()} == set(listed)


CHANGER = """
import sys
from pathlib import Path
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.workspace import SourceState, Workspace
with Workspace(Path(sys.argv[1])) as workspace:
    for number in range(int(sys.argv[2]), 1_000_000):
        source = SourceState(Path(f"/data/{number}"), number, number, "0" * 64)
        workspace.edit_case_file(sys.argv[3], lambda before: f"id = 'C'\\n# {number}\\n", f"edit {number}")
        workspace.keep_prediction(
            sys.argv[3], BundleName("b", "1", "0" * 64), float(number), "low", 5.0,
            {Modality.RNA: State.MEASURED}, {"risk": number, "fill": "x" * 9000}, [source],
        )
        workspace.keep_report(sys.argv[3], str(number), f"R-{number}")
        print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_kills_among_edits_predictions_and_reports_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        key = add(workspace).key
    last = 0
    for attempt in range(10):
        command = [sys.executable, "-c", CHANGER, str(tmp_path), str(last + 1), key]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(3 + attempt):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        last = max([last, *map(int, process.communicate()[0].split())])
        with Workspace(tmp_path) as workspace:
            kept = workspace.prediction(key)
            assert kept is not None and kept["risk"] in (last, last + 1)  # at most what the kill interrupted
            assert workspace.sources(key)[0].bytes == kept["risk"]
            assert workspace.reports(key)[str(last)] == f"R-{last}"
            edited = workspace.case_file(key).read_text("utf-8")
            assert edited in (f"id = 'C'\n# {last}\n", f"id = 'C'\n# {last + 1}\n")
            assert len(list(workspace.folder(key).glob("prediction-*.json"))) <= 2 and workspace.notice == ""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    both = [writer(tmp_path, name, 40) for name in ("a", "b")]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    acknowledged = dict(line.split() for out in said for line in out.splitlines())
    with Workspace(tmp_path) as workspace:
        assert {record.key: record.id for record in workspace.records()} == acknowledged
        assert len(acknowledged) == 80


def test_an_opening_does_not_sweep_what_another_is_adding(tmp_path: Path) -> None:
    process = writer(tmp_path, "a", 60)
    assert process.stdout is not None
    acknowledged = dict([process.stdout.readline().split()])
    while process.poll() is None:
        with Workspace(tmp_path):
            pass
    acknowledged |= dict(line.split() for line in process.stdout.read().splitlines())
    process.stdout.close()
    with Workspace(tmp_path) as workspace:
        assert len(acknowledged) == 60
        assert all(workspace.case_file(key).is_file() for key in acknowledged)


def test_ten_thousand_cases_are_listed(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        key = add(workspace).key
        predict(workspace, key)
        copy = "INSERT INTO {0} (key {1}) SELECT printf('%016x', value) {2} FROM {0}, generated WHERE {0}.key = ?"
        numbers = "WITH RECURSIVE generated(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generated LIMIT 9999) "
        columns = {
            "cases": ", id, subject, given, origin, created, updated, opened, missing",
            "predictions": ", run, bundle, version, sha256, risk, risk_group, percentile, states, created",
        }
        for table, rest in columns.items():
            workspace._connection.execute(
                numbers + copy.format(table, rest, rest.replace(", created", f", {table}.created")), (key,)
            )
        records = workspace.records()
    assert len({record.key for record in records}) == 10_000
    assert records[-1].percentile == 87.4 and records[-1].modalities == STATES

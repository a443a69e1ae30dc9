"""The chain is found broken wherever a line was changed, taken out, moved or cut off; two processes never break it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
from pathlib import Path

import pytest

from survgui import settings
from survgui.cases.audit import NOTHING, Action
from survgui.errors import StorageError
from survgui.workspace import Workspace, audit
from survgui.workspace.audit import AuditLog, file_hashes
from tests.workspace.test_cases import add, predict

KEYS = [f"{number:016x}" for number in range(5)]


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of five lines, made once."""
    folder = tmp_path_factory.mktemp("five")
    for key in KEYS:
        AuditLog(folder).record(Action.IMPORT, [key])
    return folder


@pytest.fixture
def log(five: Path, tmp_path: Path) -> AuditLog:
    for name in (audit.LOG, audit.HEAD):
        shutil.copy(five / name, tmp_path)
    return AuditLog(tmp_path)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / audit.LOG).read_bytes().splitlines(keepends=True)


def write(folder: Path, lines: list[bytes]) -> None:
    (folder / audit.LOG).write_bytes(b"".join(lines))


def test_each_line_holds_the_hash_of_the_one_before(log: AuditLog, tmp_path: Path) -> None:
    """A second implementation: SHA-256 over the bytes of the lines, without a word of the module."""
    before = "0" * 64
    for number, line in enumerate(lines_of(tmp_path), 1):
        content = json.loads(line)
        assert (content["n"], content["before"]) == (number, before)
        before = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
    chain = log.verify()
    assert (chain.broken, chain.lines, chain.head) == (0, 5, before)


def test_a_log_that_was_never_begun_is_whole(tmp_path: Path) -> None:
    assert AuditLog(tmp_path / "none").verify() == audit.Chain(0, NOTHING)


@pytest.mark.parametrize("number", range(5))
def test_a_changed_line_is_found(log: AuditLog, tmp_path: Path, number: int) -> None:
    lines = lines_of(tmp_path)
    lines[number] = lines[number].replace(b"import", b"delete")
    write(tmp_path, lines)
    # the line after it no longer fits; the last one no longer is what the head says
    assert log.verify().broken == min(number + 2, 5)


@pytest.mark.parametrize("number", range(5))
def test_a_line_taken_out_is_found(log: AuditLog, tmp_path: Path, number: int) -> None:
    lines = lines_of(tmp_path)
    del lines[number]
    write(tmp_path, lines)
    assert log.verify().broken == number + 1


def test_moved_doubled_and_foreign_lines_are_found(log: AuditLog, tmp_path: Path) -> None:
    one, two, three, four, five = lines_of(tmp_path)
    for lines, broken in (
        ([one, three, two, four, five], 2),
        ([one, two, two, three, four, five], 3),
        ([one, two, three, b"\n", four, five], 4),
        ([one, two, three, four, b"{}\n"], 5),
        ([one, two, three, four, five.replace(b",", b", ", 1)], 5),
    ):
        write(tmp_path, lines)
        assert log.verify().broken == broken


def test_a_cut_tail_stays_found_after_the_next_line(log: AuditLog, tmp_path: Path) -> None:
    write(tmp_path, lines_of(tmp_path)[:3])
    assert log.verify().broken == 4
    assert "there were 5" in log.verify().why
    log.record(Action.PREDICT, [KEYS[0]])
    assert log.verify().broken == 4  # what was cut off is not healed by going on


@pytest.mark.parametrize("gone", [audit.LOG, audit.HEAD])
def test_a_file_that_was_removed_is_found(log: AuditLog, tmp_path: Path, gone: str) -> None:
    (tmp_path / gone).unlink()
    assert log.verify().broken
    log.record(Action.PREDICT, [KEYS[0]])
    assert log.verify().broken


def test_both_written_anew_are_found_by_a_printed_head(log: AuditLog, tmp_path: Path) -> None:
    printed = log.verify().head
    log.record(Action.DELETE, [KEYS[0]])
    assert not log.verify(printed).broken
    (tmp_path / audit.LOG).unlink()
    (tmp_path / audit.HEAD).unlink()
    log.record(Action.IMPORT, [KEYS[0]])
    assert not log.verify().broken
    assert "written anew" in log.verify(printed[:12]).why


def test_what_a_killed_process_left_half_written_is_dropped(log: AuditLog, tmp_path: Path) -> None:
    with (tmp_path / audit.LOG).open("ab") as file:
        file.write(b'{"about":"","at":"20')
    assert not log.verify().broken
    log.record(Action.PREDICT, [KEYS[0]])
    chain = log.verify()
    assert (chain.broken, chain.lines) == (0, 6)


def test_a_head_that_lags_behind_breaks_nothing(log: AuditLog, tmp_path: Path) -> None:
    old = (tmp_path / audit.HEAD).read_bytes()
    log.record(Action.PREDICT, [KEYS[0]])
    log.record(Action.PREDICT, [KEYS[0]])
    (tmp_path / audit.HEAD).write_bytes(old)
    assert not log.verify().broken
    log.record(Action.PREDICT, [KEYS[1]])
    chain = log.verify()
    assert (chain.broken, chain.lines) == (0, 8)


def test_a_last_line_without_its_end_is_not_taken_for_a_kill(log: AuditLog, tmp_path: Path) -> None:
    write(tmp_path, [*lines_of(tmp_path)[:4], lines_of(tmp_path)[4][:-10]])
    assert log.verify().broken == 5
    log.record(Action.PREDICT, [KEYS[0]])
    assert log.verify().broken == 5


def test_a_line_longer_than_a_block_is_followed(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.record(Action.DELETE, [f"{number:016x}" for number in range(5000)])
    monkeypatch.setattr(audit, "BLOCK", 64)
    log.record(Action.IMPORT, [KEYS[0]])
    assert not log.verify().broken


def _adds(folder: str, key: str) -> None:
    for _ in range(5):
        AuditLog(Path(folder)).record(Action.PREDICT, [key])


def test_two_processes_make_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    both = [context.Process(target=_adds, args=(str(tmp_path), key)) for key in KEYS[:2]]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    log = AuditLog(tmp_path)
    chain = log.verify()
    assert (chain.broken, chain.lines) == (0, 10)
    assert len(log.entries(KEYS[0])) == len(log.entries(KEYS[1])) == 5


def test_a_full_disk_adds_nothing(log: AuditLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lines_of(tmp_path)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageError):
            log.record(Action.PREDICT, [KEYS[0]])
    assert lines_of(tmp_path) == before
    log.record(Action.PREDICT, [KEYS[0]])
    assert not log.verify().broken


def test_the_trail_of_a_case(log: AuditLog) -> None:
    log.record(Action.PREDICT, [KEYS[2]], inputs={"bundle": "ab" * 32}, about="demo-simulated 1.0")
    trail = log.trail(KEYS[2])
    assert [entry.what for entry in trail.entries] == [Action.IMPORT, Action.PREDICT]
    assert trail.entries[1].about == "demo-simulated 1.0"
    assert trail.chain.lines == 6


def test_who_is_a_hash_or_what_the_settings_say(log: AuditLog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "quirina")
    first, again = log.record(Action.PREDICT), log.record(Action.PREDICT)
    elsewhere = AuditLog(tmp_path / "other").record(Action.PREDICT)
    assert first.who == again.who != elsewhere.who  # salted: the same person in another log is not told
    assert "quirina" not in (tmp_path / audit.LOG).read_text()
    settings.save(settings.Settings(audit_label="Reader 2"))
    assert log.record(Action.PREDICT).who == "Reader 2"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_others_cannot_read_it(log: AuditLog, tmp_path: Path) -> None:
    assert (tmp_path / audit.LOG).stat().st_mode & 0o077 == 0


def test_hashes_of_files_name_none_of_them(tmp_path: Path) -> None:
    for name, content in (("Quirina.pdf", b"1"), ("a.json", b"2"), ("b.json", b"3")):
        (tmp_path / name).write_bytes(content)
    found = file_hashes(sorted(tmp_path.iterdir()))
    assert set(found) == {"pdf", "json"}
    assert found["pdf"] == hashlib.sha256(b"1").hexdigest()


def test_what_is_done_with_a_case_is_written_down_with_it(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        record = add(workspace, "Ztestname")
        workspace.edit_case_file(record.key, lambda text: text + "\n# a", "a comment")
        workspace.edit_case_file(record.key, lambda text: text + "\n# b", "where it is", same=True)
        workspace.undo(record.key)
        predict(workspace, record.key)
        workspace.delete([record.key])
        done = [entry.what for entry in workspace.audit.entries(record.key)]
        assert done == ["import", "edit", "relink", "relink", "predict", "delete"]
        assert not workspace.audit.verify().broken
    assert "Ztestname" not in (tmp_path / "w" / audit.LOG).read_text()


def test_a_change_that_cannot_be_written_down_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace(tmp_path / "w") as workspace:
        record = add(workspace)

        def full(*_: object, **__: object) -> None:
            raise StorageError("full")

        monkeypatch.setattr(AuditLog, "record", full)
        for change in (
            lambda: workspace.delete([record.key]),
            lambda: add(workspace, "another"),
            lambda: predict(workspace, record.key),
            lambda: workspace.edit_case_file(record.key, lambda text: text + "\n# a", "a comment"),
        ):
            with pytest.raises(StorageError):
                change()
        assert [each.id for each in workspace.records()] == [record.id]
        assert workspace.prediction(record.key) is None
        assert "# a" not in workspace.case_file(record.key).read_text()


@pytest.mark.parametrize(
    "line", ["[" * 99_999, '{"n":1e999}', "\ud800", "1" * 9999], ids=["deep", "inf", "half", "long"]
)
def test_whatever_stands_in_the_log_is_told_as_a_broken_line(tmp_path: Path, line: str) -> None:
    log = AuditLog(tmp_path)
    log.record(Action.IMPORT)
    with (tmp_path / audit.LOG).open("ab") as file:
        file.write(line.encode("utf-8", "surrogatepass") + b"\n")
    assert log.verify().broken == 2 and len(log.entries()) == 1
    (tmp_path / audit.HEAD).write_bytes(line.encode("utf-8", "surrogatepass"))
    assert log.verify().broken == 2

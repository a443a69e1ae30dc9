"""The list's file: another version's, a damaged one, a full disk, two processes; nothing is silently lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from survgui.errors import StorageError
from survgui.workspace import Workspace, database
from tests.durability.faults import no_file_longer_than
from tests.workspace import schemas

ROW = "key, id, subject, given, origin, created, updated, opened"


def opened(folder: Path, occupied: bool = False) -> database.Opened:
    folder.mkdir(exist_ok=True)
    return database.open_database(folder, occupied)


def insert(connection: sqlite3.Connection, key: str) -> None:
    with database.transaction(connection):
        connection.execute(f"INSERT INTO cases ({ROW}) VALUES (?, 'id', '', '{{}}', '', '', '', '')", (key,))


def schema(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql != '' ORDER BY name")
    return ["".join(sql.split()) for (sql,) in rows]


def keys(connection: sqlite3.Connection) -> list[str]:
    return [key for (key,) in connection.execute("SELECT key FROM cases ORDER BY key")]


def test_a_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS),)


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        with pytest.raises(ZeroDivisionError), database.transaction(connection):
            connection.execute(f"INSERT INTO cases ({ROW}) VALUES ('a', 'id', '', '{{}}', '', '', '', '')")
            raise ZeroDivisionError
        assert keys(connection) == []


def test_the_file_of_a_later_survgui_is_left_alone(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match=r"written by a later survgui \(schema 99"):
        opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / database.FILE)) as connection:
        assert keys(connection) == ["a"]


def test_the_schema_is_brought_up_to_date_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
    later = (*database.MIGRATIONS, "ALTER TABLE cases ADD COLUMN colour TEXT NOT NULL DEFAULT 'green';")
    monkeypatch.setattr(database, "MIGRATIONS", later)
    with closing(opened(tmp_path).connection) as connection:
        assert connection.execute("SELECT key, colour FROM cases").fetchall() == [("a", "green")]
    newest = max((tmp_path / database.BACKUPS).glob("*.db"))
    with closing(sqlite3.connect(newest)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS) - 1,)
        assert keys(connection) == ["a"]


@pytest.mark.parametrize("version", range(1, len(schemas.BEFORE) + 1))
def test_the_list_of_every_earlier_survgui_is_taken_over(tmp_path: Path, version: int) -> None:
    with closing(sqlite3.connect(tmp_path / database.FILE)) as old:
        old.executescript(schemas.BEFORE[version - 1])
    (tmp_path / "cases" / schemas.KEY).mkdir(parents=True)
    (tmp_path / "cases" / schemas.KEY / "case.toml").write_text('id = "C-1"\n')
    with Workspace(tmp_path) as workspace:
        (record,) = workspace.records()
        assert (record.id, record.subject, record.created, record.updated) == ("C-1", "age 54", "then", "later")
        assert (record.bundle, record.risk_group, record.percentile) == ("tcga-glioma 1.2", "high", 87.5)
        assert record.missing == "slide.svs is gone" and record.stale == "" and record.reported == ""
        assert workspace.sources(record.key) == () and workspace.undoable(record.key) == ("", "")
        assert workspace.notice == "" and not workspace.description_changed(record.key)
        found = schema(workspace._connection)
    with Workspace(tmp_path / "new") as fresh:
        assert found == schema(fresh._connection)  # as if it had been begun today
    backup = max((tmp_path / database.BACKUPS).glob("*.db"), key=lambda path: path.stat().st_mtime_ns)
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() in ((version,), (len(database.MIGRATIONS),))
        assert connection.execute("SELECT id FROM cases").fetchall() == [("C-1",)]


def test_every_schema_that_was_ever_published_is_tested() -> None:
    assert len(schemas.BEFORE) == len(database.MIGRATIONS) - 1


def test_who_joins_finds_a_list_of_this_schema_or_none(tmp_path: Path) -> None:
    assert database.join(tmp_path) is None
    opened(tmp_path).connection.close()
    joined = database.join(tmp_path)
    assert joined is not None
    with closing(joined) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        connection.execute("PRAGMA user_version = 1")
    assert database.join(tmp_path) is None
    (tmp_path / database.FILE).write_bytes(b"no database" * 999)
    with pytest.raises(StorageError, match="start survgui again"):
        database.join(tmp_path)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
    wrong = "ALTER TABLE cases ADD COLUMN colour TEXT; ALTER TABLE nowhere ADD COLUMN x TEXT;"
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, wrong))
        with pytest.raises(StorageError, match="no such table"):
            opened(tmp_path)
    with closing(opened(tmp_path).connection) as connection:
        assert "colour" not in [row[1] for row in connection.execute("PRAGMA table_info(cases)")]
        assert keys(connection) == ["a"]


@pytest.mark.parametrize("content", [b"no database at all " * 400, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_kept_and_the_backup_takes_its_place(tmp_path: Path, content: bytes) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
        database.back_up(connection, tmp_path)
    (tmp_path / database.FILE).write_bytes(content)
    found = opened(tmp_path, occupied=True)
    with closing(found.connection) as connection:
        assert found.rebuild and keys(connection) == ["a"]
    assert (tmp_path / found.aside).read_bytes() == content


def test_damage_inside_is_found_at_opening(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        for number in range(300):
            insert(connection, f"{number:04d}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    path = tmp_path / database.FILE
    content = bytearray(path.read_bytes())
    side = len(content) // pages
    content[side * 3 : side * (pages - 1)] = b"\x5a" * (side * (pages - 4))
    path.write_bytes(content)
    found = opened(tmp_path)
    with closing(found.connection):
        assert found.rebuild and (tmp_path / found.aside).read_bytes() == bytes(content)


def test_a_damaged_backup_is_passed_over(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
        database.back_up(connection, tmp_path)
        insert(connection, "b")
        newest = database.back_up(connection, tmp_path)
    newest.write_bytes(b"x" * 5000)
    (tmp_path / database.FILE).write_bytes(b"y" * 5000)
    with closing(opened(tmp_path).connection) as connection:
        assert keys(connection) == ["a"]


def test_a_list_that_is_gone_while_cases_are_there_was_lost(tmp_path: Path) -> None:
    found = opened(tmp_path, occupied=False)
    found.connection.close()
    assert not found.rebuild
    for ending in ("", "-wal", "-shm"):
        (tmp_path / f"{database.FILE}{ending}").unlink(missing_ok=True)
    found = opened(tmp_path, occupied=True)
    found.connection.close()
    assert found.rebuild and not found.aside


def test_five_backups_are_kept_one_a_day(tmp_path: Path) -> None:
    with closing(opened(tmp_path).connection) as connection:
        assert len(list((tmp_path / database.BACKUPS).iterdir())) == 1
        for _ in range(8):
            database.back_up(connection, tmp_path)
    assert len(list((tmp_path / database.BACKUPS).glob("*.db"))) == database.KEPT
    before = sorted((tmp_path / database.BACKUPS).iterdir())
    opened(tmp_path).connection.close()
    assert sorted((tmp_path / database.BACKUPS).iterdir()) == before


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / database.FILE).mkdir()
    with pytest.raises(StorageError, match="the list of cases cannot be used"):
        opened(tmp_path)


def test_openings_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT", 0.05)
    with database.alone(tmp_path), pytest.raises(StorageError, match="locked"), database.alone(tmp_path):
        raise AssertionError("two at once")
    with database.alone(tmp_path):
        pass


def test_on_a_share_of_several_machines_the_journal_needs_no_common_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(tmp_path).connection) as connection:
        insert(connection, "a")
    monkeypatch.setattr("survgui.paths.is_shared", lambda folder: folder == tmp_path)
    with closing(opened(tmp_path).connection) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        insert(connection, "b")
    with closing(opened(tmp_path).connection) as connection:
        assert keys(connection) == ["a", "b"]


def test_backups_of_a_clock_that_was_wrong_neither_stay_for_ever_nor_take_the_place_of_newer_ones(
    tmp_path: Path,
) -> None:
    with closing(opened(tmp_path).connection) as connection:
        wrong = [tmp_path / database.BACKUPS / f"2999010{day}-000000-000000.db" for day in range(1, 7)]
        for file in wrong:
            database.back_up(connection, tmp_path).replace(file)
        insert(connection, "a")
        kept = database.back_up(connection, tmp_path)
        assert kept.is_file()
        assert len(list(wrong[0].parent.glob("*.db"))) == database.KEPT
    (tmp_path / database.FILE).write_bytes(b"damaged" * 999)
    with closing(opened(tmp_path).connection) as connection:
        assert keys(connection) == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of a file's size")
def test_a_disk_without_room_for_a_backup_still_shows_the_cases_and_lets_them_go(tmp_path: Path) -> None:
    size = 2**16  # the index of the log fits, and no copy of the list
    with closing(opened(tmp_path).connection) as connection:
        for number in range(2000):
            insert(connection, f"{number:0>60}")
    for backup in (tmp_path / database.BACKUPS).glob("*.db"):
        backup.rename(backup.with_name("20200101-000000-000000.db"))
    with no_file_longer_than(size), closing(opened(tmp_path).connection) as connection:
        assert len(keys(connection)) == 2000
        assert [file.name for file in (tmp_path / database.BACKUPS).iterdir()] == ["20200101-000000-000000.db"]
        database.forget_backups(connection, tmp_path)
        assert list((tmp_path / database.BACKUPS).iterdir()) == []

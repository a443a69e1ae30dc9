from __future__ import annotations

from dataclasses import replace

import pytest

from survgui.batch.journal import Journal
from survgui.cases.batch import Row
from survgui.errors import StorageError, Trouble

DONE, FAILED = Row("TCGA-02-0001", {"risk": 1.5}), Row("b", trouble=Trouble("ReadError", "it is empty", "SLD-04"))


def test_what_is_kept_comes_back_and_a_half_row_never_counts(tmp_path):
    journal = Journal(tmp_path / "rows")
    assert journal.rows() == {} and journal.row("b") is None
    for row in (FAILED, DONE, DONE):
        journal.keep(row)
    assert Journal(tmp_path / "rows").rows() == {"TCGA-02-0001": DONE, "b": FAILED}
    files = sorted((tmp_path / "rows").iterdir())
    assert len(files) == 2 and not any("TCGA" in file.name for file in files)
    assert (tmp_path / "rows").stat().st_mode & 0o077 == 0
    for file in files:
        file.write_bytes(file.read_bytes()[:-20])
    (tmp_path / "rows" / "other.json").write_text("[1]")
    assert journal.rows() == {} and journal.row("b") is None


def test_a_row_is_forgotten_and_all_are(tmp_path):
    journal = Journal(tmp_path / "rows")
    journal.keep(DONE)
    journal.keep(FAILED)
    journal.forget("b")
    journal.forget("b")
    assert set(journal.rows()) == {"TCGA-02-0001"}
    journal.clear()
    assert journal.rows() == {}


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "rows").write_text("a file")
    with pytest.raises(StorageError):
        Journal(tmp_path / "rows").keep(DONE)


def test_a_finished_row_is_written_clean_and_a_failed_one_says_which_file(tmp_path):
    journal = Journal(tmp_path, lambda row: replace(row, result={"warnings": ["its slide was cut"]}))
    done, failed = Row("a", {"warnings": ["Doe.svs was cut"]}), Row("b", trouble=Trouble("X", "Doe.svs is empty"))
    journal.keep(done)
    journal.keep(failed)
    assert journal.rows() == {"a": Row("a", {"warnings": ["its slide was cut"]}), "b": failed}

"""The window's cases without a window: out, in, relinked, deleted."""

from __future__ import annotations

import pytest

from survgui.cli.main import run
from survgui.workspace import Workspace
from tests.engine.upkeep.conftest import add, predict


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "mri").mkdir(parents=True)
    (folder / "clinical.csv").write_text("case_id,age\nC-1,54\n")
    (folder / "rna.csv").write_text("case_id,TP53\nC-1,1.5\n")
    for name in ("t1", "flair"):
        (folder / "mri" / f"{name}.nii.gz").write_bytes(name.encode())
    return folder


@pytest.fixture
def key(data):
    with Workspace.default() as workspace:
        made = add(workspace, data)
        predict(workspace, made)
    return made


def test_the_list(key, capsys):
    assert run(["case", "list"]) == 0
    assert capsys.readouterr().out == f"{key}\tC-1\thigh\tdemo-simulated 1.0\n"


def test_an_empty_list_says_how_it_is_filled(home, capsys):
    assert run(["case", "list"]) == 0
    told = capsys.readouterr()
    assert told.out == "" and "there are no cases yet; open one in the window" in told.err


def test_out_and_in_again(key, tmp_path, capsys):
    assert run(["case", "export", "C-1", "--with-files", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out.survcase'}\n"
    assert run(["case", "import", str(tmp_path / "out.survcase")]) == 0
    taken, identifier = capsys.readouterr().out.split()
    assert identifier == "C-1" and taken != key
    assert run(["case", "export", "C-1", "--out", str(tmp_path / "out")]) == 2
    assert "2 cases have the key or id 'C-1'" in capsys.readouterr().err
    assert run(["case", "export", taken, "--out", str(tmp_path / "again")]) == 0


def test_what_is_no_case_is_one_line(tmp_path, capsys):
    (tmp_path / "it.survcase").write_bytes(b"no zip")
    assert run(["case", "import", str(tmp_path / "it.survcase")]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("survgui: it.survcase: it is damaged; nothing was taken in") and last.endswith("[ARC-03]")
    assert run(["case", "delete", "nobody"]) == 2
    assert "no case has the key or id" in capsys.readouterr().err


def test_moved_files(key, data, tmp_path, capsys):
    data.rename(tmp_path / "moved")
    (tmp_path / "moved" / "rna.csv").write_text("case_id,TP53\nC-1,9.5\n")
    assert run(["case", "relink", "all", "--in", str(tmp_path / "moved"), "--only-certain"]) == 1
    said = capsys.readouterr().out
    assert said.count("same content") == 3 and f"{key}\trna.csv\tnot found\n" in said
    assert run(["case", "relink", "C-1", "--in", str(tmp_path / "moved")]) == 0
    assert "rna.csv\tsame name, content not known" in capsys.readouterr().out
    assert run(["case", "list"]) == 0
    assert "out of date: " in capsys.readouterr().out


def test_deleting_says_first_what_it_would_do(key, data, capsys):
    assert run(["case", "delete", "C-1"]) == 0
    assert "would delete" in capsys.readouterr().out
    assert run(["case", "delete", key, "--yes"]) == 0
    assert run(["case", "list"]) == 0
    assert "your own files are where they were" in capsys.readouterr().out
    assert (data / "rna.csv").is_file()


def test_a_list_that_had_to_be_put_right_is_told(key, home, capsys):
    (home / "data" / "workspace" / "workspace.db").write_bytes(b"no database" * 999)
    assert run(["case", "list"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(key) and told.err.startswith("survgui: The list of cases was damaged and is kept as")
    assert run(["case", "list"]) == 0 and capsys.readouterr().err == ""

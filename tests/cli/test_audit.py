"""`survgui audit`: 0 for a whole chain, 1 and the line for a broken one."""

import csv
import io
import json

import pytest

from survgui.cases.audit import Action
from survgui.cli import main
from survgui.workspace import Workspace, audit
from survgui.workspace.audit import AuditLog

KEY = "0123456789abcdef"


@pytest.fixture
def log(home):
    made = AuditLog(Workspace.default_folder())
    made.record(Action.IMPORT, [KEY])
    made.record(Action.PREDICT, [KEY], about="demo-simulated 1.0", inputs={"bundle": "ab" * 32})
    made.record(Action.INSTALL)
    return made


def test_a_whole_log(log, capsys):
    assert main.run(["audit", "verify"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3 lines, unbroken")
    assert log.verify().head in out


def test_nothing_done_yet_is_no_fault(home, capsys):
    assert main.run(["audit", "verify"]) == 0
    assert "0 lines" in capsys.readouterr().out


def test_a_broken_log_names_its_first_broken_line(log, capsys):
    file = Workspace.default_folder() / audit.LOG
    file.write_bytes(file.read_bytes().replace(b'"predict"', b'"reveal"'))
    assert main.run(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "broken at line 3" in said.err and "AUD-01" in said.err and said.err.count("\n") == 1
    assert main.run(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["broken"]) == (False, 3)


def test_a_head_from_paper(log, capsys):
    printed = log.verify().head[:12] + "…"
    assert main.run(["audit", "verify", "--contains", printed]) == 0
    assert main.run(["audit", "verify", "--contains", "0" * 12]) == 1
    assert "written anew" in capsys.readouterr().err
    assert main.run(["audit", "verify", "--contains", "Quirina"]) == 2


def test_the_lines_as_a_table(log, capsys, tmp_path):
    assert main.run(["audit", "list", "--case", KEY]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[1].endswith("demo-simulated 1.0")
    assert main.run(["audit", "list", "--csv", str(tmp_path / "a.csv")]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [row["what"] for row in rows] == ["import", "predict", "install"]
    assert rows[1]["inputs"] == f"bundle={'ab' * 32}"
    assert main.run(["audit", "list", "--case", "f" * 16]) == 2

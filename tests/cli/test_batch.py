from __future__ import annotations

import pytest

from survgui.batch import run
from survgui.batch.piece import HOW_TO_GO_ON
from survgui.cases.batch import Action, Item, Order, Row
from survgui.cases.step import Step
from survgui.cli import arguments as common
from survgui.cli import batch
from survgui.engine.spread import Where
from survgui.errors import Trouble


def parsed(*words):
    parser = common.Parser()
    parser.add_argument("cases", nargs="+", type=common.Path)
    batch.add_options(parser)
    return parser.parse_args(words)


@pytest.fixture
def asked(monkeypatch):
    seen = []

    def perform(items, order, **options):
        seen.append(options)
        yield Step("predict", 0, 1)
        return tuple(Row(item.name) for item in items)

    monkeypatch.setattr(run, "perform", perform)
    return seen


def test_where_limits_and_what_is_kept_are_as_asked(asked, tmp_path, home, capsys):
    items, order = [Item("a", (tmp_path,))], Order(Action.PREDICT)
    words = [str(tmp_path), "--workers", "2", "--patience", "3", "--memory", "1.5", "--resume"]
    assert [row.item for row in batch.perform(parsed(*words), items, order)] == ["a"]
    batch.perform(parsed(str(tmp_path), "--scheduler", "tcp://a:1"), items, Order(Action.PREDICT, seed=1))
    first, second = asked
    assert first["where"] == Where(2) and second["where"] == Where(1, "tcp://a:1")
    assert first["limits"].silence == 180.0 and first["limits"].memory == 1.5 * 2**30
    assert first["resume"] and not second["resume"] and second["limits"].silence == 600.0
    folders = [one["journal"]._folder for one in asked]
    assert folders[0] != folders[1] and {f.parent for f in folders} == {
        home / "data" / "batches"
    }  # of one request each


def test_only_one_way_to_spread():
    with pytest.raises(SystemExit):
        parsed("x", "--workers", "2", "--scheduler", "tcp://a:1")


def test_failures_of_one_reason_are_one_line(capsys):
    bad = Trouble("ReadError", "rna.csv is empty", "TBL-04")
    batch.tell([Row("a"), *(Row(f"b{k}", trouble=bad) for k in range(7)), Row("c", trouble=Trouble("X", "other"))])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["survgui: b0, b1, b2, b3, b4 and 2 more: rna.csv is empty [TBL-04]", "survgui: c: other"]
    assert lines[2].startswith("survgui: 1 of 9 cases done, 8 failed;") and "--resume" in lines[2]
    batch.tell([Row("a")])
    assert capsys.readouterr().err == ""


def test_the_cases_of_a_folder_and_of_a_cohort(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "case.toml").write_text('id = "X"\n')
    assert common.is_many([tmp_path]) and not common.is_many([tmp_path / "one"])
    assert [item.name for item in batch.items_of([tmp_path])] == ["X"]


def test_rows_wait_for_as_long_as_something_failed(asked, tmp_path, home, capsys):
    arguments, order = parsed(str(tmp_path)), Order(Action.PREDICT)
    kept = batch.journal_of(arguments, order)
    kept.keep(Row("a"))
    assert batch.finish(arguments, order, [Row("a"), Row("b", trouble=Trouble("X", f"bad; {HOW_TO_GO_ON}"))]) == 0
    said = capsys.readouterr().err.splitlines()
    assert "--partial" in said[0] and "1 of 2 cases done" in said[-1]
    assert batch.finish(arguments, order, [Row("b", trouble=Trouble("X", "the model takes none of it"))]) == 1
    assert "--partial" not in capsys.readouterr().err
    assert kept.rows() == {"a": Row("a")}
    assert batch.finish(arguments, order, [Row("a"), Row("b")]) == 0
    assert kept.rows() == {}

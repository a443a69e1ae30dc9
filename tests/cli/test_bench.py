from __future__ import annotations

import json

from survgui.cli.main import run


def test_the_table_is_written(engine, task, tmp_path, capsys):
    engine("survgui.engine.bench", bench=lambda quick: task({"quick": quick}))
    assert run(["bench", "--quick", "--json", str(tmp_path / "b.json")]) == 0
    assert json.loads((tmp_path / "b.json").read_text()) == {"quick": True}
    assert capsys.readouterr().out == f"{tmp_path / 'b.json'}\n"

from survgui.engine.evaluation.tables import as_text, to_csv


def test_tables_for_people(result):
    assert "cox-all" in as_text(result) and "–" in as_text(result)
    lines = to_csv(result).splitlines()
    assert lines[0].startswith("method,fold,seed,pattern") and len(lines) == 1 + len(result["rows"])

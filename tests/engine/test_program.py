from __future__ import annotations

from survgui.engine.program import PARTS, digest, digest_of


def test_any_change_of_what_decides_numbers_is_another_program(tmp_path):
    for part in (*PARTS, "ui"):
        (tmp_path / part / "inner").mkdir(parents=True)
        (tmp_path / part / "inner" / "a.py").write_text("one = 1")
    found = [digest_of(tmp_path)]
    for part in PARTS:
        (tmp_path / part / "inner" / "a.py").write_text("one = 2")
        found.append(digest_of(tmp_path))
    (tmp_path / "nets" / "inner" / "a.py").rename(tmp_path / "nets" / "a.py")
    found.append(digest_of(tmp_path))
    assert len(set(found)) == len(found)


def test_the_window_and_what_python_has_compiled_are_no_other_program(tmp_path):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a.py").write_text("one = 1")
    before = digest_of(tmp_path)
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "a.py").write_text("one = 1")
    (tmp_path / "nets" / "a.pyc").write_bytes(b"compiled")
    assert digest_of(tmp_path) == before


def test_this_programs_is_computed_once():
    assert digest() is digest() and len(digest()) == 64

"""What is kept, in lines; what can be made again, cleared."""

from __future__ import annotations

from survgui import paths
from survgui.cli.main import run


def test_kinds_and_clearing(capsys):
    file = paths.user_cache() / "features" / "a.npz"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 2_000_000)
    assert run(["storage"]) == 0
    assert "features\t2.0 MB\t1 files\tEncoded slides and volumes\n" in capsys.readouterr().out
    assert run(["storage", "--clear", "features"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2.0 MB freed\n") and "features\t0.0 MB" in said and not file.exists()
    assert run(["storage", "--clear", "cases"]) == 2

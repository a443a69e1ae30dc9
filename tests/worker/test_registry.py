from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from survgui.worker.registry import TASKS, resolve


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_a_generator_of_its_module(name):
    module, _, function = TASKS[name].partition(":")
    assert module == f"survgui.worker.{name.partition('.')[0]}"
    found = importlib.util.find_spec(module)
    assert found is not None and found.origin is not None
    tree = ast.parse(Path(found.origin).read_text("utf-8"))
    (defined,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    assert any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(defined))


def test_a_task_is_found_by_its_name():
    function = resolve("test.count", {"test.count": "tests.worker.tasks:count"})
    steps = list(function(steps=3))
    assert [step.done for step in steps] == [1, 2, 3]


def test_an_unknown_task_is_an_error():
    with pytest.raises(KeyError):
        resolve("cases.unheard_of")


def test_a_worker_starts_without_what_its_tasks_load():
    heavy = {"torch", "pandas", "scipy", "sklearn", "sksurv", "nibabel", "h5py", "openslide", "onnxruntime", "PySide6"}
    code = f"import sys, survgui.worker.process; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []

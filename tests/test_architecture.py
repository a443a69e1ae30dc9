"""What keeps the codebase in shape, as tests: rooms, sizes, mirrors, and the traps that once cost a day."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from survgui.cases.bundle import verify

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "survgui").rglob("*.py"))
BUNDLES = sorted(path.parent for path in (ROOT / "models").glob("*/manifest.json"))
MAY_LOAD = {"survgui/readers/bag.py", "survgui/encoders/efficientnet.py"}
"""The two modules that open files of torch's own format, which others publish."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes_of(module: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(module.read_text("utf-8"))))


def nodes() -> list[tuple[Path, ast.AST]]:
    return [(module, node) for module in MODULES for node in nodes_of(module)]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_signals_keep_the_references_to_true_and_none():
    """A PySide6 that loses one reference a call ends the process after some thousand calls (6.12.0 did)."""
    code = """
import sys
from PySide6.QtCore import QObject, QTimer, Signal

class Sender(QObject):
    sent = Signal(bool)

sender, timer = Sender(), QTimer()
sender.sent.connect(lambda value: None)
before = sys.getrefcount(True), sys.getrefcount(None)
for _ in range(100):
    sender.sent.emit(True)
for _ in range(20_000):
    timer.setInterval(5)
after = sys.getrefcount(True), sys.getrefcount(None)
print(max(abs(a - b) for a, b in zip(after, before)))
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 5


def test_the_command_line_starts_without_heavy_libraries():
    heavy = {"torch", "pandas", "sklearn", "sksurv", "PySide6", "scipy", "h5py", "nibabel", "openslide", "onnxruntime"}
    done = run_python(f"import sys, survgui.cli.main; print(*sorted({heavy!r} & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_window_reaches_its_workers_without_what_they_load():
    heavy = {"torch", "pandas", "scipy", "sklearn", "sksurv", "nibabel", "h5py", "openslide", "onnxruntime"}
    code = "import sys, survgui.ui.jobs, survgui.ui.tasks, survgui.worker.process; "
    done = run_python(f"{code}print(*sorted({heavy!r} & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_window_opens_without_what_its_workers_load(monkeypatch, tmp_path):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path))
    heavy = {
        "torch",
        "pandas",
        "scipy",
        "sklearn",
        "sksurv",
        "nibabel",
        "h5py",
        "openslide",
        "onnxruntime",
        "pyqtgraph",
    }
    code = f"""
import sys
from PySide6.QtCore import QTimer
from survgui import settings
from survgui.ui import app, window
from survgui.ui.logbook import Logbook

application = app.application()
opened = window.Window(settings.load(), Logbook())
for page in opened.pages:
    opened.go(page)
    opened.grab()
opened.show()
QTimer.singleShot(0, opened.close)
application.exec()
print(*sorted({heavy!r} & set(sys.modules)))
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


OUTERMOST = {"survgui/ui/app.py", "survgui/ui/bench.py", "survgui/ui/case_bench.py", "survgui/ui/startup.py"}
"""Where the application's own event loop runs: the window's, and that of measurements in a process of their own."""
WINDOW = [module for module in MODULES if "survgui/ui/" in named(module)]


def window_calls(*names: str) -> list[tuple[Path, ast.Call]]:
    """Calls of methods with one of these names in the window's code."""
    calls = [(m, n) for m in WINDOW for n in nodes_of(m) if isinstance(n, ast.Call)]
    return [(m, n) for m, n in calls if isinstance(n.func, ast.Attribute) and n.func.attr in names]


def test_no_event_loop_runs_within_another_and_no_thread_is_terminated():
    guilty = [
        f"{named(module)}:{call.lineno} {ast.unparse(call.func)}"
        for module, call in window_calls("exec", "exec_", "processEvents", "terminate")
        if ast.unparse(call.func) != "app.exec" or named(module) not in OUTERMOST
    ]
    assert not guilty


def test_slots_are_methods_that_go_with_their_object():
    """A lambda, partial or local function keeps a deleted widget alive, and is then called with it."""
    functions = {(m, n.name) for m in WINDOW for n in nodes_of(m) if isinstance(n, ast.FunctionDef)}
    guilty = [
        f"{named(module)}:{call.lineno}"
        for module, call in window_calls("connect")
        for slot in call.args[:1]
        if isinstance(slot, ast.Lambda | ast.Call) or (isinstance(slot, ast.Name) and (module, slot.id) in functions)
    ]
    assert not guilty


def test_methods_that_are_connected_are_declared_as_slots():
    """PySide6 calls an undeclared one in the sender's thread under some circumstances."""
    guilty = []
    for module in WINDOW:
        for holder in (n for n in nodes_of(module) if isinstance(n, ast.ClassDef)):
            methods = {n.name: n for n in holder.body if isinstance(n, ast.FunctionDef)}
            calls = [n for n in ast.walk(holder) if isinstance(n, ast.Call) and n.args]
            slots = [n.args[0] for n in calls if isinstance(n.func, ast.Attribute) and n.func.attr == "connect"]
            own = {s.attr for s in slots if isinstance(s, ast.Attribute) and ast.unparse(s.value) == "self"}
            guilty += [
                f"{named(module)}:{methods[name].lineno} {name}"
                for name in sorted(own & set(methods))
                if not any("Slot" in ast.unparse(d) for d in methods[name].decorator_list)
            ]
    assert not guilty


def test_rooms_import_only_what_they_may():
    # The package's own command is a console script, which need not be on the PATH of whoever runs this.
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_module_has_its_tests():
    inside = [m.relative_to(ROOT / "survgui") for m in MODULES if m.name != "__init__.py"]
    mirrors = [ROOT / "tests" / path.parent / f"test_{path.stem.strip('_')}.py" for path in inside]
    assert not [named(mirror) for mirror in mirrors if not mirror.is_file()]


def test_modules_stay_short():
    assert not [named(module) for module in MODULES if module.read_text("utf-8").count("\n") > 500]


def test_functions_stay_short():
    functions = [(m, n) for m, n in nodes() if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not [f"{named(m)}: {f.name}" for m, f in functions if f.end_lineno - f.lineno >= 60]


def test_nothing_unpickles():
    banned = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
    guilty = []
    for module, node in nodes():
        if isinstance(node, ast.Import):
            guilty += [named(module) for alias in node.names if alias.name in banned]
        elif isinstance(node, ast.ImportFrom):
            # torch.load refuses a file with an error of pickle's; to name that error unpickles nothing
            names = {alias.name for alias in node.names} - {"UnpicklingError"}
            guilty += [named(module)] if node.module in banned and names else []
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            guilty += [named(module)] if ast.unparse(node.value) != "False" else []
    assert not guilty


def test_torch_files_are_opened_in_two_modules_without_running_them():
    calls = [(m, n) for m, n in nodes() if isinstance(n, ast.Call) and ast.unparse(n.func) == "torch.load"]
    assert {named(module) for module, _ in calls} <= MAY_LOAD
    assert all("weights_only=True" in ast.unparse(call) for _, call in calls)


def test_no_pickled_weights_are_shipped():
    shipped = [p for folder in ("models", "resources") for p in (ROOT / folder).rglob("*")]
    assert not [named(p) for p in shipped if p.suffix in {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}]


@pytest.mark.parametrize("folder", BUNDLES, ids=named)
def test_shipped_bundles_are_whole_and_small(folder: Path):
    bundle = verify(folder)
    assert bundle.manifest.name == folder.name
    assert {p.name for p in folder.iterdir()} == {*bundle.manifest.files, "manifest.json"}
    assert sum(p.stat().st_size for p in folder.iterdir()) < 20 * 10**6


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.match(r"[\w.-]+", line)[0] for line in project["dependencies"]]


def test_every_dependency_is_pinned():
    pins = (ROOT / "packaging" / "constraints.txt").read_text("utf-8").split()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    missing = {canonical(name) for name in dependencies()} - {canonical(pin.split("==")[0]) for pin in pins}
    assert not missing


def test_every_dependency_has_its_reason_in_the_readme():
    rows = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    cells = {canonical(name) for row in rows for name in re.findall(r"[\w.-]+", row)}
    assert not {canonical(name) for name in dependencies()} - cells


def test_the_repository_names_no_machine():
    """Paths of one machine's folders help nobody else."""
    texts = (*MODULES, *(ROOT / "packaging").iterdir(), *(ROOT / "tests").rglob("*.py"), ROOT / "README.md")
    guilty = [
        named(p) for p in texts if p.is_file() and re.search(r"(?<![\w.])/(work|root|home)/\w", p.read_text("utf-8"))
    ]
    assert not guilty

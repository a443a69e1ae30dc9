"""The two commands that set survgui up: what they run, when they do nothing, and how a killed set-up heals."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parent.parent / "packaging"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts for Windows are others")


@pytest.fixture
def prepare(tmp_path):
    """The module, set upon a repository that holds only what decides the set-up."""
    spec = importlib.util.spec_from_file_location("prepare", PACKAGING / "prepare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "packaging").mkdir()
    (tmp_path / "pyproject.toml").write_text("one")
    module.ROOT, module.CONSTRAINTS = tmp_path, tmp_path / "packaging" / "constraints.txt"
    module.CONSTRAINTS.write_text("numpy==1")
    return module


@pytest.fixture
def done(prepare, monkeypatch):
    """Every act of the set-up, recorded instead of done; `python` of the environment is this one."""
    acts = []
    real_run = subprocess.run

    def make(venv):
        acts.append("make")
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        (venv / "survgui-installing").touch()
        if not (venv / "bin" / "python").exists():
            (venv / "bin" / "python").symlink_to(sys.executable)

    def run(command, **options):
        if "pip" not in command:
            return real_run(command, **options)
        acts.append(command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(prepare, "make", make)
    monkeypatch.setattr(prepare.subprocess, "run", run)
    monkeypatch.setattr(prepare, "check_qt", lambda venv: acts.append("qt"))
    return acts


def test_a_set_up_happens_once(prepare, done, tmp_path):
    venv = tmp_path / ".venv"
    prepare.prepare(venv, "")
    assert done == ["make", ".", "qt"]
    assert not (venv / "survgui-installing").exists()
    prepare.prepare(venv, "")
    assert done == ["make", ".", "qt"]


@pytest.mark.parametrize("file", ["pyproject.toml", "packaging/constraints.txt"])
def test_a_change_of_what_is_needed_is_installed_into_what_is_there(prepare, done, tmp_path, file):
    prepare.prepare(tmp_path / ".venv", "")
    (tmp_path / file).write_text("two")
    prepare.prepare(tmp_path / ".venv", "")
    assert done == ["make", ".", "qt", ".", "qt"]


def test_the_tests_need_more_and_that_is_enough_for_running(prepare, done, tmp_path):
    for extra in ("", "test", "", "test"):
        prepare.prepare(tmp_path / ".venv", extra)
    assert done == ["make", ".", "qt", ".[test]", "qt"]


def test_a_set_up_that_was_killed_while_installing_begins_anew(prepare, done, tmp_path, monkeypatch):
    venv = tmp_path / ".venv"
    prepare.prepare(venv, "")
    (tmp_path / "pyproject.toml").write_text("two")
    recorded = prepare.subprocess.run

    def killed(command, **options):
        if "pip" in command:
            raise KeyboardInterrupt
        return recorded(command, **options)

    with monkeypatch.context() as at_work:
        at_work.setattr(prepare.subprocess, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare.prepare(venv, "")
    assert not prepare.is_ready(venv, "") and not prepare.is_whole(venv)
    done.clear()
    prepare.prepare(venv, "")
    assert done == ["make", ".", "qt"]


def test_a_set_up_that_failed_by_itself_goes_on_where_it_was(prepare, done, tmp_path, monkeypatch):
    venv = tmp_path / ".venv"
    recorded = prepare.subprocess.run

    def offline(command, **options):
        return subprocess.CompletedProcess(command, 1) if "pip" in command else recorded(command, **options)

    with monkeypatch.context() as at_work:
        at_work.setattr(prepare.subprocess, "run", offline)
        with pytest.raises(prepare.SetupFailed, match="could not be installed"):
            prepare.prepare(venv, "")
    done.clear()
    prepare.prepare(venv, "")
    assert done == [".", "qt"]


def test_without_qt_it_is_not_ready(prepare, done, tmp_path, monkeypatch):
    def broken(venv):
        raise prepare.SetupFailed("Qt cannot start")

    with monkeypatch.context() as at_work:
        at_work.setattr(prepare, "check_qt", broken)
        with pytest.raises(prepare.SetupFailed):
            prepare.prepare(tmp_path / ".venv", "")
    assert not prepare.is_ready(tmp_path / ".venv", "")


def test_a_moved_repository_is_set_up_again(prepare, done, tmp_path):
    prepare.prepare(tmp_path / ".venv", "")
    (tmp_path / ".venv").rename(tmp_path / "aside")
    assert prepare.is_ready(tmp_path / "aside", "")
    prepare.ROOT = tmp_path / "elsewhere"
    prepare.ROOT.mkdir()
    shutil.copy(tmp_path / "pyproject.toml", prepare.ROOT)
    assert not prepare.is_ready(tmp_path / "aside", "")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_mark_is_no_mark(prepare, tmp_path, content):
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (venv / "survgui-ready.json").write_text(content)
    assert not prepare.is_ready(venv, "")


def test_a_ruin_becomes_an_environment(prepare, tmp_path):
    """The real thing: whatever a kill left, the next set-up makes a working environment of it."""
    venv = tmp_path / ".venv"
    (venv / "lib" / "half").mkdir(parents=True)
    (venv / "bin").symlink_to(tmp_path)
    (venv / "pyvenv.cfg").write_text("home = nowhere")
    assert not prepare.is_whole(venv)
    prepare.make(venv)
    assert (venv / "survgui-installing").exists() and not prepare.is_whole(venv)
    (venv / "survgui-installing").unlink()
    assert prepare.is_whole(venv)
    assert not (venv / "lib" / "half").exists()


def test_two_set_ups_at_once_take_turns(prepare, tmp_path):
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(PACKAGING)!r})
import prepare
prepare.CONSTRAINTS = Path({str(prepare.CONSTRAINTS)!r})
with prepare.alone():
    print("mine", flush=True)
"""
    with prepare.alone():
        second = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
        assert "another set-up is at work" in second.stderr.readline()
        assert second.poll() is None
    out, _ = second.communicate(timeout=30)
    assert out == "mine\n"


COMPLAINT = """Traceback (most recent call last):
  File "<string>", line 1, in <module>
ImportError: {}: cannot open shared object file: No such file or directory
"""


@pytest.mark.parametrize("library", ["libEGL.so.1", "libGL.so.1", "libxkbcommon.so.0", "libglib-2.0.so.0"])
def test_a_missing_library_is_named_with_the_command_that_installs_it(prepare, library):
    advice = prepare.qt_advice(COMPLAINT.format(library), "apt-get")
    assert f"the system library {library} is missing" in advice
    assert "sudo apt-get install -y libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1" in advice
    assert "\n" not in advice
    assert "dnf install" in prepare.qt_advice(COMPLAINT.format(library), "dnf")


def test_other_complaints_of_qt(prepare):
    assert "glibc 2.34" in prepare.qt_advice("ImportError: /lib/libc.so.6: version `GLIBC_2.34' not found")
    assert "no Qt platform plugin" in prepare.qt_advice("one\nno Qt platform plugin\n")
    assert "no reason" in prepare.qt_advice("")


def test_the_check_of_qt_runs_it(prepare, monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "python_of", lambda venv: sys.executable)
    prepare.check_qt(tmp_path)
    monkeypatch.setattr(
        prepare, "QT_STARTS", "import sys; sys.exit('ImportError: libEGL.so.1: cannot open shared object')"
    )
    with pytest.raises(prepare.SetupFailed, match=r"libEGL\.so\.1 is missing"):
        prepare.check_qt(tmp_path)


# The scripts, in a repository whose environment only writes down what was asked of it


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "a b"
    shutil.copytree(PACKAGING, root / "packaging")
    (root / "packaging" / "prepare.py").write_text("import sys; print('prepared', *sys.argv[1:], file=sys.stderr)")
    bin_ = root / ".venv" / "bin"
    bin_.mkdir(parents=True)
    for name in ("survgui", "ruff", "lint-imports", "mypy", "python"):
        program = bin_ / name
        program.write_text(
            f'#!/bin/sh\nprintf "{name}"\nprintf "|%s" "$@" "$QT_QPA_PLATFORM"\necho\n[ "$FAIL" != {name} ]\n'
        )
        program.chmod(0o755)
    return root


def ran(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    display = {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}
    own = {name: value for name, value in os.environ.items() if name not in display}
    return subprocess.run(
        ["bash", str(script), *arguments], env={**own, **environment}, capture_output=True, text=True, cwd="/"
    )


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "survgui|demo|--window|"),
        (["--help"], "survgui|--help|"),
        (["predict", "a b.svs", "--headless", "*"], "survgui|predict|a b.svs|*|offscreen"),
    ],
)
def test_run_hands_over_where_there_is_a_display(repository, arguments, expected, display):
    result = ran(repository / "packaging" / "run.sh", *arguments, **{display: ":0"})
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{expected}\n", "prepared\n")


@pytest.mark.parametrize(("arguments", "environment"), [(["--headless"], {"DISPLAY": ":0"}), ([], {})])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_run_goes_through_the_demo_off_screen(repository, arguments, environment):
    result = ran(repository / "packaging" / "run.sh", *arguments, **environment)
    pictures = repository / "packaging" / "screenshots.py"
    expected = ["survgui|demo|offscreen", f"python|{pictures}|demo-out/screenshots|offscreen"]
    assert (result.returncode, result.stdout.splitlines(), result.stderr) == (0, expected, "prepared\n")


def test_run_ends_with_the_programs_code(repository):
    assert ran(repository / "packaging" / "run.sh", FAIL="survgui").returncode == 1


def test_nothing_starts_after_a_set_up_that_failed(repository):
    (repository / "packaging" / "prepare.py").write_text("raise SystemExit(1)")
    result = ran(repository / "packaging" / "run.sh")
    assert (result.returncode, result.stdout) == (1, "")


def test_test_runs_every_check_in_order(repository):
    result = ran(repository / "packaging" / "test.sh", "-k", "storage")
    assert result.stdout.splitlines() == [
        "ruff|check|",
        "ruff|format|--check|",
        "lint-imports|",
        "mypy|",
        "python|-m|pytest|-m|not slow and not gpu|-n|2|--dist|loadfile|-k|storage|",
    ]
    assert result.stderr == "prepared --test\n"


@pytest.mark.parametrize("tool", ["ruff", "lint-imports", "mypy", "python"])
def test_test_fails_with_any_check(repository, tool):
    result = ran(repository / "packaging" / "test.sh", FAIL=tool)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith(tool)


def test_the_pipeline_is_the_tests(repository):
    ci = PACKAGING.parent / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    shutil.copytree(ci.parent, repository / ".ci")
    assert ran(repository / ".ci" / "run").stderr == "prepared --test\n"


@contextmanager
def programs(folder: Path, **scripts: str):
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    yield {"PATH": str(folder)}


def test_a_python_that_runs_nothing_is_passed_over(tmp_path):
    real = f'exec {sys.executable} "$@"'
    find = f"source '{PACKAGING / 'find_python.sh'}'; find_python"
    bash = shutil.which("bash")
    scripts = {"python3.11": "exit 127", "python3.12": "exit 1", "python3": real}
    with programs(tmp_path, **scripts) as environment:
        found = subprocess.run([bash, "-c", find], env=environment, capture_output=True, text=True)
        assert found.stdout == "python3\n"
    with programs(tmp_path, python3="exit 1") as environment:
        found = subprocess.run([bash, "-c", find], env=environment, capture_output=True, text=True)
        assert found.returncode == 1 and "Python 3.11 or later was not found" in found.stderr


def test_every_script_is_sound_bash():
    for script in sorted(PACKAGING.glob("*.sh")):
        assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_what_was_set_up_is_written_down(prepare, tmp_path):
    (tmp_path / ".venv").mkdir()
    prepare.write_ready(tmp_path / ".venv", "test")
    ready = json.loads((tmp_path / ".venv" / "survgui-ready.json").read_text())
    assert ready == {"state": prepare.state(), "extra": "test"}

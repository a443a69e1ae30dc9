"""Make `.venv` ready for survgui: once, with pinned versions, and so that a killed set-up heals itself.

    python packaging/prepare.py          what run.sh needs
    python packaging/prepare.py --test   and what test.sh needs beyond it

Standard library only, for it runs before anything is installed. Everything it says goes to standard error.

Two files in `.venv` tell how far a set-up came. `survgui-ready.json` names what was installed, by the hash of
`pyproject.toml` and `constraints.txt`; while it is current there is nothing to do. `survgui-installing` is
there while packages are being written: where it is found without a set-up at work, that one was killed, nobody
knows which packages are whole, and the environment is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

QT_STARTS = "import sys; from PySide6.QtGui import QGuiApplication; QGuiApplication(sys.argv)"
QT_NEEDS = {
    "apt-get": "apt-get install -y libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0",
    "dnf": "dnf install -y libglvnd-egl libglvnd-glx libxkbcommon dbus-libs fontconfig glib2",
    "zypper": "zypper install -y libglvnd libxkbcommon0 libdbus-1-3 fontconfig glib2",
    "pacman": "pacman -S --noconfirm libglvnd libxkbcommon dbus fontconfig glib2",
}
"""The command that installs every library that Qt needs off screen, by package manager."""


class SetupFailed(Exception):
    """The set-up cannot go on; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Prepare the environment; 0 when it is ready, 1 with a sentence on standard error when it is not."""
    try:
        prepare(ROOT / ".venv", extra="test" if "--test" in arguments else "")
    except SetupFailed as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("stopped; the next run sets up again")
        return 130
    return 0


def prepare(venv: Path, extra: str) -> None:
    """Bring `venv` to the pinned state, doing nothing where it is there already."""
    if is_ready(venv, extra):
        return
    with alone() as lock:
        if is_ready(venv, extra):  # another set-up has just finished
            return
        (venv / "survgui-ready.json").unlink(missing_ok=True)
        if not is_whole(venv):
            say(f"making {venv}")
            make(venv)
        install(venv, extra, lock)
        check_qt(venv)
        write_ready(venv, extra)
        say("set up")


def is_ready(venv: Path, extra: str) -> bool:
    """Whether the last set-up of `venv` was whole, is of this state of the repository and has the extra."""
    try:
        ready = json.loads((venv / "survgui-ready.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    enough = [{"state": state(), "extra": installed} for installed in (extra, "test")]
    return python_of(venv).exists() and ready in enough


def is_whole(venv: Path) -> bool:
    """Whether packages can be installed into `venv` as it is."""
    if (venv / "survgui-installing").exists() or not python_of(venv).exists():
        return False
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python_of(venv), "-c", check], capture_output=True).returncode == 0


def make(venv: Path) -> None:
    """Make an empty environment; the mark comes first and outlives whatever was there before."""
    venv.mkdir(exist_ok=True)
    (venv / "survgui-installing").touch()
    for entry in venv.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != "survgui-installing":
            entry.unlink()
    done = subprocess.run([sys.executable, "-m", "venv", venv], stdout=sys.stderr.fileno())
    if done.returncode:
        raise SetupFailed(
            f"{sys.executable} could not make a virtual environment; "
            "on Debian and Ubuntu install its venv package: sudo apt-get install -y python3-venv"
        )


def install(venv: Path, extra: str, lock: tuple[int, ...]) -> None:
    """Install survgui, editable, with every version pinned, the build's own too.

    pip inherits the lock, so that it holds where this process is killed and pip goes on.
    """
    say("installing the pinned packages; the first time this takes some minutes")
    (venv / "survgui-installing").touch()
    # pip before 25.3 builds under the first of these, later ones under the second.
    pins = {"PIP_CONSTRAINT": str(CONSTRAINTS), "PIP_BUILD_CONSTRAINT": str(CONSTRAINTS)}
    command = [python_of(venv), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "-e", f".[{extra}]" if extra else "."],
        cwd=ROOT,
        env={**os.environ, **pins},
        stdout=sys.stderr.fileno(),
        pass_fds=lock,
    )
    # pip has come to its own end: what it installed is whole, even where it could not install all.
    (venv / "survgui-installing").unlink()
    if done.returncode:
        raise SetupFailed("the packages could not be installed (pip says why above); then run the same command again")


def check_qt(venv: Path) -> None:
    """Start Qt once, off screen, and name the system library that it lacks."""
    done = subprocess.run(
        [python_of(venv), "-c", QT_STARTS],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupFailed(qt_advice(done.stderr))


def qt_advice(complaint: str, manager: str | None = None) -> str:
    """What to do about Qt's complaint, in one line, for the given or this machine's package manager."""
    missing = re.search(r"([\w.+-]+\.(?:so|dylib)[.\d]*): cannot open shared object", complaint)
    manager = manager or next((name for name in QT_NEEDS if shutil.which(name)), "apt-get")
    if missing:
        return f"Qt cannot start: the system library {missing[1]} is missing; install it with: sudo {QT_NEEDS[manager]}"
    if "GLIBC_" in complaint:
        return "Qt cannot start: it needs glibc 2.34 or later (Ubuntu 22.04, Debian 12, RHEL 9 or later)"
    last = complaint.strip().splitlines()[-1] if complaint.strip() else "it gave no reason"
    return f"Qt cannot start: {last}; its libraries come with: sudo {QT_NEEDS[manager]}"


def write_ready(venv: Path, extra: str) -> None:
    """Say that the environment is whole; the last act of a set-up."""
    part = venv / "survgui-ready.part"
    part.write_text(json.dumps({"state": state(), "extra": extra}), "utf-8")
    part.replace(venv / "survgui-ready.json")


def state() -> str:
    """Hash of all that decides what is installed, and of where: an environment cannot be moved."""
    parts = ((ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes(), str(ROOT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def python_of(venv: Path) -> Path:
    """The environment's interpreter."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def say(text: str) -> None:
    """One line to the person who waits."""
    print(f"survgui set-up: {text}", file=sys.stderr, flush=True)


@contextmanager
def alone() -> Iterator[tuple[int, ...]]:
    """Wait until no other set-up of this checkout is at work, and give the lock's file descriptor."""
    try:
        import fcntl
    except ImportError:  # Windows: two set-ups at once are the user's to avoid
        yield ()
        return
    with CONSTRAINTS.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up is at work; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield (file.fileno(),)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Where things live: shipped resources, shipped and installed bundles, caches.

Three layouts are served: a wheel (`survgui/_resources`), a checkout (`resources/` beside the package) and
a frozen application (both beside the executable's package). Nothing else in survgui knows of them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent
_MOUNTS = Path("/proc/self/mounts")
"""of Linux: device, folder (spaces as \\040), file system, options"""
_SHARES = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|9p|ncpfs|lustre|gpfs|beegfs\w*|ceph|glusterfs|fuse\.(sshfs|gluster\w*)"
)


def resource(name: str) -> Path:
    """Path of a shipped resource, such as `fonts/Inter.ttf`."""
    return _shipped("resources") / name


def bundle_folders() -> tuple[Path, ...]:
    """Folders that hold bundles, the user's own first."""
    return (user_data() / "bundles", _shipped("models"))


def user_data() -> Path:
    """Folder of what the user installs; `$SURVGUI_HOME/data` if that variable is set."""
    return _user("data", platformdirs.user_data_path("survgui", appauthor=False))


def user_cache() -> Path:
    """Folder of what can be computed again; `$SURVGUI_HOME/cache` if that variable is set."""
    return _user("cache", platformdirs.user_cache_path("survgui", appauthor=False))


def user_config() -> Path:
    """Folder of the settings; `$SURVGUI_HOME/config` if that variable is set."""
    return _user("config", platformdirs.user_config_path("survgui", appauthor=False))


def user_log() -> Path:
    """Folder of the log files; `$SURVGUI_HOME/log` if that variable is set."""
    return _user("log", platformdirs.user_log_path("survgui", appauthor=False))


def is_shared(folder: Path) -> bool:
    """Whether a folder is on a network share, which other machines use too, as far as the system tells."""
    place = folder.resolve()
    if os.name == "nt":
        return str(place).startswith("\\\\")  # a drive letter that stands for a share is resolved
    try:
        mounts = [line.split(" ") for line in _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()]
    except OSError:  # no Linux
        return False
    over = [(Path(at.replace("\\040", " ")), kind) for _, at, kind, *_ in mounts]
    holding = [(len(at.parts), kind) for at, kind in over if place.is_relative_to(at)]
    return bool(holding) and _SHARES.fullmatch(max(holding, key=lambda one: one[0])[1]) is not None


def _user(kind: str, default: Path) -> Path:
    home = os.environ.get("SURVGUI_HOME")
    return Path(home) / kind if home else default


def _shipped(folder: str) -> Path:
    installed = _PACKAGE / f"_{folder}"
    return installed if installed.is_dir() else _PACKAGE.parent / folder

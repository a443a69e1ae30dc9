"""Where things live: shipped resources, shipped and installed bundles, caches.

Three layouts are served: a wheel (`survgui/_resources`), a checkout (`resources/` beside the package) and
a frozen application (both beside the executable's package). Nothing else in survgui knows of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


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


def _user(kind: str, default: Path) -> Path:
    home = os.environ.get("SURVGUI_HOME")
    return Path(home) / kind if home else default


def _shipped(folder: str) -> Path:
    installed = _PACKAGE / f"_{folder}"
    return installed if installed.is_dir() else _PACKAGE.parent / folder

"""Tasks about bundles: which there are, whether they are whole, and the user's own."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from survgui import paths
from survgui.cases import installed
from survgui.cases.audit import Action
from survgui.cases.bundle import MANIFEST, list_bundles
from survgui.cases.display import BundleFacts
from survgui.cases.prediction import BundleName
from survgui.cases.step import Part, Step
from survgui.workspace.audit import default_log, file_hashes


def listing() -> Generator[Step | Part, None, tuple[BundleFacts, ...]]:
    """Every bundle that can be used by name; nothing is verified."""
    yield Step("bundles", 0, 1)
    return tuple(installed.facts(folder) for folder in list_bundles(paths.bundle_folders()))


def verify(folder: Path) -> Generator[Step | Part, None, BundleFacts]:
    """A bundle with the hash of its manifest, or with the reason in `error` where a file is not as published."""
    yield Step("bundles", 0, 1, "checking every file")
    return installed.verified_facts(folder)


def install(path: Path) -> Generator[Step | Part, None, BundleFacts]:
    """Verify a bundle and copy it to the user's own; one of the same name is replaced.

    Args:
        path: Its folder, or a zip file that holds it.

    Raises:
        BundleError: Not a bundle, damaged, or of a name that no folder can have.
        StorageError: It could not be unpacked or written.
    """
    yield Step("bundles", 0, 1, "checking and copying")
    bundle = installed.install(path)
    default_log().bundle(Action.INSTALL, bundle.label)
    return installed.verified_facts(bundle.folder)


def remove(folder: Path) -> Generator[Step | Part, None, None]:
    """Remove one of the user's own bundles.

    Raises:
        UsageError: It came with survgui, or is no bundle.
        StorageError: It could not be removed.
    """
    yield Step("bundles", 0, 1)
    manifest, sha = installed.facts(folder).manifest, "".join(file_hashes([folder / MANIFEST]).values())
    installed.remove(folder)
    default_log().bundle(Action.REMOVE, BundleName(folder.name, manifest.version if manifest else "unreadable", sha))

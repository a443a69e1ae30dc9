"""The user's own bundles: installed from a folder or an archive, described for a list, and removed."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from survgui import paths, storage
from survgui.cases.bundle import CARD, MANIFEST, Bundle, Manifest, read_manifest, verify
from survgui.cases.display import BundleFacts
from survgui.cases.evaluation import Evaluation, of_manifest
from survgui.errors import BundleError, StorageError, UsageError

LARGEST = 500 * 2**20
"""bytes of a member of an archive; no bundle of ours comes near it"""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def home() -> Path:
    """Folder of the user's own bundles."""
    return paths.user_data() / "bundles"


def check_name(name: str) -> None:
    """Refuse a name that no bundle's folder can have.

    Raises:
        UsageError: With what a name may hold.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a bundle; use letters, digits, dots and dashes")


def install(source: Path) -> Bundle:
    """Verify a bundle and copy it to the user's own; one of the same name is replaced.

    Args:
        source: Its folder, or a zip file that holds it.

    Raises:
        BundleError: Not a bundle, damaged, or of a name that no folder can have.
        StorageError: It could not be unpacked or written.
    """
    if source.is_dir():
        return _copy(source)
    with _unpacked(source) as folder:
        return _copy(folder)


def is_bundle(path: Path) -> bool:
    """Whether a folder or a zip file holds a bundle, as far as its manifest tells; a zipped table is none."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    try:
        with zipfile.ZipFile(path) as zipped:
            return any(PurePosixPath(name).name == MANIFEST for name in zipped.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def remove(folder: Path) -> None:
    """Remove one of the user's own bundles; what came with survgui, or is no bundle, stays.

    Raises:
        UsageError: It is not one of the user's own.
        StorageError: It could not be removed.
    """
    own = folder.parent.resolve() == home().resolve() and not folder.is_symlink()
    if not own or not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder.name} is not one of your own bundles; only those can be removed")
    aside = folder.with_name(f".{folder.name}.removed")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)  # from here on nobody finds half a bundle
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{folder.name} could not be removed ({why}); close what uses it [STO-01]") from error
    shutil.rmtree(aside, ignore_errors=True)


def facts(folder: Path) -> BundleFacts:
    """A bundle for a list: its manifest is read, its other files are not verified."""
    shipped = folder.parent.resolve() != home().resolve()
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) if folder.is_dir() else 0
    card = ""
    with suppress(OSError, UnicodeDecodeError):  # a bundle without a card can be used all the same
        card = (folder / CARD).read_text("utf-8")
    known = BundleFacts(folder, None, card=card, shipped=shipped, bytes=size)
    try:
        manifest = read_manifest(folder)
    except BundleError as error:
        return replace(known, error=str(error))
    return replace(known, manifest=manifest, evaluation=_evaluation(manifest))


def verified_facts(folder: Path) -> BundleFacts:
    """The same with every file checked: the manifest's hash, or why the bundle cannot be used."""
    found = facts(folder)
    try:
        return replace(found, sha256=verify(folder).sha256)
    except (BundleError, OSError) as error:
        return replace(found, error=str(error))


def _evaluation(manifest: Manifest) -> Evaluation | None:
    """What the manifest holds of evaluations; a bundle whose rows nobody understands predicts all the same."""
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        return of_manifest(manifest)
    return None


def _copy(source: Path) -> Bundle:
    bundle = verify(source)
    name = bundle.manifest.name
    if not _NAME.fullmatch(name):
        raise BundleError(f"{name!r} is no name for a bundle; use letters, digits, dots and dashes [BUN-08]")
    target = home() / name
    with storage.replacing_folder(target) as part:
        for file in (MANIFEST, *bundle.manifest.files):
            shutil.copyfile(source / file, part / file)
    return verify(target)


@contextmanager
def _unpacked(archive: Path) -> Iterator[Path]:
    """The bundle in a zip file, in a folder that goes away; members are taken one by one, by plain name."""
    try:
        with zipfile.ZipFile(archive) as zipped, tempfile.TemporaryDirectory() as home:
            folder = Path(home) / archive.stem
            folder.mkdir()
            for member in _members(archive, zipped):
                (folder / PurePosixPath(member.filename).name).write_bytes(zipped.read(member))
            yield folder
    except zipfile.BadZipFile:
        raise BundleError(
            f"{archive.name} is neither a bundle's folder nor a whole zip file of one; copy it again [BUN-07]"
        ) from None
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{archive.name} could not be unpacked ({why}); copy it again [STO-01]") from error


def _members(archive: Path, zipped: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files beside the archive's one manifest."""
    manifests = [PurePosixPath(m.filename) for m in zipped.infolist() if PurePosixPath(m.filename).name == MANIFEST]
    if len(manifests) != 1:
        raise BundleError(
            f"{archive.name} holds {len(manifests)} manifests; choose a bundle's zip file, which has one [BUN-07]"
        )
    beside = [m for m in zipped.infolist() if PurePosixPath(m.filename).parent == manifests[0].parent]
    members = [m for m in beside if not m.is_dir()]
    if sum(m.file_size for m in members) > LARGEST:
        raise BundleError(
            f"{archive.name} unpacks to more than {LARGEST // 2**20} MB; that is no bundle: choose another [BUN-07]"
        )
    return members

"""`survgui bundle list | verify | install`."""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from survgui import paths, storage
from survgui.cases.bundle import MANIFEST, Bundle, list_bundles, read_manifest, verify
from survgui.cli import arguments as common
from survgui.errors import BundleError, StorageError

LARGEST = 500 * 2**20
"""bytes of a member of an archive; no bundle of ours comes near it"""


def add(commands: common.Commands) -> None:
    """Add the command group."""
    group = common.add_command(commands, "bundle", "model bundles", "survgui bundle list", show)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    common.add_command(actions, "list", "every bundle that can be used by name", "survgui bundle list", show)
    one = common.add_command(
        actions, "verify", "check every file of a bundle", "survgui bundle verify tcga-glioma", check
    )
    one.add_argument("bundle", metavar="B", help="a bundle's name or folder")
    new = common.add_command(
        actions, "install", "copy a bundle to the user's own", "survgui bundle install my-bundle.zip", add_bundle
    )
    new.add_argument("file", metavar="F", type=Path, help="a bundle's folder, or a .zip of it")


def show(arguments: argparse.Namespace) -> int:
    """Print a line per bundle; one that cannot be read is a line too."""
    for folder in list_bundles(paths.bundle_folders()):
        try:
            m = read_manifest(folder)
        except BundleError as error:
            print(f"{folder.name}\tunusable: {error}")
            continue
        kind = f"{m.development.patients} patients" + (", simulated" if m.development.simulated else "")
        print(f"{folder.name}\t{m.version}\t{m.method}\t{m.development.cohort} ({kind})\t{', '.join(m.inputs)}")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Say that a bundle is whole; damage is raised."""
    bundle = common.find_bundle(arguments.bundle)
    print(f"{bundle.manifest.name} {bundle.manifest.version}: {len(bundle.manifest.files)} files are as published")
    print(f"sha256 {bundle.sha256}")
    return 0


def add_bundle(arguments: argparse.Namespace) -> int:
    """Install a bundle and print its folder."""
    common.show_paths([install(arguments.file).folder])
    return 0


def install(source: Path) -> Bundle:
    """Verify a bundle and copy it to the user's own; one of the same name is replaced.

    Args:
        source: Its folder, or a zip file that holds it.

    Raises:
        BundleError: Not a bundle, damaged, or of a name that no folder can have.
    """
    if source.is_dir():
        return _copy(source)
    with _unpacked(source) as folder:
        return _copy(folder)


def _copy(source: Path) -> Bundle:
    bundle = verify(source)
    name = bundle.manifest.name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BundleError(f"{name!r} is not a name for a bundle; letters, digits, dots and dashes are")
    target = paths.user_data() / "bundles" / name
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
        raise BundleError(f"{archive.name} is neither a bundle's folder nor a zip file of one") from None
    except OSError as error:
        raise StorageError(f"{archive.name} could not be unpacked ({error.strerror or error})") from error


def _members(archive: Path, zipped: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files beside the archive's one manifest."""
    manifests = [PurePosixPath(m.filename) for m in zipped.infolist() if PurePosixPath(m.filename).name == MANIFEST]
    if len(manifests) != 1:
        raise BundleError(f"{archive.name} holds {len(manifests)} manifests; a bundle has one {MANIFEST}")
    beside = [m for m in zipped.infolist() if PurePosixPath(m.filename).parent == manifests[0].parent]
    members = [m for m in beside if not m.is_dir()]
    if sum(m.file_size for m in members) > LARGEST:
        raise BundleError(f"{archive.name} unpacks to more than {LARGEST // 2**20} MB; that is no bundle")
    return members

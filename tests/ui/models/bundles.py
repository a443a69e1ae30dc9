"""The shipped bundles as a worker lists them, and one that cannot be read."""

from pathlib import Path

from survgui import paths
from survgui.cases.bundle import read_manifest
from survgui.cases.display import BundleFacts
from survgui.cases.evaluation import of_manifest


def shipped(name="tcga-glioma", **more):
    folder = paths.bundle_folders()[1] / name
    given = {
        "folder": folder,
        "manifest": read_manifest(folder),
        "card": (folder / "README.md").read_text("utf-8"),
        "shipped": True,
        "bytes": 3_300_000,
    }
    given |= more
    return BundleFacts(**{"evaluation": of_manifest(given["manifest"]), **given})


def broken():
    return BundleFacts(Path("bundles/broken"), None, error="broken/manifest.json cannot be read; install it again")

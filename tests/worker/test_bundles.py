import shutil

import pytest

from survgui.cases.step import run_to_end
from survgui.errors import BundleError, UsageError
from survgui.worker import bundles
from survgui.workspace.audit import default_log


def test_shipped_bundles_are_listed_with_their_cards(bundle_folder):
    found = {facts.name: facts for facts in run_to_end(bundles.listing())}
    demo = found["demo-simulated"]
    assert demo.shipped and demo.folder == bundle_folder and demo.card.startswith("# ") and demo.error == ""
    assert demo.sha256 == "" and demo.manifest.development.simulated
    assert demo.bytes == sum(file.stat().st_size for file in bundle_folder.iterdir())


def test_a_bundle_is_installed_verified_and_removed(bundle_folder, tmp_path, home):
    source = shutil.copytree(bundle_folder, tmp_path / "copy")
    installed = run_to_end(bundles.install(source))
    assert installed.folder == home / "data" / "bundles" / "demo-simulated" and not installed.shipped
    assert len(installed.sha256) == 64
    (first,) = [facts for facts in run_to_end(bundles.listing()) if facts.name == "demo-simulated"]
    assert first.folder == installed.folder  # the user's own stands before the shipped one
    assert run_to_end(bundles.verify(installed.folder)).sha256 == installed.sha256
    run_to_end(bundles.remove(installed.folder))
    put, gone = default_log().entries()
    assert (put.what, put.inputs) == ("install", {"bundle": installed.sha256}) and put.about.startswith(
        "demo-simulated "
    )
    assert (gone.what, gone.inputs, gone.about) == ("remove", put.inputs, put.about)
    (left,) = [facts for facts in run_to_end(bundles.listing()) if facts.name == "demo-simulated"]
    assert left.folder == bundle_folder


def test_shipped_bundles_stay(bundle_folder):
    with pytest.raises(UsageError, match="own bundles"):
        run_to_end(bundles.remove(bundle_folder))
    assert (bundle_folder / "manifest.json").is_file()


def test_damage_is_in_the_facts_and_stops_an_installation(bundle_folder, tmp_path):
    copy = shutil.copytree(bundle_folder, tmp_path / "copy")
    (copy / "README.md").write_text("changed")
    assert "README.md is damaged" in run_to_end(bundles.verify(copy)).error
    with pytest.raises(BundleError):
        run_to_end(bundles.install(copy))

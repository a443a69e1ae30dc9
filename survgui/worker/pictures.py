"""Tasks that show what a case holds: its omics beside a development cohort, its MRI."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from survgui.cases.case import Modality
from survgui.cases.display import OmicsTable, VolumeImage
from survgui.cases.step import Part, Step
from survgui.errors import UsageError
from survgui.worker import recent


def omics(key: str, bundle: Path | None) -> Generator[Step | Part, None, tuple[OmicsTable, ...]]:
    """The case's omics, beside the development cohort of a bundle where there is one.

    Raises:
        UsageError: The case is no longer in the workspace.
        BundleError: The bundle does not work.
    """
    yield Step("omics", 0, 1, "reading")
    from survgui.engine.omics import omics_tables

    opened = recent.case(key)
    return omics_tables(opened.cohort, opened.patient, recent.bundle(bundle) if bundle is not None else None)


def volume(key: str, role: str, bundle: Path | None) -> Generator[Step | Part, None, VolumeImage]:
    """One MRI sequence of the case, with the crop that the bundle's network sees, where it takes MRI.

    Args:
        role: The sequence, such as `t1c`, or `segmentation`.

    Raises:
        UsageError: The case has no such sequence, or is no longer in the workspace.
        ReadError: Its file cannot be read.
        BundleError: The bundle does not work.
    """
    yield Step("volume", 0, 1, "reading")
    from survgui.engine.volume_image import volume_image

    opened = recent.case(key)
    block = opened.cohort.blocks.get(Modality.MRI)
    sources = block.files.get(opened.patient, ()) if block is not None else ()
    source = next((source for source in sources if source.role == role), None)
    if source is None:
        there = ", ".join(source.role or "?" for source in sources) or "no MRI files"
        raise UsageError(f"the case has no sequence {role!r}; it has {there}")
    crop = bundle is not None and Modality.MRI in recent.bundle(bundle).manifest.inputs
    return volume_image(source, sources, crop=crop)
